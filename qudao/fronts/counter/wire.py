"""
Sales, and looks at orders, straight off the wire.

uvicorn's protocol makes a scope, a task and two channels for each request: more work than the sale
itself. A plain sale by a known token needs none of it: it goes from the parser into the queue, and
its answer from the batch onto the wire. So does a plain look at an order. Everything else goes the
ordinary way, with what has been read so far.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache, partial
from random import random
from typing import Any, Final
from uuid import UUID

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from qudao.domain.ordering.types import OrderId, Sold
from qudao.fronts.api import documents
from qudao.fronts.api.documents import Document
from qudao.fronts.api.interface import MOST_BYTES
from qudao.fronts.counter.answers import (
    GIVEN_ID,
    HEADERS,
    document_bytes,
    language_of,
    new_request_id,
    sold_body,
    speaking,
)
from qudao.fronts.counter.app import document_of
from qudao.fronts.counter.desk import Desk
from qudao.fronts.counter.door import address_of
from qudao.fronts.counter.looks import Look, Shown
from qudao.fronts.counter.sale import plain_wish
from qudao.fronts.counter.selling import RETRY_S, document_of_answer
from qudao.fronts.counter.tickets import Answer, Ticket, Unknown
from qudao.journeys.seats import Seat

SALES: Final = b"/api/v1/sales"
ORDER: Final = re.compile(rb"/api/v1/orders/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})")
IDLE_S: Final = 75.0
"""A connection without a request is closed after this; more than balancers keep theirs."""
MOST_HEAD: Final = 64 << 10
"""Octets of a request's first line and headers that are read before it is given up."""
LINGER_S: Final = 0.3
"""When the process ends: what was on its way to us is answered still."""

PENALTY_S: Final = 1.0
"""A connection that was told to come again later is not read for about so long: a client that does
not listen costs next to nothing, and is held back by its own transport."""

_COMMON: Final = "".join(f"{name.lower()}: {value}\r\n" for name, value in HEADERS.items())
_SOLD: Final = (
    STATUS_LINE[201].decode() + "content-type: application/json\r\n" + _COMMON + "x-request-id: "
)
_JSON: Final = "content-type: application/json; charset=utf-8\r\n"
_SHOWN: Final = f"{STATUS_LINE[200].decode()}{_JSON}{_COMMON}x-request-id: "
_TOO_LONG: Final = (
    STATUS_LINE[431] + b"connection: close\r\ncontent-length: 0\r\n" + _COMMON.encode() + b"\r\n"
)
_PLACE: Final = "@" * 32
"""Where a request's id goes in what is made beforehand."""


@lru_cache(8)
def _overloaded(language: str) -> tuple[list[str], int]:
    """Return the refusal of a full queue in a language, cut where the request's id goes."""
    with speaking(language, _PLACE):
        head, content = _written(documents.overloaded(RETRY_S), language, _PLACE)
    length = len(content) - len(_PLACE)
    text = head.replace(f"content-length: {len(content)}", "content-length: #")
    return (text + content.decode()).split(_PLACE), length


def _written(document: Document, language: str, request: str) -> tuple[str, bytes]:
    """Return the head, but for its last line, and the body of a problem document."""
    content = document_bytes(document)
    more = "".join(f"{name.lower()}: {value}\r\n" for name, value in document.headers.items())
    head = (
        f"{STATUS_LINE[document.status].decode()}content-type: application/problem+json\r\n"
        f"{_COMMON}{more}x-request-id: {request}\r\ncontent-language: {language}\r\n"
        f"content-length: {len(content)}\r\n"
    )
    return head, content


class Exchange:
    """A request and its answer on a connection; stands where uvicorn keeps its own."""

    __slots__ = ("disconnected", "headers", "keep_alive", "protocol", "response_complete", "ticket")

    message_event: Final = asyncio.Event()
    """Nobody waits for it; uvicorn sets it when the connection is lost."""

    def __init__(self, protocol: Protocol, headers: dict[bytes, bytes], keep_alive: bool) -> None:
        self.protocol = protocol
        self.headers = headers
        self.keep_alive = keep_alive
        self.response_complete = False
        self.disconnected = False
        self.ticket: Ticket | None = None

    def answer(self, answer: Answer) -> None:
        """Put the answer onto the wire."""
        self.ticket = None
        if type(answer) is not Sold:
            self.say(partial(document_of_answer, answer))
            return
        body = sold_body(answer)
        text = (
            f"{_SOLD}{self._request()}\r\nlocation: /api/v1/orders/{answer.order}\r\n"
            f"content-length: {len(body)}\r\n{self._end()}{body}"
        )
        self.protocol.finish(self, text.encode())

    def show(self, shown: Shown) -> None:
        """Put an order onto the wire."""
        if isinstance(shown, Unknown):
            self.say(documents.unauthenticated)
        elif isinstance(shown, Exception):
            self.say(partial(document_of, shown))
        else:
            head = (
                f"{_SHOWN}{self._request()}\r\ncontent-language: {self._language()}\r\n"
                f"content-length: {len(shown)}\r\n{self._end()}"
            )
            self.protocol.finish(self, head.encode() + shown)

    def say(self, word: Callable[[], Document]) -> None:
        """Put a problem document onto the wire."""
        language, request = self._language(), self._request()
        with speaking(language, request):
            head, content = _written(word(), language, request)
        self.protocol.finish(self, f"{head}{self._end()}".encode() + content)

    def refuse(self) -> None:
        """Say that there is no room, as cheaply as can be."""
        (first, second, third), length = _overloaded(self._language())
        request = self._request()
        second = second.replace("#", f"{length + len(request)}", 1)
        head, content = second.split("\r\n{", 1)
        text = f"{first}{request}{head}\r\n{self._end()}{{{content}{request}{third}"
        self.protocol.finish(self, text.encode())

    def _request(self) -> str:
        given = self.headers.get(b"x-request-id")
        if given is not None and GIVEN_ID.fullmatch(given):
            return given.decode()
        return new_request_id()

    def _language(self) -> str:
        return language_of(self.headers.get(b"accept-language", b"").decode("latin-1"))

    def _end(self) -> str:
        return "\r\n" if self.keep_alive else "connection: close\r\n\r\n"


class Protocol(HttpToolsProtocol):
    """uvicorn's protocol, with a short way for plain sales and looks at orders."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.desk: Desk = self.app_state["desk"]
        self.exchange: Exchange | None = None
        self._body: bytes | None = None
        """What has come of a body; None: the request goes the ordinary way."""
        self._head: int | None = None
        """Octets of a head that has begun and not ended."""
        self._quiet_since_s = 0.0
        self._ending = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._rest()

    def connection_lost(self, exc: Exception | None) -> None:
        exchange = self.exchange
        if exchange is not None and exchange.ticket is not None:
            exchange.disconnected = True
            self.desk.batches.leave(exchange.ticket)
        self._stop_timer()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._head is not None:
            self._head += len(data)
            if self._head > MOST_HEAD and not self.transport.is_closing():
                self.transport.write(_TOO_LONG)
                self.transport.close()

    def on_message_begin(self) -> None:
        self._head = 0
        self.url = b""
        self.expect_100_continue = False
        self.headers = []
        self._body = None

    def on_headers_complete(self) -> None:
        self._head = None
        method = self.parser.get_method()
        if (
            (
                (method == b"POST" and self.url == SALES)
                or (method == b"GET" and ORDER.fullmatch(self.url))
            )
            and (self.cycle is None or self.cycle.response_complete)
            and not self.expect_100_continue
        ):
            self._body = b""
        else:
            self._go_the_ordinary_way()

    def on_body(self, body: bytes) -> None:
        if self._body is None:
            super().on_body(body)
            return
        self._body += body
        if len(self._body) > MOST_BYTES:
            self._go_the_ordinary_way()

    def on_message_complete(self) -> None:
        if self._body is None:
            super().on_message_complete()
        elif not (self._sell if self.url == SALES else self._look_up)(self._body):
            self._go_the_ordinary_way()
            super().on_message_complete()

    def finish(self, exchange: Exchange, data: bytes) -> None:
        """Write an answer; go on with what has come meanwhile."""
        exchange.response_complete = True
        self.exchange = None
        if exchange.disconnected or self.transport.is_closing():
            return
        self.transport.write(data)
        if not exchange.keep_alive:
            self.transport.close()
        elif self.pipeline:
            super().on_response_complete()
        else:
            self._quiet_since_s = self.loop.time()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._rest()

    def shutdown(self) -> None:
        """Called when the process ends: answer what has come, and what is just coming."""
        self._ending = True
        self.desk.listeners.end()
        if self.cycle is not None and not self.cycle.response_complete:
            self.cycle.keep_alive = False
        else:
            self.loop.call_later(LINGER_S, self._close_if_quiet)

    def _sell(self, body: bytes) -> bool:
        """Put a plain sale by a known token into the queue; False: it is not as plain as that."""
        desk = self.desk
        headers = dict(self.headers)
        if desk.batches.full:
            self._take(headers).refuse()
            desk.measures.refused("queue full")
            self._hold_back()
            return True
        secret, seat = self._seat(headers)
        if not secret:
            return False
        if seat is None:
            blocked_s = desk.door.blocked_s(secret, self._address(headers))
            return blocked_s > 0 and self._not_now(headers, blocked_s, "address")
        wish = plain_wish(headers, body)
        if wish is None or seat.membership is None or (wish.outlet is None and seat.outlet is None):
            return False
        wait_s = desk.door.wait_s(seat)
        if wait_s:
            return self._not_now(headers, wait_s, "token")
        exchange = self._take(headers)
        came_s = self.loop.time()
        ticket = exchange.ticket = Ticket(
            seat,
            secret,
            wish.key,
            wish.sale(seat),
            came_s,
            desk.deadline_s(came_s, wish.within_s),
            exchange.answer,
        )
        if not desk.batches.submit(ticket):
            exchange.ticket = None
            exchange.refuse()
            desk.measures.refused("outlet's share")
            self._hold_back()
        return True

    def _look_up(self, body: bytes) -> bool:
        """Look an order up for a known token; False: it is not as plain as that."""
        desk, headers, url = self.desk, dict(self.headers), ORDER.fullmatch(self.url)
        secret, seat = self._seat(headers)
        if seat is None or body or url is None:
            return False
        wait_s = desk.door.wait_s(seat)
        if wait_s:
            return self._not_now(headers, wait_s, "token")
        exchange = self._take(headers)
        order = OrderId(UUID(url[1].decode()))
        if not desk.looks.ask(Look(secret, order, exchange.show)):
            exchange.refuse()
            self._hold_back()
        return True

    def _seat(self, headers: dict[bytes, bytes]) -> tuple[str, Seat | None]:
        """Return the bearer token, empty if there is none that is plain, and its seat if known."""
        bearer = headers.get(b"authorization", b"")
        if bearer[:7] != b"Bearer " or len(headers) != len(self.headers):
            return "", None
        secret = bearer[7:].decode("latin-1")
        return secret, self.desk.door.seats.known(secret, datetime.now(UTC))

    def _take(self, headers: dict[bytes, bytes]) -> Exchange:
        """Answer this request ourselves."""
        keep_alive = (
            not self._ending
            and self.parser.should_keep_alive()
            and self.parser.get_http_version() != "1.0"
        )
        exchange = self.exchange = Exchange(self, headers, keep_alive)
        self.cycle = exchange  # type: ignore[assignment]
        return exchange

    def _not_now(self, headers: dict[bytes, bytes], wait_s: int, whose: str) -> bool:
        """Say that too much was asked in this minute."""
        self._take(headers).say(partial(documents.too_many, wait_s))
        self.desk.measures.refused(f"{whose}'s minute")
        self._hold_back()
        return True

    def _hold_back(self) -> None:
        """Do not read from this connection for a while."""
        if self.transport.is_closing():
            return
        self.flow.pause_reading()
        self.loop.call_later(PENALTY_S * (0.5 + random()), self._read_on)

    def _read_on(self) -> None:
        if not self.transport.is_closing():
            self.flow.resume_reading()

    def _address(self, headers: dict[bytes, bytes]) -> str:
        return address_of(headers, self.client[0] if self.client else "")

    def _go_the_ordinary_way(self) -> None:
        """Give uvicorn what has been read so far of a request."""
        url, headers, expects = self.url, self.headers, self.expect_100_continue
        body, self._body = self._body, None
        super().on_message_begin()
        self.url, self.expect_100_continue = url, expects
        self.headers.extend(headers)
        super().on_headers_complete()
        if body:
            super().on_body(body)
        if self._ending:
            self.cycle.keep_alive = False

    # One timer for a connection, and not one for each request.

    def _unset_keepalive_if_required(self) -> None:
        return

    def _stop_timer(self) -> None:
        if self.timeout_keep_alive_task is not None:
            self.timeout_keep_alive_task.cancel()
            self.timeout_keep_alive_task = None

    def _rest(self) -> None:
        """From now on nothing is under way."""
        self._quiet_since_s = self.loop.time()
        self._stop_timer()
        self.timeout_keep_alive_task = self.loop.call_later(IDLE_S, self._look_whether_quiet)

    def _look_whether_quiet(self) -> None:
        self.timeout_keep_alive_task = None
        rests = self.cycle is None or self.cycle.response_complete
        left_s = self._quiet_since_s + IDLE_S - self.loop.time()
        if rests and left_s <= 0:
            self.transport.close()
        else:
            self.timeout_keep_alive_task = self.loop.call_later(
                left_s if left_s > 0 else IDLE_S, self._look_whether_quiet
            )

    def _close_if_quiet(self) -> None:
        if self.cycle is None or self.cycle.response_complete:
            self.transport.close()
