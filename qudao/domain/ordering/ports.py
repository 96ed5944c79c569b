"""What ordering wants from the operator's billing and support system (BOSS).

The port speaks of orders and their outcomes, not of HTTP. An implementation must keep three
promises: it sends an order under its own external id and no other; it answers `Unknown` whenever
the BOSS may or may not have acted; and it never raises for what the network does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from qudao.domain.ordering.types import OrderId, OrderItem
from qudao.kernel.money import Money
from qudao.kernel.personal import Personal
from qudao.kernel.refusals import Kind, Refusal


@dataclass(eq=False)
class SubscriberNotFound(Refusal, kind=Kind.NOT_FOUND):
    """The BOSS knows no line with this number."""

    msisdn: str


@dataclass(eq=False)
class BossUnavailable(Refusal, kind=Kind.UNAVAILABLE):
    """The BOSS gave no answer in time to a question."""


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
    `account_opening`, `sim_swap`, `number_change`, `cancellation`, `recharge_card` (TMF622).
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


@dataclass(frozen=True, slots=True)
class Due:
    """What a customer owes on the open bills."""

    msisdn: str
    amount: Money
    bills: tuple[tuple[str, Money], ...] = ()
    """(billing month `YYYY-MM`, amount open)."""


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

    def submit(self, orders: Sequence[BossOrder]) -> Sequence[Outcome]:
        """
        Send orders; one outcome each (never `NotFound` or `NotSent`), in the same order.

        None waits for another: whoever wants one to come after another sends it then.
        """

    def ask(self, orders: Sequence[BossOrder]) -> Sequence[Outcome]:
        """Ask what became of orders sent earlier; one outcome each, in the same order."""

    def breaker_state(self) -> str:
        """`closed` while requests are sent; `open` or `half-open` after too many failures."""
