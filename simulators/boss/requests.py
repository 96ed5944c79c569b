"""Reading orders out of TM Forum's JSON."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final
from uuid import uuid4

import msgspec

from simulators.boss.catalogue import catalogue
from simulators.boss.orders import JSON, Malformed, Order

_decoder: Final = msgspec.json.Decoder(float_hook=Decimal)
_canonical: Final = msgspec.json.Encoder(order="deterministic", decimal_format="number")


def read_order(api: str, data: bytes) -> Order:
    """
    The order in a request to `api`.

    :raises Malformed: if it is no JSON, or lacks what the work needs.
    """
    try:
        body = _decoder.decode(data)
    except msgspec.DecodeError as error:
        raise Malformed(f"not JSON: {error}") from None
    if not isinstance(body, dict):
        raise Malformed("a JSON object is expected")
    return _READERS[api](body, hashlib.sha256(_canonical.encode(body)).digest())


def _product_order(body: JSON, digest: bytes) -> Order:
    item = _first(body, "productOrderItem")
    action = _text(item, "action")
    _text(item, "id")
    product = _text(item, "productOffering", "id")
    business = "plan_change" if catalogue().plan(product) else "add_on"
    reverses = ""
    for relation in item.get("productOrderItemRelationship") or ():
        if isinstance(relation, dict) and relation.get("relationshipType") == "reverses":
            reverses = _text(relation, "id")
            business = "reversal"
    if (action == "delete") != bool(reverses):
        raise Malformed("`delete` takes back an order: it needs a relationship `reverses`")
    if not reverses and action not in ("add", "modify"):
        raise Malformed(f"the action {action} is not offered")
    prices = body.get("orderTotalPrice")
    amount = (
        _fen(_at(_first(body, "orderTotalPrice"), "price", "taxIncludedAmount")) if prices else 0
    )
    return Order(
        api="productOrder",
        external_id=_optional(body, "externalId") or _unnamed(),
        body=body,
        digest=digest,
        business=business,
        msisdn=_text(item, "product", "productSerialNumber"),
        amount=amount,
        product=product,
        outlet=_optional(_first(body, "channel"), "id") if body.get("channel") else "",
        reverses=reverses,
    )


def _payment(body: JSON, digest: bytes) -> Order:
    _text(body, "paymentMethod", "name")
    item = _first(body, "paymentItem") if body.get("paymentItem") else {}
    prepaid = _optional(item.get("item") or {}, "@referredType") == "Bucket"
    return Order(
        api="payment",
        external_id=_optional(body, "correlatorId") or _unnamed(),
        body=body,
        digest=digest,
        business="top_up" if prepaid else "bill_payment",
        msisdn=_text(body, "account", "id"),
        amount=_fen(_at(body, "totalAmount")),
        product="",
        outlet=_optional(body.get("channel") or {}, "id"),
        reverses="",
    )


def _refund(body: JSON, digest: bytes) -> Order:
    _text(body, "paymentMethod", "name")
    return Order(
        api="refund",
        external_id=_optional(body, "correlatorId") or _unnamed(),
        body=body,
        digest=digest,
        business="reversal",
        msisdn=_text(body, "account", "id"),
        amount=_fen(_at(body, "totalAmount")),
        product="",
        outlet=_optional(body.get("channel") or {}, "id"),
        reverses=_text(body, "payment", "id"),
    )


def _topup_balance(body: JSON, digest: bytes) -> Order:
    """TMF654 has no attribute for an external id: the id of the payment behind it serves."""
    amount = _at(body, "amount")
    return Order(
        api="topupBalance",
        external_id=_optional(body.get("payment") or {}, "id") or _unnamed(),
        body=body,
        digest=digest,
        business="top_up",
        msisdn=_text(body, "logicalResource", "value"),
        amount=_fen({"unit": amount.get("units"), "value": amount.get("amount")}),
        product="",
        outlet=_optional(body.get("channel") or {}, "id"),
        reverses="",
    )


_READERS: Final[dict[str, Callable[[JSON, bytes], Order]]] = {
    "productOrder": _product_order,
    "payment": _payment,
    "refund": _refund,
    "topupBalance": _topup_balance,
}


def _unnamed() -> str:
    return f"unnamed:{uuid4()}"


def _at(body: JSON, *path: str) -> JSON:
    for name in path:
        found = body.get(name)
        if not isinstance(found, dict):
            raise Malformed(f"`{'.'.join(path)}` is missing")
        body = found
    return body


def _first(body: JSON, name: str) -> JSON:
    found = body.get(name)
    if not isinstance(found, list) or len(found) != 1 or not isinstance(found[0], dict):
        raise Malformed(f"`{name}` must hold exactly one entry")
    return found[0]


def _text(body: JSON, *path: str) -> str:
    found: Any = _at(body, *path[:-1]).get(path[-1])
    if not isinstance(found, str) or not found:
        raise Malformed(f"`{'.'.join(path)}` is missing")
    return found


def _optional(body: JSON, name: str) -> str:
    found = body.get(name) if isinstance(body, dict) else None
    if found is None:
        return ""
    if not isinstance(found, str) or len(found) > 200:
        raise Malformed(f"`{name}` must be a string of at most 200 characters")
    return found


def _fen(money: JSON) -> int:
    value = money.get("value")
    if (
        money.get("unit") != "CNY"
        or isinstance(value, bool)
        or not isinstance(value, int | Decimal)
        or not 0 <= Decimal(value) < 10**12
    ):
        raise Malformed("an amount is a number of CNY, and not negative")
    fen = Decimal(value) * 100
    if fen != int(fen):
        raise Malformed("an amount has at most two decimals")
    return int(fen)
