"""
Waiting for the operator's answer: `Prefer: wait=N`.

Who waits costs nothing but memory. One look-up answers for all whose order a notice names, or who
have just come; once a second it answers for everybody, so that a lost notice costs a second and
no more. No transaction is held meanwhile.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from typing import Final

from django.db import DatabaseError, InterfaceError

from qudao.domain.ordering.types import OrderId, OrderRecord

MOST_WAITERS: Final = 2_000
"""Of one process; who comes on top is answered at once."""
SLOW_LOOK_S: Final = 1.0

_log = logging.getLogger(__name__)

Look = Callable[[Collection[OrderId]], Awaitable[Mapping[OrderId, OrderRecord]]]
"""Reads many orders at once, whatever their state."""


class _Waiter:
    """One request that waits for one order."""

    __slots__ = ("done", "patient", "seen")

    def __init__(self, patient: bool) -> None:
        self.done = asyncio.Event()
        self.patient = patient
        self.seen: OrderRecord | None = None
        """The order as it was last seen."""


class Waiting:
    """All requests of this process that wait."""

    def __init__(self, look: Look, most: int = MOST_WAITERS) -> None:
        self._look, self._most = look, most
        self._waiters: dict[OrderId, list[_Waiter]] = {}
        self._count = 0
        self._soon: set[OrderId] = set()
        self._wake = asyncio.Event()
        self._looking: asyncio.Task[None] | None = None

    @property
    def count(self) -> int:
        """How many wait now."""
        return self._count

    async def settled(self, order: OrderId, wait_s: float) -> OrderRecord | None:
        """
        Return the order when it is decided, or as it stood when the wait was over.

        None when too many wait already, or the database did not answer all the while: a
        preference is no promise.
        """
        if self._count >= self._most:
            return None
        waiter = _Waiter(patient=wait_s > 0)
        self._waiters.setdefault(order, []).append(waiter)
        self._count += 1
        self._soon.add(order)
        self._wake.set()
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look_after(), name="waiting")
        try:
            await asyncio.wait_for(waiter.done.wait(), wait_s or SLOW_LOOK_S)
        except TimeoutError:
            pass
        finally:
            self._count -= 1
            others = self._waiters[order]
            others.remove(waiter)
            if not others:
                del self._waiters[order]
                self._soon.discard(order)
        return waiter.seen

    def notice(self, orders: Iterable[OrderId]) -> None:
        """Somebody has heard that these orders were decided. Called in the event loop."""
        waited_for = [order for order in orders if order in self._waiters]
        if waited_for:
            self._soon.update(waited_for)
            self._wake.set()

    async def _look_after(self) -> None:
        """Look for all who wait, until nobody does."""
        loop = asyncio.get_running_loop()
        slow_at = loop.time() + SLOW_LOOK_S
        while self._waiters:
            try:
                await asyncio.wait_for(self._wake.wait(), max(0.0, slow_at - loop.time()))
            except TimeoutError:
                slow_at = loop.time() + SLOW_LOOK_S
                self._soon.update(self._waiters)
            self._wake.clear()
            # Named while this look is under way: they are looked at by the next one.
            asked, self._soon = self._soon, set()
            try:
                found = await self._look(asked) if asked else {}
            except (DatabaseError, InterfaceError) as error:
                _log.warning("could not look for orders that are waited for: %s", error)
                continue
            for order, record in found.items():
                for waiter in self._waiters.get(order, ()):
                    waiter.seen = record
                    if not (record.is_open and waiter.patient):
                        waiter.done.set()
