"""One connection of an application: binds, windows, time-outs, and the faults that strike it."""

from __future__ import annotations

import asyncio
import itertools
from collections import deque
from collections.abc import Callable
from typing import Final, Literal, cast

from simulators.listener import abort
from simulators.smsc.centre import Centre
from simulators.smsc.messages import STATES
from simulators.smsc.outbox import Delivery, Outbox
from simulators.smsc.pdus import (
    GENERIC_NACK,
    HEADER,
    LAYOUTS,
    LONGEST,
    RESPONSE,
    Bad,
    Command,
    Pdu,
    Status,
    Tag,
    answer,
    decode,
    encode,
)

BIND_S: Final = 10.0
"""In which a new connection has to bind."""
ANSWER_S: Final = 10.0
"""In which a request is to be answered."""
RECEIPT_FIRST_S: Final = 0.05
TRICKLE: Final = 3
"""Octets of a piece."""

Kind = Literal["", "receiver", "transmitter", "transceiver"]
_BINDS: Final[dict[int, Kind]] = {
    Command.BIND_RECEIVER: "receiver",
    Command.BIND_TRANSMITTER: "transmitter",
    Command.BIND_TRANSCEIVER: "transceiver",
}


class Session(asyncio.Protocol):
    """`enquire_s`: idle time after which the other side is asked whether it lives."""

    def __init__(self, centre: Centre, sessions: set[Session], enquire_s: float) -> None:
        self._centre, self._sessions, self._enquire_s = centre, sessions, enquire_s
        self._loop = asyncio.get_running_loop()
        self._buffer = bytearray()
        self._sequences = itertools.cycle(range(1, 0x8000_0000))
        self._flying: dict[int, tuple[Delivery, float]] = {}
        self._enquired: tuple[int, float] | None = None
        self._second = (0, 0)
        self._trickling: asyncio.Task[None] | None = None
        self._pieces: deque[bytes] = deque()
        self._out: list[bytes] = []
        self._unanswered = 0
        self.outbox: Outbox | None = None
        self.kind: Kind = ""
        self.submitted = self.delivered = self.most_unanswered = 0
        self._handlers: dict[int, Callable[[Pdu], None]] = {
            **dict.fromkeys(_BINDS, self._bind),
            Command.UNBIND: self._unbind,
            Command.ENQUIRE_LINK: self._enquire,
            Command.SUBMIT_SM: self._submit,
            Command.SUBMIT_MULTI: self._submit,
            Command.DATA_SM: self._submit,
            Command.QUERY_SM: self._query,
            Command.CANCEL_SM: self._cancel,
            Command.REPLACE_SM: self._replace,
        }

    # The connection

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._heard = self._loop.time()
        self._tick = self._loop.call_later(0.5, self._look)
        self._sessions.add(self)

    def connection_lost(self, error: Exception | None) -> None:
        self._tick.cancel()
        self._sessions.discard(self)
        self._leave()
        self._centre.bell.ring()

    def pause_writing(self) -> None:
        # Who does not read its answers may not go on asking.
        self._transport.pause_reading()

    def resume_writing(self) -> None:
        self._transport.resume_reading()

    def unbind(self) -> None:
        """Ask the other side to part; the connection ends with its answer."""
        self._leave()
        self._write(Pdu(Command.UNBIND, next(self._sequences)))

    def close(self) -> None:
        """End without a word."""
        self._leave()
        self._flush()
        self._transport.close()

    def reset(self) -> None:
        """End as a broken line does."""
        self._leave()
        abort(self._transport)

    def _leave(self) -> None:
        """Take no more deliveries; those without an answer go to another session."""
        if self.outbox is None:
            return
        outbox, self.outbox = self.outbox, None
        outbox.binds -= 1
        if self in outbox.receivers:
            outbox.receivers.remove(self)
        for delivery, _ in reversed(self._flying.values()):
            outbox.unanswered(delivery)
        self._flying.clear()
        outbox.pump()

    def _look(self) -> None:
        """Twice a second: what has taken too long."""
        now = self._loop.time()
        self._tick = self._loop.call_later(0.5, self._look)
        if not self.kind:
            if now - self._heard > BIND_S:
                self._problem("no bind in time")
                self.close()
            return
        for sequence, (delivery, sent) in list(self._flying.items()):
            if now - sent < ANSWER_S:
                break
            del self._flying[sequence]
            self._problem(f"no answer to deliver_sm {sequence}")
            if self.outbox is not None:
                self.outbox.unanswered(delivery)
                self.outbox.pump()
        if self._enquired is not None:
            if now - self._enquired[1] > ANSWER_S:
                self._problem("no answer to enquire_link")
                self.close()
        elif now - self._heard > self._enquire_s:
            self._enquired = (next(self._sequences), now)
            self._write(Pdu(Command.ENQUIRE_LINK, self._enquired[0]))

    # Octets

    def data_received(self, data: bytes) -> None:
        self._heard = self._loop.time()
        self._buffer += data
        while len(self._buffer) >= 4 and not self._transport.is_closing():
            length = int.from_bytes(self._buffer[:4], "big")
            if not HEADER.size <= length <= LONGEST:
                # What follows cannot be told from what belongs to it.
                self._problem(f"command_length {length}")
                self._write(Pdu(GENERIC_NACK, 0, Status.INVALID_COMMAND_LENGTH))
                self.close()
                return
            if len(self._buffer) < length:
                return
            octets = bytes(self._buffer[:length])
            del self._buffer[:length]
            self._take(octets)

    def _take(self, octets: bytes) -> None:
        _, command, status, sequence = HEADER.unpack_from(octets)
        try:
            pdu = decode(octets)
            if command & RESPONSE:
                self._answered(pdu)
                return
            if not self.kind and command not in (*_BINDS, Command.UNBIND, Command.ENQUIRE_LINK):
                raise Bad(Status.INVALID_BIND_STATUS, f"command {command:#x} before a bind")
            handler = self._handlers.get(command)
            if handler is None:
                raise Bad(Status.INVALID_COMMAND_ID, f"command {command:#x}")
            handler(pdu)
        except Bad as bad:
            if bad.status not in (Status.THROTTLED, Status.QUEUE_FULL):
                self._problem(str(bad))
            if command & RESPONSE:
                return
            unknown = bad.status in (Status.INVALID_COMMAND_ID, Status.INVALID_COMMAND_LENGTH)
            if unknown or command | RESPONSE not in LAYOUTS:
                self._write(Pdu(GENERIC_NACK, sequence, bad.status))
            else:
                self._write(Pdu(command | RESPONSE, sequence, bad.status))

    def _write(self, pdu: Pdu) -> None:
        self.write(encode(pdu))

    def write(self, octets: bytes) -> None:
        """Send octets as they are."""
        if self._transport.is_closing():
            return
        if self._trickling is None and not self._centre.switchboard.current.trickle:
            if not self._out:
                self._loop.call_soon(self._flush)
            self._out.append(octets)
            return
        self._pieces.extend(octets[at : at + TRICKLE] for at in range(0, len(octets), TRICKLE))
        if self._trickling is None:
            self._trickling = self._loop.create_task(self._trickle())

    def _flush(self) -> None:
        """Write what has come together: one system call for many."""
        if self._out and not self._transport.is_closing():
            self._transport.write(b"".join(self._out))
        self._out.clear()

    async def _trickle(self) -> None:
        while self._pieces and not self._transport.is_closing():
            self._transport.write(self._pieces.popleft())
            # A pause makes a segment of it; without one they would leave together.
            await asyncio.sleep(0.001)
        self._trickling = None

    def _problem(self, what: str) -> None:
        name = self.outbox.account.system_id if self.outbox else "?"
        self._centre.problems.append(f"{name}: {what}")

    # Requests

    def _bind(self, pdu: Pdu) -> None:
        if self.kind:
            raise Bad(Status.ALREADY_BOUND, "a second bind")
        if self._centre.switchboard.current.refuse_bind:
            raise Bad(Status.BIND_FAILED, "a bind refused by a fault")
        outbox = self._centre.outbox(pdu.body["system_id"], pdu.body["password"])
        if outbox.binds >= outbox.account.most_binds:
            raise Bad(Status.BIND_FAILED, f"more than {outbox.account.most_binds} binds")
        self.kind, self.outbox = _BINDS[pdu.command], outbox
        outbox.binds += 1
        response = answer(pdu, system_id="SMSC")
        response.parameters.append((Tag.SC_INTERFACE_VERSION, b"\x34"))
        self._write(response)
        if self.kind != "transmitter":
            outbox.receivers.append(self)
            outbox.pump()
        self._centre.bell.ring()

    def _unbind(self, pdu: Pdu) -> None:
        self._write(answer(pdu))
        self.close()

    def _enquire(self, pdu: Pdu) -> None:
        if not self._centre.switchboard.current.deaf:
            self._write(answer(pdu))

    def _bound(self) -> Outbox:
        if self.outbox is None or self.kind == "receiver":
            raise Bad(Status.INVALID_BIND_STATUS, "a receiver submits nothing")
        return self.outbox

    def _submit(self, pdu: Pdu) -> None:
        outbox = self._bound()
        switchboard = self._centre.switchboard
        faults = switchboard.current
        fate = switchboard.fate(f"to {pdu.body.get('destination_addr', '')}")
        if fate.throttle or self._too_fast(faults.rate_per_s):
            raise Bad(Status.THROTTLED, "throttled")
        if fate.queue_full:
            raise Bad(Status.QUEUE_FULL, "the queue is full")
        response = answer(pdu, message_id=self._centre.submit(outbox, pdu), no_unsuccess=0)
        self.submitted += 1
        if fate.lost_response:
            return
        if fate.disconnect:
            octets = encode(response)
            self.write(octets[: len(octets) // 2])
            self.close()
            return
        wait_s = max(faults.latency_ms / 1_000, RECEIPT_FIRST_S if faults.receipt_first else 0)
        if wait_s:
            self._unanswered += 1
            self.most_unanswered = max(self.most_unanswered, self._unanswered)
            self._loop.call_later(wait_s, self._late, response)
        else:
            self._write(response)

    def _late(self, response: Pdu) -> None:
        self._unanswered -= 1
        self._write(response)

    def _too_fast(self, rate_per_s: int) -> bool:
        if not rate_per_s:
            return False
        second = int(self._loop.time())
        count = self._second[1] + 1 if self._second[0] == second else 1
        self._second = (second, count)
        return count > rate_per_s

    def _query(self, pdu: Pdu) -> None:
        message = self._centre.find(self._bound(), pdu.body["message_id"], Status.QUERY_FAILED)
        done = f"{message.done_at:%y%m%d%H%M%S}000+" if message.done_at else ""
        self._write(
            answer(
                pdu,
                message_id=message.message_id,
                final_date=done,
                message_state=STATES[message.state],
                error_code=message.error,
            )
        )

    def _cancel(self, pdu: Pdu) -> None:
        self._centre.cancel(self._bound(), pdu)
        self._write(answer(pdu))

    def _replace(self, pdu: Pdu) -> None:
        self._centre.replace(self._bound(), pdu)
        self._write(answer(pdu))

    # Deliveries

    @property
    def waiting(self) -> int:
        """How many `deliver_sm` have no answer yet."""
        return len(self._flying)

    @property
    def room(self) -> bool:
        return len(self._flying) < self._centre.window and not self._transport.is_closing()

    def deliver(self, delivery: Delivery) -> None:
        """Send it; its answer, or that there is none, is told to the outbox."""
        sequence = next(self._sequences)
        self._flying[sequence] = (delivery, self._loop.time())
        self._write(Pdu(Command.DELIVER_SM, sequence, 0, delivery.body, delivery.parameters))

    def _answered(self, pdu: Pdu) -> None:
        if self._enquired is not None and self._enquired[0] == pdu.sequence:
            self._enquired = None
            return
        if pdu.command == Command.ENQUIRE_LINK | RESPONSE:
            return
        if pdu.command == Command.UNBIND | RESPONSE:
            self.close()
            return
        found = self._flying.pop(pdu.sequence, None)
        if found is None or self.outbox is None:
            self._problem(f"an answer to nothing: {pdu.command:#x}, {pdu.sequence}")
            return
        status = pdu.status
        if pdu.command == GENERIC_NACK:
            status = status or Status.SYSTEM_ERROR
        elif not status:
            self.delivered += 1
        self.outbox.answered(found[0], status)
