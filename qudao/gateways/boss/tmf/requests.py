"""What is said to the BOSS: where each business goes, and what it looks like there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from qudao.domain.ordering.ports import BossOrder, BossParty
from qudao.domain.ordering.types import ItemKind, OrderItem
from qudao.kernel.money import Money

ORDERS: Final = "/tmf-api/productOrderingManagement/v4/productOrder"
PAYMENTS: Final = "/tmf-api/paymentManagement/v4/payment"
REFUNDS: Final = "/tmf-api/paymentManagement/v4/refund"
PRODUCTS: Final = "/tmf-api/productInventory/v4/product"
CUSTOMERS: Final = "/tmf-api/customerManagement/v4/customer"
BUCKETS: Final = "/tmf-api/prepayBalanceManagement/v4/bucket"
CHARGES: Final = "/tmf-api/customerBillManagement/v4/appliedCustomerBillingRate"
USAGE: Final = "/tmf-api/usageConsumption/v4/queryUsageConsumption"
LOYALTY: Final = "/tmf-api/loyaltyManagement/v4/loyaltyAccount"
RESOURCES: Final = "/tmf-api/resourceInventoryManagement/v4/resource"
BILLS: Final = "/tmf-api/customerBillManagement/v4/customerBill"

PATCH: Final = "application/json-patch+json"
"""How several resources are made at once: TMF630 part 1, 6.2; RFC 6902."""

PAYMENT_BUSINESSES: Final = frozenset({"bill_payment", "top_up", "card_recharge"})

JSON = dict[str, Any]

_PAID: Final = {"bill_payment": "CustomerBill", "top_up": "Bucket"}
"""What a payment is for."""

_PARTS: Final = {
    ItemKind.NUMBER: "numberPrepayment",
    ItemKind.SIM: "simFee",
    ItemKind.PREPAY: "prepay",
    ItemKind.PLAN: "plan",
}
"""The prices that make up what a new line costs; an add-on has its own item."""


class Incomplete(Exception):
    """An order lacks a part without which it cannot be said to the BOSS."""


_encoder: Final = msgspec.json.Encoder(decimal_format="number")


def collection(order: BossOrder) -> tuple[str, str]:
    """Where an order's work is kept, and the attribute that holds its external id."""
    if order.business in PAYMENT_BUSINESSES:
        return (PAYMENTS if order.reverses is None else REFUNDS), "correlatorId"
    return ORDERS, "externalId"


def original(order: BossOrder) -> tuple[str, str]:
    """The same for the order that a reversal takes back."""
    if order.business in PAYMENT_BUSINESSES:
        return PAYMENTS, "correlatorId"
    return ORDERS, "externalId"


def items_of(order: BossOrder, kind: ItemKind) -> list[OrderItem]:
    """The parts of an order that are of a kind."""
    return [item for item in order.items if item.kind == kind]


def subject(order: BossOrder) -> str:
    """The serial number of the product that an order is about: a line's number, or a card's."""
    cards = items_of(order, ItemKind.CARD) if order.business == "recharge_card" else []
    return cards[0].code if cards else order.msisdn


def total(order: BossOrder) -> Money:
    """The amount that is said to the BOSS: with a recharge card, what the card is worth."""
    cards = items_of(order, ItemKind.CARD) if order.business == "card_recharge" else []
    return sum((card.amount for card in cards), Money.zero()) if cards else order.amount


def request(order: BossOrder, original_id: str = "") -> bytes:
    """
    The body that asks for the work of an order.

    It depends on the order alone, so sending it again is a replay and no new content.
    `original_id` is the BOSS's own id of the work that a reversal takes back.

    :raises Incomplete: if a part of the order is missing.
    """
    assert bool(original_id) == (order.reverses is not None), order.order
    if order.business in PAYMENT_BUSINESSES:
        return _encoder.encode(_payment(order, original_id))
    return _encoder.encode(_product_order(order, original_id))


def batch(bodies: Sequence[bytes]) -> bytes:
    """The body that asks for several works of one collection: each is added at its end."""
    return b"[%s]" % b",".join(b'{"op":"add","path":"/-","value":%s}' % body for body in bodies)


def _payment(order: BossOrder, original_id: str) -> JSON:
    amount = _money(total(order))
    method = {"@type": "Account", "name": order.outlet_code}
    if order.business == "card_recharge":
        card = _one(order, ItemKind.CARD)
        method = {"@type": "Voucher", "name": card.code}
        item = {"id": card.code, "@referredType": "Voucher"}
    else:
        item = {"id": order.msisdn, "@referredType": _PAID[order.business]}
    body: JSON = {
        "correlatorId": str(order.order),
        "name": order.business,
        "account": {
            "id": order.msisdn,
            "name": order.msisdn,
            "@referredType": "BillingAccount",
        },
        "paymentMethod": method,
        "totalAmount": amount,
        "channel": {"id": order.outlet_code, "@referredType": "Channel"},
    }
    if original_id:
        body["payment"] = {"id": original_id, "@referredType": "Payment"}
    else:
        body["amount"] = amount
        body["paymentItem"] = [{"id": "1", "amount": amount, "item": item}]
    return body


def _product_order(order: BossOrder, original_id: str) -> JSON:
    body: JSON = {
        "externalId": str(order.order),
        "category": order.business,
        "channel": [{"id": order.outlet_code, "role": "outlet", "@referredType": "Channel"}],
        "orderTotalPrice": [_price(order.amount)],
        "productOrderItem": _reversal(order, original_id) if original_id else _items(order),
    }
    if order.party is not None and not original_id:
        body["relatedParty"] = [_party(order.party)]
    return body


def _items(order: BossOrder) -> list[JSON]:
    match order.business:
        case "account_opening":
            return _opening(order)
        case "sim_swap":
            sim = _one(order, ItemKind.SIM)
            item = _item("modify", order.msisdn)
            item["product"]["realizingResource"] = _sim(sim)
            if order.replaced:
                item["product"]["productCharacteristic"] = [
                    _characteristic("replacedIccid", "string", order.replaced)
                ]
            return [item | _paid_for(order, sim)]
        case "number_change":
            number = _one(order, ItemKind.NUMBER)
            item = _item("modify", order.msisdn)
            item["product"]["realizingResource"] = [_number(number.code)]
            return [item | _paid_for(order, number)]
        case "cancellation":
            return [_item("delete", order.msisdn)]
        case "suspend" | "resume":
            item = _item("modify", order.msisdn)
            item["product"]["status"] = "suspended" if order.business == "suspend" else "active"
            return [item]
        case "add_on_cancel":
            return [_item("delete", order.msisdn, _one(order, ItemKind.ADD_ON).code)]
        case "recharge_card":
            card = _one(order, ItemKind.CARD)
            item = _item("add", card.code, order.product_code)
            item["product"]["productCharacteristic"] = [
                _characteristic("faceValue", "object", _money(card.amount))
            ]
            return [item]
        case "plan_change":
            return [_item("modify", order.msisdn, order.product_code)]
        case _:
            return [_item("add", order.msisdn, order.product_code)]


def _opening(order: BossOrder) -> list[JSON]:
    """The plan with the number and the SIM that carry it, and each add-on, which relies on it."""
    if order.party is None:
        raise Incomplete(f"{order.business} without a customer")
    line = _item("add", order.msisdn, _one(order, ItemKind.PLAN).code)
    line["product"]["realizingResource"] = [
        _number(_one(order, ItemKind.NUMBER).code),
        *_sim(_one(order, ItemKind.SIM)),
    ]
    line["itemPrice"] = [
        _price(item.amount, name)
        for kind, name in _PARTS.items()
        for item in items_of(order, kind)
        if item.amount
    ]
    add_ons = [
        _item("add", order.msisdn, add_on.code, identity)
        | {
            "productOrderItemRelationship": [{"id": line["id"], "relationshipType": "reliesOn"}],
            "itemPrice": [_price(add_on.amount)],
        }
        for identity, add_on in enumerate(items_of(order, ItemKind.ADD_ON), 2)
    ]
    return [line, *add_ons]


def _reversal(order: BossOrder, original_id: str) -> list[JSON]:
    item = _item("delete", subject(order), order.product_code)
    item["productOrderItemRelationship"] = [{"id": original_id, "relationshipType": "reverses"}]
    return [item]


def _item(action: str, serial: str, code: str = "", identity: int = 1) -> JSON:
    item: JSON = {
        "id": str(identity),
        "quantity": 1,
        "action": action,
        "product": {"productSerialNumber": serial},
    }
    if code:
        item["productOffering"] = {"id": code, "@referredType": "ProductOffering"}
    return item


def _paid_for(order: BossOrder, item: OrderItem) -> JSON:
    """
    The price of an order's only part, and what is paid on top of it.

    Nothing if less is paid than its amount: then that is but what the part is worth.
    """
    if not order.amount or item.amount > order.amount:
        return {}
    prices = ((item.amount, _PARTS[ItemKind(item.kind)]), (order.amount - item.amount, "fee"))
    return {"itemPrice": [_price(amount, name) for amount, name in prices if amount]}


def _number(msisdn: str) -> JSON:
    return {"id": msisdn, "name": "MSISDN", "@referredType": "LogicalResource"}


def _sim(sim: OrderItem) -> list[JSON]:
    resources = [{"id": sim.code, "name": "ICCID", "@referredType": "PhysicalResource"}]
    if imsi := sim.attributes.get("imsi"):
        resources.append({"id": imsi, "name": "IMSI", "@referredType": "LogicalResource"})
    return resources


def _party(party: BossParty) -> JSON:
    """
    Who the line will belong to.

    622 has references to parties alone, and the BOSS has no such party yet: so this is one by
    value, a sub-class by `@type` with the attributes of 632's Individual. Its id is local.
    """
    media: list[JSON] = []
    if party.address:
        characteristic = {"street1": str(party.address)}
        media.append({"mediumType": "postalAddress", "characteristic": characteristic})
    if party.phone:
        media.append({"mediumType": "phone", "characteristic": {"phoneNumber": str(party.phone)}})
    return {
        "id": "1",
        "role": "customer",
        "name": str(party.name),
        "@referredType": "Individual",
        "@baseType": "RelatedParty",
        "@type": "RelatedIndividual",
        "fullName": str(party.name),
        "individualIdentification": [
            {
                "identificationType": party.document_kind,
                "identificationId": str(party.document),
            }
        ],
        "contactMedium": media,
    }


def _one(order: BossOrder, kind: ItemKind) -> OrderItem:
    found = items_of(order, kind)
    if len(found) != 1:
        raise Incomplete(f"{order.business} with {len(found)} parts of the kind {kind}")
    return found[0]


def _characteristic(name: str, kind: str, value: object) -> JSON:
    return {"name": name, "valueType": kind, "value": value}


def _price(amount: Money, name: str = "") -> JSON:
    price: JSON = {"priceType": "oneTime", "price": {"taxIncludedAmount": _money(amount)}}
    return {"name": name} | price if name else price


def _money(amount: Money) -> JSON:
    return {"unit": amount.currency, "value": amount.amount}
