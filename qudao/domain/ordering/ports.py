"""What ordering wants from the operator's billing and support system (BOSS).

The port speaks of orders and their outcomes, not of HTTP. An implementation must keep three
promises: it sends an order under its own external id and no other; it answers `Unknown` whenever
the BOSS may or may not have acted; and it never raises for what the network does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from qudao.domain.ordering.types import OrderId, OrderItem
from qudao.kernel.money import Money
from qudao.kernel.personal import Personal, Secret
from qudao.kernel.refusals import Kind, Refusal


@dataclass(eq=False)
class SubscriberNotFound(Refusal, kind=Kind.NOT_FOUND):
    """The BOSS knows no line with this number."""

    msisdn: str


@dataclass(eq=False)
class BossUnavailable(Refusal, kind=Kind.UNAVAILABLE):
    """The BOSS gave no answer in time to a question."""


@dataclass(eq=False)
class UnlockingUnknown(Refusal, kind=Kind.NOT_FOUND):
    """The BOSS tells no keys of this line's SIM card."""

    msisdn: str


@dataclass(frozen=True, slots=True)
class BossParty:
    """The customer of an order, as the BOSS must know them. In memory only: personal."""

    name: Personal
    document_kind: str
    """`resident_id`, `passport`, …: a code of the registry of documents."""
    document: Personal
    address: Personal
    phone: Personal
    """Where else they can be reached; may be empty."""


@dataclass(frozen=True, slots=True)
class BossOrder:
    """One order as the BOSS sees it."""

    order: OrderId
    """External id: the BOSS acts at most once under it."""
    business: str
    """
    `bill_payment`, `top_up`, `card_recharge` (a payment, TMF676); `plan_change`, `add_on`,
    `account_opening`, `sim_swap`, `number_change`, `cancellation`, `suspend`, `resume`,
    `add_on_cancel`, `recharge_card` (TMF622).
    """
    msisdn: str
    amount: Money
    """Face value that the customer paid; zero for an order without a price."""
    product_code: str
    """The BOSS's product code of a plan or an add-on; empty for payments."""
    ordered_at: datetime
    outlet_code: str
    reverses: OrderId | None = None
    """The order that this one takes back, for a reversal."""
    items: tuple[OrderItem, ...] = ()
    """
    Its parts. `account_opening`: number, SIM (attribute `imsi`), plan, add-ons, prepay.
    `sim_swap`: the new SIM. `number_change`: the new number. `recharge_card`: the card that
    becomes valid, its value as its amount; it is for no line: `msisdn` is empty.
    `add_on_cancel`: the add-on that ends, by the BOSS's product code.
    `card_recharge`: the card that is used, likewise; `amount` is zero, the card was paid for.
    """
    party: BossParty | None = None
    """Of an account opening: who the line will belong to."""
    replaced: str = ""
    """The old ICCID of a swap, if it is known; the old number of a change is `msisdn`."""


@dataclass(frozen=True, slots=True)
class Completed:
    """The BOSS has done the work."""

    order: OrderId
    reference: str
    """The BOSS's own id of the work."""


@dataclass(frozen=True, slots=True)
class Refused:
    """The BOSS will never do the work, and says why."""

    order: OrderId
    code: str
    reason: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """The request may or may not have had its effect: ask before anything else."""

    order: OrderId
    problem: str


@dataclass(frozen=True, slots=True)
class NotReached:
    """The request certainly did not arrive (no connection, breaker open): may be sent."""

    order: OrderId
    problem: str


@dataclass(frozen=True, slots=True)
class NotFound:
    """Asked, the BOSS knows nothing of the order: may be sent under the same external id."""

    order: OrderId


@dataclass(frozen=True, slots=True)
class NotSent:
    """Nobody tried: an earlier order of the line is not settled. May be sent after that."""

    order: OrderId


Outcome = Completed | Refused | Unknown | NotReached | NotFound | NotSent


@dataclass(frozen=True, slots=True)
class Subscriber:
    """What a clerk may see of a customer: enough to be sure of the right person."""

    msisdn: str
    name_masked: str
    state: str
    """`active`, `suspended` or `terminated`."""
    plan_code: str
    plan_name_zh: str
    plan_name_en: str
    balance: Money
    add_ons: tuple[str, ...] = ()
    iccid: str = ""
    """Of the SIM card that the line is on, if the BOSS tells it."""
    branch: str = ""
    """Division code of the branch that keeps the line, if the BOSS tells it."""


@dataclass(frozen=True, slots=True)
class Due:
    """What a customer owes on the open bills."""

    msisdn: str
    amount: Money
    bills: tuple[tuple[str, Money], ...] = ()
    """(billing month `YYYY-MM`, amount open)."""


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a line may use in a month without further charge, and what it has used of it."""

    sort: str
    """`data`, `voice`, `sms`, or another word of the BOSS's."""
    unit: str
    """`MB`, `MIN`, `SMS`, …"""
    name: str
    used: int
    left: int


@dataclass(frozen=True, slots=True)
class Usage:
    """What a line has used this month."""

    msisdn: str
    allowances: tuple[Allowance, ...]


@dataclass(frozen=True, slots=True)
class Points:
    """The points of a line."""

    msisdn: str
    balance: int
    expiring: tuple[tuple[date, int], ...] = ()
    """(last day, how many end with it), the first to end first; of the balance."""


@dataclass(frozen=True, slots=True)
class Bill:
    """A bill, whether paid or not."""

    id: str
    """The BOSS's own."""
    month: str
    """Billing month `YYYY-MM`."""
    amount: Money
    open: Money
    """What is not paid yet."""
    due_date: date | None = None
    """The last day to pay."""


@dataclass(frozen=True, slots=True)
class Charge:
    """A line of a bill; below zero if it is a credit."""

    name_zh: str
    name_en: str
    amount: Money


@dataclass(frozen=True, slots=True)
class Unlocking:
    """What unlocks a SIM card whose PIN was entered wrongly."""

    puk: Secret
    puk2: Secret
    """Empty if the BOSS does not tell it."""


class Boss(Protocol):
    """The operator's BOSS."""

    def subscriber(self, msisdn: str) -> Subscriber:
        """
        :raises SubscriberNotFound: if no line has this number.
        :raises BossUnavailable: if there is no answer in time.
        """

    def due(self, msisdn: str) -> Due:
        """
        :raises SubscriberNotFound: if no line has this number.
        :raises BossUnavailable: if there is no answer in time.
        """

    def usage(self, msisdn: str) -> Usage:
        """
        :raises SubscriberNotFound: if no line has this number.
        :raises BossUnavailable: if there is no answer in time.
        """

    def points(self, msisdn: str) -> Points:
        """
        :raises SubscriberNotFound: if no line has this number.
        :raises BossUnavailable: if there is no answer in time.
        """

    def bills(self, msisdn: str) -> tuple[Bill, ...]:
        """
        Return the bills of a line, the newest first.

        :raises SubscriberNotFound: if no line has this number.
        :raises BossUnavailable: if there is no answer in time.
        """

    def charges(self, bill: str) -> tuple[Charge, ...]:
        """
        Return the lines of a bill, by the BOSS's id of it; none if it tells none.

        :raises BossUnavailable: if there is no answer in time.
        """

    def unlocking(self, msisdn: str) -> Unlocking:
        """
        :raises SubscriberNotFound: if no line has this number.
        :raises UnlockingUnknown: if the BOSS tells no keys of its card.
        :raises BossUnavailable: if there is no answer in time.
        """

    def submit(self, orders: Sequence[BossOrder]) -> Sequence[Outcome]:
        """
        Send orders; one outcome each (never `NotFound` or `NotSent`), in the same order.

        None waits for another: whoever wants one to come after another sends it then.
        """

    def ask(self, orders: Sequence[BossOrder]) -> Sequence[Outcome]:
        """Ask what became of orders sent earlier; one outcome each, in the same order."""

    def breaker_state(self) -> str:
        """`closed` while requests are sent; `open` or `half-open` after too many failures."""
