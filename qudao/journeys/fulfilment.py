"""Bring orders to the BOSS and its answers back: what the dispatcher does again and again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta

from qudao.domain.catalog import queries as catalog
from qudao.domain.customer import operations as customer
from qudao.domain.ordering import operations as ordering
from qudao.domain.ordering.ports import Boss, BossOrder, Completed, NotReached, Outcome
from qudao.domain.ordering.types import ItemKind, OrderId, OrderState
from qudao.domain.resource import operations as resource
from qudao.domain.stock import operations as stock
from qudao.platform.commands.context import Context
from qudao.platform.commands.set_command import journalled

LEASE = timedelta(seconds=60)
"""Longer than the gateway takes for a whole set, so that nobody else takes it meanwhile."""


def fulfil(context: Callable[[], Context], boss: Boss, *, most: int) -> tuple[int, bool]:
    """
    Take the orders that are due, send them or ask for them, and write down what comes back.

    `context` gives a context of this moment: the answers come later than the question. Returns
    how many orders were taken, and whether the BOSS was reached for any of them. A crash at any
    point loses nothing: the lease runs out, and the order is asked for.
    """
    to_send, to_ask = ordering.claim(context(), most=most, lease=LEASE)
    orders = [*to_send, *to_ask]
    if not orders:
        return 0, True
    ours = [order for order in orders if not _boss_has_a_part(order)]
    outcomes: list[Outcome] = [Completed(order.order, "") for order in ours]
    outcomes += boss.submit([order for order in to_send if _boss_has_a_part(order)])
    outcomes += boss.ask([order for order in to_ask if _boss_has_a_part(order)])
    conclude(context(), orders=orders, outcomes=outcomes)
    return len(outcomes), not all(isinstance(outcome, NotReached) for outcome in outcomes)


@journalled("fulfilment.conclude")
def conclude(
    ctx: Context, *, orders: Sequence[BossOrder], outcomes: Sequence[Outcome]
) -> dict[OrderId, str]:
    """
    Settle orders, and with them, in the same transaction, the things that they moved.

    Completed, a number becomes active, a card or a handset the customer's, a dossier is closed;
    refused, all of it goes back to where it was. What is unknown stays bound. Returns the new
    state of each order that was open.
    """
    states = ordering.settle(ctx, outcomes=outcomes)
    moving = [order for order in orders if order.reverses is None and _moves_things(order)]
    done = [order for order in moving if states.get(order.order) == OrderState.COMPLETED]
    failed = [order.order for order in moving if states.get(order.order) == OrderState.FAILED]
    if done:
        ids = [order.order for order in done]
        resource.activate(_keyed(ctx, "activate", ids), orders=ids)
        stock.hand_over(_keyed(ctx, "hand_over", ids), orders=ids)
        customer.complete(_keyed(ctx, "complete", ids), orders=ids)
        for order in done:
            _line_moved(ctx, order)
    if failed:
        resource.give_back(_keyed(ctx, "give_back_numbers", failed), orders=failed)
        stock.give_back(_keyed(ctx, "give_back_goods", failed), orders=failed)
        stock.unuse_cards(_keyed(ctx, "unuse_cards", failed), orders=failed)
        customer.fail(_keyed(ctx, "fail", failed), orders=failed)
    return states


def _line_moved(ctx: Context, order: BossOrder) -> None:
    """A line that ended, or has another number now: the old number rests."""
    if order.business not in ("cancellation", "number_change"):
        return
    resource.retire(_keyed(ctx, "retire", [order.order]), numbers=[order.msisdn])
    if order.business == "cancellation":
        customer.end_line(_keyed(ctx, "end_line", [order.order]), numbers=[order.msisdn])
        return
    (new,) = (one.code for one in order.items if one.kind == ItemKind.NUMBER)
    customer.renumber(_keyed(ctx, "renumber", [order.order]), old=order.msisdn, new=new)


def _boss_has_a_part(order: BossOrder) -> bool:
    return catalog.businesses()[order.business].boss


def _moves_things(order: BossOrder) -> bool:
    return catalog.businesses()[order.business].journey


def _keyed(ctx: Context, what: str, orders: Sequence[OrderId]) -> Context:
    """A request key of its own for each thing done: an order is settled once."""
    return ctx.with_key(f"{what}:{orders[0]}")
