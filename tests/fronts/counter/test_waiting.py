"""Many wait with one look; who listens and does not read is cut off."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any
from uuid import uuid4

from django.db import OperationalError

from qudao.domain.ordering.types import OrderId, OrderRecord
from qudao.domain.party.types import OrganizationId
from qudao.fronts.counter import events, waiting
from qudao.fronts.counter.events import Listener, Told
from qudao.fronts.counter.waiting import Waiting
from qudao.kernel.money import Money

TEXTS = (
    *("outlet_code", "outlet_name_zh", "outlet_name_en", "channel", "business", "offering"),
    *("offering_name_zh", "offering_name_en", "msisdn", "boss_reference", "refusal_code"),
    *("refusal_reason", "problem", "reversal_reason"),
)
NOW = datetime(2026, 3, 1, 4, tzinfo=UTC)


def record(order: OrderId, state: str = "acknowledged") -> OrderRecord:
    texts = dict.fromkeys(TEXTS, "")
    return OrderRecord(
        id=order,
        hold=1,
        outlet=OrganizationId(uuid4()),
        actor=uuid4(),
        amount=Money(100),
        debit=Money(99),
        state=state,
        ordered_at=NOW,
        business_date=date(2026, 3, 1),
        settled_at=None,
        attempts=0,
        reverses=None,
        prints=0,
        **texts,
    )


class Book:
    """Orders as a database has them, and which looks were taken at them."""

    def __init__(self, count: int) -> None:
        self.orders = {one: record(one) for one in (OrderId(uuid4()) for _ in range(count))}
        self.looks: list[set[OrderId]] = []
        self.away = False

    async def look(self, orders: Collection[OrderId]) -> dict[OrderId, OrderRecord]:
        self.looks.append(set(orders))
        found = {one: self.orders[one] for one in orders}
        await asyncio.sleep(0)
        if self.away:
            raise OperationalError("away")
        return found

    def settle(self, *orders: OrderId) -> None:
        for one in orders:
            self.orders[one] = replace(self.orders[one], state="completed")


def run(test: Any) -> None:
    asyncio.run(asyncio.wait_for(test, 20))


async def _all_wait(wait: Waiting, book: Book, wait_s: float) -> list[asyncio.Task[Any]]:
    tasks = [asyncio.create_task(wait.settled(one, wait_s)) for one in book.orders]
    while wait.count < len(tasks) or not book.looks:
        await asyncio.sleep(0)
    return tasks


def test_one_look_serves_all_who_are_named() -> None:
    async def test() -> None:
        book = Book(300)
        wait = Waiting(book.look)
        tasks = await _all_wait(wait, book, 10)
        assert len(book.looks) == 1, "all who came were looked for at once"
        ids = list(book.orders)
        book.settle(*ids[:200])
        wait.notice(ids[:200])
        wait.notice([OrderId(uuid4())])
        done = await asyncio.gather(*tasks[:200])
        assert {one.state for one in done} == {"completed"}
        assert book.looks[1] == set(ids[:200]) and len(book.looks) == 2
        book.settle(*ids[200:])
        # No notice: the slow look finds them.
        done = await asyncio.gather(*tasks[200:])
        assert {one.state for one in done} == {"completed"}
        assert len(book.looks) == 3 and wait.count == 0

    run(test())


def test_the_wait_ends() -> None:
    async def test() -> None:
        book = Book(1)
        (order,) = book.orders
        wait = Waiting(book.look)
        seen = await wait.settled(order, 0)
        assert seen is not None and seen.state == "acknowledged"
        seen = await wait.settled(order, 0.05)
        assert seen is not None and seen.is_open

    run(test())


def test_too_many_are_not_kept_waiting() -> None:
    async def test() -> None:
        book = Book(3)
        wait = Waiting(book.look, most=2)
        first, second, third = book.orders
        tasks = [asyncio.create_task(wait.settled(one, 10)) for one in (first, second)]
        while wait.count < 2:
            await asyncio.sleep(0)
        assert await wait.settled(third, 10) is None
        book.settle(first, second)
        wait.notice([first, second])
        assert [one.state for one in await asyncio.gather(*tasks)] == ["completed"] * 2
        assert await wait.settled(third, 0) is not None

    run(test())


def test_a_database_that_comes_back() -> None:
    async def test() -> None:
        book = Book(1)
        book.away = True
        (order,) = book.orders
        wait = Waiting(book.look)
        task = asyncio.create_task(wait.settled(order, 10))
        while not book.looks:
            await asyncio.sleep(0)
        book.away = False
        book.settle(order)
        found = await task
        assert found is not None and found.state == "completed"
        assert waiting.SLOW_LOOK_S <= 1

    run(test())


def test_nothing_is_kept_for_who_does_not_read() -> None:
    async def test() -> None:
        outlet = OrganizationId(uuid4())
        place = events.Place(7, 0)
        seat: Any = None
        lazy, late = (Listener(outlet, "41", seat, "", after) for after in (None, place))
        for n in range(events.MOST_QUEUED):
            lazy.tell(Told(events.Place(8, n), outlet, b"x"))
        assert len(lazy.waiting) == events.MOST_QUEUED and not lazy.ended.is_set()
        lazy.tell(Told(events.Place(9, 0), outlet, b"x"))
        assert lazy.ended.is_set() and not lazy.waiting
        lazy.tell(Told(events.Place(9, 1), outlet, b"x"))
        assert not lazy.waiting, "not even afterwards"
        for known in (events.Place(6, 9), place):
            late.tell(Told(known, outlet, b"x"))
        assert not late.waiting, "that was told before"

    run(test())
