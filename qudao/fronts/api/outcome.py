"""What became of a sale: where to look for it, and waiting for it."""

from __future__ import annotations

import re
import threading
import time
from typing import Final

from django.http import HttpResponse

from qudao.domain.ordering import queries as orders
from qudao.domain.ordering.types import OrderId, OrderRecord
from qudao.platform.commands.context import Context

LONGEST_WAIT_S: Final = 10
POLL_S: Final = 0.15
WAITERS: Final = 4
"""Requests of one process that may wait at the same time: the others need threads, too."""

_WAIT = re.compile(r"(?:^|[,;])\s*wait\s*=\s*(\d{1,4})\s*(?:$|[,;])", re.ASCII | re.IGNORECASE)
_waiting = threading.BoundedSemaphore(WAITERS)


def wished_s(prefer: str) -> int | None:
    """Return for how many seconds a `Prefer` header asks to wait; None if it does not."""
    wished = _WAIT.search(prefer)
    return None if wished is None else min(int(wished[1]), LONGEST_WAIT_S)


def waited(response: HttpResponse, ctx: Context, order: OrderId, prefer: str) -> OrderRecord | None:
    """Say where an order is, and return it after the wait that was asked for; None without one."""
    response["Location"] = f"/api/v1/orders/{order}"
    wait_s = wished_s(prefer)
    if wait_s is None:
        return None
    response["Preference-Applied"] = f"wait={wait_s}"
    return _settled(ctx, order, wait_s)


def _settled(ctx: Context, order: OrderId, wait_s: int) -> OrderRecord:
    """Return the order when it is final, or when the wait is over; holds no transaction."""
    found = orders.order(ctx, order=order)
    if not _waiting.acquire(blocking=False):
        return found  # a preference, no promise: too many wait already
    try:
        until = time.monotonic() + wait_s
        while found.is_open and time.monotonic() < until:
            time.sleep(POLL_S)
            found = orders.order(ctx, order=order)
    finally:
        _waiting.release()
    return found
