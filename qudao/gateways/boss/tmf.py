"""
What is said to the BOSS and what its answers mean: TM Forum v4 JSON, and nothing of HTTP's.

Amounts cross as exact decimals, never as floats.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Final, TypeVar

import msgspec

from qudao.domain.ordering.ports import (
    BossOrder,
    Completed,
    Due,
    NotFound,
    Outcome,
    Refused,
    Subscriber,
    Unknown,
)
from qudao.kernel.money import Money
from qudao.kernel.period import business_date

ORDERS: Final = "/tmf-api/productOrderingManagement/v4/productOrder"
PAYMENTS: Final = "/tmf-api/paymentManagement/v4/payment"
REFUNDS: Final = "/tmf-api/paymentManagement/v4/refund"
PRODUCTS: Final = "/tmf-api/productInventory/v4/product"
CUSTOMERS: Final = "/tmf-api/customerManagement/v4/customer"
BUCKETS: Final = "/tmf-api/prepayBalanceManagement/v4/bucket"
BILLS: Final = "/tmf-api/customerBillManagement/v4/customerBill"

PAYMENT_BUSINESSES: Final = frozenset({"bill_payment", "top_up"})

_DONE: Final = frozenset({"completed", "done", "approved", "succeeded", "refunded"})
_NO: Final = frozenset({"rejected", "failed", "cancelled", "declined", "denied"})
"""What becomes of work, in 622's enumeration and in the words that 676 leaves open."""

JSON = dict[str, Any]
T = TypeVar("T")


class Unreadable(Exception):
    """An answer that is not what TM Forum says."""


class _Reference(msgspec.Struct):
    id: str | None = None


class _Amount(msgspec.Struct):
    value: Decimal | None = None
    unit: str | None = None


class _Note(msgspec.Struct):
    text: str
    id: str | None = None


class _OrderedProduct(msgspec.Struct, rename="camel"):
    product_serial_number: str | None = None


class _Item(msgspec.Struct):
    product: _OrderedProduct | None = None


class Work(msgspec.Struct, rename="camel"):
    """A product order, a payment or a refund, as far as it matters here."""

    id: str | None = None
    state: str | None = None
    """Of a product order."""
    status: str | None = None
    """Of a payment or a refund."""
    status_reason: str | None = None
    description: str | None = None
    note: list[_Note] | None = None
    account: _Reference | None = None
    total_amount: _Amount | None = None
    product_order_item: list[_Item] | None = None


class Fault(msgspec.Struct):
    """The body of an error."""

    code: str
    reason: str


class _Characteristic(msgspec.Struct):
    name: str
    value: Any = None


class _Offering(msgspec.Struct):
    id: str


class _Product(msgspec.Struct, rename="camel"):
    product_offering: _Offering
    status: str
    name: str = ""
    product_characteristic: list[_Characteristic] = []

    def characteristic(self, name: str) -> str:
        values = (entry.value for entry in self.product_characteristic if entry.name == name)
        return str(next(values, ""))


class _Customer(msgspec.Struct):
    name: str = ""


class _Quantity(msgspec.Struct):
    amount: Decimal
    units: str


class _Bucket(msgspec.Struct, rename="camel"):
    remaining_value: _Quantity | None = None


class _TimePeriod(msgspec.Struct, rename="camel"):
    start_date_time: datetime


class _Bill(msgspec.Struct, rename="camel"):
    billing_period: _TimePeriod
    remaining_amount: _Amount


_encoder: Final = msgspec.json.Encoder(decimal_format="number")


def collection(order: BossOrder) -> tuple[str, str]:
    """Where an order's work is kept, and the attribute that holds its external id."""
    if order.business in PAYMENT_BUSINESSES:
        return (PAYMENTS if order.reverses is None else REFUNDS), "correlatorId"
    return ORDERS, "externalId"


def original(order: BossOrder) -> tuple[str, str]:
    """The same for the order that a reversal takes back."""
    return (
        (PAYMENTS, "correlatorId")
        if order.business in PAYMENT_BUSINESSES
        else (
            ORDERS,
            "externalId",
        )
    )


def request(order: BossOrder, original_id: str = "") -> bytes:
    """
    The body that asks for the work of an order.

    It depends on the order alone, so sending it again is a replay and no new content.
    `original_id` is the BOSS's own id of the work that a reversal takes back.
    """
    assert bool(original_id) == (order.reverses is not None), order.order
    if order.business in PAYMENT_BUSINESSES:
        return _encoder.encode(_payment(order, original_id))
    return _encoder.encode(_product_order(order, original_id))


def _payment(order: BossOrder, original_id: str) -> JSON:
    prepaid = order.business == "top_up"
    body: JSON = {
        "correlatorId": str(order.order),
        "name": order.business,
        "account": {
            "id": order.msisdn,
            "name": order.msisdn,
            "@referredType": "BillingAccount",
        },
        "paymentMethod": {"@type": "Account", "name": order.outlet_code},
        "totalAmount": _money(order.amount),
        "channel": {"id": order.outlet_code, "@referredType": "Channel"},
    }
    if original_id:
        body["payment"] = {"id": original_id, "@referredType": "Payment"}
    else:
        body["amount"] = _money(order.amount)
        body["paymentItem"] = [
            {
                "id": "1",
                "amount": _money(order.amount),
                "item": {
                    "id": order.msisdn,
                    "@referredType": "Bucket" if prepaid else "CustomerBill",
                },
            }
        ]
    return body


def _product_order(order: BossOrder, original_id: str) -> JSON:
    item: JSON = {
        "id": "1",
        "quantity": 1,
        "action": "modify" if order.business == "plan_change" else "add",
        "productOffering": {"id": order.product_code, "@referredType": "ProductOffering"},
        "product": {"productSerialNumber": order.msisdn},
    }
    if original_id:
        item["action"] = "delete"
        item["productOrderItemRelationship"] = [{"id": original_id, "relationshipType": "reverses"}]
    return {
        "externalId": str(order.order),
        "category": order.business,
        "channel": [{"id": order.outlet_code, "role": "outlet", "@referredType": "Channel"}],
        "orderTotalPrice": [
            {"priceType": "oneTime", "price": {"taxIncludedAmount": _money(order.amount)}}
        ],
        "productOrderItem": [item],
    }


def _money(amount: Money) -> JSON:
    return {"unit": amount.currency, "value": amount.amount}


def read_work(data: bytes) -> Work:
    """:raises Unreadable:"""
    return _read(data, Work)


def read_works(data: bytes) -> list[Work]:
    """:raises Unreadable:"""
    return _read(data, list[Work])


def read_fault(data: bytes) -> Fault | None:
    """The error in a body; nothing if it is no error of TM Forum's form."""
    try:
        return _read(data, Fault)
    except Unreadable:
        return None


def outcome(order: BossOrder, work: Work) -> Outcome:
    """What became of an order, by the BOSS's record of its work."""
    state = work.state or work.status or ""
    if not work.id:
        return Unknown(order.order, "the BOSS's record has no id")
    if not _same_content(order, work):
        return Unknown(order.order, f"the BOSS's {work.id} has other content under this id")
    if state in _DONE:
        return Completed(order.order, work.id)
    if state in _NO:
        code, reason = _refusal(work, state)
        return Refused(order.order, code, reason)
    return Unknown(order.order, f"the BOSS's {work.id} is in the state {state or '(none)'}")


def found(order: BossOrder, works: Sequence[Work]) -> Outcome:
    """What became of an order, by all that the BOSS has under its external id."""
    if not works:
        return NotFound(order.order)
    if len(works) > 1:
        return Unknown(order.order, f"the BOSS has {len(works)} records under this id")
    return outcome(order, works[0])


def _same_content(order: BossOrder, work: Work) -> bool:
    if work.account is not None and work.account.id not in (None, order.msisdn):
        return False
    if work.total_amount is not None and work.total_amount.value is not None:
        return work.total_amount.value == order.amount.amount
    for item in work.product_order_item or ():
        number = item.product.product_serial_number if item.product else None
        if number not in (None, order.msisdn):
            return False
    return True


def _refusal(work: Work, state: str) -> tuple[str, str]:
    note = work.note[-1] if work.note else None
    code = work.status_reason or (note.id if note else None) or state
    reason = (note.text if note else None) or work.description or code
    return code, reason


def read_subscriber(
    msisdn: str, products: bytes, customers: bytes, buckets: bytes
) -> Subscriber | None:
    """
    Put a subscriber together from 637, 629 and 654; nothing if no line has the number.

    :raises Unreadable:
    """
    owned = _read(products, list[_Product])
    plan = next((each for each in owned if each.characteristic("kind") == "plan"), None)
    if plan is None:
        return None
    name = next((customer.name for customer in _read(customers, list[_Customer])), "")
    balance = Money.zero()
    for bucket in _read(buckets, list[_Bucket]):
        if bucket.remaining_value is not None and bucket.remaining_value.units == "CNY":
            balance += _fen(bucket.remaining_value.amount)
    return Subscriber(
        msisdn=msisdn,
        name_masked=_masked(name),
        state=plan.status if plan.status in ("active", "terminated") else "suspended",
        plan_code=plan.product_offering.id,
        plan_name_zh=plan.name,
        plan_name_en=plan.characteristic("nameEn") or plan.name,
        balance=balance,
        add_ons=tuple(
            sorted(
                each.product_offering.id
                for each in owned
                if each is not plan and each.status == "active"
            )
        ),
    )


def read_due(msisdn: str, products: bytes, bills: bytes) -> Due | None:
    """
    What is open on the bills of 678; nothing if, by 637, no line has the number.

    :raises Unreadable:
    """
    if not _read(products, list[_Product]):
        return None
    open_bills: dict[str, Money] = {}
    for bill in _read(bills, list[_Bill]):
        left = _fen(bill.remaining_amount.value or Decimal(0))
        if left:
            month = f"{business_date(bill.billing_period.start_date_time):%Y-%m}"
            open_bills[month] = open_bills.get(month, Money.zero()) + left
    return Due(
        msisdn=msisdn,
        amount=sum(open_bills.values(), Money.zero()),
        bills=tuple(sorted(open_bills.items())),
    )


def _masked(name: str) -> str:
    return name[:1] + "*" * (len(name) - 1)


def _fen(amount: Decimal) -> Money:
    minor = amount.scaleb(2)
    if minor != int(minor):
        raise Unreadable(f"an amount of {amount} is no whole number of fen")
    return Money(int(minor))


def _read(data: bytes, shape: type[T]) -> T:
    try:
        return msgspec.json.decode(data, type=shape)
    except msgspec.DecodeError as error:
        raise Unreadable(str(error)) from None
