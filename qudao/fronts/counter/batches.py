"""
Group commit: requests that wait leave together, as soon as those before them have come back.

Nothing waits for a timer. While a batch is away the event loop reads the next requests; when it is
back they are the next batch, so its size follows the load by itself. What others held at that
moment tries again with the next batches, and then waits for its wallet in a lane of its own.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from queue import SimpleQueue
from typing import Final
from uuid import UUID

from django.db import DatabaseError, InterfaceError, OperationalError, connection

from qudao.domain.ordering import operations as ordering
from qudao.domain.saleschannel.queries import OutletUnknown
from qudao.fronts.api.asker import NoMembership
from qudao.fronts.counter.measures import Measures
from qudao.fronts.counter.queue import Queue
from qudao.fronts.counter.tickets import NONE, Answer, Broken, Full, Late, Ticket, Unsure
from qudao.journeys.seats import Seat
from qudao.platform.commands.command import AuthorityChanged, Busy
from qudao.platform.commands.context import NotPermitted

LANES: Final = 2
"""Batches that may be away at once. While the database does one, the next is made ready, and
follows it without a pause; they never want the same outlet's wallet."""
HELD_S: Final = 0.002
"""How long a request waits whose wallet others held: about a batch of another process."""
TRIES: Final = 3
"""Batches in which a request may find its wallet held, before it goes to the patient lane."""
SEATS: Final = 4
"""How often what an account may do is read, before it is refused: it may change at each."""
SWEEP_S: Final = 0.2
"""Between two looks for requests whose time is over."""

_OF_RIGHTS: Final = frozenset({NotPermitted, OutletUnknown})
"""
Refused for what a seat does not hold. It may be that of a moment before the outlet was moved, so it
is read once more; again and again while no notices are heard, for then it may be old.
"""

_log = logging.getLogger(__name__)

Reseat = Callable[[Ticket, Callable[[Seat | Answer], None]], None]


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much may wait, and leave together."""

    queue: int
    """Requests that wait; more are refused at once."""
    share: int
    """Of them, of one outlet."""
    batch: int
    """Requests that leave together."""
    ahead: int = 32
    """Requests that make a batch worth while although another one is away."""
    patient: int = 16
    """Requests that wait for wallets together."""


class Lane:
    """A queue, and a thread that does what is taken from it: one batch at a time."""

    def __init__(
        self,
        name: str,
        queue: Queue,
        most: int,
        patient: bool,
        back: Callable[[Lane, list[Ticket], list[Answer]], None],
    ) -> None:
        self.name, self.queue, self.most, self.patient = name, queue, most, patient
        self.away: list[Ticket] = NONE
        """What the thread is doing."""
        self._back = back
        self._loop = asyncio.get_running_loop()
        self._given: SimpleQueue[list[Ticket] | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._run, name=f"counter {name}", daemon=True)
        self._thread.start()

    def give(self, batch: list[Ticket]) -> None:
        self.away = batch
        self._given.put(batch)

    def end(self) -> None:
        """Let the thread end after what it is doing, and wait for it."""
        self._given.put(None)
        self._thread.join()

    def _run(self) -> None:
        while (batch := self._given.get()) is not None:
            answers = sell(batch, patient=self.patient)
            self._loop.call_soon_threadsafe(self._back, self, batch, answers)
        connection.close()


def sell(batch: Sequence[Ticket], *, patient: bool) -> list[Answer]:
    """Do a batch, in a thread that may use the database; each request gets its answer."""
    at = datetime.now(UTC)
    pairs = [
        (ticket.seat.context(at, ticket.key, "api", patient=patient), ticket.sale)
        for ticket in batch
    ]
    for _ in range(2):
        # Done twice is done once: each request has a key. So a connection that had broken while
        # it stood idle costs nobody an answer.
        try:
            return list[Answer](ordering.sell(pairs))
        except (OperationalError, InterfaceError) as error:
            _log.error("the database did not answer: %s", error)
            _close()
        except Exception:
            _log.exception("a batch of %s failed", len(batch))
            _close()
            if len(batch) == 1:
                return [Broken()]
            # One bad request never hurts its neighbours.
            middle = len(batch) // 2
            return [
                *sell(batch[:middle], patient=patient),
                *sell(batch[middle:], patient=patient),
            ]
    return [Unsure()] * len(batch)


def _close() -> None:
    try:
        connection.close()
    except DatabaseError:
        _log.exception("the broken connection could not be closed")


class Batches:
    """What waits, what is away, and under which keys."""

    def __init__(
        self, bounds: Bounds, measures: Measures, reseat: Reseat, hears: Callable[[], bool]
    ) -> None:
        self.bounds = bounds
        self._hears = hears
        self._measures = measures
        self._reseat = reseat
        self._loop = asyncio.get_running_loop()
        self._known: dict[tuple[UUID, str], Ticket] = {}
        """By account and key: the request that waits or is away under it."""
        self._behind = 0
        """Requests that wait for another one with the same key."""
        self.queues = {
            "fast": Queue(bounds.queue, bounds.share),
            "patient": Queue(bounds.queue, bounds.share),
        }
        self._fast, self._slow = self.queues.values()
        self._lanes = [
            Lane("fast", self._fast, bounds.batch, False, self._came_back) for _ in range(LANES)
        ]
        self._patient = Lane("patient", self._slow, bounds.patient, True, self._came_back)
        self._leaving = False
        self._sweeping: asyncio.TimerHandle | None = None
        self._emptied: asyncio.Event | None = None

    @property
    def waiting(self) -> int:
        """Requests that have not begun."""
        return len(self._fast) + len(self._slow) + self._behind

    @property
    def full(self) -> bool:
        """Nothing more is taken in."""
        return len(self._fast) >= self.bounds.queue

    def submit(self, ticket: Ticket) -> bool:
        """Take a request in; False: there is no room for it, and it will not be answered."""
        key = (ticket.seat.actor, ticket.key)
        first = self._known.get(key)
        if first is not None:
            return self._behind < self.bounds.queue and self._join(first, ticket)
        if not self._fast.add(ticket):
            return False
        self._known[key] = ticket
        if self._sweeping is None:
            self._sweeping = self._loop.call_later(SWEEP_S, self._sweep)
        if not self._leaving:
            # At the end of this turn of the loop: what came in the same turn goes along.
            self._leaving = True
            self._loop.call_soon(self._set_out)
        return True

    def leave(self, ticket: Ticket) -> None:
        """Nobody waits for this request any more: it is not begun if it has not been yet."""
        ticket.gone = True
        if ticket.away or any(not other.gone for other in ticket.alike):
            return
        if self._fast.drop(ticket) or self._slow.drop(ticket):
            self._settle(ticket, Late())

    async def empty(self) -> None:
        """Return when everything that was taken in has been answered."""
        if self._known:
            self._emptied = asyncio.Event()
            await self._emptied.wait()

    def end(self) -> None:
        """End the threads; nothing may be waiting."""
        for lane in (*self._lanes, self._patient):
            lane.end()
        if self._sweeping is not None:
            self._sweeping.cancel()

    def _join(self, first: Ticket, ticket: Ticket) -> bool:
        """Wait for another request with the same key."""
        self._behind += 1
        if first.sale == ticket.sale and first.seat is ticket.seat:
            if first.alike is NONE:
                first.alike = []
            first.alike.append(ticket)
            first.deadline_s = max(first.deadline_s, ticket.deadline_s)
        else:
            if first.rivals is NONE:
                first.rivals = []
            first.rivals.append(ticket)
        return True

    def _set_out(self) -> None:
        """Let batches leave: at once if none is away, else if there is enough for another one."""
        self._leaving = False
        for lane in self._lanes:
            if not lane.away:
                alone = not any(other.away for other in self._lanes)
                if not alone and len(self._fast) < self.bounds.ahead:
                    return
                self._depart(lane)

    def _depart(self, lane: Lane) -> None:
        """Let the next batch of a lane leave, if there is one and none is away."""
        queue = lane.queue
        if lane.away or not queue:
            return
        now = self._loop.time()
        batch: list[Ticket] = []
        late: list[Ticket] = []
        while len(batch) < lane.most and (taken := queue.take(lane.most - len(batch))):
            for ticket in taken:
                if ticket.deadline_s > now:
                    ticket.away = True
                    batch.append(ticket)
                else:
                    late.append(ticket)
        queue.sent(batch)
        if batch:
            lane.give(batch)
            self._measures.left(lane.name, len(batch))
        for ticket in late:
            self._settle(ticket, Late())

    def _came_back(self, lane: Lane, batch: list[Ticket], answers: list[Answer]) -> None:
        lane.away = NONE
        done: list[tuple[Ticket, Answer]] = []
        held: list[Ticket] = []
        for ticket, answer in zip(batch, answers, strict=True):
            kind = type(answer)
            if kind is Busy and not lane.patient:
                held.append(ticket)
                continue
            ticket.away = False
            if ticket.seats < SEATS and (
                kind is AuthorityChanged
                or (kind in _OF_RIGHTS and (ticket.seats == 1 or not self._hears()))
            ):
                ticket.seats += 1
                self._reseat(ticket, partial(self._reseated, ticket))
            else:
                done.append((ticket, answer))
        lane.queue.back(batch)
        if held:
            lane.queue.sent(held)  # nobody of their outlets passes them
            self._loop.call_later(HELD_S, self._again, held)
        # The next batch leaves before this one is answered: the database has something to do.
        if lane.patient:
            self._depart(lane)
        else:
            self._set_out()
        for ticket, answer in done:
            self._settle(ticket, answer)

    def _again(self, held: list[Ticket]) -> None:
        """Others held their wallets: they are the first of their outlets to leave again."""
        self._fast.back(held)
        for ticket in reversed(held):
            ticket.away = False
            ticket.tries += 1
            if ticket.gone and all(other.gone for other in ticket.alike):
                self._settle(ticket, Late())
            elif ticket.tries <= TRIES:
                self._fast.put_back(ticket)
            elif self._slow.add(ticket):
                self._depart(self._patient)
            else:
                self._settle(ticket, Busy())
        self._set_out()

    def _reseated(self, ticket: Ticket, found: Seat | Answer) -> None:
        """What the account may do has changed: done again with what it may do now."""
        if not isinstance(found, Seat):
            self._settle(ticket, found)
            return
        if found.membership is None:
            self._settle(ticket, NoMembership())
            return
        ticket.seat = found
        self._fast.put_back(ticket)
        self._set_out()

    def _settle(self, ticket: Ticket, answer: Answer) -> None:
        """Answer a request, those that are alike, and let its rivals have their turn."""
        del self._known[ticket.seat.actor, ticket.key]
        self._measures.answered(answer, self._loop.time() - ticket.came_s)
        if not ticket.gone:
            ticket.reply(answer)
        if ticket.alike is not NONE:
            self._behind -= len(ticket.alike)
            for other in ticket.alike:
                if not other.gone:
                    other.reply(answer)
        if ticket.rivals is not NONE:
            self._behind -= len(ticket.rivals)
            for rival in ticket.rivals:
                if not rival.gone and not self.submit(rival):
                    rival.reply(Full())
        if not self._known and self._emptied is not None:
            self._emptied.set()

    def _sweep(self) -> None:
        """Answer those whose time is over while a batch takes long."""
        self._sweeping = None
        now = self._loop.time()
        for queue in (self._fast, self._slow):
            for ticket in [one for one in queue if one.deadline_s <= now]:
                queue.drop(ticket)
                self._settle(ticket, Late())
        if self._fast or self._slow:
            self._sweeping = self._loop.call_later(SWEEP_S, self._sweep)
