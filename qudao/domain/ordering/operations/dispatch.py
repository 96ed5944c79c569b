"""The dispatcher's commands: take what is due, write down what the BOSS said, stay alive."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from django.db import connection

from qudao.domain.ordering.ports import (
    BossOrder,
    Completed,
    NotFound,
    NotReached,
    NotSent,
    Outcome,
    Refused,
    Unknown,
)
from qudao.domain.ordering.queries import BossRow, boss_orders
from qudao.domain.ordering.types import OrderId
from qudao.kernel.period import business_date
from qudao.platform.commands.arguments import printable
from qudao.platform.commands.context import Context
from qudao.platform.commands.set_command import journalled
from qudao.platform.tables import arrays


@journalled("ordering.dispatch")
def claim(
    ctx: Context,
    *,
    most: int,
    lease: timedelta,
    send: bool = True,
    ask: bool = True,
    runner: UUID | None = None,
) -> tuple[Sequence[BossOrder], Sequence[BossOrder]]:
    """
    Take the orders that are due, for as long as the lease: (to send, to ask for).

    An order that was taken before and not settled may have reached the BOSS: it is asked for,
    under the same id. Of each kind `most` are taken at most, in the order in which they were
    made: those of one line must reach the BOSS one after the other, as `fulfilment` sees to.
    `runner` holds them: when it dies (see `beat`), they are free before the lease is over.

    :raises NotPermitted: without `ordering.dispatch`.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            _CLAIM,
            [
                most if send else 0,
                most if ask else 0,
                ctx.at,
                f"{lease.total_seconds()} seconds",
                runner,
            ],
        )
        rows = cursor.fetchall()
    asked = {row[0] for row in rows if row[1]}
    orders = boss_orders(ctx, [BossRow(row[0], *row[2:]) for row in rows])
    return (
        [order for order in orders if order.order not in asked],
        [order for order in orders if order.order in asked],
    )


@journalled("ordering.settle")
def settle(ctx: Context, *, outcomes: Sequence[Outcome]) -> dict[OrderId, str]:
    """
    Write down what the BOSS said: post the money on, give it back, or try again later.

    Returns the new state of each order that was open; an outcome for an order that is settled
    already changes nothing, nor does a second one for the same order. What the BOSS wrote is
    stored as far as it can be shown. Each is journalled as `ordering.settle`.

    :raises NotPermitted: without `ordering.settle`.
    """
    if not outcomes:
        return {}
    outcomes = list({outcome.order: outcome for outcome in reversed(outcomes)}.values())
    orders, words, references, codes, reasons = zip(*map(_row, outcomes), strict=True)
    with connection.cursor() as cursor:
        cursor.execute(
            _SETTLE,
            [
                arrays.uuids(orders),
                *(arrays.texts(column) for column in (words, references, codes, reasons)),
                ctx.at,
                business_date(ctx.at),
                ctx.actor,
            ],
        )
        return dict(cursor.fetchall())


@journalled("ordering.beat")
def beat(
    ctx: Context,
    *,
    runner: UUID,
    lease: timedelta,
    completed: int,
    refused: int,
    breaker: str,
) -> int:
    """
    Say that a dispatcher is alive, once a second, and what it has done since it said so last.

    What dead dispatchers held becomes due; returns how many orders that were. An order that has
    been with the BOSS for a second becomes `inProgress`, journalled as `ordering.dispatch`. The
    queue's length and age, and how many orders were settled, are kept (see `queries.pace`).

    :raises NotPermitted: without `ordering.beat`.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT ordering_beat(%s, %s, %s, %s, greatest(0, least(%s, 1000000))::int,"
            " greatest(0, least(%s, 1000000))::int, %s)",
            [
                runner,
                ctx.at,
                f"{lease.total_seconds()} seconds",
                ctx.actor,
                completed,
                refused,
                breaker,
            ],
        )
        return int(cursor.fetchone()[0])


def _row(outcome: Outcome) -> tuple[OrderId, str, str, str, str]:
    match outcome:
        case Completed(order, reference):
            return order, "completed", printable(reference), "", ""
        case Refused(order, code, reason):
            return order, "refused", "", printable(code), printable(reason)
        case Unknown(order, problem):
            return order, "unknown", "", "", printable(problem)
        case NotReached(order, problem):
            return order, "unsent", "", "", printable(problem)
        case NotFound(order) | NotSent(order):
            return order, "free", "", "", ""


_CLAIM = """
SELECT id, sent, business, msisdn, amount, product, ordered_at, outlet, reverses, details
FROM ordering_claim(%s, %s, %s, %s, %s)
"""

_SETTLE = """
SELECT id, state FROM ordering_settle(%s::uuid[], %s::text[], %s::text[], %s::text[], %s::text[],
                                      %s, %s, %s)
"""
