"""The other side: an SMSC that ESMEs bind to. For gateways that come to us, and tests."""

from __future__ import annotations

import asyncio
import ssl
from typing import Final

from qudao.platform.smpp.session import Accept, Session
from qudao.platform.smpp.types import Limits

MOST_SESSIONS: Final = 100


class Server:
    """What listens, and the connections that came. `serve` makes it."""

    def __init__(self, accept: Accept, limits: Limits, name: str, most: int) -> None:
        self.sessions: set[Session] = set()
        """Those that live, bound or not."""
        self._accept = accept
        self._limits = limits
        self._name = name
        self._most = most
        self._listener: asyncio.Server | None = None

    async def listen(self, host: str, port: int, tls: ssl.SSLContext | None) -> None:
        self._listener = await asyncio.start_server(self._come, host, port, ssl=tls)

    @property
    def port(self) -> int:
        """Where it listens."""
        assert self._listener is not None
        port: int = self._listener.sockets[0].getsockname()[1]
        return port

    async def close(self) -> None:
        """Listen no more, and unbind all in order."""
        assert self._listener is not None
        self._listener.close()
        if self.sessions:
            await asyncio.gather(*(session.unbind() for session in list(self.sessions)))

    async def _come(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if len(self.sessions) >= self._most:
            writer.close()
            return
        session = Session(reader, writer, limits=self._limits, accept=self._accept, name=self._name)
        self.sessions.add(session)
        try:
            await session.wait()
        finally:
            self.sessions.discard(session)


async def serve(
    accept: Accept,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    limits: Limits | None = None,
    name: str = "qudao",
    most: int = MOST_SESSIONS,
    tls: ssl.SSLContext | None = None,
) -> Server:
    """
    Listen for ESMEs.

    :param port: 0 for any that is free.
    :param name: the system_id that they are told.
    :param most: connections; who comes when there are so many is let go at once.
    """
    server = Server(accept, Limits() if limits is None else limits, name, most)
    await server.listen(host, port, tls)
    return server
