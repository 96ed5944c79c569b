"""Connections for tests: two sessions of ours, or one of ours and a peer that says anything."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from datetime import datetime, timedelta, timezone
from typing import Any, ParamSpec

from qudao.platform.cmpp.client import Account, connect
from qudao.platform.cmpp.layout import Version
from qudao.platform.cmpp.patience import Patience
from qudao.platform.cmpp.pdu import (
    Answer,
    Body,
    Cancel,
    CancelResp,
    Deliver,
    Pdu,
    Query,
    QueryResp,
    Request,
    Result,
    Submit,
    SubmitResp,
)
from qudao.platform.cmpp.server import Gateway
from qudao.platform.cmpp.session import Handler, Session
from qudao.platform.cmpp.wire import decode, encode, read_message

P = ParamSpec("P")

LONGEST_S = 20.0
"""A test that takes longer hangs."""
SP, SECRET = "901234", b"top secret"
A_SUBMIT = Submit(
    msg_src=SP, src_id="10086", dest_terminal_id=("13800138000",), msg_content=b"hello"
)
A_DELIVER = Deliver(msg_id=7, dest_id="10086", src_terminal_id="13800138000", msg_content=b"CX")


def clock() -> datetime:
    return datetime(2026, 11, 22, 12, 0, tzinfo=timezone(timedelta(hours=8)))


def in_loop(test: Callable[P, Coroutine[Any, Any, None]]) -> Callable[P, None]:
    """Run a test in an event loop of its own."""

    @functools.wraps(test)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        asyncio.run(asyncio.wait_for(test(*args, **kwargs), LONGEST_S))

    return run


async def soon(ending: Coroutine[Any, Any, object]) -> None:
    """Wait for an end, but not for handlers that a failed test has left waiting."""
    with suppress(TimeoutError):
        await asyncio.wait_for(ending, 5)


async def until(holds: Callable[[], bool]) -> None:
    """Return as soon as it holds; the test's own limit is the limit."""
    while not holds():
        await asyncio.sleep(0.001)


async def answer(_: Session, request: Request[Any]) -> Answer:
    """A gateway that takes everything."""
    match request:
        case Query():
            return QueryResp(time=request.time, mt_tlmsg=12)
        case Cancel():
            return CancelResp()
    assert isinstance(request, Submit)
    return SubmitResp(msg_id=0x1234)


async def take(_: Deliver) -> Result | None:
    """An SP that takes everything."""
    return None


@asynccontextmanager
async def gateway(handler: Handler = answer, **options: Any) -> AsyncIterator[tuple[Gateway, int]]:
    """A gateway and its port."""
    made = Gateway({SP: SECRET}.get, handler, **options)
    port = await made.start()
    try:
        yield made, port
    finally:
        await soon(made.stop())


def account(port: int, **changes: Any) -> Account:
    return Account(**{"host": "127.0.0.1", "port": port, "sp_id": SP, "secret": SECRET} | changes)


@asynccontextmanager
async def connected(
    handler: Handler = answer,
    taken: Callable[[Deliver], Awaitable[Result | None]] = take,
    *,
    version: Version = Version.V30,
    patience: Patience | None = None,
) -> AsyncIterator[tuple[Session, Session]]:
    """The SP's session and the gateway's."""
    async with gateway(handler, patience=patience) as (ismg, port):
        ours = await connect(
            account(port, versions=(version,)), taken, clock=clock, patience=patience
        )
        await until(lambda: bool(ismg.sessions))
        (theirs,) = ismg.sessions
        try:
            yield ours, theirs
        finally:
            ours.abort("the test is over")
            await soon(ours.wait())


class Peer:
    """The other end of a session: sends what it is told to, right or wrong."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer
        self.version = Version.V30

    async def send(self, body: Body, sequence: int = 1) -> None:
        await self.send_octets(encode(body, sequence, self.version))

    async def send_octets(self, octets: bytes) -> None:
        self.writer.write(octets)
        await self.writer.drain()

    async def receive(self) -> Pdu:
        return decode(await read_message(self.reader), self.version)

    async def hung_up(self) -> bool:
        """Wait for the end of the stream; False if there is anything before it."""
        try:
            return not await self.reader.read(1)
        except ConnectionResetError:
            return True


@asynccontextmanager
async def ends() -> AsyncIterator[tuple[Peer, Peer]]:
    """Both ends of a connection over loopback."""
    arrived: asyncio.Future[Peer] = asyncio.get_running_loop().create_future()

    def welcome(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        arrived.set_result(Peer(reader, writer))

    server = await asyncio.start_server(welcome, "127.0.0.1", 0)
    try:
        one = Peer(*await asyncio.open_connection(*server.sockets[0].getsockname()))
        other = await arrived
        try:
            yield one, other
        finally:
            one.writer.close()
            other.writer.close()
    finally:
        server.close()


@asynccontextmanager
async def facing(
    taken: Callable[[Deliver], Awaitable[Answer]] | None = None,
    *,
    patience: Patience | None = None,
    sequence: int = 0,
) -> AsyncIterator[tuple[Session, Peer]]:
    """A session of an SP, and the gateway as a peer that says what it likes."""

    async def handle(_: Session, request: Request[Any]) -> Answer:
        assert isinstance(request, Deliver)
        return await taken(request) if taken else request.taken()

    async with ends() as (ours, peer):
        session = Session(
            ours.reader,
            ours.writer,
            handle,
            accepts=(Deliver,),
            version=Version.V30,
            peer="peer",
            patience=patience,
            sequence=sequence,
        )
        try:
            yield session, peer
        finally:
            session.abort("the test is over")
            await soon(session.wait())
