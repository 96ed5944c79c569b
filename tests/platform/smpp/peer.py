"""A peer that says what it is told to, octet for octet; and the ends of a session of ours."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

from qudao.platform.smpp.client import connect
from qudao.platform.smpp.pdu import Bind, BindTransceiver, Pdu
from qudao.platform.smpp.server import Server, serve
from qudao.platform.smpp.session import Session
from qudao.platform.smpp.types import Binding, Handler, Limits, Mode
from qudao.platform.smpp.wire import Frames, decode, encode


def run(test: Coroutine[Any, Any, None]) -> None:
    """Run a test, 20 s at most."""
    asyncio.run(asyncio.wait_for(test, 20))


async def yes(pdu: Pdu) -> None:
    """The handler that takes everything."""


def binding(port: int, mode: Mode = Mode.TRANSCEIVER, password: str = "secret") -> Binding:
    return Binding("127.0.0.1", port, "hall", password, mode)


def accepting(handler: Handler) -> Callable[[Session, Bind], Awaitable[Handler]]:
    async def accept(session: Session, bind: Bind) -> Handler:
        return handler

    return accept


class Peer:
    """One end of a connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer
        self._frames = Frames()
        self._read: list[bytes] = []

    def say(self, *said: Pdu | bytes) -> None:
        self.writer.write(b"".join(o if isinstance(o, bytes) else encode(o) for o in said))

    async def hear(self) -> Pdu | None:
        """Return what comes next; None at the end."""
        while not self._read:
            octets = await self.reader.read(1 << 16)
            if not octets:
                return None
            self._frames.feed(octets)
            self._read += self._frames
        return decode(self._read.pop(0))


async def dial(port: int, *, bound: bool = True, unread_octets: int | None = None) -> Peer:
    """Connect as an ESME, whose kernel keeps so much that it has not read."""
    ours = socket.socket()
    if unread_octets is not None:
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, unread_octets)
    ours.setblocking(False)
    await asyncio.get_running_loop().sock_connect(ours, ("127.0.0.1", port))
    peer = Peer(*await asyncio.open_connection(sock=ours))
    if bound:
        peer.say(BindTransceiver(sequence=1, system_id="raw"))
        answer = await peer.hear()
        assert answer is not None
        assert answer.status == 0
    return peer


@asynccontextmanager
async def listening(
    play: Callable[[Peer], Awaitable[None]],
) -> AsyncIterator[int]:
    """Be an SMSC: `play` is told of each connection; gives the port."""
    connections = []

    async def come(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.append(writer)
        await play(Peer(reader, writer))

    server = await asyncio.start_server(come, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for writer in connections:
            writer.transport.abort()


@asynccontextmanager
async def ours(
    *,
    smsc: Handler = yes,
    esme: Handler = yes,
    limits: Limits | None = None,
    mode: Mode = Mode.TRANSCEIVER,
    sequence: int = 0,
) -> AsyncIterator[tuple[Session, Session, Server]]:
    """Two ends of ours over loopback: the ESME's, the SMSC's, and the server."""
    server = await serve(accepting(smsc), limits=limits)
    client = await connect(binding(server.port, mode), esme, limits=limits, sequence=sequence)
    (other,) = server.sessions
    try:
        yield client, other, server
    finally:
        client.abort("the test is over")
        await server.close()
