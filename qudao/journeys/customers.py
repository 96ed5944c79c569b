"""
Look up a customer in the BOSS: who it is, what is due, used, saved up.

Every look-up is journalled before the BOSS is asked: who looked, for which number, through
which front. The call itself is outside any transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TypeVar

from django.conf import settings
from django.utils.module_loading import import_string

from qudao.domain.ordering.ports import (
    Bill,
    Boss,
    Charge,
    Due,
    Points,
    Subscriber,
    Unlocking,
    Usage,
)
from qudao.domain.ordering.types import NotAMobileNumber
from qudao.journeys.waiting import Note, waited
from qudao.kernel.ids import new_id
from qudao.kernel.numbers import valid_msisdn
from qudao.kernel.refusals import Kind, Refusal
from qudao.platform.commands.context import Context
from qudao.platform.commands.notes import note
from qudao.platform.commands.set_command import Claim, set_command

R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Customer:
    """A subscriber and, if it was asked for, what is due."""

    subscriber: Subscriber
    due: Due | None


@dataclass(eq=False)
class NoSuchBill(Refusal, kind=Kind.NOT_FOUND):
    """The line has no bill for this month."""

    month: str


@cache
def boss() -> Boss:
    """Return the gateway to the BOSS that the settings name."""
    gateway: Boss = import_string(settings.BOSS_GATEWAY)()
    return gateway


def look_up(ctx: Context, *, msisdn: str, due: bool = False) -> Customer:
    """
    Return the customer behind a number, with the bills that are due if asked for.

    :raises NotPermitted: without `customers.look_up`.
    :raises NotAMobileNumber: if the number cannot be one.
    :raises SubscriberNotFound: if no line has it.
    :raises BossUnavailable: if the BOSS gives no answer in time.
    """

    def ask(boss: Boss) -> Customer:
        return Customer(boss.subscriber(msisdn), boss.due(msisdn) if due else None)

    return _answered(ctx, msisdn, ("customer", msisdn, due), ask)


def usage(ctx: Context, *, msisdn: str) -> Usage:
    """
    Return what a line has used of its allowances this month.

    :raises Refusal: those of `look_up`.
    """
    return _answered(ctx, msisdn, ("usage", msisdn), lambda boss: boss.usage(msisdn))


def points(ctx: Context, *, msisdn: str) -> Points:
    """
    Return the points of a line.

    :raises Refusal: those of `look_up`.
    """
    return _answered(ctx, msisdn, ("points", msisdn), lambda boss: boss.points(msisdn))


def bills(ctx: Context, *, msisdn: str) -> tuple[Bill, ...]:
    """
    Return the bills of a line, paid or not, the newest first.

    :raises Refusal: those of `look_up`.
    """
    return _answered(ctx, msisdn, ("bills", msisdn), lambda boss: boss.bills(msisdn))


def charges(ctx: Context, *, msisdn: str, month: str) -> tuple[tuple[Bill, ...], list[Charge]]:
    """
    Return a line's bills of a month `YYYY-MM`, and all their lines.

    :raises NoSuchBill: if there is no bill for the month.
    :raises Refusal: those of `look_up`.
    """

    def ask(boss: Boss) -> tuple[tuple[Bill, ...], list[Charge]]:
        found = tuple(bill for bill in boss.bills(msisdn) if bill.month == month)
        if not found:
            raise NoSuchBill(month)
        return found, [charge for bill in found for charge in boss.charges(bill.id)]

    return _answered(ctx, msisdn, ("charges", msisdn, month), ask)


def unlocking(ctx: Context, *, msisdn: str) -> Unlocking:
    """
    Return what unlocks the SIM card of a line.

    Who calls has seen to it that the line is the customer's: see `callers.look_up`.

    :raises UnlockingUnknown: if the BOSS tells none.
    :raises Refusal: those of `look_up`.
    """
    return _answered(ctx, msisdn, ("unlocking", msisdn), lambda boss: boss.unlocking(msisdn))


@dataclass(frozen=True, slots=True)
class LookUp:
    """Somebody looks at what the BOSS knows of a number."""

    msisdn: str


@set_command("customers.look_up")
def record_look_ups(claims: Sequence[Claim[LookUp]]) -> Sequence[bool | Refusal]:
    """
    Write into the journal that somebody looks customers up, many at a time.

    Refusals, each for its own request: KeyReused, AuthorityChanged.
    """
    return note("customers.look_up", claims)


def _answered(ctx: Context, msisdn: str, key: object, ask: Callable[[Boss], R]) -> R:
    """Ask about a line, once it is written down that somebody does."""
    ctx.require("customers.look_up")
    if not valid_msisdn(msisdn):
        raise NotAMobileNumber(msisdn)
    own = ctx.with_key(f"look-up:{new_id(ctx.at)}")
    return waited(key, Note(own, record_look_ups, LookUp(msisdn)), lambda: ask(boss()))
