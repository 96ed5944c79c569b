"""
A connection to an SMSC, or from an ESME, over which requests and answers go both ways.

One task reads. What the other side asks for is answered when its handler has returned: whoever
gets a yes knows that the message is kept. Nothing grows without bound: see `Limits`.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from typing import Any, TypeVar, overload

from qudao.platform.smpp.codes import RESPONSE, SLOW_DOWN, Status, Tag
from qudao.platform.smpp.fields import ProtocolError, Tlv
from qudao.platform.smpp.intake import Intake
from qudao.platform.smpp.pace import Pace
from qudao.platform.smpp.pdu import (
    PDUS,
    AlertNotification,
    Bind,
    BindResp,
    DataSm,
    DataSmResp,
    DeliverSm,
    DeliverSmResp,
    EnquireLink,
    EnquireLinkResp,
    GenericNack,
    Pdu,
    SubmitMulti,
    SubmitMultiResp,
    SubmitSm,
    SubmitSmResp,
    Unbind,
    UnbindResp,
)
from qudao.platform.smpp.questions import Questions
from qudao.platform.smpp.types import (
    Binding,
    BindRefused,
    Counts,
    Handler,
    Limits,
    Mode,
    Nacked,
    NotSent,
    Refused,
    Side,
    Unanswered,
    may_send,
)
from qudao.platform.smpp.wire import READ_OCTETS, Frames, decode, encode, reply

_log = logging.getLogger(__name__)

Accept = Callable[["Session", Bind], Awaitable[Handler]]
"""Judges who wants to be bound: returns who handles their requests, or raises Refused."""

R = TypeVar("R", bound=Pdu)


class Session:
    """
    One connection. `client.connect` and `server.serve` make them. Belongs to one event loop.

    An ESME has a `handler` from the first; an SMSC is given it by `accept`.
    """

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        *,
        limits: Limits,
        handler: Handler | None = None,
        accept: Accept | None = None,
        name: str = "",
        counts: Counts | None = None,
        sequence: int = 0,
    ) -> None:
        assert (handler is None) != (accept is None)
        self.side = Side.ESME if accept is None else Side.SMSC
        self.limits = limits
        self.counts = Counts() if counts is None else counts
        self.bound: Mode | None = None
        self.peer = ""
        """Their system_id."""
        self.reason: str | None = None
        """Why it ended; None while it lives."""
        self._handler = handler
        self._accept = accept
        self._name = name
        self._reader = reader
        self._writer = writer
        self._loop = asyncio.get_running_loop()
        self._window = asyncio.Semaphore(limits.window)
        self._pace = Pace()
        self._questions = Questions(limits.response_s, self.counts, self._write, sequence)
        self._binding: Mode | None = None
        self._draining = self._unbinding = False
        """Nothing new of ours goes out; we have said goodbye."""
        self._out: list[bytes] = []
        self._intake = Intake(self.side, limits, self.counts, self._write)
        self._errands: set[asyncio.Task[None]] = set()
        self._bad_seen = False
        self._heard = self._loop.time()
        writer.transport.set_write_buffer_limits(high=limits.unread_octets)
        self._timer = self._loop.call_later(limits.enquire_s, self._listen)
        self._bind_timer = self._loop.call_later(
            limits.bind_s, self._end, f"not bound within {limits.bind_s:g} s"
        )
        self._reading = self._loop.create_task(self._read())

    @property
    def open(self) -> bool:
        """Whether requests of ours can go out."""
        return self.bound is not None and self.reason is None and not self._draining

    @property
    def in_flight(self) -> int:
        """Requests of ours without an answer."""
        return len(self._questions.open)

    @property
    def handling(self) -> int:
        """Requests of theirs without an answer."""
        return len(self._intake)

    @property
    def gap_s(self) -> float:
        """Between two messages, since they told us to slow down."""
        return self._pace.gap_s

    async def bind(self, binding: Binding) -> None:
        """
        Bind, as an ESME.

        :raises BindRefused: if they do not want us.
        :raises NotSent: if the connection ended, or no answer came.
        """
        request = binding.pdu()
        self._binding = binding.mode
        try:
            answer = await self._questions.ask(request, BindResp)
        except Nacked as e:
            raise BindRefused(e.status) from None
        except Unanswered as e:
            raise NotSent(f"not bound: {e}") from None
        if answer.status:
            raise BindRefused(answer.status)

    @overload
    async def send(self, pdu: SubmitSm) -> SubmitSmResp: ...
    @overload
    async def send(self, pdu: DeliverSm) -> DeliverSmResp: ...
    @overload
    async def send(self, pdu: DataSm) -> DataSmResp: ...
    @overload
    async def send(self, pdu: SubmitMulti) -> SubmitMultiResp: ...

    async def send(self, pdu: Pdu) -> Pdu:
        """
        Send a message; return the answer, whatever its status.

        When they say that it came too early (ESME_RTHROTTLED, ESME_RMSGQFUL), all messages slow
        down and it goes again, for `repeat_s` at most: then that is the answer.

        :raises NotSent, Unanswered, Nacked, ValueError: as `request`.
        """
        answer = PDUS[pdu.command | RESPONSE]
        until = self._loop.time() + self.limits.repeat_s
        while True:
            if wait_s := self._pace.turn(self._loop.time()):
                await asyncio.sleep(wait_s)
            left = self._loop.time()
            found = await self.request(pdu, answer)
            if found.status not in SLOW_DOWN:
                self._pace.faster()
                return found
            self.counts.throttled += 1
            now = self._loop.time()
            self._pace.slower(left, now)
            if now + self._pace.gap_s > until:
                return found

    async def request(self, pdu: Pdu, answer: type[R]) -> R:
        """
        Send a request once there is room in the window; return the answer, whatever its status.

        :raises NotSent: if nothing was sent: the session has ended or is about to.
        :raises Unanswered: if nobody knows whether it arrived.
        :raises Nacked: if they did not understand it.
        :raises ValueError: if it is no PDU that we may send here.
        """
        self._must_be_ours(pdu)
        async with self._window:
            if self._draining:
                raise NotSent("the session is being unbound")
            return await self._questions.ask(pdu, answer)

    def alert(self, pdu: AlertNotification) -> None:
        """Tell an ESME that a phone can be reached. There is no answer."""
        self._must_be_ours(pdu)
        self._write(encode(pdu, self._questions.next_sequence()))

    async def unbind(self) -> str:
        """
        End in order: what is under way is waited for, `response_s` at most. Return why it ended.

        What has not left is NotSent; what comes while we wait is still handled.
        """
        if self.bound is not None and self.reason is None:
            await self._settle()
            self._intake.refuse()
            self._unbinding = True
            with suppress(NotSent, Unanswered, Nacked):  # it ends in either case
                await self._questions.ask(Unbind(), UnbindResp)
        self._end("unbound by us")
        return await self.wait()

    def abort(self, reason: str) -> None:
        """End at once."""
        self._end(reason, abort=True)

    async def wait(self) -> str:
        """Wait for the end, and for the handlers that are at work; return why it ended."""
        await asyncio.wait([self._reading])
        while self._intake.running:
            await asyncio.wait(self._intake.running)
        assert self.reason is not None
        return self.reason

    def _must_be_ours(self, pdu: Pdu) -> None:
        if self.reason is None and not may_send(pdu.command, self.side, self.bound):
            mode = "not bound" if self.bound is None else f"bound as {self.bound.name.lower()}"
            raise ValueError(f"{pdu.command.name.lower()} from the {self.side.name}, {mode}")

    def _write(self, octets: bytes) -> None:
        if self.reason is not None:
            return
        if not self._out:
            self._loop.call_soon(self._flush)
        self._out.append(octets)

    def _flush(self) -> None:
        """Write what has come together: one system call for many."""
        if self._out:
            self._writer.write(b"".join(self._out))
            self._out.clear()

    async def _read(self) -> None:
        frames = Frames()
        try:
            while octets := await self._reader.read(READ_OCTETS):
                self._heard = self._loop.time()
                frames.feed(octets)
                for frame in frames:
                    self._take(frame)
                await self._written()
            self._end("unbound by us" if self._unbinding else "closed by the other side")
        except ProtocolError as e:
            self._bad(e)
            self._end(str(e))
        except OSError as e:
            self._end(f"the connection broke: {e}", abort=True)
        except BaseException:
            self._end("a fault of ours", abort=True)
            raise

    async def _written(self) -> None:
        """Wait until what they have not read is little enough, or give them up."""
        self._flush()
        if self._writer.transport.get_write_buffer_size() <= self.limits.unread_octets:
            return
        try:
            async with asyncio.timeout(self.limits.response_s):
                await self._writer.drain()
        except TimeoutError:
            self._end("the other side does not read", abort=True)

    def _take(self, frame: bytes) -> None:
        if self.reason is not None:
            return
        try:
            pdu = decode(frame)
        except ProtocolError as e:
            self._bad(e)
            return
        if pdu.command & RESPONSE:
            self._answered(pdu)
        elif isinstance(pdu, EnquireLink):
            self._answer(pdu)
        elif isinstance(pdu, Unbind):
            self._intake.refuse()
            self._run(self._unbound(pdu))
        elif isinstance(pdu, Bind):
            self._asked_to_bind(pdu)
        elif self._handler is None or not may_send(pdu.command, self.side.other, self.bound):
            self._answer(pdu, Status.RINVBNDSTS)
        else:
            self._intake.take(self._handler, pdu, len(frame))

    def _answer(self, pdu: Pdu, status: int = Status.ROK, **values: Any) -> None:
        self._write(encode(reply(pdu, status, **values)))

    def _answered(self, pdu: Pdu) -> None:
        if isinstance(pdu, BindResp) and self.side is Side.ESME and not pdu.status:
            # Here, not when the answer is looked at: messages may follow in the same packet.
            self._bind_timer.cancel()
            self.bound, self.peer = self._binding, pdu.system_id
        self._questions.answered(pdu)

    def _bad(self, error: ProtocolError) -> None:
        """Tell them what was no PDU, or whoever waits for it that it was no answer."""
        self.counts.bad += 1
        _log.log(logging.DEBUG if self._bad_seen else logging.WARNING, "%s: %s", self.peer, error)
        self._bad_seen = True
        if error.command & RESPONSE:
            self._questions.unreadable(error.sequence, str(error))
        else:
            self._write(encode(GenericNack(status=error.status, sequence=error.sequence)))

    def _asked_to_bind(self, pdu: Bind) -> None:
        if self._accept is None:
            self._answer(pdu, Status.RINVBNDSTS)
        elif self._binding is not None:
            self._answer(pdu, Status.RALYBND)
        else:
            self._binding = Mode(type(pdu))
            self._run(self._judge(self._accept, pdu))

    async def _judge(self, accept: Accept, pdu: Bind) -> None:
        status: int = Status.ROK
        try:
            self._handler = await accept(self, pdu)
        except Refused as e:
            status = e.status
        except Exception:
            _log.exception("the bind of %s was not judged", pdu.system_id)
            status = Status.RSYSERR
        if status:
            self._answer(pdu, status, system_id=self._name)
            self._end(str(BindRefused(status)))
            return
        self._bind_timer.cancel()
        self.bound, self.peer = self._binding, pdu.system_id
        version = Tlv.number(Tag.SC_INTERFACE_VERSION, 0x34)
        self._answer(pdu, system_id=self._name, tlvs=(version,))

    async def _unbound(self, pdu: Pdu) -> None:
        if not self._unbinding:
            await self._settle()
        self._answer(pdu)
        self._end("unbound by the other side")

    async def _settle(self) -> None:
        """Let nothing more out, and wait for what is under way: `response_s` at most."""
        self._draining = True
        with suppress(TimeoutError):
            async with asyncio.timeout(self.limits.response_s):
                while under_way := self._questions.waiting() | self._intake.running:
                    await asyncio.wait(under_way)

    def _listen(self) -> None:
        quiet_s = self._loop.time() - self._heard
        if quiet_s >= self.limits.enquire_s:
            self._run(self._enquire())
        else:
            self._timer = self._loop.call_later(self.limits.enquire_s - quiet_s, self._listen)

    async def _enquire(self) -> None:
        with suppress(NotSent, Unanswered, Nacked):  # a no is a sign of life as well
            await self._questions.ask(EnquireLink(), EnquireLinkResp)
        if self._loop.time() - self._heard >= self.limits.response_s:
            self._end("no answer to enquire_link", abort=True)
        elif self.reason is None:
            self._timer = self._loop.call_later(self.limits.enquire_s, self._listen)

    def _run(self, work: Coroutine[Any, Any, None]) -> None:
        task = self._loop.create_task(work)
        self._errands.add(task)
        task.add_done_callback(self._errands.discard)

    def _end(self, reason: str, *, abort: bool = False) -> None:
        if self.reason is None:
            self._flush()
            self.reason = reason
            self._timer.cancel()
            self._bind_timer.cancel()
            self._intake.forget()
            self._questions.end(reason)
            if not abort:
                self._writer.close()
                self._loop.call_later(self.limits.response_s, self._writer.transport.abort)
        if abort:
            self._writer.transport.abort()
