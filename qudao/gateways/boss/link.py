"""
Requests to the BOSS and what is known of each: patience, repetition, the breaker.

A request for work is sent again only when it certainly did not arrive. A question may be repeated.
"""

from __future__ import annotations

import asyncio
import logging
import random
import ssl
import time
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from django.conf import settings

from qudao.gateways.boss import measures
from qudao.gateways.outgoing.breaker import Breaker, State
from qudao.gateways.outgoing.wire import Answer, Broken, NotConnected, Wire

logger = logging.getLogger(__name__)

JSON: Final = "application/json"
QUESTION_ATTEMPTS: Final = 3
CONNECT_ATTEMPTS: Final = 2
"""Of a request for work, as long as no connection comes about."""
OFFER_S: Final = 60.0
"""How long it is believed whether the BOSS takes batches."""


@dataclass(frozen=True, slots=True)
class Connection:
    """Where the BOSS is and how it is reached."""

    url: str
    token: str = ""
    """Bearer token; empty for none."""
    ca_file: str = ""
    """Certificates to trust instead of the system's."""
    certificate_file: str = ""
    """Our own certificate, for mutual TLS."""
    key_file: str = ""
    connect_timeout_s: float = 1.0
    read_timeout_s: float = 5.0
    """Longest silence of the BOSS within an answer."""
    deadline_s: float = 10.0
    """Longest time for one request in all."""
    concurrency: int = 32
    """Requests under way at once, and connections kept."""
    batch: int = 1
    """Most orders in one request, where the BOSS offers to take several; 1: always one."""

    @classmethod
    def from_settings(cls) -> Connection:
        return cls(
            url=settings.BOSS_URL,
            token=settings.BOSS_TOKEN,
            ca_file=settings.BOSS_CA_FILE,
            certificate_file=settings.BOSS_CERTIFICATE_FILE,
            key_file=settings.BOSS_KEY_FILE,
            connect_timeout_s=settings.BOSS_CONNECT_TIMEOUT_S,
            read_timeout_s=settings.BOSS_READ_TIMEOUT_S,
            concurrency=settings.BOSS_CONCURRENCY,
            batch=settings.BOSS_BATCH,
        )


@dataclass(frozen=True, slots=True)
class Silence:
    """A request without a usable answer."""

    problem: str
    arrived: bool
    """False only when the request certainly did not reach the BOSS."""
    answered: bool = False
    """Whether it is an answer, only not to the question."""


class Link:
    """The way to one BOSS. Belongs to one event loop, but for `state`."""

    def __init__(self, connection: Connection, breaker: Breaker) -> None:
        self._connection = connection
        self._breaker = breaker
        self._gate = asyncio.Semaphore(connection.concurrency)
        self._wire = _wire(connection)
        self._random = random.Random()
        self._offers: dict[tuple[str, str], tuple[bool, float]] = {}
        """Collection and media type → whether it takes that, and until when this is believed."""

    def state(self) -> State:
        """How the breaker stands now."""
        return self._breaker.state(time.monotonic())

    def close(self) -> None:
        self._wire.close()

    async def question(
        self, path: str, attribute: str, value: str, limit: int = 0
    ) -> bytes | Silence:
        """Ask for the list of what matches; repeated, because asking changes nothing."""
        problem = Silence("", arrived=False)
        query = urlencode({attribute: value} | ({"limit": limit} if limit else {}), safe=",")
        for attempt in range(QUESTION_ATTEMPTS):
            await self._pause(attempt)
            answer = await self._exchange("GET", path, query)
            if isinstance(answer, Answer):
                if answer.status in (200, 206):
                    return answer.body
                return Silence(f"GET {path}: {answer.status}", arrived=True, answered=True)
            problem = answer
            if self.state() is State.OPEN:
                break
        return problem

    async def send(self, method: str, path: str, body: bytes, kind: str) -> Answer | Silence:
        """Ask for work; repeated only while no connection comes about."""
        problem = Silence("", arrived=False)
        for attempt in range(CONNECT_ATTEMPTS):
            await self._pause(attempt)
            answer = await self._exchange(method, path, content=body, kind=kind)
            if isinstance(answer, Answer) or answer.arrived:
                return answer
            problem = answer
        return problem

    async def offers(self, path: str, kind: str) -> bool:
        """Whether a collection may be patched in such a form, as RFC 5789 has it said."""
        offered, until = self._offers.get((path, kind), (False, 0.0))
        if time.monotonic() < until:
            return offered
        answer = await self._exchange("OPTIONS", path)
        if isinstance(answer, Silence):
            return False
        offered = answer.status < 300 and kind in answer.headers.get("accept-patch", "")
        self._offers[path, kind] = (offered, time.monotonic() + OFFER_S)
        return offered

    def refused(self, path: str, kind: str) -> None:
        """It does not take that after all: do without for a while."""
        self._offers[path, kind] = (False, time.monotonic() + OFFER_S)

    async def _pause(self, attempt: int) -> None:
        """Before another attempt, a little longer each time, and never in step with others."""
        if attempt:
            await asyncio.sleep(self._random.uniform(0.5, 1.5) * 0.05 * 2**attempt)

    async def _exchange(
        self,
        method: str,
        path: str,
        query: str = "",
        content: bytes | None = None,
        kind: str = "",
    ) -> Answer | Silence:
        """
        One request and its answer. A 5xx counts as silence: who knows what came before it.
        """
        async with self._gate:
            if not self._breaker.admits(time.monotonic()):
                return Silence("the breaker is open", arrived=False)
            began = time.monotonic()
            answer: Answer | Silence
            target = f"{path}?{query}" if query else path
            try:
                async with asyncio.timeout(self._connection.deadline_s):
                    answer = await self._wire.request(method, target, content, kind)
            except NotConnected as error:
                answer = Silence(f"{method} {path}: {error}", arrived=False)
            except (Broken, OSError) as error:
                # OSError: the deadline, and what TLS says after its handshake.
                answer = Silence(f"{method} {path}: {_words(error)}", arrived=True)
            if isinstance(answer, Answer) and answer.status >= 500 and answer.status != 501:
                answer = Silence(f"{method} {path}: {answer.status}", arrived=True)
            self._report(method, path, answer, began)
            return answer

    def _report(self, method: str, path: str, answer: Answer | Silence, began: float) -> None:
        now = time.monotonic()
        before = self._breaker.state(now)
        if isinstance(answer, Silence):
            self._breaker.failed(now)
            result = "silent" if answer.arrived else "not_reached"
        else:
            self._breaker.succeeded()
            result = str(answer.status)
        after = self._breaker.state(now)
        if before is not after:
            logger.warning("The breaker to the BOSS is %s, it was %s", after, before)
        measures.request(method, path.rsplit("/", 1)[1], result, now - began, after)


def _verification(connection: Connection) -> ssl.SSLContext:
    """How the BOSS proves who it is, and we to it."""
    context = ssl.create_default_context(cafile=connection.ca_file or None)
    if connection.certificate_file:
        context.load_cert_chain(connection.certificate_file, connection.key_file or None)
    return context


def _wire(connection: Connection) -> Wire:
    headers = {"Accept": "application/json"}
    if connection.token:
        headers["Authorization"] = f"Bearer {connection.token}"
    return Wire(
        connection.url,
        headers=headers,
        verify=_verification(connection),
        connect_timeout_s=connection.connect_timeout_s,
        read_timeout_s=connection.read_timeout_s,
    )


def _words(error: Exception) -> str:
    return f"{type(error).__name__} {error}".strip()
