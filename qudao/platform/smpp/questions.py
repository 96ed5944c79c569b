"""Our requests that wait for an answer, by sequence number."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Final, TypeVar

from qudao.platform.smpp.pdu import GenericNack, Pdu
from qudao.platform.smpp.types import Counts, Nacked, NotSent, Unanswered
from qudao.platform.smpp.wire import encode

LAST_SEQUENCE: Final = 0x7FFFFFFF

R = TypeVar("R", bound=Pdu)


class Questions:
    """Sends requests and brings them their answers. Each is answered, or fails, once."""

    def __init__(
        self, response_s: float, counts: Counts, write: Callable[[bytes], None], sequence: int
    ) -> None:
        self._response_s = response_s
        self._counts = counts
        self._write = write
        self._sequence = sequence
        self._loop = asyncio.get_running_loop()
        self._over: str | None = None
        self.open: dict[int, asyncio.Future[Pdu]] = {}

    async def ask(self, pdu: Pdu, answer: type[R]) -> R:
        """
        Send a request at once; return its answer.

        :raises NotSent, Unanswered, Nacked, ValueError: as `Session.request`.
        """
        if self._over is not None:
            raise NotSent(self._over)
        sequence = self.next_sequence()
        octets = encode(pdu, sequence)
        future: asyncio.Future[Pdu] = self._loop.create_future()
        self.open[sequence] = future
        timer = self._loop.call_later(self._response_s, self._late, future)
        self._counts.sent += 1
        self._write(octets)
        try:
            found = await future
            if not isinstance(found, answer):
                raise Unanswered(f"{pdu.command.name.lower()} got a {found.command.name.lower()}")
            return found
        except Unanswered:
            self._counts.unanswered += 1
            raise
        finally:
            timer.cancel()
            del self.open[sequence]

    def waiting(self) -> set[asyncio.Future[Any]]:
        """Return what ends when the requests that are open now do."""
        return set(self.open.values())

    def next_sequence(self) -> int:
        """Return a number that no open request has: 1 to 0x7FFFFFFF, and from 1 again."""
        while True:
            self._sequence = self._sequence % LAST_SEQUENCE + 1
            if self._sequence not in self.open:
                return self._sequence

    def answered(self, pdu: Pdu) -> None:
        """Bring an answer to who asked."""
        future = self.open.get(pdu.sequence)
        if future is None or future.done():
            self._counts.late += 1
        elif isinstance(pdu, GenericNack):
            future.set_exception(Nacked(pdu.status))
        else:
            future.set_result(pdu)

    def unreadable(self, sequence: int, why: str) -> None:
        """Tell who asked that the answer was none."""
        future = self.open.get(sequence)
        if future is not None and not future.done():
            future.set_exception(Unanswered(why))

    def end(self, reason: str) -> None:
        """Fail those that are open, and all that come."""
        self._over = reason
        for sequence in self.open:
            self.unreadable(sequence, reason)

    def _late(self, future: asyncio.Future[Pdu]) -> None:
        if not future.done():
            future.set_exception(Unanswered(f"no answer for {self._response_s:g} s"))
