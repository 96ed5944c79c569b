"""
Requests to the acquirer, signed, and what is known of each: patience, repetition, the breaker.

The acquirer acts once under a payment's id, yet nothing is sent again that may have arrived: who
asked is told that it is not known, and decides. A question may be repeated.
"""

from __future__ import annotations

import asyncio
import logging
import random
import ssl
import time
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from django.conf import settings

from qudao.gateways.acquirer import measures
from qudao.gateways.outgoing.breaker import Breaker, State
from qudao.gateways.outgoing.wire import Answer, Broken, NotConnected, Wire
from qudao.kernel.personal import Secret
from qudao.kernel.signatures import SharedKey

logger = logging.getLogger(__name__)

QUESTION_ATTEMPTS: Final = 3
CONNECT_ATTEMPTS: Final = 2
"""Of what is to be done, as long as no connection comes about."""


@dataclass(frozen=True, slots=True)
class Connection:
    """Where the acquirer is and how it is reached."""

    url: str
    key: SharedKey
    ca_file: str = ""
    """Certificates to trust instead of the system's."""
    connect_timeout_s: float = 1.0
    read_timeout_s: float = 8.0
    """Longest silence of the acquirer within an answer."""
    deadline_s: float = 12.0
    """Longest time for one request in all."""
    concurrency: int = 32
    """Requests under way at once, and connections kept."""

    @classmethod
    def from_settings(cls) -> Connection:
        return cls(
            url=settings.ACQUIRER_URL,
            key=SharedKey(settings.ACQUIRER_KEY, Secret(settings.ACQUIRER_SECRET), "Acquirer"),
            ca_file=settings.ACQUIRER_CA_FILE,
            connect_timeout_s=settings.ACQUIRER_CONNECT_TIMEOUT_S,
            read_timeout_s=settings.ACQUIRER_READ_TIMEOUT_S,
            concurrency=settings.ACQUIRER_CONCURRENCY,
        )


@dataclass(frozen=True, slots=True)
class Silence:
    """A request without a usable answer."""

    problem: str
    arrived: bool
    """False only when the request certainly did not reach the acquirer."""


class Link:
    """The way to one acquirer. Belongs to one event loop, but for `state`."""

    def __init__(self, connection: Connection, breaker: Breaker) -> None:
        self._connection = connection
        self._breaker = breaker
        self._gate = asyncio.Semaphore(connection.concurrency)
        self._path = urlsplit(connection.url).path.rstrip("/")
        self._wire = Wire(
            connection.url,
            headers={"Accept": "application/json"},
            verify=ssl.create_default_context(cafile=connection.ca_file or None),
            connect_timeout_s=connection.connect_timeout_s,
            read_timeout_s=connection.read_timeout_s,
        )
        self._random = random.Random()

    def state(self) -> State:
        """How the breaker stands now."""
        return self._breaker.state(time.monotonic())

    def close(self) -> None:
        self._wire.close()

    async def question(self, path: str) -> Answer | Silence:
        """Ask how something stands; repeated, because asking changes nothing."""
        answer: Answer | Silence = Silence("", arrived=False)
        for attempt in range(QUESTION_ATTEMPTS):
            await self._pause(attempt)
            answer = await self._exchange("ask", "GET", path, b"")
            if isinstance(answer, Answer) or self.state() is State.OPEN:
                break
        return answer

    async def send(self, act: str, method: str, path: str, body: bytes = b"") -> Answer | Silence:
        """Ask for something to be done; repeated only while no connection comes about."""
        answer: Answer | Silence = Silence("", arrived=False)
        for attempt in range(CONNECT_ATTEMPTS):
            await self._pause(attempt)
            answer = await self._exchange(act, method, path, body)
            if isinstance(answer, Answer) or answer.arrived:
                break
        return answer

    async def _pause(self, attempt: int) -> None:
        """Before another attempt, a little longer each time, and never in step with others."""
        if attempt:
            await asyncio.sleep(self._random.uniform(0.5, 1.5) * 0.05 * 2**attempt)

    async def _exchange(self, act: str, method: str, path: str, body: bytes) -> Answer | Silence:
        """One request and its answer. A 5xx counts as silence: who knows what came before it."""
        async with self._gate:
            if not self._breaker.admits(time.monotonic()):
                return Silence("the breaker is open", arrived=False)
            began = time.monotonic()
            answer: Answer | Silence
            signed = self._connection.key.headers(method, self._path + path, body, time.time())
            try:
                async with asyncio.timeout(self._connection.deadline_s):
                    answer = await self._wire.request(
                        method, path, body or None, "application/json", signed
                    )
            except NotConnected as error:
                answer = Silence(f"{act}: {error}", arrived=False)
            except (Broken, OSError) as error:
                # OSError: the deadline, and what TLS says after its handshake.
                answer = Silence(f"{act}: {type(error).__name__} {error}".strip(), arrived=True)
            if isinstance(answer, Answer) and answer.status >= 500:
                answer = Silence(f"{act}: {answer.status}", arrived=True)
            self._report(act, answer, began)
            return answer

    def _report(self, act: str, answer: Answer | Silence, began: float) -> None:
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
            logger.warning("The breaker to the acquirer is %s, it was %s", after, before)
        measures.request(act, result, now - began, after)
