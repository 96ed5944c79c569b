"""The other side's requests: so many are handled at once, so many wait, the rest is turned away."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable

from qudao.platform.smpp.codes import Status
from qudao.platform.smpp.pdu import AlertNotification, Pdu
from qudao.platform.smpp.types import Counts, Handler, Limits, Refused, Side
from qudao.platform.smpp.wire import encode, reply

_log = logging.getLogger(__name__)


class Intake:
    """
    Handles requests, each in a task of its own, begun in the order in which they came.

    The answer is written when the handler has returned. An ESME that fails, or has no room, says
    ESME_RX_T_APPN: the centre is to try again later.
    """

    def __init__(
        self, side: Side, limits: Limits, counts: Counts, write: Callable[[bytes], None]
    ) -> None:
        esme = side is Side.ESME
        self._failure = Status.RX_T_APPN if esme else Status.RSYSERR
        self._no_room = Status.RX_T_APPN if esme else Status.RTHROTTLED
        self._limits = limits
        self._counts = counts
        self._write = write
        self._open = True
        self._waiting: deque[tuple[Handler, Pdu, int]] = deque()
        self._waiting_octets = 0
        self.running: set[asyncio.Task[None]] = set()

    def __len__(self) -> int:
        return len(self.running) + len(self._waiting)

    def take(self, handler: Handler, pdu: Pdu, octets: int) -> None:
        """Handle a request now or later, or turn it away; `octets` is how long it is."""
        self._counts.received += 1
        if self._open and len(self.running) < self._limits.handling:
            self._start(handler, pdu)
        elif (
            self._open
            and len(self._waiting) < self._limits.waiting
            and self._waiting_octets + octets <= self._limits.waiting_octets
        ):
            self._waiting.append((handler, pdu, octets))
            self._waiting_octets += octets
        else:
            self._counts.turned_away += 1
            if not isinstance(pdu, AlertNotification):
                self._write(encode(reply(pdu, self._no_room)))

    def refuse(self) -> None:
        """Turn away whatever comes from now on; what is here is still handled."""
        self._open = False

    def forget(self) -> None:
        """Drop what waits: nobody is there any more to be answered, and will send it again."""
        self.refuse()
        self._waiting.clear()
        self._waiting_octets = 0

    def _start(self, handler: Handler, pdu: Pdu) -> None:
        task = asyncio.create_task(self._handle(handler, pdu))
        self.running.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self.running.discard(task)
        if self._waiting:
            handler, pdu, octets = self._waiting.popleft()
            self._waiting_octets -= octets
            self._start(handler, pdu)

    async def _handle(self, handler: Handler, pdu: Pdu) -> None:
        try:
            found = await handler(pdu)
            answer = encode(reply(pdu) if found is None else found, pdu.sequence)
        except Refused as e:
            answer = encode(reply(pdu, e.status))
        except Exception:
            self._counts.failed += 1
            _log.exception("%s %d was not handled", pdu.command.name.lower(), pdu.sequence)
            answer = encode(reply(pdu, self._failure))
        if not isinstance(pdu, AlertNotification):
            self._write(answer)
