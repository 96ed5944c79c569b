"""
One CMPP connection in either role, once both sides have shown who they are.

Both sides may send requests: at most `window` of ours are without an answer, and whoever wants to
send more waits. A request that is not answered in time is sent again under its own number, as the
specification wants it, then given up. A request of the other side is answered when the handler has
returned, and not before: the handler writes down what it was given. Memory is bounded: only so many
handlers at once, and what comes beyond them waits on the line, then is refused as too much.

`NotSent` and `Unanswered` are SMPP's: who sends a message need not care which protocol it takes.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, Final, TypeVar, cast

from qudao.platform.cmpp.layout import Version
from qudao.platform.cmpp.patience import Counts, Patience
from qudao.platform.cmpp.pdu import (
    ActiveTest,
    ActiveTestResp,
    Answer,
    Pdu,
    Request,
    Result,
    Submit,
    SubmitResp,
    Terminate,
    TerminateResp,
    answer_to,
    refusal,
)
from qudao.platform.cmpp.wire import Frames, Malformed, ProtocolError, Unfollowable, decode, encode
from qudao.platform.smpp.pace import Pace
from qudao.platform.smpp.types import NotSent, Unanswered

logger = logging.getLogger(__name__)

READ_OCTETS: Final = 64 << 10
LAST_SEQUENCE: Final = 0xFFFFFFFF
TERMINATED: Final = "terminated"
"""The reason of a session that has ended in order."""
BAD_IN_A_ROW: Final = 16
"""After so many messages that cannot be read, the other side does not speak CMPP."""

A = TypeVar("A", bound=Answer)

Handler = Callable[["Session", Request[Any]], Awaitable[Answer]]
"""
Does what the other side asks for and returns the answer. It may be asked again for what it has
done: when its answer got lost, or came late. An exception is answered as `Result.OTHER`.
"""


class Session:
    """
    A connection in use; made by `client.connect` and by `server.Gateway`.

    `accepts` are the requests that the handler is for: any other is refused as `Result.COMMAND`.
    It belongs to one event loop.
    """

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        handler: Handler,
        *,
        accepts: tuple[type[Request[Any]], ...],
        version: Version,
        peer: str,
        patience: Patience | None = None,
        counts: Counts | None = None,
        sequence: int = 0,
    ) -> None:
        self.version, self.peer = version, peer
        self.counts = counts or Counts()
        self.reason: str | None = None
        """Why it has ended; None while it lives."""
        self._reader, self._writer = reader, writer
        self._handler, self._accepts = handler, accepts
        self._patience = patience or Patience()
        self._sequence = sequence
        self._window = asyncio.Semaphore(self._patience.window)
        self._room = asyncio.Semaphore(self._patience.handlers)
        self._pace = Pace()
        self._waiting: dict[int, tuple[Request[Any], asyncio.Future[Answer]]] = {}
        self._in_hand: dict[tuple[int, int], asyncio.Task[None]] = {}
        self._out: list[bytes] = []
        self._ill_in_a_row = 0
        self._leaving = False
        """Nothing new of ours goes out."""
        self._parting = False
        """We have said good-bye."""
        self._farewell: asyncio.Task[None] | None = None
        self._loop = asyncio.get_running_loop()
        self._heard_at = self._loop.time()
        writer.transport.set_write_buffer_limits(high=self._patience.unread_octets)
        self._reading = self._loop.create_task(self._read())
        self._testing = self._loop.create_task(self._test())

    @property
    def in_flight(self) -> int:
        """Requests of ours without an answer."""
        return len(self._waiting)

    @property
    def handling(self) -> int:
        """Requests of theirs without an answer."""
        return len(self._in_hand)

    @property
    def gap_s(self) -> float:
        """Between two messages, since they told us to slow down."""
        return self._pace.gap_s

    async def submit(self, message: Submit) -> SubmitResp:
        """
        Send a message; while the gateway finds it too much, slow down and send it again.

        An answer with any other result is returned as it came, and `Result.THROTTLED` when it was
        refused so for `throttled_s`. `Result.REPEATED` after a time-out means that the gateway has
        the message, under a number that it has not told.

        :raises Unencodable: if a value does not fit.
        :raises ProtocolError, NotSent, Unanswered: as `request`.
        """
        until = self._loop.time() + self._patience.throttled_s
        while True:
            if wait_s := self._pace.turn(self._loop.time()):
                await asyncio.sleep(wait_s)
            left = self._loop.time()
            response = await self.request(message)
            if response.result != Result.THROTTLED:
                self._pace.faster()
                return response
            self.counts.throttled += 1
            now = self._loop.time()
            self._pace.slower(left, now)
            if now + self._pace.gap_s > until:
                return response

    async def request(self, body: Request[A]) -> A:
        """
        Send a request and return its answer; waits for its turn in the window.

        :raises Unencodable: if a value does not fit.
        :raises NotSent: if nothing was sent: the session has ended or is about to.
        :raises Unanswered: if nobody knows whether it arrived.
        :raises ProtocolError: if the answer cannot be read.
        """
        async with self._window:
            if self._leaving:
                raise NotSent(f"{self.peer}: the session is being ended")
            return await self._exchange(body)

    async def terminate(self) -> str:
        """
        End in order: what is under way is finished first, nothing new begins. Return why it ended.
        """
        if self.reason is None and not self._leaving:
            self._leaving = True
            await self._finish()
            self._parting = True
            with suppress(NotSent, Unanswered, ProtocolError):  # it ends in either case
                await self._exchange(Terminate())
            self._end(TERMINATED)
        return await self.wait()

    def abort(self, reason: str) -> None:
        """End at once, as a broken line would."""
        self._end(reason, abort=True)

    async def wait(self) -> str:
        """Wait for the end, and for the handlers that are at work; return why it ended."""
        await asyncio.wait({self._reading})
        me = asyncio.current_task()
        while tasks := {
            task
            for task in (self._testing, self._farewell, *self._in_hand.values())
            if task is not None and task is not me and not task.done()
        }:
            await asyncio.wait(tasks)
        assert self.reason is not None
        return self.reason

    async def _exchange(self, body: Request[A]) -> A:
        if self.reason is not None:
            raise NotSent(f"{self.peer}: {self.reason}")
        sequence = self._next()
        octets = encode(body, sequence, self.version)
        answer: asyncio.Future[Answer] = self._loop.create_future()
        self._waiting[sequence] = body, answer
        try:
            for attempt in range(self._patience.attempts):
                self.counts.repeated += attempt > 0
                self._write(octets)
                await asyncio.wait((answer,), timeout=self._patience.response_s)
                if answer.done():
                    return cast(A, answer.result())
        finally:
            del self._waiting[sequence]
        raise Unanswered(f"{self.peer}: {type(body).__name__} {sequence} is not answered")

    def _next(self) -> int:
        """Return a number that no request under way has."""
        while True:
            self._sequence = self._sequence % LAST_SEQUENCE + 1
            if self._sequence not in self._waiting:
                return self._sequence

    def _write(self, octets: bytes) -> None:
        if self.reason is None:
            self.counts.sent += 1
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
        reason, abort = "closed by the other side", False
        try:
            while octets := await self._reader.read(READ_OCTETS):
                self._heard_at = self._loop.time()
                for frame in frames.feed(octets):
                    await self._take(frame)
                await self._written()
            if self._leaving:
                reason = TERMINATED
        except (Unfollowable, OSError) as error:
            reason, abort = str(error), True
            logger.warning("%s: %s", self.peer, error)
        except BaseException:
            reason, abort = "a fault of ours", True
            raise
        finally:
            self._end(reason, abort=abort)

    async def _written(self) -> None:
        """Wait until what they have not read is little enough. :raises OSError: if it stays."""
        self._flush()
        if self._writer.transport.get_write_buffer_size() > self._patience.unread_octets:
            try:
                async with asyncio.timeout(self._patience.response_s):
                    await self._writer.drain()
            except TimeoutError:
                raise OSError("the other side does not read") from None

    async def _take(self, frame: bytes) -> None:
        self.counts.received += 1
        try:
            pdu = decode(frame, self.version)
        except Malformed as error:
            self._ill(error)
            return
        self._ill_in_a_row = 0
        match pdu.body:
            case Answer() as answer:
                self._answered(pdu.sequence, answer)
            case ActiveTest():
                self._write(encode(ActiveTestResp(), pdu.sequence, self.version))
            case Terminate():
                self._leaving = True
                if self._farewell is None:
                    self._farewell = self._loop.create_task(self._part(pdu.sequence))
            case Request():
                await self._hand(pdu)

    def _answered(self, sequence: int, answer: Answer) -> None:
        waiting = self._who_waits(sequence, answer.COMMAND)
        if waiting is None:
            self.counts.strays += 1
        else:
            waiting.set_result(answer)

    def _who_waits(self, sequence: int, command: int) -> asyncio.Future[Answer] | None:
        """Return whoever waits for this answer."""
        body, waiting = self._waiting.get(sequence, (None, None))
        if body is None or waiting is None or waiting.done():
            return None
        return waiting if command == answer_to(body.COMMAND) else None

    async def _hand(self, pdu: Pdu) -> None:
        """Have the handler act, unless it is on it."""
        key = pdu.body.COMMAND, pdu.sequence
        if key in self._in_hand:
            return
        if not isinstance(pdu.body, self._accepts):
            self._refuse(pdu, Result.COMMAND)
            return
        if self._room.locked():
            try:
                async with asyncio.timeout(self._patience.room_s):
                    await self._room.acquire()
            except TimeoutError:
                self.counts.refused += 1
                self._refuse(pdu, Result.THROTTLED)
                return
        else:
            await self._room.acquire()
        self._in_hand[key] = self._loop.create_task(self._handle(pdu, pdu.body))

    async def _handle(self, pdu: Pdu, request: Request[Any]) -> None:
        try:
            answer = await self._handler(self, request)
            self._write(encode(answer, pdu.sequence, self.version))
        except Exception:
            # Whatever it was: the other side has to know that the message is not ours yet.
            self.counts.failed += 1
            logger.exception("%s: %s failed", self.peer, type(request).__name__)
            self._refuse(pdu, Result.OTHER)
        finally:
            self._room.release()
            del self._in_hand[request.COMMAND, pdu.sequence]

    def _refuse(self, pdu: Pdu, result: Result) -> None:
        answer = refusal(pdu.body.COMMAND, getattr(pdu.body, "msg_id", 0), result)
        if answer is not None:
            self._write(encode(answer, pdu.sequence, self.version))

    def _ill(self, error: Malformed) -> None:
        """
        Answer what cannot be read, where CMPP has an answer for that.

        :raises Unfollowable: if there is nothing else.
        """
        self.counts.ill += 1
        self._ill_in_a_row += 1
        logger.warning("%s: %s", self.peer, error)
        if self._ill_in_a_row >= BAD_IN_A_ROW:
            raise Unfollowable(f"{BAD_IN_A_ROW} messages in a row cannot be read")
        waiting = self._who_waits(error.sequence, error.command)
        if waiting is not None:
            waiting.set_exception(ProtocolError(str(error)))
            return
        answer = refusal(error.command, 0, error.result)
        if answer is not None:
            self._write(encode(answer, error.sequence, self.version))

    async def _part(self, sequence: int) -> None:
        """The other side ends the session: finish, say so, and close."""
        if not self._parting:
            await self._finish()
        self._write(encode(TerminateResp(), sequence, self.version))
        self._end(TERMINATED)

    async def _finish(self) -> None:
        """Wait for what is under way in both directions, as long as an answer may take."""
        with suppress(TimeoutError):
            async with asyncio.timeout(self._patience.response_s):
                while under_way := self._under_way():
                    await asyncio.wait(under_way)

    def _under_way(self) -> set[asyncio.Future[Any]]:
        """Handlers at work, but for the one that asks, and answers that have not come."""
        found: set[asyncio.Future[Any]] = {*self._in_hand.values()}
        found |= {answer for _, answer in self._waiting.values()}
        return {one for one in found if not one.done() and one is not asyncio.current_task()}

    async def _test(self) -> None:
        every_s = self._patience.test_every_s
        while self.reason is None:
            quiet_s = self._loop.time() - self._heard_at
            if quiet_s < every_s:
                await asyncio.sleep(every_s - quiet_s)
                continue
            try:
                await self._exchange(ActiveTest())
            except (NotSent, Unanswered, ProtocolError):
                # Another message may have come meanwhile: then they live.
                if self._loop.time() - self._heard_at >= every_s:
                    self._end("no answer to active tests", abort=True)

    def _end(self, reason: str, *, abort: bool = False) -> None:
        if self.reason is None:
            self._flush()
            self.reason = reason
            for _, answer in self._waiting.values():
                if not answer.done():
                    answer.set_exception(Unanswered(f"{self.peer}: {reason}"))
            if self._testing is not asyncio.current_task():
                self._testing.cancel()
            if not abort:
                self._writer.close()
                # What is still to be written gets its time, and no more.
                self._loop.call_later(self._patience.response_s, self._writer.transport.abort)
        if abort:
            self._writer.transport.abort()
