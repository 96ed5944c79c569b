"""
A listening HTTP server that can go away and come back inside one process.

uvicorn's own server cannot stop listening and start again, and an ASGI application cannot break
its connection. Both are what a system in trouble does.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from typing import Any, Final

from starlette.requests import Request
from starlette.types import ASGIApp
from uvicorn import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

_LINGER_0: Final = struct.pack("ii", 1, 0)
"""Closing sends RST instead of FIN."""


class Listener:
    """Serves an ASGI application at one address."""

    def __init__(self, app: ASGIApp, host: str, port: int) -> None:
        self._config = Config(
            app,
            lifespan="off",
            access_log=False,
            log_config=None,
            proxy_headers=False,
            timeout_keep_alive=75,
        )
        self._config.load()
        self._host, self.port = host, port
        self._state = ServerState()
        self._state.default_headers = self._config.encoded_headers
        self._server: asyncio.Server | None = None

    @property
    def url(self) -> str:
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"http://{host}:{self.port}"

    async def open(self) -> None:
        """
        Listen. Port 0 takes a free one and keeps it from then on.

        :raises OSError: if the address is taken.
        """
        if self._server is None:
            self._server = await asyncio.get_running_loop().create_server(
                lambda: HttpToolsProtocol(self._config, self._state, {}),
                self._host,
                self.port,
                backlog=1024,
                reuse_address=True,
            )
            self.port = self._server.sockets[0].getsockname()[1]

    def vanish(self) -> None:
        """Stop listening and break every connection."""
        if self._server is not None:
            self._server.close()
            self._server = None
            for connection in list(self._state.connections):
                abort(connection.transport)

    async def close(self) -> None:
        """Stop listening and let the requests under way end."""
        if self._server is not None:
            self._server.close()
            self._server = None
        for connection in list(self._state.connections):
            connection.shutdown()
        if self._state.tasks:
            await asyncio.wait(self._state.tasks, timeout=5)

    async def hang_up(self, request: Request, *, reset: bool) -> None:
        """Break the connection of a request, without an answer: by RST, or by FIN."""
        for connection in list(self._state.connections):
            if getattr(connection, "client", None) == request.scope["client"]:
                transport = connection.transport
                if reset:
                    abort(transport)
                else:
                    transport.close()
        while (await request.receive())["type"] != "http.disconnect":
            pass


def abort(transport: Any) -> None:
    """End a connection by RST."""
    sock: socket.socket | None = transport.get_extra_info("socket")
    if sock is not None:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_0)
    transport.abort()
