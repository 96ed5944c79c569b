"""Bring orders to the BOSS and its answers back: what the dispatcher does again and again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from qudao.domain.ordering import operations as ordering
from qudao.domain.ordering.ports import Boss, NotReached
from qudao.platform.commands.context import Context

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
    if not to_send and not to_ask:
        return 0, True
    outcomes = [*boss.submit(to_send), *boss.ask(to_ask)]
    ordering.settle(context(), outcomes=outcomes)
    return len(outcomes), not all(isinstance(outcome, NotReached) for outcome in outcomes)
