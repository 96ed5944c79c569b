"""Many connections of one process: requests that leave when they are due, and their answers.

Plain protocols on uvloop, nothing of HTTP but what is needed: the clients share their cores with
what they measure.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, cast

TIMEOUT_S: Final = 10.0
TICK_S: Final = 0.002
"""Between two looks at what is due."""
LATEST_S: Final = 1.0
"""What could not leave for so long is left out, and counted."""

_LENGTH: Final = re.compile(rb"\r\ncontent-length: *(\d+)\r\n", re.IGNORECASE)
_RETRY_AFTER: Final = re.compile(rb"\r\nretry-after: *(\d+)\r\n", re.IGNORECASE)


@dataclass(slots=True)
class Asked:
    """One request."""

    what: str
    """Its kind, for the counts."""
    data: bytes
    about: Any = None
    """Whatever its maker wants to know when the answer is there."""
    due: float = 0.0
    """When it was to leave (`time.perf_counter`); latency counts from here."""


@dataclass(slots=True)
class Answer:
    """What came back."""

    status: int
    """0: the connection broke, or nothing came in time."""
    body: bytes = b""
    retry_after: int | None = None
    """seconds, of 429 and 503"""


class Counts:
    """What was answered since the last look."""

    def __init__(self) -> None:
        self.statuses: Counter[tuple[str, int]] = Counter()
        self.latencies: dict[tuple[str, int], list[float]] = {}
        self.missed = 0

    def add(self, what: str, status: int, latency_s: float) -> None:
        key = what, status
        self.statuses[key] += 1
        self.latencies.setdefault(key, []).append(latency_s)


class Wire:
    """So many connections to a server on this machine.

    `make` gives the next request, or nothing when there are no more; `answered` is told what became
    of it. With a rate, requests leave evenly, answered or not, as long as there is a connection
    that waits for nothing; without, each connection asks again as soon as it is answered.
    """

    def __init__(
        self,
        port: int,
        connections: int,
        rate: float,
        make: Callable[[], Asked | None],
        answered: Callable[[Asked, Answer], None] = lambda asked, answer: None,
    ) -> None:
        self.port, self.wanted, self.rate = port, connections, rate
        self.make, self.answered = make, answered
        self.counts = Counts()
        self.again: deque[Asked] = deque()
        """To be sent next, before anything new."""
        self.running = self.stopped = False
        self.idle: list[_Connection] = []
        self.all: set[_Connection] = set()
        self._beginning: set[asyncio.Task[None]] = set()

    async def open(self) -> None:
        """Connect."""
        for _ in range(self.wanted):
            await self._connect()

    async def _connect(self) -> None:
        loop = asyncio.get_running_loop()
        deadline = time.perf_counter() + TIMEOUT_S
        while not self.stopped:
            try:
                await loop.create_connection(lambda: _Connection(self), "127.0.0.1", self.port)
                return
            except OSError:
                if time.perf_counter() > deadline:
                    raise
                await asyncio.sleep(0.1)

    async def run(self, seconds: float) -> float:
        """Ask for so long, then wait for what is under way; return how long it took."""
        began = time.perf_counter()
        self.running = True
        if self.rate:
            await self._pace(began, began + seconds)
        else:
            for one in [self.idle.pop() for _ in range(len(self.idle))]:
                self.freed(one)
            while time.perf_counter() - began < seconds and len(self.idle) < len(self.all):
                self._late()
                await asyncio.sleep(min(0.05, seconds))
        took = time.perf_counter() - began
        self.stopped = True
        while any(one.asked is not None for one in self.all):
            self._late()
            await asyncio.sleep(0.02)
        for one in list(self.all):
            one.close()
        return took

    async def _pace(self, began: float, until: float) -> None:
        gap = 1 / self.rate
        due, looked = began, began
        while (now := time.perf_counter()) < until:
            if due < now - LATEST_S:
                self.counts.missed += round((now - due) / gap)
                due = now
            while due <= now and self.idle:
                asked = self.again.popleft() if self.again else self.make()
                if asked is None:
                    return
                asked.due = due
                self.idle.pop().ask(asked)
                due += gap
            if now - looked > 0.25:
                self._late()
                looked = now
            await asyncio.sleep(TICK_S)

    def _late(self) -> None:
        now = time.perf_counter()
        for one in list(self.all):
            if one.asked is not None and now - one.sent > TIMEOUT_S:
                one.close()

    def fresh_counts(self) -> Counts:
        """Return what was counted since the last look, and begin anew."""
        counts, self.counts = self.counts, Counts()
        return counts

    def freed(self, connection: _Connection) -> None:
        if self.stopped:
            return
        asked = None
        if self.running and not self.rate:
            asked = self.again.popleft() if self.again else self.make()
        if asked is None:
            self.idle.append(connection)
        else:
            connection.ask(asked)

    def settled(self, asked: Asked, answer: Answer) -> None:
        self.counts.add(asked.what, answer.status, time.perf_counter() - asked.due)
        self.answered(asked, answer)

    def lost(self, connection: _Connection) -> None:
        self.all.discard(connection)
        if connection in self.idle:
            self.idle.remove(connection)
        if not self.stopped:
            task = asyncio.get_running_loop().create_task(self._connect())
            self._beginning.add(task)
            task.add_done_callback(self._beginning.discard)


class _Connection(asyncio.Protocol):
    """One of them: one request at a time."""

    def __init__(self, wire: Wire) -> None:
        self.wire = wire
        self.asked: Asked | None = None
        self.sent = 0.0
        self._got = b""
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's own is not its child
        self.wire.all.add(self)
        self.wire.freed(self)

    def ask(self, asked: Asked) -> None:
        self.asked, self.sent = asked, time.perf_counter()
        if not self.wire.rate:
            asked.due = self.sent
        self._transport.write(asked.data)

    def data_received(self, data: bytes) -> None:
        got = self._got + data if self._got else data
        end = got.find(b"\r\n\r\n")
        length = _LENGTH.search(got, 0, end + 2) if end > 0 else None
        if length is None or len(got) < end + 4 + int(length[1]):
            self._got = got
            return
        self._got = b""
        status = int(got[9:12])
        wait = _RETRY_AFTER.search(got, 0, end + 2) if status in (429, 503) else None
        asked, self.asked = self.asked, None
        assert asked is not None
        answer = Answer(status, got[end + 4 :], None if wait is None else int(wait[1]))
        self.wire.settled(asked, answer)
        self.wire.freed(self)

    def connection_lost(self, error: Exception | None) -> None:
        asked, self.asked = self.asked, None
        if asked is not None:
            self.wire.settled(asked, Answer(0))
        self.wire.lost(self)

    def close(self) -> None:
        self._transport.abort()
