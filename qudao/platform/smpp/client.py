"""An ESME: one bind, and a link that keeps one alive."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum
from types import TracebackType
from typing import overload

from qudao.platform.smpp.pdu import (
    DataSm,
    DataSmResp,
    Pdu,
    SubmitMulti,
    SubmitMultiResp,
    SubmitSm,
    SubmitSmResp,
)
from qudao.platform.smpp.session import Session
from qudao.platform.smpp.types import Binding, Counts, Handler, Limits, NotSent
from qudao.platform.smpp.wire import encode

_log = logging.getLogger(__name__)


async def connect(
    binding: Binding,
    handler: Handler,
    *,
    limits: Limits | None = None,
    counts: Counts | None = None,
    sequence: int = 0,
) -> Session:
    """
    Connect and bind.

    :param sequence: the number before that of the first request.
    :raises BindRefused: if the SMSC does not want us.
    :raises NotSent: if there is no connection, or no answer.
    """
    limits = Limits() if limits is None else limits
    try:
        async with asyncio.timeout(limits.bind_s):
            reader, writer = await asyncio.open_connection(
                binding.host, binding.port, ssl=binding.tls
            )
    except TimeoutError:
        raise NotSent(f"not connected within {limits.bind_s:g} s") from None
    except OSError as e:
        raise NotSent(f"not connected: {e}") from None
    session = Session(
        reader, writer, limits=limits, handler=handler, counts=counts, sequence=sequence
    )
    try:
        await session.bind(binding)
    except BaseException:
        session.abort("not bound")
        raise
    return session


class State(Enum):
    """What a link is doing."""

    CONNECTING = "connecting"
    BOUND = "bound"
    WAITING = "waiting"
    """until it tries again"""
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class Backoff:
    """How long a link waits before it tries again: twice as long each time, less some chance."""

    first_s: float = 0.5
    most_s: float = 60.0
    steady_s: float = 30.0
    """A bind that held for so long was a good one: after it the wait is the first again."""

    def wait_s(self, failures: int, chance: float) -> float:
        """Return the wait after so many failures in a row; `chance` is 0 to 1."""
        whole = min(self.most_s, self.first_s * 2.0 ** min(failures, 30))
        return whole * (1 - chance / 2)


class Link:
    """
    Keeps an ESME bound, until it is stopped: `async with Link(…) as link`.

    The counts are those of all its sessions together.

    :raises ValueError: if the binding is none that SMPP can say.
    """

    def __init__(
        self,
        binding: Binding,
        handler: Handler,
        *,
        limits: Limits | None = None,
        backoff: Backoff | None = None,
        chance: Callable[[], float] = random.random,
    ) -> None:
        encode(binding.pdu())
        self.binding = binding
        self.limits = Limits() if limits is None else limits
        self.counts = Counts()
        self.state = State.STOPPED
        self.session: Session | None = None
        """The one that is bound."""
        self.binds = 0
        """How often it was bound."""
        self.reason = ""
        """Why it is not bound, or was not the last time."""
        self._handler = handler
        self._backoff = Backoff() if backoff is None else backoff
        self._chance = chance
        self._changed = asyncio.Condition()
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Link:
        self._task = asyncio.create_task(self._keep())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.stop()

    async def stop(self) -> None:
        """Unbind in order, as `Session.unbind` does, and stay so."""
        task, self._task = self._task, None
        if task is None:
            return
        if self.session is not None:
            await self.session.unbind()
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        await self._now(State.STOPPED)

    async def bound(self) -> Session:
        """Wait until it is bound. :raises NotSent: if it is stopped."""
        async with self._changed:
            while self._task is not None:
                if self.session is not None and self.session.open:
                    return self.session
                await self._changed.wait()
        raise NotSent("the link is stopped")

    @overload
    async def send(self, pdu: SubmitSm, *, wait_s: float = 0) -> SubmitSmResp: ...
    @overload
    async def send(self, pdu: DataSm, *, wait_s: float = 0) -> DataSmResp: ...
    @overload
    async def send(self, pdu: SubmitMulti, *, wait_s: float = 0) -> SubmitMultiResp: ...

    async def send(self, pdu: SubmitSm | DataSm | SubmitMulti, *, wait_s: float = 0) -> Pdu:
        """
        Send a message as `Session.send` does; while there is no bind, wait for one for `wait_s`.

        What was sent without an answer is never sent again here.

        :raises NotSent, Unanswered, Nacked, ValueError: as `Session.request`.
        """
        loop = asyncio.get_running_loop()
        until = loop.time() + wait_s
        while True:
            session = self.session
            if session is None or not session.open:
                session = await self._bound_until(until)
            try:
                return await session.send(pdu)
            except NotSent:
                if loop.time() >= until:
                    raise

    async def _bound_until(self, until: float) -> Session:
        try:
            async with asyncio.timeout_at(until):
                return await self.bound()
        except TimeoutError:
            raise NotSent(f"not bound: {self.reason or self.state.value}") from None

    async def _keep(self) -> None:
        loop = asyncio.get_running_loop()
        failures = 0
        while True:
            await self._now(State.CONNECTING)
            try:
                session = await connect(
                    self.binding, self._handler, limits=self.limits, counts=self.counts
                )
            except NotSent as e:
                self.reason = str(e)
            else:
                began = loop.time()
                self.binds += 1
                _log.info("%s: bound to %s", self.binding.system_id, session.peer)
                try:
                    await self._now(State.BOUND, session)
                    self.reason = await session.wait()
                finally:
                    self.session = None
                    session.abort("the link was stopped")
                if self._task is None:
                    return
                if loop.time() - began >= self._backoff.steady_s:
                    failures = 0
            wait_s = self._backoff.wait_s(failures, self._chance())
            failures += 1
            _log.warning("%s: %s; again in %.1f s", self.binding.system_id, self.reason, wait_s)
            await self._now(State.WAITING)
            await asyncio.sleep(wait_s)

    async def _now(self, state: State, session: Session | None = None) -> None:
        async with self._changed:
            self.state, self.session = state, session
            self._changed.notify_all()
