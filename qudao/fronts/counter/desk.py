"""Everything that a process of the counter has: made when it starts, ended when it stops."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from functools import partial
from typing import Final
from uuid import UUID

from django.conf import settings

from qudao.domain.ordering import operations as ordering
from qudao.domain.ordering import queries as orders
from qudao.domain.ordering.types import OrderId, Sale, Sold
from qudao.fronts.counter.batches import Batches, Bounds
from qudao.fronts.counter.door import Door
from qudao.fronts.counter.events import Listeners
from qudao.fronts.counter.looks import Looks
from qudao.fronts.counter.measures import Measures
from qudao.fronts.counter.threads import Threads
from qudao.fronts.counter.tickets import Answer, Ticket, Unknown
from qudao.fronts.counter.waiting import Waiting
from qudao.journeys.seats import Seat, Seats, listen
from qudao.platform.commands.command import AuthorityChanged
from qudao.platform.commands.context import Context

_log = logging.getLogger(__name__)
HAND_OVER_S: Final = 1.0


class Desk:
    """Made inside the running event loop."""

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.stopping = False
        self.threads = Threads()
        seats = Seats()
        self.door = Door(seats, self.threads)
        self.on_settled: list[Callable[[str], None]] = []
        """Called in the event loop with what a notice of decided orders says."""
        self.on_lost: list[Callable[[], None]] = []
        """Called in the event loop after notices may have been missed."""
        self.notices = listen(
            seats,
            handlers={"settled": partial(self._in_loop, self._heard)},
            lost=partial(self._in_loop, self._lost),
        )
        self.notices.start()
        self._lookers = Threads(threads=2, waiting=16)
        self.waiting = Waiting(lambda some: self._lookers.run(orders.records, orders=some))
        self.listeners = Listeners(self._lookers, seats)
        self.looks = Looks(seats, self._lookers)
        self.on_settled.append(self._decided)
        self.measures = Measures()
        bounds = Bounds(settings.COUNTER_QUEUE, settings.COUNTER_SHARE, settings.COUNTER_BATCH)
        self.batches = Batches(bounds, self.measures, self._reseat, self.notices.listening.is_set)
        self.patience_s = float(settings.COUNTER_PATIENCE_S)
        self._tasks: set[asyncio.Task[None]] = set()
        self._handing_over = self.loop.call_later(HAND_OVER_S, self._hand_over)

    def deadline_s(self, came_s: float, within_s: float | None) -> float:
        """Return until when a sale may be begun, on the event loop's clock."""
        if within_s is None or within_s > self.patience_s:
            return came_s + self.patience_s
        return came_s + within_s

    async def try_out(self, ctx: Context, sale: Sale) -> Sold:
        """Try a sale: everything is checked, nothing is done."""
        return await self.threads.run(ordering.sell.one, ctx, sale)

    async def close(self, bound_s: float) -> None:
        """Answer what was taken in, at most so long, and end the threads."""
        self.stopping = True
        self.listeners.end()
        try:
            await asyncio.wait_for(self.batches.empty(), bound_s)
        except TimeoutError:
            _log.error("%s requests could not be answered before the end", self.batches.waiting)
        else:
            self.batches.end()
            self.threads.end()
            self._lookers.end()
        self._handing_over.cancel()
        await self.loop.run_in_executor(None, self.notices.stop)
        self.measures.hand_over(self._waiting())

    def _reseat(self, ticket: Ticket, then: Callable[[Seat | Answer], None]) -> None:
        async def read() -> None:
            found: Seat | Answer
            try:
                found = await self.door.look_up(ticket.secret) or Unknown()
            except Exception:
                _log.exception("a seat could not be read again")
                found = AuthorityChanged()
            then(found)

        task = self.loop.create_task(read())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _in_loop(self, function: Callable[..., None], *args: str) -> None:
        if not self.stopping:
            self.loop.call_soon_threadsafe(function, *args)

    def _heard(self, text: str) -> None:
        for function in self.on_settled:
            function(text)

    def _decided(self, text: str) -> None:
        """`outlet/order/state` of each, with commas between."""
        self.listeners.notice()
        self.waiting.notice(OrderId(UUID(one.split("/")[1])) for one in text.split(","))

    def _lost(self) -> None:
        for function in self.on_lost:
            function()

    def hand_over(self) -> None:
        """Give the measurements to Prometheus."""
        self.measures.hand_over(self._waiting())

    def _hand_over(self) -> None:
        self.hand_over()
        self._handing_over = self.loop.call_later(HAND_OVER_S, self._hand_over)

    def _waiting(self) -> dict[str, int]:
        return {name: len(queue) for name, queue in self.batches.queues.items()}
