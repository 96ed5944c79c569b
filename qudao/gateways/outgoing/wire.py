"""
HTTP/1.1 to whom we call: kept connections, one request at a time on each.

A request is dear in a client for everything: httpx takes ten times as long over an order as the
BOSS does. What is needed here is little (no redirects, no cookies, no proxies), and one thing
more than elsewhere: whether a request can have arrived.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

import httptools

IDLE_S: Final = 30.0
"""A connection that was not used for longer is not used again: the other side may be closing it."""
LARGEST: Final = 64 << 20
"""Octets of an answer."""


class NotConnected(Exception):
    """No connection came about: nothing was sent."""


class Broken(Exception):
    """The request was sent, as a whole or in part, and no answer came."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    body: bytes
    headers: dict[str, str]
    """By name in lower case."""


class Wire:
    """Connections to one address. Belongs to one event loop."""

    def __init__(
        self,
        url: str,
        *,
        headers: dict[str, str],
        verify: ssl.SSLContext,
        connect_timeout_s: float,
        read_timeout_s: float,
    ) -> None:
        parts = urlsplit(url)
        self._secure = parts.scheme == "https"
        self._host = parts.hostname or ""
        self._port = parts.port or (443 if self._secure else 80)
        self._path = parts.path.rstrip("/")
        self._verify = verify if self._secure else None
        self._connect_timeout_s = connect_timeout_s
        self._read_timeout_s = read_timeout_s
        told = {"Host": parts.netloc.rpartition("@")[2], **headers}
        self._head = "".join(f"{name}: {value}\r\n" for name, value in told.items())
        self._idle: list[_Connection] = []

    async def request(
        self,
        method: str,
        target: str,
        content: bytes | None = None,
        kind: str = "",
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """
        Send one request and return its answer. `kind` is the media type of the content, `headers`
        come besides those that every request has.

        :raises NotConnected: if nothing was sent.
        :raises Broken: if it is not known whether the request arrived.
        """
        head = f"{method} {self._path}{target} HTTP/1.1\r\n{self._head}"
        for name, value in (headers or {}).items():
            head += f"{name}: {value}\r\n"
        if content is not None:
            head += f"Content-Type: {kind}\r\nContent-Length: {len(content)}\r\n"
        connection = self._kept() or await self._connect()
        try:
            answer = await connection.exchange(
                f"{head}\r\n".encode("ascii") + (content or b""), self._read_timeout_s
            )
        except BaseException:
            # Given up as well: what comes later must not be taken for another request's answer.
            connection.close()
            raise
        if connection.usable:
            connection.idle_since = asyncio.get_running_loop().time()
            self._idle.append(connection)
        else:
            connection.close()
        return answer

    def close(self) -> None:
        """End the connections that wait."""
        for connection in self._idle:
            connection.close()
        self._idle.clear()

    def _kept(self) -> _Connection | None:
        """The connection that was used last, so that those that are not needed grow old."""
        oldest = asyncio.get_running_loop().time() - IDLE_S
        while self._idle:
            connection = self._idle.pop()
            if connection.usable and connection.idle_since > oldest:
                return connection
            connection.close()
        return None

    async def _connect(self) -> _Connection:
        try:
            async with asyncio.timeout(self._connect_timeout_s):
                _, connection = await asyncio.get_running_loop().create_connection(
                    _Connection, self._host, self._port, ssl=self._verify
                )
        except OSError as error:  # the time-out, and what TLS finds wrong, are among them
            raise NotConnected(f"{type(error).__name__} {error}".strip()) from None
        return connection


class _Connection(asyncio.Protocol):
    """One connection, and the parser's callbacks for the answer that is coming in."""

    def __init__(self) -> None:
        self.idle_since = 0.0
        self._transport: Any = None
        self._answer: asyncio.Future[Answer] | None = None
        self._closed = False
        self._begin()

    @property
    def usable(self) -> bool:
        """Whether another request may be sent."""
        return not self._closed and self._keep and not self._transport.is_closing()

    async def exchange(self, request: bytes, read_timeout_s: float) -> Answer:
        loop = asyncio.get_running_loop()
        self._begin()
        self._answer = loop.create_future()
        self._heard_at = loop.time()
        self._transport.write(request)
        self._timer = loop.call_later(read_timeout_s, self._listen, read_timeout_s)
        try:
            return await self._answer
        finally:
            self._timer.cancel()
            self._answer = None

    def close(self) -> None:
        self._closed = True
        if self._transport is not None:
            self._transport.abort()

    def _begin(self) -> None:
        self._parser = httptools.HttpResponseParser(self)
        self._body: list[bytes] = []
        self._size = 0
        self._headers: dict[str, str] = {}
        self._keep = True
        self._has_head = False

    def _listen(self, read_timeout_s: float) -> None:
        """Give up after a silence, not after a long answer."""
        loop = asyncio.get_running_loop()
        left = self._heard_at + read_timeout_s - loop.time()
        if left <= 0:
            self._fail(f"no answer for {read_timeout_s:g} s")
        else:
            self._timer = loop.call_later(left, self._listen, read_timeout_s)

    def _fail(self, problem: str) -> None:
        self._closed = True
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(Broken(problem))

    # ---- what the event loop says

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        if self._answer is None or self._answer.done():
            self.close()  # nobody asked
            return
        self._heard_at = asyncio.get_running_loop().time()
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError as error:
            self._fail(f"{type(error).__name__} {error}")

    def connection_lost(self, error: Exception | None) -> None:
        if self._has_head and not self._headers.keys() & {"content-length", "transfer-encoding"}:
            self._complete()  # an answer that is as long as the connection lasts
        self._fail(f"the connection ended: {error}" if error else "the connection ended")

    # ---- what the parser says

    def on_header(self, name: bytes, value: bytes) -> None:
        self._headers[name.decode("latin-1").lower()] = value.decode("latin-1")

    def on_headers_complete(self) -> None:
        self._has_head = self._parser.get_status_code() >= 200

    def on_body(self, data: bytes) -> None:
        self._size += len(data)
        if self._size > LARGEST:
            self._fail("the answer is too large")
        else:
            self._body.append(data)

    def on_message_complete(self) -> None:
        if self._has_head:
            self._keep = self._parser.should_keep_alive()
            self._complete()
        else:
            self._headers.clear()  # a 1xx: the answer comes after it

    def _complete(self) -> None:
        if self._answer is not None and not self._answer.done():
            status = self._parser.get_status_code()
            self._answer.set_result(Answer(status, b"".join(self._body), self._headers))
