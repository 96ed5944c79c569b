"""Hold a number for a customer: reserve, release, pay, and what time does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, cast
from uuid import UUID

import msgspec
from django.db import IntegrityError, OperationalError, connection

from qudao.domain.resource import queries
from qudao.domain.resource.operations.shift import _held_within, _shift, _Step
from qudao.domain.resource.types import (
    LONGEST_HOLD_MINUTES,
    LONGEST_PAID_DAYS,
    LONGEST_VISIT_MINUTES,
    MOST_HOLDS,
    PAID_DAYS,
    Held,
    HoldExpired,
    HoldId,
    HoldTooLong,
    HoldUnknown,
    NumberElsewhere,
    NumberState,
    NumberStateWrong,
    NumberTaken,
    NumberUnknown,
    Reserve,
    TooManyHolds,
)
from qudao.domain.saleschannel.queries import OutletUnknown
from qudao.domain.saleschannel.types import OutletNotActive
from qudao.kernel.ids import new_id
from qudao.kernel.money import Money
from qudao.kernel.numbers import valid_msisdn
from qudao.kernel.refusals import Refusal
from qudao.platform.commands.codec import decode
from qudao.platform.commands.command import (
    Busy,
    KeyReused,
    command,
    passing,
    waited_too_long,
)
from qudao.platform.commands.context import Context
from qudao.platform.commands.set_command import Claim, journalled, set_command
from qudao.platform.tables import arrays

ReserveClaim = Claim[Reserve]
Answer = Held | Refusal

_ATTEMPTS: Final = 4
_DAY: Final = 24 * 60
"""Minutes."""


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A claim that may be done, with what will hold the number."""

    place: int
    claim: ReserveClaim
    hold: UUID
    until: datetime


@set_command("resource.reserve")
def reserve(claims: Sequence[ReserveClaim]) -> Sequence[Answer]:
    """
    Hold free numbers for outlets, many at a time; a hold that is over is as good as free.

    One statement holds the whole set. Requests of one set that want the same number, or the last
    places of one outlet, are done one by one, in their order.

    Refusals, each for its own request: OutletUnknown (not in the actor's scope), OutletNotActive,
    HoldTooLong, NumberUnknown, NumberElsewhere, NumberTaken, TooManyHolds, KeyReused, Busy.
    """
    answers: list[Answer | None] = [None] * len(claims)
    _reserve(list(enumerate(claims)), answers)
    assert not any(answer is None for answer in answers), "each request gets an answer"
    return cast("list[Answer]", answers)


def _reserve(wanted: list[tuple[int, ReserveClaim]], answers: list[Answer | None]) -> None:
    for _ in range(_ATTEMPTS):
        try:
            again = _try(wanted, answers)
        except (IntegrityError, OperationalError) as error:
            if connection.in_atomic_block or not passing(error):
                raise
            if len(wanted) == 1:
                if waited_too_long(error):
                    break
                continue
            again = wanted
        # One by one, in the order in which they came.
        for one in again:
            _reserve([one], answers)
        return
    for place, _claim in wanted:
        answers[place] = Busy()


def _try(
    wanted: list[tuple[int, ReserveClaim]], answers: list[Answer | None]
) -> list[tuple[int, ReserveClaim]]:
    """Do a set; return those that must be done one by one."""
    able = _look(wanted, answers)
    if not able:
        return []
    again = []
    for nth, outcome, *facts in _write(able):
        one = able[nth - 1]
        if outcome == "contested":
            again.append((one.place, one.claim))
        else:
            answers[one.place] = _answer(one, outcome, facts)
    return sorted(again, key=lambda one: one[0])


def _look(wanted: list[tuple[int, ReserveClaim]], answers: list[Answer | None]) -> list[_Wanted]:
    """Refuse what no table need be asked for: it was refused whenever it was asked before, too."""
    able = []
    for place, claim in wanted:
        at, request = claim.ctx.at, claim.request
        longest = LONGEST_VISIT_MINUTES if request.visit else LONGEST_HOLD_MINUTES
        if not 0 < request.minutes <= longest:
            answers[place] = HoldTooLong(request.minutes, longest)
        elif not valid_msisdn(request.number):
            answers[place] = NumberUnknown(request.number)
        else:
            until = at + timedelta(minutes=request.minutes)
            able.append(_Wanted(place, claim, new_id(at), until))
    return able


def _write(able: list[_Wanted]) -> list[tuple[Any, ...]]:
    contexts = [one.claim.ctx for one in able]
    columns = [
        arrays.uuids(ctx.actor for ctx in contexts),
        arrays.texts(ctx.channel for ctx in contexts),
        arrays.texts(ctx.request_key for ctx in contexts),
        arrays.octets(one.claim.mark for one in able),
        arrays.texts(one.claim.arguments.decode() for one in able),
        arrays.numbers(int(one.claim.request.number) for one in able),
        arrays.uuids(one.hold for one in able),
        arrays.uuids(one.claim.request.outlet for one in able),
        arrays.texts(",".join(ctx.scope.paths) for ctx in contexts),
        arrays.times(one.until for one in able),
        arrays.times(ctx.at for ctx in contexts),
    ]
    with connection.cursor() as cursor:
        cursor.execute(_RESERVE, [*columns, MOST_HOLDS])
        return cursor.fetchall()  # type: ignore[no-any-return]


_RESERVE = """
SELECT place, outcome, pattern, grade, price, monthly_floor, mark, answer
FROM resource_reserve(
    %s::uuid[], %s::text[], %s::text[], %s::bytea[], %s::text[], %s::bigint[], %s::uuid[],
    %s::uuid[], %s::text[], %s::timestamptz[], %s::timestamptz[], %s)
"""


def _answer(one: _Wanted, outcome: str, facts: list[Any]) -> Answer:
    pattern, grade, price, monthly_floor, mark, answer = facts
    number = one.claim.request.number
    match outcome:
        case "held":
            return Held(
                number,
                HoldId(one.hold),
                one.claim.request.outlet,
                one.until,
                pattern,
                grade,
                Money(price),
                Money(monthly_floor),
            )
        case "replay":
            return _replayed(one.claim, bytes(mark), answer)
        case "no_outlet":
            return OutletUnknown(str(one.claim.request.outlet))
        case "inactive":
            return OutletNotActive(answer)
        case "unknown":
            return NumberUnknown(number)
        case "elsewhere":
            return NumberElsewhere(number)
        case "taken":
            return NumberTaken(number)
        case "too_many":
            return TooManyHolds(MOST_HOLDS)
    raise AssertionError(outcome)


def _replayed(claim: ReserveClaim, mark: bytes, answer: str) -> Answer:
    """Return what the same request was answered before."""
    if mark != claim.mark:
        return KeyReused(claim.ctx.request_key)
    return decode(msgspec.json.decode(answer), Held)  # type: ignore[no-any-return]


@command("resource.release")
def release(ctx: Context, *, hold: HoldId) -> None:
    """
    Give up a hold: the number is free at once.

    :raises HoldUnknown: if there is no such hold of an outlet in the actor's scope.
    :raises NumberStateWrong: if the number was paid for or bound meanwhile.
    """
    condition, values = _held_within(ctx)
    moved = _shift(
        ctx,
        "resource.release",
        _Step(NumberState.FREE),
        f"n.hold = %(hold)s AND n.state = 'reserved' AND {condition}",
        {**values, "hold": hold},
    )
    if not moved:
        raise _why_not(ctx, hold)


@command("resource.pay")
def pay(ctx: Context, *, hold: HoldId, order: UUID, days: int = PAID_DAYS) -> Held:
    """
    Keep a held number for an order that was paid, for some days.

    :raises HoldTooLong: if that is less than a day, or more than a month.
    :raises HoldUnknown: if there is no such hold of an outlet in the actor's scope.
    :raises HoldExpired: if its time is over.
    :raises NumberStateWrong: if the number is paid for or bound already.
    """
    if not 0 < days <= LONGEST_PAID_DAYS:
        raise HoldTooLong(days * _DAY, LONGEST_PAID_DAYS * _DAY)
    condition, values = _held_within(ctx)
    step = _Step(NumberState.PAID, same=True, until=ctx.at + timedelta(days=days), cause=order)
    moved = _shift(
        ctx,
        "resource.pay",
        step,
        f"n.hold = %(hold)s AND n.state = 'reserved' AND n.until > %(at)s AND {condition}",
        {**values, "hold": hold},
    )
    if not moved:
        raise _why_not(ctx, hold)
    return _held(ctx, hold)


@command("resource.bind")
def bind(ctx: Context, *, hold: HoldId, order: UUID) -> Held:
    """
    Bind a held number to an order: it stays so until the order is decided, whatever the time.

    A number that was paid for is bound to the order that paid.

    :raises HoldUnknown: if there is no such hold of an outlet in the actor's scope.
    :raises HoldExpired: if its time is over.
    :raises NumberStateWrong: if the number is bound already.
    """
    condition, values = _held_within(ctx)
    moved = _shift(
        ctx,
        "resource.bind",
        _Step(NumberState.BOUND, same=True, cause=order),
        "n.hold = %(hold)s AND n.until > %(at)s AND (n.state = 'reserved'"
        f" OR n.state = 'paid' AND n.cause = %(to_cause)s) AND {condition}",
        {**values, "hold": hold},
    )
    if not moved:
        raise _why_not(ctx, hold)
    return _held(ctx, hold)


@journalled("resource.expire")
def expire(ctx: Context, *, most: int = 1000) -> int:
    """
    Return to the pool what was held, paid for or resting until now; returns how many.

    Each number's history tells of it. What others are changing just then is left for next time.
    """
    moved = _shift(
        ctx,
        "resource.expire",
        _Step(NumberState.FREE),
        "n.until <= %(at)s AND n.state IN ('reserved', 'paid', 'resting')",
        {},
        most=most,
    )
    return len(moved)


def _held(ctx: Context, hold: HoldId) -> Held:
    found = queries.held_by("n.hold = %(hold)s", {"hold": hold}, ctx.at)
    return found[0]


def _why_not(ctx: Context, hold: HoldId) -> Refusal:
    """Say why nothing could be done with a hold."""
    condition, values = _held_within(ctx)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT n.number::text, n.state, n.until FROM resource_number n"
            f" WHERE n.hold = %(hold)s AND {condition}",
            {**values, "hold": hold},
        )
        row = cursor.fetchone()
    if row is None:
        return HoldUnknown(hold)
    number, state, until = row
    if until is not None and until <= ctx.at:
        return HoldExpired(number, until)
    return NumberStateWrong(number, state)
