"""
The SP's side: connecting to a gateway, agreeing on the version, staying connected.

`connect` makes one session; `Link` keeps one for as long as the program runs.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import TracebackType
from typing import Any, Final

from qudao.platform.cmpp import proof
from qudao.platform.cmpp.layout import Version, text_octets
from qudao.platform.cmpp.patience import Counts, Patience
from qudao.platform.cmpp.pdu import (
    Answer,
    ConnectResp,
    Deliver,
    Request,
    Result,
    Status,
    Submit,
    SubmitResp,
)
from qudao.platform.cmpp.session import Session
from qudao.platform.cmpp.wire import ProtocolError, decode, encode, read_message
from qudao.platform.smpp.client import Backoff
from qudao.platform.smpp.types import NotSent

logger = logging.getLogger(__name__)

PORT: Final = 7890
"""Of gateways for connections that stay; the specification's."""
_RESPONSE_V20: Final = len(encode(ConnectResp(), 0, Version.V20))

Taken = Callable[[Deliver], Awaitable[Result | None]]
"""
Gets each message and status report, and returns when it is written down; None: `Result.TAKEN`.
The same one may come again (its `msg_id` tells), when the answer got lost.
"""
Clock = Callable[[], datetime]
"""The time now, in the zone of the gateway: its hours and minutes are sent."""


class ConnectRefused(NotSent):
    """The gateway says no: `status` is one of `Status`, or a gateway's own."""

    def __init__(self, status: int) -> None:
        known = {one.value: one.name for one in Status}
        super().__init__(f"the gateway refuses to connect: {known.get(status, 'OTHER')} ({status})")
        self.status = status


class GatewayUnproved(NotSent):
    """Who answers does not know the shared secret."""


class HungUp(NotSent):
    """The gateway has closed the connection instead of answering."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """What an SP knows about its gateway. :raises ValueError: if its SP_Id cannot be one."""

    host: str
    port: int = PORT
    sp_id: str
    secret: bytes = field(repr=False)
    versions: tuple[Version, ...] = (Version.V30, Version.V20)
    """To be tried, in this order."""
    check_gateway: bool = True
    """Whether the gateway must prove itself: some send anything as AuthenticatorISMG."""

    def __post_init__(self) -> None:
        text_octets("sp_id", self.sp_id, 6)
        if not self.versions:
            raise ValueError("an account needs a version to be tried")


async def connect(
    account: Account,
    taken: Taken,
    *,
    clock: Clock,
    patience: Patience | None = None,
    counts: Counts | None = None,
) -> Session:
    """
    Connect in the first of the account's versions that the gateway speaks.

    :raises ConnectRefused: if the gateway says no.
    :raises GatewayUnproved: if its answer was made without the secret.
    :raises NotSent: if there is no connection, or no answer that is one.
    """
    patience = patience or Patience()
    *earlier, last = account.versions
    for version in earlier:
        try:
            return await _connect(account, taken, clock(), version, patience, counts)
        except ConnectRefused as refused:
            if refused.status != Status.VERSION:
                raise
        except HungUp as error:
            # Some gateways do so when they do not know the version.
            logger.info("%s: no CMPP %s: %s", account.host, version.name, error)
    return await _connect(account, taken, clock(), last, patience, counts)


async def _connect(
    account: Account,
    taken: Taken,
    at: datetime,
    version: Version,
    patience: Patience,
    counts: Counts | None,
) -> Session:
    try:
        async with asyncio.timeout(patience.connect_s):
            reader, writer = await asyncio.open_connection(account.host, account.port)
            try:
                agreed = await _introduce(account, reader, writer, at, version)
            except BaseException:
                writer.close()
                raise
    except TimeoutError:
        raise NotSent(f"not connected within {patience.connect_s:g} s") from None
    except (OSError, ProtocolError) as error:
        raise NotSent(f"not connected: {error}") from error

    async def handle(_: Session, request: Request[Any]) -> Answer:
        assert isinstance(request, Deliver), "the session accepts nothing else"
        return request.taken(await taken(request) or Result.TAKEN)

    return Session(
        reader,
        writer,
        handle,
        accepts=(Deliver,),
        version=agreed,
        peer=f"{account.host}:{account.port}",
        patience=patience,
        counts=counts,
        sequence=1,
    )


async def _introduce(
    account: Account,
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    at: datetime,
    version: Version,
) -> Version:
    """Exchange CMPP_CONNECT and its answer; returns the version that is spoken from now on."""
    request = proof.connect(account.sp_id, account.secret, at, version)
    writer.write(encode(request, 1, version))
    try:
        octets = await read_message(reader)
    except (asyncio.IncompleteReadError, ConnectionResetError):
        raise HungUp("not connected: the gateway hung up without an answer") from None
    response = decode(octets, version).body
    if not isinstance(response, ConnectResp):
        raise ProtocolError(f"CMPP_CONNECT is answered by {type(response).__name__}")
    if response.status != Status.CONNECTED:
        raise ConnectRefused(response.status)
    if account.check_gateway and not proof.answer_proves(response, request, account.secret):
        raise GatewayUnproved(f"{account.host} does not know the shared secret")
    # An answer in the form of 2.0 comes from a gateway that takes any version and speaks this.
    return Version.V20 if len(octets) == _RESPONSE_V20 else version


class State(StrEnum):
    """What a link is doing."""

    CONNECTING = "connecting"
    CONNECTED = "connected"
    WAITING = "waiting"
    """Until it tries again."""
    STOPPED = "stopped"


class Link:
    """
    Keeps an SP connected, until it is stopped: `async with Link(…) as link`.

    The counts are those of all its sessions together.
    """

    def __init__(
        self,
        account: Account,
        taken: Taken,
        *,
        clock: Clock,
        patience: Patience | None = None,
        backoff: Backoff | None = None,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self.account = account
        self.counts = Counts()
        self.state = State.STOPPED
        self.session: Session | None = None
        """The one that is connected."""
        self.connections = 0
        """How often it was connected."""
        self.reason = ""
        """Why it is not connected, or was not the last time."""
        self._taken, self._clock = taken, clock
        self._patience, self._backoff = patience, backoff or Backoff()
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
        """End in order, as `Session.terminate` does, and stay so."""
        task, self._task = self._task, None
        if task is None:
            return
        if self.session is not None:
            await self.session.terminate()
        task.cancel()
        try:
            with suppress(asyncio.CancelledError):
                await task
        finally:
            await self._now(State.STOPPED)

    async def connected(self) -> Session:
        """Wait until it is connected. :raises NotSent: if it is stopped."""
        async with self._changed:
            await self._changed.wait_for(lambda: self.session is not None or self._task is None)
            if self.session is None:
                raise NotSent("the link is stopped")
            return self.session

    async def submit(self, message: Submit, *, wait_s: float = 0) -> SubmitResp:
        """
        Send a message as `Session.submit` does; while not connected, wait for it for `wait_s`.

        What was sent without an answer is never sent again here.

        :raises Unencodable, ProtocolError, NotSent, Unanswered: as `Session.submit`.
        """
        loop = asyncio.get_running_loop()
        until = loop.time() + wait_s
        while True:
            session = self.session
            if session is None or session.reason is not None:
                try:
                    async with asyncio.timeout_at(until):
                        session = await self.connected()
                except TimeoutError:
                    raise NotSent(f"not connected: {self.reason or self.state.value}") from None
            try:
                return await session.submit(message)
            except NotSent:
                if loop.time() >= until:
                    raise
                await session.wait()

    async def _keep(self) -> None:
        try:
            await self._connect_again_and_again()
        except Exception:
            # Nobody waits for this task before the link is stopped.
            logger.exception("%s: the link has failed", self.account.host)
            raise

    async def _connect_again_and_again(self) -> None:
        loop = asyncio.get_running_loop()
        failures = 0
        while True:
            await self._now(State.CONNECTING)
            try:
                session = await connect(
                    self.account,
                    self._taken,
                    clock=self._clock,
                    patience=self._patience,
                    counts=self.counts,
                )
            except NotSent as error:
                self.reason = str(error)
            else:
                began = loop.time()
                self.connections += 1
                logger.info("%s: connected in CMPP %s", session.peer, session.version.name)
                await self._now(State.CONNECTED, session)
                try:
                    self.reason = await session.wait()
                finally:
                    self.session = None
                    session.abort("the link was stopped")
                if loop.time() - began >= self._backoff.steady_s:
                    failures = 0
            wait_s = self._backoff.wait_s(failures, self._chance())
            failures += 1
            logger.warning("%s: %s; again in %.1f s", self.account.host, self.reason, wait_s)
            await self._now(State.WAITING)
            await asyncio.sleep(wait_s)

    async def _now(self, state: State, session: Session | None = None) -> None:
        async with self._changed:
            self.state, self.session = state, session
            self._changed.notify_all()
