"""
Who answers sets of messages: threads of this process, or processes beside it.

A process computes on one core. So the one that holds the links hands messages to others, each for
its own share of the numbers: what one number says stays in order, and what is remembered of it is
in one place. They end when their pipe does. If one ends before that, another one takes its place;
what it had begun, and what comes meanwhile, threads here answer once more, and it is done once, as
after any crash.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
import os
import socket
from collections.abc import Sequence
from contextlib import suppress
from typing import Final, NoReturn, Protocol
from uuid import UUID

import msgspec
import uvloop

from qudao.fronts.counter.threads import Threads
from qudao.fronts.sms.answering import Answering, Away, Reply
from qudao.fronts.sms.lines import Mail
from qudao.fronts.sms.nursery import Nursery
from qudao.journeys.seats import Seats, listen
from qudao.journeys.waiting import MustWait

ALONE: Final = 4
"""Messages of an answerer at a time that are answered apart, because they do something."""
ASKED: Final = 16
"""Questions of an answerer to other systems at a time."""
LATE_S: Final = 0.01
"""So long after a set a message for which something was asked waits for the next one."""
MOST: Final = 2_000
"""Messages that wait for their answers."""
PAUSE_S: Final = 1.0
"""Before a process that has ended is followed by another one: something may be very wrong."""

_LENGTH: Final = 4
_log = logging.getLogger(__name__)


class Answerer(Protocol):
    """Answers the messages of its share of the numbers, in an event loop."""

    async def open(self) -> None:
        """Begin; called once, before anything is asked."""

    async def together(self, mails: Sequence[Mail]) -> list[Reply | None]:
        """
        Answer many messages at once, one set after another; None: `alone` has to answer it.

        :raises Away: if the database does not answer.
        """

    async def alone(self, mail: Mail) -> Reply:
        """
        Answer one message of a set that was not answered there, which may take longer.

        :raises Away: if the database does not answer.
        """

    async def end(self) -> None:
        """End; nothing is asked any more."""


class Here:
    """
    In threads of this process.

    For whom another system has to be asked it is asked apart; once it has answered, the message is
    answered in the next set.
    """

    def __init__(self) -> None:
        self._answering = Answering()
        self._sets = Threads(threads=1, waiting=1)
        self._single = Threads(threads=ALONE, waiting=MOST)
        self._questions = Threads(threads=ASKED, waiting=MOST)
        self._turn = asyncio.Lock()
        self._wanted: dict[UUID, MustWait] = {}
        """What has to be asked, by message."""
        self._asked: dict[UUID, dict[object, object]] = {}
        """What was answered, by message."""
        self._late: list[tuple[Mail, asyncio.Future[Reply | MustWait | None]]] = []
        """Messages for which something was asked."""
        self._after: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Threads begin with what they are given."""

    async def together(self, mails: Sequence[Mail]) -> list[Reply | None]:
        async with self._turn:
            late, self._late = self._late, []
            whole = [*mails, *(mail for mail, _reply in late)]
            if not whole:
                return []
            asked = [self._asked.get(mail.id, {}) for mail in whole]
            try:
                found = await self._sets.run(self._answering.together, whole, asked)
            except BaseException as error:
                for _mail, waiting in late:
                    waiting.set_exception(error)
                raise
        for (_mail, waiting), reply in zip(late, found[len(mails) :], strict=True):
            waiting.set_result(reply)
        replies: list[Reply | None] = []
        for mail, reply in zip(mails, found[: len(mails)], strict=True):
            if isinstance(reply, MustWait):
                self._wanted[mail.id] = reply
            replies.append(None if isinstance(reply, MustWait) else reply)
        return replies

    async def alone(self, mail: Mail) -> Reply:
        wanted = self._wanted.pop(mail.id, None)
        try:
            while wanted is not None:
                answer = await self._questions.run(wanted.asked)
                self._asked.setdefault(mail.id, {})[wanted.key] = answer
                reply = await self._again(mail)
                if isinstance(reply, Reply):
                    return reply
                wanted = reply
        except Away:
            raise
        except Exception:
            _log.exception("what a message wants to know could not be asked")
        finally:
            self._asked.pop(mail.id, None)
        return await self._single.run(self._answering.alone, mail)

    async def end(self) -> None:
        self._sets.end()
        self._single.end()
        self._questions.end()

    async def _again(self, mail: Mail) -> Reply | MustWait | None:
        """Answer a message in the next set: one that comes now, or one of its own."""
        reply: asyncio.Future[Reply | MustWait | None] = asyncio.get_running_loop().create_future()
        self._late.append((mail, reply))
        if self._after is None or self._after.done():
            self._after = asyncio.create_task(self._those_who_are_late())
        return await reply

    async def _those_who_are_late(self) -> None:
        """See to it that they are answered, should no set come that takes them along."""
        while self._late:
            await asyncio.sleep(LATE_S)
            if self._turn.locked():
                async with self._turn:
                    continue
            with suppress(Exception):  # each of them is told
                await self.together([])


class _Question(msgspec.Struct, array_like=True):
    number: int
    together: bool
    mails: Sequence[Mail]


class _Answer(msgspec.Struct, array_like=True):
    number: int
    replies: Sequence[Reply | None]
    away: str = ""
    """Why there is no answer."""


_encode: Final = msgspec.msgpack.Encoder().encode
_question: Final = msgspec.msgpack.Decoder(_Question).decode
_answer: Final = msgspec.msgpack.Decoder(_Answer).decode


class _Gone(Exception):
    """The process has ended."""


class Beside:
    """In a process of its own; if that ends, in another one."""

    def __init__(self, nursery: Nursery) -> None:
        self._nursery = nursery
        self.pid, self._pipe = nursery.fork()
        self._numbers = itertools.count()
        self._open: dict[int, asyncio.Future[Sequence[Reply | None]]] = {}
        self._writer: asyncio.StreamWriter | None = None
        self._reading: asyncio.Task[None] | None = None
        self._instead: Here | None = None
        self._ended = False

    async def open(self) -> None:
        reader, self._writer = await asyncio.open_connection(sock=self._pipe)
        self._reading = asyncio.create_task(self._stay(reader))

    async def together(self, mails: Sequence[Mail]) -> list[Reply | None]:
        try:
            return list(await self._ask(True, mails))
        except _Gone:
            return await self._here.together(mails)

    async def alone(self, mail: Mail) -> Reply:
        try:
            (reply,) = await self._ask(False, [mail])
        except _Gone:
            return await self._here.alone(mail)
        assert reply is not None
        return reply

    async def end(self) -> None:
        self._ended = True
        if self._writer is not None:
            self._writer.close()
        if self._reading is not None:
            await asyncio.wait([self._reading])
        if self._instead is not None:
            await self._instead.end()

    @property
    def _here(self) -> Here:
        if self._instead is None:
            self._instead = Here()
        return self._instead

    async def _ask(self, together: bool, mails: Sequence[Mail]) -> Sequence[Reply | None]:
        if self._writer is None:
            raise _Gone
        number = next(self._numbers)
        future = self._open[number] = asyncio.get_running_loop().create_future()
        _write(self._writer, _Question(number, together, mails))
        try:
            replies: Sequence[Reply | None] = await future
            return replies
        finally:
            del self._open[number]

    async def _stay(self, reader: asyncio.StreamReader) -> None:
        """Read what the process answers; when it has ended, go on with another one."""
        while True:
            await self._read(reader)
            if self._ended:
                return
            _log.error("process %d, which answers, has ended: another one will", self.pid)
            await asyncio.sleep(PAUSE_S)
            if self._ended:
                return
            try:
                self.pid, pipe = await asyncio.to_thread(self._nursery.fork)
            except OSError:
                _log.exception("no other process answers: threads do")
                return
            reader, writer = await asyncio.open_connection(sock=pipe)
            if self._ended:
                writer.close()
            else:
                self._writer = writer

    async def _read(self, reader: asyncio.StreamReader) -> None:
        try:
            while True:
                answer = _answer(await _frame(reader))
                waiting = self._open.get(answer.number)
                if waiting is None:
                    continue
                if answer.away:
                    waiting.set_exception(Away(answer.away))
                else:
                    waiting.set_result(answer.replies)
        except (OSError, asyncio.IncompleteReadError):
            if self._writer is not None:
                self._writer.close()
            self._writer = None
            for future in self._open.values():
                if not future.done():
                    future.set_exception(_Gone())


def answerers(count: int) -> list[Answerer]:
    """Return so many processes; called before there is a thread or a connection."""
    if not count:
        return []
    nursery = Nursery(_run)
    return [Beside(nursery) for _nth in range(count)]


def _run(pipe: socket.socket) -> NoReturn:
    """Be an answerer, until the pipe ends."""
    code = 1
    try:
        uvloop.run(_serve(pipe))
        code = 0
    except BaseException:
        _log.exception("an answerer has failed")
    finally:
        logging.shutdown()
        os._exit(code)


async def _serve(pipe: socket.socket) -> None:
    reader, writer = await asyncio.open_connection(sock=pipe)
    here = Here()
    tasks: set[asyncio.Task[None]] = set()
    listen(Seats()).start()
    with suppress(OSError, asyncio.IncompleteReadError):
        while True:
            task = asyncio.create_task(_answered(here, writer, _question(await _frame(reader))))
            tasks.add(task)
            task.add_done_callback(tasks.discard)


async def _answered(here: Here, writer: asyncio.StreamWriter, asked: _Question) -> None:
    replies: Sequence[Reply | None] = ()
    away = ""
    try:
        if asked.together:
            replies = await here.together(asked.mails)
        else:
            replies = [await here.alone(asked.mails[0])]
    except Away as error:
        away = str(error)
    except Exception as error:
        _log.exception("a message could not be answered")
        away = repr(error)
    _write(writer, _Answer(asked.number, replies, away))


def _write(writer: asyncio.StreamWriter, what: _Question | _Answer) -> None:
    body = _encode(what)
    writer.write(len(body).to_bytes(_LENGTH, "big") + body)


async def _frame(reader: asyncio.StreamReader) -> bytes:
    length = int.from_bytes(await reader.readexactly(_LENGTH), "big")
    return await reader.readexactly(length)
