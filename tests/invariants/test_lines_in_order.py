"""
A line's orders reach the BOSS one after the other, in the order in which they were made, however
many dispatchers there are and whatever the BOSS answers; and nobody waits for ever.
"""

from __future__ import annotations

import random
import threading
from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from uuid import UUID, uuid4

import psycopg
import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qudao.domain.ordering import queries
from qudao.domain.ordering.operations import claim, sell
from qudao.domain.ordering.ports import (
    BossOrder,
    Completed,
    NotFound,
    NotReached,
    NotSent,
    Outcome,
    Refused,
    Unknown,
)
from qudao.domain.ordering.types import OrderId, OrderState, Sale, Sold
from qudao.journeys import fulfilment
from qudao.kernel.money import Money
from qudao.platform.commands.context import Context
from tests.invariants.test_concurrency import at_once
from tests.province import NOON, Province, assert_sound

LEASE = timedelta(minutes=1)
LINES = [f"1380013800{n}" for n in range(4)]


class FickleBoss:
    """A BOSS that is silent, away or slow as it likes; it notes who came to it, and when."""

    def __init__(self, seed: int) -> None:
        self._dice = random.Random(seed)
        self._lock = threading.Lock()
        self.calm = False
        """Whether it answers everything from now on."""
        self.done: dict[OrderId, bool] = {}
        """Order → whether it was done or refused."""
        self.came: defaultdict[str, list[OrderId]] = defaultdict(list)
        """Line → its orders, as they were first acted on."""
        self.at_hand: defaultdict[str, set[OrderId]] = defaultdict(set)
        self.overtaken: list[OrderId] = []
        """Sent while another order of their line was."""

    def submit(self, orders: Sequence[BossOrder]) -> Sequence[Outcome]:
        with self._lock:
            for order in orders:
                if self.at_hand[order.msisdn]:
                    self.overtaken.append(order.order)
                self.at_hand[order.msisdn].add(order.order)
        try:
            return [self._submit(order) for order in orders]
        finally:
            with self._lock:
                for order in orders:
                    self.at_hand[order.msisdn].discard(order.order)

    def _submit(self, order: BossOrder) -> Outcome:
        with self._lock:
            fate = 0.9 if self.calm else self._dice.random()
            if fate < 0.15:
                return NotReached(order.order, "no connection")
            if fate < 0.3:
                return Unknown(order.order, "lost on the way")
            if order.order not in self.done:
                self.done[order.order] = fate < 0.9
                self.came[order.msisdn].append(order.order)
            if fate < 0.45:
                return Unknown(order.order, "the answer was lost")
            return self._said(order)

    def ask(self, orders: Sequence[BossOrder]) -> Sequence[Outcome]:
        with self._lock:
            return [
                Unknown(order.order, "no answer")
                if not self.calm and self._dice.random() < 0.3
                else self._said(order)
                if order.order in self.done
                else NotFound(order.order)
                for order in orders
            ]

    def _said(self, order: BossOrder) -> Outcome:
        if self.done[order.order]:
            return Completed(order.order, f"B{order.order}")
        return Refused(order.order, "no", "No")

    def breaker_state(self) -> str:
        return "closed"

    def subscriber(self, msisdn: str) -> None:
        raise AssertionError("nobody asks")

    due = subscriber


def sold(province: Province, *lines: str) -> list[OrderId]:
    """Sell a top-up for each line, one after the other."""
    made = []
    for line in lines:
        answer = sell.one(province.clerk(), Sale(province.agent, "TOPUP", line, Money(10_00)))
        made.append(answer.order)
    return made


def taken(province: Province, most: int = 100, *, at: datetime = NOON) -> list[OrderId]:
    return province.dispatch(at=at, most=most)


@pytest.fixture
def rich(province: Province) -> Province:
    province.pay_in(province.agent, Money(100_000_00))
    return province


# What is handed out


def test_what_follows_an_order_in_other_hands_waits(rich: Province) -> None:
    first, second, other = sold(rich, LINES[0], LINES[0], LINES[1])
    assert taken(rich, 1) == [first]
    assert taken(rich) == [other], "another line is not held up"
    rich.complete([first])
    assert taken(rich) == [second]


def test_what_follows_an_unknown_order_waits_until_it_is_settled(rich: Province) -> None:
    first, second, third = sold(rich, LINES[0], LINES[0], LINES[1])
    assert taken(rich, 1) == [first]
    rich.lose([first])
    assert taken(rich) == [third]
    later = NOON + timedelta(seconds=30)
    to_send, to_ask = claim(rich.system(later), most=10, lease=LEASE)
    assert [order.order for order in to_ask] == [first]
    assert [order.order for order in to_send] == []
    rich.refuse([first], at=later)
    assert taken(rich, at=later) == [second]


def test_what_follows_an_order_that_did_not_arrive_waits_for_it(rich: Province) -> None:
    first, second = sold(rich, LINES[0], LINES[0])
    assert taken(rich) == [first, second], "a line's orders may come in one set, in their order"
    rich.settle([NotReached(first, "no connection"), NotSent(second)])
    assert taken(rich) == []
    later = NOON + timedelta(seconds=90)
    assert taken(rich, 1, at=later) == [first]
    rich.complete([first], at=later)
    assert taken(rich, at=later) == [second]


def test_an_order_without_a_line_waits_for_nobody(rich: Province) -> None:
    with connection.cursor() as cursor:
        first, second = sold(rich, LINES[0], LINES[0])
        cursor.execute("UPDATE ordering_dispatch SET line = ''")
    assert taken(rich, 1) == [first]
    assert taken(rich, 1) == [second]


def test_neither_the_old_nor_the_new_starve(rich: Province) -> None:
    old = sold(rich, *[f"1390000{n:04}" for n in range(20)])
    assert len(taken(rich)) == 20
    rich.settle([NotReached(order, "no connection") for order in old])
    new = sold(rich, *[f"1370000{n:04}" for n in range(20)])
    later = NOON + timedelta(seconds=90)
    first = taken(rich, 10, at=later)
    assert len(set(first) & set(old)) == len(set(first) & set(new)) == 5
    asked = sold(rich, LINES[0])
    rich.lose(taken(rich, at=later), at=later)
    assert not set(asked) & set(taken(rich, at=later)), "it is not due"
    fresh = sold(rich, LINES[1])
    to_send, to_ask = claim(rich.system(later + LEASE * 2), most=1, lease=LEASE)
    assert [order.order for order in to_send] == fresh, "asking takes no place of sending"
    assert len(to_ask) == 1


def test_a_clock_that_was_wrong_puts_nothing_off(rich: Province) -> None:
    """Orders made, and tried, while the clock was an hour ahead."""
    hour = timedelta(hours=1)
    ahead = rich.clerk(at=NOON + hour)
    (lost,) = sold(rich, LINES[0])
    assert taken(rich, at=NOON + hour) == [lost]
    rich.lose([lost], at=NOON + hour)
    made = sell.one(ahead, Sale(rich.agent, "TOPUP", LINES[1], Money(10_00)))
    assert taken(rich) == [made.order]
    assert rich.beat() == 1
    assert taken(rich) == [lost]


# Dispatchers that die


def test_what_a_dead_dispatcher_held_is_asked_for_at_once(rich: Province) -> None:
    dead, alive = uuid4(), uuid4()
    rich.beat(runner=dead)
    mine, other = sold(rich, *LINES[:2])
    claim(rich.system(), most=1, lease=LEASE, runner=dead)
    claim(rich.system(), most=1, lease=LEASE, runner=alive)
    assert rich.beat(runner=alive) == 0, "it has said so within five seconds"
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE ordering_runner SET seen_at = seen_at - interval '6 s' WHERE id = %s", [dead]
        )
    assert rich.beat(runner=alive) == 1
    to_send, to_ask = claim(rich.system(), most=10, lease=LEASE)
    assert (to_send, [order.order for order in to_ask]) == ([], [mine])
    assert other not in taken(rich)
    assert queries.runners(datetime.now(UTC)) == ("closed",)


def test_what_the_beat_keeps(rich: Province) -> None:
    orders = sold(rich, *LINES)
    rich.complete(taken(rich, 3))
    rich.lose(taken(rich))
    rich.beat()
    (pace,) = queries.pace(NOON + timedelta(seconds=30))
    assert (pace.open, pace.unknown, pace.oldest_s) == (1, 1, 0)
    assert queries.order(rich.clerk(), order=orders[0]).state == OrderState.COMPLETED
    assert queries.pace(NOON - timedelta(hours=2)) == ()


# In the same set


def test_within_a_set_one_waits_for_the_other(rich: Province) -> None:
    first, second, third, other = sold(rich, LINES[0], LINES[0], LINES[0], LINES[1])
    rounds: list[list[OrderId]] = []

    class Boss(FickleBoss):
        def submit(self, orders: Sequence[BossOrder]) -> Sequence[Outcome]:
            rounds.append([order.order for order in orders])
            return [
                Unknown(order.order, "lost")
                if order.order == second
                else Completed(order.order, "B")
                for order in orders
            ]

    brought = fulfilment.fulfil(rich.system, Boss(1), most=10)
    assert rounds == [[first, other], [second]], "the third is not sent"
    assert brought.states[third] == OrderState.ACKNOWLEDGED
    assert brought.states[second] == OrderState.PENDING
    later = NOON + timedelta(seconds=90)
    to_send, to_ask = claim(rich.system(later), most=10, lease=LEASE)
    assert ([o.order for o in to_send], [o.order for o in to_ask]) == ([], [second])


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    lines=st.lists(st.sampled_from(LINES), min_size=1, max_size=12),
    sets=st.lists(st.integers(1, 6), min_size=1, max_size=8),
    seed=st.integers(0, 1 << 16),
)
def test_whatever_the_boss_does_lines_keep_their_order(
    rich: Province, lines: list[str], sets: list[int], seed: int
) -> None:
    boss, at = FickleBoss(seed), NOON
    made: defaultdict[str, list[OrderId]] = defaultdict(list)
    queue = list(lines)
    for most in sets:
        for line in queue[:3]:
            made[line] += sold(rich, line)
        del queue[:3]
        fulfilment.fulfil(partial(rich.system, at), boss, most=most)
        at += timedelta(seconds=20)
    boss.calm = True
    for _ in range(40):
        at += timedelta(seconds=90)
        fulfilment.fulfil(partial(rich.system, at), boss, most=10)
    assert rich.dispatch(at=at + timedelta(minutes=5)) == [], "nobody waits for ever"
    assert {line: boss.came[line] for line in made} == made
    assert boss.overtaken == []
    assert_sound()


# Many dispatchers at once


def test_several_dispatchers_keep_every_line_in_order(committed_province: Province) -> None:
    province = committed_province
    province.pay_in(province.agent, Money(100_000_00))
    boss = FickleBoss(7)
    made: defaultdict[str, list[OrderId]] = defaultdict(list)
    lock = threading.Lock()
    # Time goes on with every look, but slowly: no lease runs out while somebody is at work.
    systems = iter([province.system(NOON + timedelta(milliseconds=50 * n)) for n in range(9_000)])
    clerks = iter([province.clerk() for _ in range(200)])

    def context() -> Context:
        with lock:
            return next(systems)

    def work(n: int) -> object:
        if n < 2:  # two sellers, each with lines of its own: their order is known
            for turn in range(30):
                line = LINES[2 * n + turn % 2]
                with lock:
                    ctx = next(clerks)
                answer = sell.one(ctx, Sale(province.agent, "TOPUP", line, Money(10_00)))
                assert isinstance(answer, Sold)
                made[line].append(answer.order)
        else:
            for _ in range(25):
                fulfilment.fulfil(context, boss, most=5)
        return None

    at_once(work)
    boss.calm = True
    late = NOON + timedelta(hours=1)
    while queries.backlog(late).open:
        ctx = province.system(late)
        fulfilment.fulfil(lambda ctx=ctx: ctx, boss, most=50)  # type: ignore[misc]
        late += timedelta(seconds=90)
        assert late < NOON + timedelta(hours=8), "nobody waits for ever"
    assert {line: boss.came[line] for line in made} == made
    assert boss.overtaken == []
    assert_sound()


# Who listens is told


def test_settling_tells_who_listens(committed_province: Province) -> None:
    province = committed_province
    province.pay_in(province.agent, Money(100_000_00))
    orders = sold(province, *[f"1390000{n:04}" for n in range(100)])
    with psycopg.connect(**_parameters(), autocommit=True) as listener:
        listener.execute("LISTEN qudao")
        province.dispatch()
        outcomes: list[Outcome] = [Completed(order, "B") for order in orders[:98]]
        province.settle([*outcomes, Refused(orders[98], "no", "No"), Unknown(orders[99], "lost")])
        province.settle([Unknown(orders[99], "still lost")], at=NOON + timedelta(seconds=9))
        notices = [n.payload for n in listener.notifies(timeout=30, stop_after=2)]
        assert not list(listener.notifies(timeout=0)), "what has not changed is not told"
    assert all(notice.startswith("settled:") and len(notice) < 8_000 for notice in notices)
    told = [part.split("/") for notice in notices for part in notice[8:].split(",")]
    states = {UUID(order): state for outlet, order, state in told if UUID(outlet) == province.agent}
    assert states == {
        **dict.fromkeys(orders[:98], "completed"),
        orders[98]: "failed",
        orders[99]: "pending",
    }


def _parameters() -> dict[str, object]:
    given = connection.get_connection_params()
    unwanted = {"context", "cursor_factory", "prepare_threshold"}
    return {name: value for name, value in given.items() if name not in unwanted}
