"""
The BOSS over HTTP: connections, time-outs, retries, the breaker.

Ordering's promises decide everything here. A request for work is sent again only when it certainly
did not arrive; whatever else goes wrong is `Unknown` and is settled by asking. A question may be
repeated. The callers are threads, the requests run concurrently on one event loop of their own.
"""

from __future__ import annotations

import asyncio
import logging
import os
import random
import ssl
import threading
import time
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, TypeVar

import httpx
from django.conf import settings

from qudao.domain.ordering.ports import (
    BossOrder,
    BossUnavailable,
    Due,
    NotReached,
    Outcome,
    Refused,
    Subscriber,
    SubscriberNotFound,
    Unknown,
)
from qudao.gateways.boss import measures, tmf
from qudao.gateways.boss.breaker import Breaker, State

T = TypeVar("T")

logger = logging.getLogger(__name__)

QUESTION_ATTEMPTS: Final = 3
CONNECT_ATTEMPTS: Final = 2
"""Of a request for work, as long as no connection comes about."""


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
        )


@dataclass(frozen=True, slots=True)
class _Silence:
    """A request without a usable answer."""

    problem: str
    arrived: bool
    """False only when the request certainly did not reach the BOSS."""


class TmfBoss:
    """A BOSS that speaks TM Forum v4 (622, 629, 637, 654, 676, 678). Thread-safe."""

    def __init__(self, connection: Connection, breaker: Breaker | None = None) -> None:
        self._connection = connection
        self._breaker = breaker or Breaker()
        verify = _verification(connection)
        self._loop = asyncio.new_event_loop()
        self._gate = asyncio.Semaphore(connection.concurrency)
        # One client, with one connection, for each request under way: one pool of many
        # connections looks through all of them at every request, which costs more than the
        # request.
        self._idle = [_client(connection, verify) for _ in range(connection.concurrency)]
        self._random = random.Random()
        self._thread = threading.Thread(target=self._loop.run_forever, name="boss", daemon=True)
        self._thread.start()

    def subscriber(self, msisdn: str) -> Subscriber:
        """
        :raises SubscriberNotFound: if no line has this number.
        :raises BossUnavailable: if there is no answer in time.
        """
        products, customers, buckets = self._run(
            self._questions(
                (tmf.PRODUCTS, "productSerialNumber", msisdn),
                (tmf.CUSTOMERS, "contactMedium.characteristic.phoneNumber", msisdn),
                (tmf.BUCKETS, "logicalResource.value", msisdn),
            )
        )
        try:
            subscriber = tmf.read_subscriber(msisdn, products, customers, buckets)
        except tmf.Unreadable as error:
            raise _unavailable(str(error)) from None
        if subscriber is None:
            raise SubscriberNotFound(msisdn)
        return subscriber

    def due(self, msisdn: str) -> Due:
        """
        :raises SubscriberNotFound: if no line has this number.
        :raises BossUnavailable: if there is no answer in time.
        """
        products, bills = self._run(
            self._questions(
                (tmf.PRODUCTS, "productSerialNumber", msisdn),
                (tmf.BILLS, "billingAccount.id", msisdn),
            )
        )
        try:
            due = tmf.read_due(msisdn, products, bills)
        except tmf.Unreadable as error:
            raise _unavailable(str(error)) from None
        if due is None:
            raise SubscriberNotFound(msisdn)
        return due

    def submit(self, orders: Sequence[BossOrder]) -> Sequence[Outcome]:
        """Send orders concurrently; one outcome each (never `NotFound`), in the same order."""
        return self._run(_all([self._submit(order) for order in orders]))

    def ask(self, orders: Sequence[BossOrder]) -> Sequence[Outcome]:
        """Ask what became of orders sent earlier; one outcome each, in the same order."""
        return self._run(_all([self._ask(order) for order in orders]))

    def breaker_state(self) -> State:
        """How the breaker stands now."""
        return self._breaker.state(time.monotonic())

    def close(self) -> None:
        """End the connections and the event loop; nothing may be asked afterwards."""
        self._run(_all([client.aclose() for client in self._idle]))
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    async def _submit(self, order: BossOrder) -> Outcome:
        original_id = ""
        if order.reverses is not None:
            found = await self._original(order)
            if not isinstance(found, str):
                return found
            original_id = found
        path, _ = tmf.collection(order)
        try:
            body = tmf.request(order, original_id)
        except tmf.Incomplete as error:
            # Not refused: nobody was asked.
            return NotReached(order.order, str(error))
        answer = await self._send(path, body)
        if isinstance(answer, _Silence):
            outcome = Unknown if answer.arrived else NotReached
            return outcome(order.order, answer.problem)
        return _submitted(order, answer)

    async def _original(self, order: BossOrder) -> str | Outcome:
        """The BOSS's own id of the work that a reversal takes back."""
        path, attribute = tmf.original(order)
        answer = await self._question(path, attribute, str(order.reverses))
        if isinstance(answer, _Silence):
            return NotReached(order.order, answer.problem)
        try:
            works = tmf.read_works(answer)
        except tmf.Unreadable as error:
            return NotReached(order.order, str(error))
        if not works:
            return Refused(order.order, "original_not_found", "the BOSS does not know the original")
        if len(works) > 1 or not works[0].id:
            return NotReached(order.order, "the BOSS's record of the original is not clear")
        return works[0].id

    async def _ask(self, order: BossOrder) -> Outcome:
        path, attribute = tmf.collection(order)
        answer = await self._question(path, attribute, str(order.order))
        if isinstance(answer, _Silence):
            return Unknown(order.order, answer.problem)
        try:
            return tmf.found(order, tmf.read_works(answer))
        except tmf.Unreadable as error:
            return Unknown(order.order, str(error))

    async def _questions(self, *questions: tuple[str, str, str]) -> list[bytes]:
        answers = await _all([self._question(*question) for question in questions])
        silent = next((answer for answer in answers if isinstance(answer, _Silence)), None)
        if silent is not None:
            raise _unavailable(silent.problem)
        return [answer for answer in answers if isinstance(answer, bytes)]

    async def _question(self, path: str, attribute: str, value: str) -> bytes | _Silence:
        """Ask for the list of what matches; repeated, because asking changes nothing."""
        problem = _Silence("", arrived=False)
        for attempt in range(QUESTION_ATTEMPTS):
            await self._pause(attempt)
            answer = await self._exchange("GET", path, params={attribute: value})
            if isinstance(answer, httpx.Response):
                if answer.status_code in (200, 206):
                    return answer.content
                return _Silence(f"GET {path}: {answer.status_code}", arrived=True)
            problem = answer
            if self.breaker_state() is State.OPEN:
                break
        return problem

    async def _send(self, path: str, body: bytes) -> httpx.Response | _Silence:
        """Ask for work; repeated only while no connection comes about."""
        problem = _Silence("", arrived=False)
        for attempt in range(CONNECT_ATTEMPTS):
            await self._pause(attempt)
            answer = await self._exchange("POST", path, content=body)
            if isinstance(answer, httpx.Response) or answer.arrived:
                return answer
            problem = answer
        return problem

    async def _pause(self, attempt: int) -> None:
        """Before another attempt, a little longer each time, and never in step with others."""
        if attempt:
            await asyncio.sleep(self._random.uniform(0.5, 1.5) * 0.05 * 2**attempt)

    async def _exchange(
        self,
        method: str,
        path: str,
        params: dict[str, str] | None = None,
        content: bytes | None = None,
    ) -> httpx.Response | _Silence:
        """
        One request and its answer. A 5xx counts as silence: who knows what came before it.
        """
        async with self._gate:
            if not self._breaker.admits(time.monotonic()):
                return _Silence("the breaker is open", arrived=False)
            began = time.monotonic()
            answer: httpx.Response | _Silence
            client = self._idle.pop()
            try:
                async with asyncio.timeout(self._connection.deadline_s):
                    answer = await client.request(method, path, params=params, content=content)
            except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
                answer = _Silence(f"{method} {path}: {_words(error)}", arrived=False)
            except (httpx.RequestError, OSError) as error:
                # OSError: the deadline, and alerts of TLS, which httpx lets through.
                answer = _Silence(f"{method} {path}: {_words(error)}", arrived=True)
            finally:
                self._idle.append(client)
            if isinstance(answer, httpx.Response) and answer.status_code >= 500:
                answer = _Silence(f"{method} {path}: {answer.status_code}", arrived=True)
            self._report(method, path, answer, began)
            return answer

    def _report(
        self, method: str, path: str, answer: httpx.Response | _Silence, began: float
    ) -> None:
        now = time.monotonic()
        before = self._breaker.state(now)
        if isinstance(answer, _Silence):
            self._breaker.failed(now)
            result = "silent" if answer.arrived else "not_reached"
        else:
            self._breaker.succeeded()
            result = str(answer.status_code)
        after = self._breaker.state(now)
        if before is not after:
            logger.warning("The breaker to the BOSS is %s, it was %s", after, before)
        measures.request(method, path.rsplit("/", 1)[1], result, now - began, after)


def _submitted(order: BossOrder, answer: httpx.Response) -> Outcome:
    """What an answer below 500 to a request for work means."""
    status = answer.status_code
    if 200 <= status < 300:
        try:
            return tmf.outcome(order, tmf.read_work(answer.content))
        except tmf.Unreadable as error:
            return Unknown(order.order, str(error))
    fault = tmf.read_fault(answer.content)
    reason = tmf.impersonal(order, fault.reason) if fault else ""
    problem = f"{status} {fault.code}: {reason}" if fault else str(status)
    if status in (400, 404, 422) and fault is not None:
        return Refused(order.order, fault.code, reason)
    if status in (401, 403, 404, 405, 429):
        # The door was shut: a wrong address, a wrong token, too many at once.
        return NotReached(order.order, problem)
    # 409 among them: there is something under this id, and asking shows what.
    return Unknown(order.order, problem)


def _verification(connection: Connection) -> ssl.SSLContext:
    """How the BOSS proves who it is, and we to it."""
    context = ssl.create_default_context(cafile=connection.ca_file or None)
    if connection.certificate_file:
        context.load_cert_chain(connection.certificate_file, connection.key_file or None)
    return context


def _client(connection: Connection, verify: ssl.SSLContext) -> httpx.AsyncClient:
    headers = {"Accept": "application/json", "Content-Type": "application/json"}
    if connection.token:
        headers["Authorization"] = f"Bearer {connection.token}"
    return httpx.AsyncClient(
        base_url=connection.url,
        headers=headers,
        verify=verify,
        # A proxy of the environment is for the internet, not for the BOSS.
        trust_env=False,
        follow_redirects=False,
        timeout=httpx.Timeout(connection.read_timeout_s, connect=connection.connect_timeout_s),
        limits=httpx.Limits(max_connections=1, keepalive_expiry=30),
    )


async def _all(work: Sequence[Coroutine[Any, Any, T]]) -> list[T]:
    return list(await asyncio.gather(*work))


def _words(error: Exception) -> str:
    return f"{type(error).__name__} {error}".strip()


def _unavailable(problem: str) -> BossUnavailable:
    logger.warning("The BOSS does not answer: %s", problem)
    return BossUnavailable()


@cache
def _of_process(process: int) -> TmfBoss:
    return TmfBoss(Connection.from_settings())


def boss() -> TmfBoss:
    """The gateway of this process, made from the settings when first asked for."""
    return _of_process(os.getpid())
