"""Reading orders out of TM Forum's JSON."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Final
from uuid import uuid4

import msgspec

from simulators.boss.catalogue import catalogue
from simulators.boss.orders import FINAL, JSON, Malformed, Order, Parts
from simulators.boss.parts import read_parts
from simulators.boss.reading import at, entries, fen, first, optional, some, tax_included, text

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


class _Operation(msgspec.Struct):
    op: str
    path: str
    value: msgspec.Raw


_operations: Final = msgspec.json.Decoder(list[_Operation])


def read_batch(data: bytes, most: int) -> list[bytes]:
    """
    The orders in a batch: a JSON Patch (RFC 6902) that adds each at the end of the collection.

    :raises Malformed: if it is something else, or too many.
    """
    try:
        operations = _operations.decode(data)
    except msgspec.DecodeError as error:
        raise Malformed(f"not a JSON Patch: {error}") from None
    if not 0 < len(operations) <= most:
        raise Malformed(f"a batch has one to {most} operations")
    # TMF630's own example says "/", where RFC 6901 has "/-".
    if any(each.op != "add" or each.path not in ("/-", "/") for each in operations):
        raise Malformed("a collection is only added to")
    return [bytes(each.value) for each in operations]


_ACTIONS: Final = {
    "plan_change": ("add", "modify"),
    "add_on": ("add", "modify"),
    "reversal": ("delete",),
    "account_opening": ("add",),
    "sim_swap": ("modify",),
    "number_change": ("modify",),
    "cancellation": ("delete",),
    "suspend": ("modify",),
    "resume": ("modify",),
    "add_on_cancel": ("delete",),
    "recharge_card": ("add",),
}


def _product_order(body: JSON, digest: bytes) -> Order:
    items = entries(body, "productOrderItem")
    item = items[0]
    action = text(item, "action")
    text(item, "id")
    relations = some(item, "productOrderItemRelationship")
    reverses = next(
        (text(each, "id") for each in relations if each.get("relationshipType") == "reverses"), ""
    )
    business = _business(body, item, reverses)
    if action not in _ACTIONS[business]:
        raise Malformed(f"the action {action[:20]} does not go with {business}")
    if len(items) > 1 and business != "account_opening":
        raise Malformed("`productOrderItem` must hold exactly one entry")
    prices = body.get("orderTotalPrice")
    order = Order(
        api="productOrder",
        external_id=optional(body, "externalId") or _unnamed(),
        body=body,
        digest=digest,
        business=business,
        msisdn=text(item, "product", "productSerialNumber"),
        amount=tax_included(first(body, "orderTotalPrice")) if prices else 0,
        product=optional(item.get("productOffering") or {}, "id"),
        outlet=optional(first(body, "channel"), "id") if body.get("channel") else "",
        reverses=reverses,
    )
    return replace(order, parts=read_parts(order, items))


def _business(body: JSON, item: JSON, reverses: str) -> str:
    """What a product order wants: its category says it, or the product that it is about."""
    if reverses:
        return "reversal"
    category = optional(body, "category")
    if category in _ACTIONS and category in FINAL:
        return category
    product = text(item, "productOffering", "id")
    return "plan_change" if catalogue().plan(product) else "add_on"


def _payment(body: JSON, digest: bytes) -> Order:
    text(body, "paymentMethod", "name")
    item = first(body, "paymentItem") if body.get("paymentItem") else {}
    kind = optional(item.get("item") or {}, "@referredType")
    card = text(item, "item", "id") if kind == "Voucher" else ""
    return Order(
        api="payment",
        external_id=optional(body, "correlatorId") or _unnamed(),
        body=body,
        digest=digest,
        business={"Voucher": "card_recharge", "Bucket": "top_up"}.get(kind, "bill_payment"),
        msisdn=text(body, "account", "id"),
        amount=fen(at(body, "totalAmount")),
        product="",
        outlet=optional(body.get("channel") or {}, "id"),
        parts=Parts(card=card),
    )


def _refund(body: JSON, digest: bytes) -> Order:
    text(body, "paymentMethod", "name")
    return Order(
        api="refund",
        external_id=optional(body, "correlatorId") or _unnamed(),
        body=body,
        digest=digest,
        business="reversal",
        msisdn=text(body, "account", "id"),
        amount=fen(at(body, "totalAmount")),
        product="",
        outlet=optional(body.get("channel") or {}, "id"),
        reverses=text(body, "payment", "id"),
    )


def _topup_balance(body: JSON, digest: bytes) -> Order:
    """TMF654 has no attribute for an external id: the id of the payment behind it serves."""
    amount = at(body, "amount")
    return Order(
        api="topupBalance",
        external_id=optional(body.get("payment") or {}, "id") or _unnamed(),
        body=body,
        digest=digest,
        business="top_up",
        msisdn=text(body, "logicalResource", "value"),
        amount=fen({"unit": amount.get("units"), "value": amount.get("amount")}),
        product="",
        outlet=optional(body.get("channel") or {}, "id"),
    )


def _unnamed() -> str:
    return f"unnamed:{uuid4()}"


_READERS: Final[dict[str, Callable[[JSON, bytes], Order]]] = {
    "productOrder": _product_order,
    "payment": _payment,
    "refund": _refund,
    "topupBalance": _topup_balance,
}
