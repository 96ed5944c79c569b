"""
Old months go into the archive, and come back when they are needed.

A month is taken out of all tables at once, when nothing of it can change any more; what accounts
hold of it is carried forward, so that every wallet is still proved by its postings.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from qudao.domain.ledger import operations as ledger
from qudao.domain.ledger import queries as accounts
from qudao.domain.ordering import queries as ordering
from qudao.domain.wallet import queries as wallets
from qudao.kernel.period import business_date
from qudao.kernel.refusals import Kind, Refusal
from qudao.platform.commands.command import command
from qudao.platform.commands.context import Context
from qudao.platform.events import relay
from qudao.platform.tables import months

KEYS_KEPT: Final = timedelta(days=60)
"""How long a request key is answered at least: so long after its end a month stays attached."""


@dataclass(eq=False)
class MonthUnknown(Refusal, kind=Kind.NOT_FOUND):
    """There is no such month: neither attached, nor in the archive."""

    month: str


@dataclass(eq=False)
class MonthTooRecent(Refusal, kind=Kind.CONFLICT):
    """Request keys of the month are still to be answered."""

    month: str
    until: date


@dataclass(eq=False)
class OlderMonthFirst(Refusal, kind=Kind.CONFLICT):
    """Months are taken out from the oldest on."""

    month: str
    oldest: str


@dataclass(eq=False)
class NewerMonthFirst(Refusal, kind=Kind.CONFLICT):
    """Months come back from the newest on."""

    month: str
    newest: str


@dataclass(eq=False)
class OrdersOpen(Refusal, kind=Kind.CONFLICT):
    """The BOSS still owes answers for orders of the month."""

    month: str
    orders: int


@dataclass(eq=False)
class PostingsPending(Refusal, kind=Kind.CONFLICT):
    """Money of the month is still in flight."""

    month: str
    postings: int


@dataclass(eq=False)
class RelaysBehind(Refusal, kind=Kind.CONFLICT):
    """Somebody who follows the journal has not read the month to its end."""

    month: str
    relays: tuple[str, ...]


@dataclass(eq=False)
class SquashBehind(Refusal, kind=Kind.CONFLICT):
    """Something of the month was posted since the day before yesterday: not summed up yet."""

    month: str
    accounts: int


@dataclass(eq=False)
class DaysNotClosed(Refusal, kind=Kind.CONFLICT):
    """Wallets have no closing of the last day on which something of the month was posted."""

    month: str
    wallets: int
    day: date


@dataclass(frozen=True, slots=True)
class Detached:
    """What was done."""

    month: date
    carried: int
    """Sums and late lines that were carried forward."""


def hindrance(ctx: Context, *, month: date) -> Refusal | None:
    """Return why a month may not be taken out now, or nothing."""
    return next(_hindrances(ctx, month), None)


def archived_until(ctx: Context) -> date | None:
    """Return the last day that lies in the archive: lists have nothing of it, nor of any before."""
    found = months.archived()
    return months.months_on(found[-1], 1) - timedelta(days=1) if found else None


@command("months.detach")
def detach(ctx: Context, *, month: date, by: str) -> Detached:
    """
    Take a month out of orders, postings and journal, into the schema `archive`.

    All tables that are kept by months, and what is carried forward, in one transaction. Sales go
    on meanwhile: they wait for some milliseconds at its end. `by` names the person at the console,
    for the journal.

    :raises MonthUnknown: if it is not attached.
    :raises MonthTooRecent: if it ended less than `KEYS_KEPT` ago.
    :raises OlderMonthFirst: if an older one is attached.
    :raises OrdersOpen: if an order of it is not decided.
    :raises PostingsPending: if a posting of it is not resolved.
    :raises RelaysBehind: if a reader of the journal has not passed it.
    :raises DaysNotClosed: if a wallet's day is not closed.
    :raises SquashBehind: if something of it was posted since the day before yesterday.
    :raises TablesInUse: if long statements held the tables at every try.
    """
    for refusal in _out_of_turn(ctx, month):
        raise refusal
    months.hold_still(month)
    upto = accounts.last_posting_before(business_date(ctx.at) - timedelta(days=1))
    if upto is not None:
        ledger.squash(ctx, upto=upto)
    for refusal in _unfinished(month):
        raise refusal
    if behind := accounts.beyond_squash(month):
        raise SquashBehind(_name(month), behind)
    carried = ledger.carry(ctx, month=month)
    months.detach(month)
    return Detached(month, carried)


@command("months.attach")
def attach(ctx: Context, *, month: date, by: str) -> None:
    """
    Bring a month back from the archive, to be looked at; what was carried of it is taken out.

    :raises MonthUnknown: if it does not lie in the archive.
    :raises NewerMonthFirst: if a newer one lies there.
    :raises TablesInUse: if long statements held the tables at every try.
    """
    archived = months.archived()
    if month not in archived:
        raise MonthUnknown(_name(month))
    if month != archived[-1]:
        raise NewerMonthFirst(_name(month), _name(archived[-1]))
    ledger.uncarry(ctx, month=month)
    months.attach(month)


def _hindrances(ctx: Context, month: date) -> Iterator[Refusal]:
    yield from _out_of_turn(ctx, month)
    yield from _unfinished(month)


def _out_of_turn(ctx: Context, month: date) -> Iterator[Refusal]:
    attached = months.attached()
    if month not in attached:
        yield MonthUnknown(_name(month))
        return
    until = months.months_on(month, 1) + KEYS_KEPT
    if business_date(ctx.at) < until:
        yield MonthTooRecent(_name(month), until)
    if month != attached[0]:
        yield OlderMonthFirst(_name(month), _name(attached[0]))


def _unfinished(month: date) -> Iterator[Refusal]:
    if open_orders := ordering.open_in(month):
        yield OrdersOpen(_name(month), open_orders)
    if pending := accounts.pending_in(month):
        yield PostingsPending(_name(month), pending)
    if behind := relay.behind(month):
        yield RelaysBehind(_name(month), behind)
    last = accounts.last_day_of(month)
    if last is not None and (unclosed := wallets.unclosed(last)):
        yield DaysNotClosed(_name(month), unclosed, last)


def _name(month: date) -> str:
    return f"{month:%Y-%m}"
