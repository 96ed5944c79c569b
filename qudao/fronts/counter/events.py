"""
An outlet's orders as they change, told as server-sent events.

One reader of the journal in each process tells all who listen to it; a listener costs the database
nothing. What is told comes in commit order and has its place in the journal as its id, so who was
cut off says the last one and misses nothing, at whichever process. Who reads too slowly is cut off:
nothing is kept for them.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from django.db import DatabaseError, InterfaceError
from ninja.responses import NinjaJSONEncoder
from prometheus_client import Gauge

from qudao.domain.ordering import queries as orders
from qudao.domain.ordering.queries import Place, Step
from qudao.domain.ordering.types import OrderId, OrderRecord, OrderState
from qudao.domain.party.types import OrganizationId
from qudao.fronts.api import shapes
from qudao.fronts.counter.threads import Threads
from qudao.journeys.seats import Seat, Seats
from qudao.kernel.refusals import Kind, Refusal

MOST_LISTENERS: Final = 1_000
"""Of one process."""
MOST_OF_TOKEN: Final = 4
MOST_OF_OUTLET: Final = 32
MOST_QUEUED: Final = 500
"""Events that wait for a listener's connection."""
ROWS: Final = 5_000
"""Of the journal, in one look."""
LOOK_S: Final = 0.25
SOONEST_S: Final = 0.05
"""Between two looks, however many notices come."""
BEAT_S: Final = 15.0

ALSO: Final = {"goods.take_back": OrderState.ASSESSING_CANCELLATION.value}
"""Commands of journeys that have an order as their subject, and the state they leave it in."""

LISTENERS: Final = Gauge(
    "qudao_counter_listeners", "Who listens to an outlet's orders.", multiprocess_mode="livesum"
)
_log = logging.getLogger(__name__)


@dataclass(eq=False)
class TooManyListeners(Refusal, kind=Kind.UNAVAILABLE):
    """This token, its outlet or the process has as many open streams as it may have."""

    most: int


@dataclass(frozen=True, slots=True)
class Told:
    """An event, encoded once for all who listen."""

    place: Place
    outlet: OrganizationId
    data: bytes


class Listener:
    """One open stream."""

    def __init__(
        self, outlet: OrganizationId, path: str, seat: Seat, secret: str, after: Place | None
    ) -> None:
        self.outlet, self.path, self.after = outlet, path, after
        self.seat = seat
        self.secret = secret
        """As long as the request lasts: its seat is looked at again when it has changed."""
        self.ended = asyncio.Event()
        """Nothing more is told: cut off, not allowed any more, or the process ends."""
        self.waiting: deque[bytes] = deque()
        self.wake = asyncio.Event()

    def judge(self, seat: Seat | None) -> None:
        """Go on with what the token may do now, or end."""
        if seat is None or "ordering.read" not in seat.grants or not seat.scope.covers(self.path):
            self.ended.set()
        else:
            self.seat = seat

    def tell(self, told: Told) -> None:
        if self.after is None or told.place > self.after:
            self.give(told.data)

    def give(self, data: bytes) -> None:
        """Let some octets follow; who has not taken what came before is cut off."""
        if len(self.waiting) >= MOST_QUEUED:
            self.waiting.clear()
            self.ended.set()
        elif not self.ended.is_set():
            self.waiting.append(data)
            self.wake.set()


class Listeners:
    """All who listen to this process, and its one reader of the journal."""

    def __init__(self, threads: Threads, seats: Seats, most: int = MOST_LISTENERS) -> None:
        self._threads, self._seats, self._most = threads, seats, most
        self._all: set[Listener] = set()
        self._new: list[Listener] = []
        self._wake = asyncio.Event()
        self._reading: asyncio.Task[None] | None = None
        self._ended = False

    def join(self, listener: Listener) -> None:
        """
        Tell somebody from now on, or from their last event on.

        :raises TooManyListeners: if there are too many of the token, the outlet or the process.
        """
        for most, count in (
            (self._most, len(self._all)),
            (MOST_OF_TOKEN, sum(one.seat.token == listener.seat.token for one in self._all)),
            (MOST_OF_OUTLET, sum(one.outlet == listener.outlet for one in self._all)),
        ):
            if count >= most or self._ended:
                raise TooManyListeners(most)
        self._all.add(listener)
        self._new.append(listener)
        LISTENERS.set(len(self._all))
        self._wake.set()
        if self._reading is None or self._reading.done():
            self._reading = asyncio.create_task(self._read_on(), name="events")

    def leave(self, listener: Listener) -> None:
        self._all.discard(listener)
        LISTENERS.set(len(self._all))

    def notice(self) -> None:
        """Something was decided: look soon."""
        self._wake.set()

    def end(self) -> None:
        """Let all streams end: the process is about to."""
        self._ended = True
        for listener in self._all:
            listener.ended.set()

    async def _read_on(self) -> None:
        """Read the journal on, until nobody listens any more."""
        loop = asyncio.get_running_loop()
        place: Place | None = None
        beat_s = loop.time() + BEAT_S
        while self._all and not self._ended:
            try:
                if place is None:
                    place = await self._threads.run(orders.journal_end)
                await self._check_seats()
                await self._welcome(place)
                place, complete = await self._tell(place)
            except (DatabaseError, InterfaceError) as error:
                _log.warning("the journal could not be read for those who listen: %s", error)
                complete = True
            if loop.time() >= beat_s:
                beat_s = loop.time() + BEAT_S
                for listener in self._all - set(self._new):
                    listener.give(f": \nid: {place}\n\n".encode() if place else b": \n\n")
            if complete:
                await asyncio.sleep(SOONEST_S)
                try:
                    await asyncio.wait_for(self._wake.wait(), LOOK_S - SOONEST_S)
                except TimeoutError:
                    continue
                finally:
                    self._wake.clear()

    async def _tell(self, place: Place) -> tuple[Place, bool]:
        """Tell what has been committed since; return the new place, and whether that was all."""
        by_outlet: dict[OrganizationId, list[Listener]] = {}
        for listener in self._all.difference(self._new):
            by_outlet.setdefault(listener.outlet, []).append(listener)
        told, upto, complete = await self._threads.run(_read, place, list(by_outlet))
        for one in told:
            for listener in by_outlet.get(one.outlet, ()):
                listener.tell(one)
        return upto, complete

    async def _welcome(self, place: Place) -> None:
        """Tell newcomers where they are; who comes back, what was missed."""
        while self._new:
            listener = self._new[0]
            if listener.after is not None and listener.after < place:
                told, upto, complete = await self._threads.run(
                    _read_missed, listener.after, place, listener.outlet
                )
                for one in told:
                    listener.give(one.data)
                if not complete:
                    # They come back with the last id, for the rest.
                    listener.waiting.append(b"")
                    self._new.remove(listener)
                    self.leave(listener)
                    continue
                listener.give(f"id: {upto}\n\n".encode())
            elif listener.after is None:
                listener.give(f"retry: 2000\nid: {place}\n\n".encode())
            self._new.remove(listener)

    async def _check_seats(self) -> None:
        """Let those streams end whose token may not read these orders any more."""
        now = datetime.now(UTC)
        unknown = []
        for listener in self._all:
            seat = self._seats.known(listener.secret, now)
            if seat is None:
                unknown.append(listener)
            elif seat is not listener.seat:
                listener.judge(seat)
        if unknown:
            secrets = [one.secret for one in unknown]
            seats = await self._threads.run(self._seats.read, secrets, now)
            for listener, found in zip(unknown, seats, strict=True):
                listener.judge(found)


def _read(after: Place, at: Sequence[OrganizationId]) -> tuple[list[Told], Place, bool]:
    found = orders.steps(after=after, outlets=at, also=ALSO, most=ROWS)
    return _encoded(found.items), found.upto, found.complete


def _read_missed(
    after: Place, upto: Place, outlet: OrganizationId
) -> tuple[list[Told], Place, bool]:
    found = orders.missed(
        after=after,
        upto=upto,
        outlet=outlet,
        at=datetime.now(UTC),
        also=ALSO,
        most=MOST_QUEUED // 2,
    )
    return _encoded(found.items), found.upto, found.complete


def _encoded(steps: Sequence[Step]) -> list[Told]:
    ids = {one for step in steps for one in (step.order, step.reverses) if one is not None}
    known = orders.records(orders=ids)
    return [Told(step.place, step.outlet, _event(step, known)) for step in steps]


_AFTER_REVERSAL: Final = {
    OrderState.COMPLETED.value: OrderState.CANCELLED.value,
    OrderState.FAILED.value: OrderState.COMPLETED.value,
}
"""What a sale is once its reversal was decided."""


def _event(step: Step, known: Mapping[OrderId, OrderRecord]) -> bytes:
    """An order's event; before that of a reversal the one of its sale, which changes with it."""
    told = b""
    if step.reverses is not None and step.state in _AFTER_REVERSAL:
        sale = known[step.reverses]
        told = b"event: order\ndata: " + _json(step, sale, _AFTER_REVERSAL[step.state]) + b"\n\n"
    own = _json(step, known[step.order], step.state)
    return told + f"id: {step.place}\nevent: order\ndata: ".encode() + own + b"\n\n"


def _json(step: Step, record: OrderRecord, state: str) -> bytes:
    document = shapes.order_event(record, state, step.at).model_dump()
    return json.dumps(document, cls=NinjaJSONEncoder, ensure_ascii=False).encode()
