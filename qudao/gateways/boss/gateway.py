"""
The BOSS over HTTP: connections, batches, time-outs, retries, the breaker.

Ordering's promises decide everything here. A request for work is sent again only when it certainly
did not arrive; whatever else goes wrong is `Unknown` and is settled by asking. A question may be
repeated. The callers are threads, the requests run concurrently on one event loop of their own.
"""

from __future__ import annotations

import asyncio
import logging
import os
import threading
from collections import defaultdict
from collections.abc import Callable, Coroutine, Sequence
from functools import cache
from typing import Any, Final, TypeVar

import uvloop

from qudao.domain.ordering.ports import (
    Bill,
    BossOrder,
    BossUnavailable,
    Charge,
    Due,
    NotReached,
    Outcome,
    Points,
    Refused,
    Subscriber,
    SubscriberNotFound,
    Unknown,
    Unlocking,
    UnlockingUnknown,
    Usage,
)
from qudao.gateways.boss import tmf
from qudao.gateways.boss.link import JSON, Connection, Link, Silence
from qudao.gateways.outgoing.breaker import Breaker, State

T = TypeVar("T")

logger = logging.getLogger(__name__)

ASKED_AT_ONCE: Final = 100
"""External ids in one question: its address stays below 4 KiB."""
NOT_THIS_WAY: Final = frozenset({400, 404, 405, 406, 413, 414, 415, 422, 501})
"""What a BOSS answers to a batch that it cannot take: it has done nothing of it."""


class TmfBoss:
    """A BOSS that speaks TM Forum v4 (622, 629, 637, 639, 654, 658, 676, 677, 678). Thread-safe."""

    def __init__(self, connection: Connection, breaker: Breaker | None = None) -> None:
        self._connection = connection
        self._loop = uvloop.new_event_loop()
        self._link = Link(connection, breaker or Breaker())
        self._thread = threading.Thread(target=self._loop.run_forever, name="boss", daemon=True)
        self._thread.start()

    def subscriber(self, msisdn: str) -> Subscriber:
        """
        :raises SubscriberNotFound: if no line has this number.
        :raises BossUnavailable: if there is no answer in time.
        """
        answers = self._ask_of_line(
            msisdn,
            (tmf.CUSTOMERS, "contactMedium.characteristic.phoneNumber"),
            (tmf.BUCKETS, "logicalResource.value"),
        )
        return _known(msisdn, lambda: tmf.read_subscriber(msisdn, *answers))

    def due(self, msisdn: str) -> Due:
        """
        :raises SubscriberNotFound: if no line has this number.
        :raises BossUnavailable: if there is no answer in time.
        """
        answers = self._ask_of_line(msisdn, (tmf.BILLS, "billingAccount.id"))
        return _known(msisdn, lambda: tmf.read_due(msisdn, *answers))

    def usage(self, msisdn: str) -> Usage:
        """
        :raises SubscriberNotFound: if no line has this number.
        :raises BossUnavailable: if there is no answer in time.
        """
        answers = self._ask_of_line(msisdn, (tmf.USAGE, "logicalResource.value"))
        return _known(msisdn, lambda: tmf.read_usage(msisdn, *answers))

    def points(self, msisdn: str) -> Points:
        """
        :raises SubscriberNotFound: if no line has this number.
        :raises BossUnavailable: if there is no answer in time.
        """
        answers = self._ask_of_line(msisdn, (tmf.LOYALTY, "loyaltyProgramMember.id"))
        return _known(msisdn, lambda: tmf.read_points(msisdn, *answers))

    def bills(self, msisdn: str) -> tuple[Bill, ...]:
        """
        Return the bills of a line, the newest first.

        :raises SubscriberNotFound: if no line has this number.
        :raises BossUnavailable: if there is no answer in time.
        """
        answers = self._ask_of_line(msisdn, (tmf.BILLS, "billingAccount.id"))
        return _known(msisdn, lambda: tmf.read_bills(*answers))

    def charges(self, bill: str) -> tuple[Charge, ...]:
        """
        Return the lines of a bill; none if the BOSS tells none.

        :raises BossUnavailable: if there is no answer in time.
        """
        (answer,) = self._run(self._questions((tmf.CHARGES, "bill.id", bill)))
        return _readable(lambda: tmf.read_charges(answer))

    def unlocking(self, msisdn: str) -> Unlocking:
        """
        :raises SubscriberNotFound: if no line has this number.
        :raises UnlockingUnknown: if the BOSS tells no keys of its card.
        :raises BossUnavailable: if there is no answer in time.
        """
        (products,) = self._ask_of_line(msisdn)
        iccid = _known(msisdn, lambda: tmf.read_iccid(products))
        if not iccid:
            raise UnlockingUnknown(msisdn)
        (cards,) = self._run(self._questions((tmf.RESOURCES, "id", iccid)))
        found = _readable(lambda: tmf.read_unlocking(cards))
        if found is None:
            raise UnlockingUnknown(msisdn)
        return found

    def submit(self, orders: Sequence[BossOrder]) -> Sequence[Outcome]:
        """
        Send orders; one outcome each (never `NotFound`), in the same order.

        They travel concurrently, or in batches if the BOSS offers to take them: whoever wants one
        to come after another sends it when the other's outcome is there.
        """
        return self._run(self._submit_all(orders))

    def ask(self, orders: Sequence[BossOrder]) -> Sequence[Outcome]:
        """Ask what became of orders sent earlier; one outcome each, in the same order."""
        return self._run(self._ask_all(orders))

    def breaker_state(self) -> State:
        """How the breaker stands now."""
        return self._link.state()

    def close(self) -> None:
        """End the connections and the event loop; nothing may be asked afterwards."""
        self._loop.call_soon_threadsafe(self._link.close)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _ask_of_line(self, msisdn: str, *questions: tuple[str, str]) -> list[bytes]:
        """What is there of a line: its products, and the answers to further questions."""
        asked = ((tmf.PRODUCTS, "productSerialNumber"), *questions)
        return self._run(self._questions(*((path, name, msisdn) for path, name in asked)))

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    # ---- work

    async def _submit_all(self, orders: Sequence[BossOrder]) -> list[Outcome]:
        groups: dict[str, list[BossOrder]] = defaultdict(list)
        for order in orders:
            if order.reverses is None:
                groups[tmf.collection(order)[0]].append(order)
        work: list[Coroutine[Any, Any, list[Outcome]]] = []
        for path, group in groups.items():
            size = self._connection.batch
            if size > 1 and len(group) > 1 and await self._link.offers(path, tmf.PATCH):
                work += [self._submit_batch(path, part) for part in _parts(group, size)]
            else:
                work += [self._singly(self._submit, [order]) for order in group]
        work += [self._singly(self._submit, [o]) for o in orders if o.reverses is not None]
        return _in_order(orders, await _all(work))

    async def _singly(
        self, each: Callable[[BossOrder], Coroutine[Any, Any, Outcome]], orders: list[BossOrder]
    ) -> list[Outcome]:
        return await _all([each(order) for order in orders])

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
        answer = await self._link.send("POST", path, body, JSON)
        if isinstance(answer, Silence):
            return _silent(order, answer)
        return _submitted(order, answer.status, answer.body)

    async def _submit_batch(self, path: str, orders: list[BossOrder]) -> list[Outcome]:
        """Orders in one request: what is not known of it is not known of each."""
        bodies: list[bytes] = []
        sent: list[BossOrder] = []
        outcomes: list[Outcome] = []
        for order in orders:
            try:
                bodies.append(tmf.request(order))
            except tmf.Incomplete as error:
                outcomes.append(NotReached(order.order, str(error)))
            else:
                sent.append(order)
        if not sent:
            return outcomes
        answer = await self._link.send("PATCH", path, tmf.batch(bodies), tmf.PATCH)
        if isinstance(answer, Silence):
            return [*outcomes, *(_silent(order, answer) for order in sent)]
        if answer.status in NOT_THIS_WAY:
            logger.warning("The BOSS takes no batch of %d: %s %s", len(sent), path, answer.status)
            self._link.refused(path, tmf.PATCH)
            return [*outcomes, *await self._singly(self._submit, sent)]
        if not 200 <= answer.status < 300:
            return [*outcomes, *(_submitted(o, answer.status, answer.body) for o in sent)]
        try:
            entries = tmf.read_entries(answer.body, len(sent))
        except tmf.Unreadable as error:
            return [*outcomes, *(Unknown(order.order, str(error)) for order in sent)]
        return [
            *outcomes,
            *(
                _submitted(order, entry.status, entry.body)
                if entry is not None
                else Unknown(order.order, "the BOSS's answer to the batch has nothing about it")
                for order, entry in zip(sent, entries, strict=True)
            ),
        ]

    async def _original(self, order: BossOrder) -> str | Outcome:
        """The BOSS's own id of the work that a reversal takes back."""
        path, attribute = tmf.original(order)
        answer = await self._link.question(path, attribute, str(order.reverses))
        if isinstance(answer, Silence):
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

    # ---- questions

    async def _ask_all(self, orders: Sequence[BossOrder]) -> list[Outcome]:
        groups: dict[tuple[str, str], list[BossOrder]] = defaultdict(list)
        for order in orders:
            groups[tmf.collection(order)].append(order)
        work: list[Coroutine[Any, Any, list[Outcome]]] = []
        for (path, attribute), group in groups.items():
            size = min(self._connection.batch, ASKED_AT_ONCE)
            if size > 1 and len(group) > 1 and await self._link.offers(path, tmf.PATCH):
                work += [self._ask_batch(path, attribute, part) for part in _parts(group, size)]
            else:
                work += [self._singly(self._ask, [order]) for order in group]
        return _in_order(orders, await _all(work))

    async def _ask(self, order: BossOrder) -> Outcome:
        path, attribute = tmf.collection(order)
        answer = await self._link.question(path, attribute, str(order.order))
        if isinstance(answer, Silence):
            return Unknown(order.order, answer.problem)
        try:
            return tmf.found(order, tmf.read_works(answer))
        except tmf.Unreadable as error:
            return Unknown(order.order, str(error))

    async def _ask_batch(self, path: str, attribute: str, orders: list[BossOrder]) -> list[Outcome]:
        """
        Ask for several in one question, their external ids separated by commas.

        That nothing is there is believed only of a question of its own: it may be sent then.
        """
        answer = await self._link.question(
            path, attribute, ",".join(str(order.order) for order in orders), limit=len(orders)
        )
        works: dict[str, list[tmf.Work]] = defaultdict(list)
        if isinstance(answer, bytes):
            try:
                for work in tmf.read_works(answer):
                    works[work.external].append(work)
            except tmf.Unreadable:
                works.clear()
        elif not answer.answered:
            return [Unknown(order.order, answer.problem) for order in orders]
        outcomes: list[Outcome] = [
            tmf.found(order, works[str(order.order)])
            for order in orders
            if str(order.order) in works
        ]
        missing = [order for order in orders if str(order.order) not in works]
        return [*outcomes, *await self._singly(self._ask, missing)]

    async def _questions(self, *questions: tuple[str, str, str]) -> list[bytes]:
        answers = await _all([self._link.question(*question) for question in questions])
        silent = next((answer for answer in answers if isinstance(answer, Silence)), None)
        if silent is not None:
            raise _unavailable(silent.problem)
        return [answer for answer in answers if isinstance(answer, bytes)]


def _known(msisdn: str, read: Callable[[], T | None]) -> T:
    """What is read of a line's answers; None means that there is no such line."""
    found = _readable(read)
    if found is None:
        raise SubscriberNotFound(msisdn)
    return found


def _readable(read: Callable[[], T]) -> T:
    try:
        return read()
    except tmf.Unreadable as error:
        raise _unavailable(str(error)) from None


def _silent(order: BossOrder, silence: Silence) -> Outcome:
    return (Unknown if silence.arrived else NotReached)(order.order, silence.problem)


def _submitted(order: BossOrder, status: int, body: bytes) -> Outcome:
    """What an answer to a request for work means, or an entry of the answer to a batch."""
    if 200 <= status < 300:
        try:
            return tmf.outcome(order, tmf.read_work(body))
        except tmf.Unreadable as error:
            return Unknown(order.order, str(error))
    fault = tmf.read_fault(body)
    reason = tmf.impersonal(order, fault.reason) if fault else ""
    problem = f"{status} {fault.code}: {reason}" if fault else str(status)
    if status in (400, 404, 422) and fault is not None:
        return Refused(order.order, fault.code, reason)
    if status in (401, 403, 404, 405, 429):
        # The door was shut: a wrong address, a wrong token, too many at once.
        return NotReached(order.order, problem)
    # 409 among them: there is something under this id, and asking shows what.
    return Unknown(order.order, problem)


def _parts(orders: list[BossOrder], size: int) -> list[list[BossOrder]]:
    return [orders[start : start + size] for start in range(0, len(orders), size)]


def _in_order(orders: Sequence[BossOrder], groups: list[list[Outcome]]) -> list[Outcome]:
    found = {outcome.order: outcome for group in groups for outcome in group}
    return [found[order.order] for order in orders]


async def _all(work: Sequence[Coroutine[Any, Any, T]]) -> list[T]:
    return list(await asyncio.gather(*work))


def _unavailable(problem: str) -> BossUnavailable:
    logger.warning("The BOSS does not answer: %s", problem)
    return BossUnavailable()


@cache
def _of_process(process: int) -> TmfBoss:
    return TmfBoss(Connection.from_settings())


def boss() -> TmfBoss:
    """The gateway of this process, made from the settings when first asked for."""
    return _of_process(os.getpid())
