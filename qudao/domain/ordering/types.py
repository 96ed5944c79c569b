"""What ordering shows to the floors above."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any, NewType
from uuid import UUID

import msgspec

from qudao.domain.party.types import OrganizationId
from qudao.kernel.money import Money
from qudao.kernel.numbers import parse_receipt_number as parse_receipt_number
from qudao.kernel.numbers import receipt_number as receipt_number
from qudao.kernel.refusals import Kind, Refusal

OrderId = NewType("OrderId", UUID)


class OrderState(StrEnum):
    """States of TMF622's ProductOrder, as far as ours come to them."""

    ACKNOWLEDGED = "acknowledged"
    """Taken, paid from the wallet; not yet sent to the BOSS, or less than a second ago."""
    IN_PROGRESS = "inProgress"
    """Sent to the BOSS, which has been at it for longer than a second."""
    PENDING = "pending"
    """The BOSS did not answer: whether it has acted is unknown, and is being asked."""
    COMPLETED = "completed"
    FAILED = "failed"
    """The BOSS refused; the money went back."""
    ASSESSING_CANCELLATION = "assessingCancellation"
    """Completed, and a reversal of it is on its way."""
    CANCELLED = "cancelled"
    """Completed, then reversed; the money went back."""


OPEN_STATES = frozenset({OrderState.ACKNOWLEDGED, OrderState.IN_PROGRESS, OrderState.PENDING})
"""Not yet decided: the BOSS owes an answer."""

REVERSIBLE = frozenset({"bill_payment", "top_up"})
"""Businesses that can be taken back on the same business day."""

RETURNABLE = frozenset({"goods", "own_goods"})
"""Businesses whose goods a customer may bring back."""

RETURN_DAYS = 7
"""Within so many days, as the law on consumers' rights (消费者权益保护法, article 24) has it."""


@dataclass(eq=False)
class NotAMobileNumber(Refusal, kind=Kind.INVALID):
    """A mobile number has 11 digits and begins with 13 to 19."""

    msisdn: str


class ItemKind(StrEnum):
    """What a part of an order is."""

    NUMBER = "number"
    """A telephone number; its amount is the prepayment that its grade asks for."""
    SIM = "sim"
    """A SIM card, by its ICCID; its amount is the fee for the card."""
    PLAN = "plan"
    ADD_ON = "add_on"
    PREPAY = "prepay"
    """What the customer pays in advance onto the new line."""
    GOODS = "goods"
    """A handset, a kit, a gift, by serial or by item."""
    CARD = "card"
    """A recharge card, by its serial."""


@dataclass(frozen=True, slots=True)
class OrderItem:
    """One part of an order that is made of several."""

    kind: str
    """An `ItemKind`."""
    code: str
    """Number, ICCID, product code of the BOSS, serial, or code of the goods."""
    amount: Money = Money(0)
    """Its part of the order's amount, or what it is worth where nothing is paid for it."""
    quantity: int = 1
    attributes: dict[str, str] = field(default_factory=dict)
    """What else the BOSS must know: `imsi`, `item`, …; nothing personal."""
    name_zh: str = ""
    name_en: str = ""
    """As it was called when it was sold; empty where the code says it all."""


@dataclass(frozen=True, slots=True)
class Details:
    """What an order consists of that is more than a product for a line."""

    items: tuple[OrderItem, ...] = ()
    customer: UUID | None = None
    """Whose order it is: a customer of ours, where one had to be identified."""
    replaced: str = ""
    """What the order takes out of use: the old ICCID of a swap, the old number of a change."""


@dataclass(frozen=True, slots=True)
class Sale:
    """What an outlet asks to sell."""

    outlet: OrganizationId
    offering: str
    """Code of the offering."""
    msisdn: str
    """Number of the customer's line."""
    amount: Money
    """Face value that the customer pays: for a priced offering its price as it was shown."""
    details: Details | None = None
    """Of a business that moves things; set by the journey that sells it, never by a front."""
    order: UUID | None = None
    """The order's id, where a journey has bound things to it before it knows the price."""


@dataclass(frozen=True, slots=True)
class Sold:
    """The answer to a sale: it was taken, and paid from the wallet."""

    order: OrderId
    number: str
    """Receipt number, with a check digit."""
    amount: Money
    debit: Money
    """What the wallet paid: the face value less the wholesale discount."""
    balance: Money
    """Of the wallet, after it."""


@dataclass(frozen=True, slots=True)
class OrderRecord:
    """An order as lists and receipts show it."""

    id: OrderId
    hold: int | None
    outlet: OrganizationId
    outlet_code: str
    outlet_name_zh: str
    outlet_name_en: str
    actor: UUID
    channel: str
    business: str
    offering: str
    offering_name_zh: str
    offering_name_en: str
    msisdn: str
    amount: Money
    debit: Money
    state: str
    ordered_at: datetime
    business_date: date
    settled_at: datetime | None
    boss_reference: str
    refusal_code: str
    refusal_reason: str
    attempts: int
    problem: str
    """What went wrong with the last attempt to reach the BOSS; empty when nothing did."""
    reverses: OrderId | None
    reversal_reason: str
    prints: int
    details: dict[str, Any] | None = None
    """`Details` as they are stored."""

    @property
    def parts(self) -> tuple[OrderItem, ...]:
        """What it consists of, where it is more than a product for a line."""
        return () if self.details is None else stored_details(self.details).items

    @property
    def number(self) -> str:
        """The receipt number; a reversal has none of its own."""
        return receipt_number(self.business_date, self.hold) if self.hold else ""

    @property
    def is_open(self) -> bool:
        return self.state in OPEN_STATES


def stored_details(details: dict[str, Any]) -> Details:
    """Return an order's details from the column that holds them."""
    return msgspec.convert(details, Details)


@dataclass(frozen=True, slots=True)
class OrderSearch:
    """Which orders to list; an empty field does not restrict."""

    outlet: OrganizationId | None = None
    below: str = ""
    """Path of the branch, county or outlet."""
    first: date | None = None
    last: date | None = None
    states: frozenset[str] = frozenset()
    business: str = ""
    msisdn: str = ""
    number: str = ""
    """A receipt number."""
    reversals: bool | None = None


@dataclass(frozen=True, slots=True)
class SalesFigure:
    """Sums over sales: of one day, hour, branch, business, as the query says in `key`."""

    key: str
    business: str
    taken: int
    """Sales that were taken, whatever became of them."""
    taken_amount: Money
    completed: int
    completed_amount: Money
    """Face value of the completed sales that were not reversed."""
    debited: Money
    """What wallets paid for them."""
    failed: int
    reversed: int
    open: int


@dataclass(frozen=True, slots=True)
class FailureFigure:
    """How often the BOSS refused for one reason."""

    code: str
    reason: str
    count: int
