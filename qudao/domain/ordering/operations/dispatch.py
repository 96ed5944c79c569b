"""The dispatcher's two commands: take what is due, and write down what the BOSS said."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from django.db import connection

from qudao.domain.ordering.models import Dispatch
from qudao.domain.ordering.ports import (
    BossOrder,
    Completed,
    NotFound,
    NotReached,
    Outcome,
    Refused,
    Unknown,
)
from qudao.domain.ordering.queries import boss_orders
from qudao.domain.ordering.types import OrderId
from qudao.kernel.period import business_date
from qudao.platform.commands.arguments import printable
from qudao.platform.commands.context import Context
from qudao.platform.commands.set_command import journalled

FIRST_WAIT = timedelta(seconds=1)
LONGEST_WAIT = timedelta(seconds=60)
"""Between two tries of one order: doubled each time, up to this."""


@journalled("ordering.dispatch")
def claim(
    ctx: Context, *, most: int, lease: timedelta
) -> tuple[Sequence[BossOrder], Sequence[BossOrder]]:
    """
    Take the orders that are due, for as long as the lease: (to send, to ask for).

    An order that was taken before and not settled may have reached the BOSS: it is asked for,
    under the same id. Each order's way to `inProgress` is journalled as `ordering.dispatch`.

    :raises NotPermitted: without `ordering.dispatch`.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, sent FROM ordering_claim(%s, %s, %s, %s)",
            [most, ctx.at, f"{lease.total_seconds()} seconds", ctx.actor],
        )
        sent = dict(cursor.fetchall())
    orders = boss_orders(ctx, list(sent))
    return (
        [order for order in orders if not sent[order.order]],
        [order for order in orders if sent[order.order]],
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
    rows = [_row(outcome) for outcome in outcomes]
    waits = _waits([outcome.order for outcome in outcomes])
    with connection.cursor() as cursor:
        cursor.execute(
            _SETTLE,
            [
                *(list(column) for column in zip(*rows, strict=True)),
                [
                    ctx.at if isinstance(outcome, NotFound) else ctx.at + waits[outcome.order]
                    for outcome in outcomes
                ],
                ctx.at,
                business_date(ctx.at),
                ctx.actor,
            ],
        )
        return dict(cursor.fetchall())


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
        case NotFound(order):
            return order, "unsent", "", "", ""


def _waits(orders: Sequence[OrderId]) -> dict[OrderId, timedelta]:
    tries = dict(Dispatch.objects.filter(order__in=orders).values_list("order_id", "attempts"))
    return {
        order: min(LONGEST_WAIT, FIRST_WAIT * 2 ** min(tries.get(order, 0), 10)) for order in orders
    }


_SETTLE = """
SELECT id, state FROM ordering_settle(%s::uuid[], %s::text[], %s::text[], %s::text[], %s::text[],
                                      %s::timestamptz[], %s, %s, %s)
"""
