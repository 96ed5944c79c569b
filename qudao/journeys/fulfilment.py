"""Bring orders to the BOSS and its answers back: what the dispatcher does again and again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from qudao.domain.catalog import queries as catalog
from qudao.domain.credential import operations as credential
from qudao.domain.credential import queries as credentials
from qudao.domain.customer import operations as customer
from qudao.domain.ordering import operations as ordering
from qudao.domain.ordering.ports import (
    Boss,
    BossOrder,
    Completed,
    NotFound,
    NotReached,
    NotSent,
    Outcome,
    Refused,
)
from qudao.domain.ordering.types import ItemKind, OrderId, OrderState
from qudao.domain.resource import operations as resource
from qudao.domain.stock import operations as stock
from qudao.platform.commands.context import Context
from qudao.platform.commands.set_command import journalled

LEASE = timedelta(seconds=60)
"""Longer than the gateway takes for a whole set, so that nobody else takes it meanwhile."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A set of orders that are in our hands."""

    to_send: Sequence[BossOrder]
    to_ask: Sequence[BossOrder]

    def __len__(self) -> int:
        return len(self.to_send) + len(self.to_ask)


@dataclass(frozen=True, slots=True)
class Brought:
    """What became of a set."""

    reached: bool
    """False when the BOSS was certainly not reached for any of them."""
    heard: bool
    """Whether it has said something definite of any of them."""
    states: dict[OrderId, str]
    """The new state of each that was open."""


def fulfil(context: Callable[[], Context], boss: Boss, *, most: int) -> Brought:
    """
    Take the orders that are due, bring them to the BOSS, and write down what it says.

    `context` gives a context of this moment: the answers come later than the question.
    """
    taken = take(context(), most=most)
    return write_down(context(), taken, tell(boss, taken))


def take(
    ctx: Context, *, most: int, send: bool = True, ask: bool = True, runner: UUID | None = None
) -> Taken:
    """
    Take orders that are due to be sent, or to be asked for, at most so many of each.

    A crash from now on loses nothing: the lease runs out, or `runner` is found dead, and the order
    is asked for.
    """
    return Taken(*ordering.claim(ctx, most=most, lease=LEASE, send=send, ask=ask, runner=runner))


def tell(boss: Boss, taken: Taken) -> list[Outcome]:
    """Send orders or ask for them; return what came of each."""
    # What was asked for and turns out never to have arrived is sent with another set.
    return [*_tell(boss.ask, taken.to_ask), *_one_after_the_other(boss, taken.to_send)]


def write_down(ctx: Context, taken: Taken, outcomes: Sequence[Outcome]) -> Brought:
    """Conclude a set with what came of it; once more does no harm."""
    if not taken:
        return Brought(reached=True, heard=False, states={})
    states = conclude(ctx, orders=[*taken.to_send, *taken.to_ask], outcomes=outcomes)
    return Brought(
        reached=not all(isinstance(outcome, NotReached | NotSent) for outcome in outcomes),
        heard=any(isinstance(outcome, Completed | Refused | NotFound) for outcome in outcomes),
        states=states,
    )


def _one_after_the_other(boss: Boss, orders: Sequence[BossOrder]) -> list[Outcome]:
    """
    Send orders, those of one line each after the one before it was done or refused.

    What follows an order that is not settled is not sent: the BOSS would see them in another
    order than the customer, should the first one arrive late.
    """
    lines: defaultdict[object, list[BossOrder]] = defaultdict(list)
    for order in orders:
        lines[order.msisdn or order.order].append(order)
    waiting = list(lines.values())
    outcomes: list[Outcome] = []
    while waiting:
        answers = _tell(boss.submit, [line[0] for line in waiting])
        outcomes += answers
        rest = []
        for line, answer in zip(waiting, answers, strict=True):
            if isinstance(answer, Completed | Refused):
                rest += [line[1:]] if len(line) > 1 else []
            else:
                outcomes += [NotSent(order.order) for order in line[1:]]
        waiting = rest
    return outcomes


def _tell(
    how: Callable[[Sequence[BossOrder]], Sequence[Outcome]], orders: Sequence[BossOrder]
) -> list[Outcome]:
    """Tell the BOSS of orders; those that it has no part in are done. In the same order."""
    theirs = [order for order in orders if _boss_has_a_part(order)]
    told = iter(how(theirs) if theirs else ())
    return [
        next(told) if _boss_has_a_part(order) else Completed(order.order, "") for order in orders
    ]


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
        anothers = [number for order in done for number in _of_another_now(order)]
        if anothers and (held := credentials.known(numbers=anothers)):
            credential.forget(_keyed(ctx, "forget", ids), numbers=held)
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


def _of_another_now(order: BossOrder) -> tuple[str, ...]:
    """Return the numbers that are somebody else's than before: their passwords are forgotten."""
    if order.business not in ("account_opening", "cancellation", "number_change"):
        return ()
    new = (one.code for one in order.items if one.kind == ItemKind.NUMBER)
    return tuple(number for number in (order.msisdn, *new) if number)


def _boss_has_a_part(order: BossOrder) -> bool:
    return catalog.businesses()[order.business].boss


def _moves_things(order: BossOrder) -> bool:
    return catalog.businesses()[order.business].journey


def _keyed(ctx: Context, what: str, orders: Sequence[OrderId]) -> Context:
    """A request key of its own for each thing done: an order is settled once."""
    return ctx.with_key(f"{what}:{orders[0]}")
