"""What the BOSS's answers to requests for work mean."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, TypeVar

import msgspec

from qudao.domain.ordering.ports import (
    BossOrder,
    Completed,
    NotFound,
    Outcome,
    Refused,
    Unknown,
)
from qudao.gateways.boss.tmf.requests import subject, total

_DONE: Final = frozenset({"completed", "done", "approved", "succeeded", "refunded"})
_NO: Final = frozenset({"rejected", "failed", "cancelled", "declined", "denied"})
"""What becomes of work, in 622's enumeration and in the words that 676 leaves open."""

_OURS: Final = frozenset({"MSISDN", "ICCID", "IMSI"})
"""Resources of a line that we choose; what else carries it is the BOSS's matter."""

T = TypeVar("T")


class Unreadable(Exception):
    """An answer that is not what TM Forum says."""


class _Reference(msgspec.Struct):
    id: str | None = None


class Amount(msgspec.Struct):
    value: Decimal | None = None
    unit: str | None = None


class _Note(msgspec.Struct):
    text: str
    id: str | None = None


class Resource(msgspec.Struct):
    id: str | None = None
    name: str | None = None
    value: str | None = None
    """What it is, where the id is the BOSS's own."""


class _OrderedProduct(msgspec.Struct, rename="camel"):
    product_serial_number: str | None = None
    realizing_resource: list[Resource] | None = None


class _Item(msgspec.Struct, rename="camel"):
    product: _OrderedProduct | None = None
    product_offering: _Reference | None = None


class _Paid(msgspec.Struct):
    item: _Reference | None = None


class _Price(msgspec.Struct, rename="camel"):
    tax_included_amount: Amount | None = None


class _OrderPrice(msgspec.Struct):
    price: _Price | None = None


class Work(msgspec.Struct, rename="camel"):
    """A product order, a payment or a refund, as far as it matters here."""

    id: str | None = None
    external_id: str | None = None
    """Of a product order: the id that we gave it."""
    correlator_id: str | None = None
    """The same, of a payment or a refund."""
    state: str | None = None
    """Of a product order."""
    status: str | None = None
    """Of a payment or a refund."""
    status_reason: str | None = None
    description: str | None = None
    note: list[_Note] | None = None
    account: _Reference | None = None
    total_amount: Amount | None = None
    payment_item: list[_Paid] | None = None
    order_total_price: list[_OrderPrice] | None = None
    product_order_item: list[_Item] | None = None

    @property
    def external(self) -> str:
        """The external id, as far as the record tells it."""
        return self.external_id or self.correlator_id or ""


class Fault(msgspec.Struct):
    """The body of an error."""

    code: str
    reason: str


def read_work(data: bytes) -> Work:
    """:raises Unreadable:"""
    return read(data, Work)


def read_works(data: bytes) -> list[Work]:
    """:raises Unreadable:"""
    return read(data, list[Work])


@dataclass(frozen=True, slots=True)
class Entry:
    """What a batch's answer says of one order: as if it had been sent alone."""

    status: int
    body: bytes


class _Head(msgspec.Struct):
    """What tells a resource from an error."""

    id: str | None = None
    code: str | None = None
    status: str | int | None = None


def read_entries(data: bytes, count: int) -> list[Entry | None]:
    """
    The entries of the answer to a batch, in the order of what was sent.

    Each is the resource, or an error with its status; nothing where nothing is told.

    :raises Unreadable: if there are not as many as were sent.
    """
    raw = read(data, list[msgspec.Raw])
    if len(raw) != count:
        raise Unreadable(f"{len(raw)} entries in the answer to a batch of {count}")
    entries: list[Entry | None] = []
    for one in raw:
        body = bytes(one)
        try:
            head = read(body, _Head)
        except Unreadable:
            entries.append(None)
            continue
        if head.id is None and head.code is not None:
            status = str(head.status)
            entries.append(Entry(int(status) if status.isdecimal() else 500, body))
        else:
            entries.append(Entry(201, body))
    return entries


def read_fault(data: bytes) -> Fault | None:
    """The error in a body; nothing if it is no error of TM Forum's form."""
    try:
        return read(data, Fault)
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
        return Refused(order.order, code, impersonal(order, reason))
    return Unknown(order.order, f"the BOSS's {work.id} is in the state {state or '(none)'}")


def found(order: BossOrder, works: Sequence[Work]) -> Outcome:
    """What became of an order, by all that the BOSS has under its external id."""
    if not works:
        return NotFound(order.order)
    if len(works) > 1:
        return Unknown(order.order, f"the BOSS has {len(works)} records under this id")
    return outcome(order, works[0])


def impersonal(order: BossOrder, text: str) -> str:
    """A text of the BOSS's without what it may repeat of the customer: it is kept and shown."""
    if order.party is not None:
        party = order.party
        for value in (party.document, party.phone, party.address, party.name):
            if value:
                text = text.replace(str(value), "•••")
    return text


def _same_content(order: BossOrder, work: Work) -> bool:
    """
    Whether the BOSS's record is of what we asked for, as far as it says.

    Compared are external id, line or card, amount, products, and the number and SIM that carry a
    line.
    """
    if work.external not in ("", str(order.order)):
        return False
    if work.account is not None and work.account.id not in (None, order.msisdn):
        return False
    amounts = [work.total_amount] if work.total_amount else []
    for part in work.order_total_price or ():
        if part.price is not None and part.price.tax_included_amount is not None:
            amounts.append(part.price.tax_included_amount)
    values = [amount.value for amount in amounts if amount.value is not None]
    if values and sum(values) != total(order).amount:
        return False
    codes = {item.code for item in order.items}
    if order.business == "card_recharge" and order.reverses is None:
        for paid in work.payment_item or ():
            if paid.item is not None and paid.item.id not in {None, *codes}:
                return False
    known = {item.attributes.get("imsi") for item in order.items} | codes | {order.msisdn, None}
    for item in work.product_order_item or ():
        offering = item.product_offering
        if offering is not None and offering.id not in {None, order.product_code, *codes}:
            return False
        if item.product is None:
            continue
        if item.product.product_serial_number not in (None, subject(order)):
            return False
        for resource in item.product.realizing_resource or ():
            if resource.name in _OURS and (resource.value or resource.id) not in known:
                return False
    return True


def _refusal(work: Work, state: str) -> tuple[str, str]:
    note = work.note[-1] if work.note else None
    code = work.status_reason or (note.id if note else None) or state
    reason = (note.text if note else None) or work.description or code
    return code, reason


def read(data: bytes, shape: type[T]) -> T:
    """:raises Unreadable:"""
    try:
        return msgspec.json.decode(data, type=shape)
    except msgspec.DecodeError as error:
        raise Unreadable(str(error)) from None
