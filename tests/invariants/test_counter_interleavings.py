"""
Any interleaving of sets of sales gives each request the answer it would have had alone.

Hypothesis makes requests, parts them into sets, and the sets are sold at once by threads while
another thread freezes wallets, suspends outlets, moves limits and prices, and lets the BOSS refuse.
Then `serial` looks for an order of the requests, one by one, in which each gets the answer that it
got and the books end as they did. The same through a running counter.
"""

from __future__ import annotations

import itertools
import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from typing import Any

import pytest
from django.db import connection
from hypothesis import HealthCheck, Phase, given, settings

from tests.counter_process import (
    CounterProcess,
    counter,
    counter_environment,
    counters,
    sale_headers,
)
from tests.invariants.bazaar import CLERKS, SELLERS, Bazaar, Plan, plans, step_of, till_plans
from tests.invariants.serial import Answer, Asked, Books, No, Step, Yes, explained
from tests.province import Province, assert_sound

__all__ = ["counter", "counter_environment", "counters"]


class Crowd:
    """Threads with connections of their own that live on from example to example."""

    def __init__(self, size: int) -> None:
        self.size = size
        self._pool = ThreadPoolExecutor(size)

    def at_once(self, works: list[Callable[[], list[Step[Books]]]]) -> list[Step[Books]]:
        gate = threading.Barrier(len(works), timeout=30)

        def one(work: Callable[[], list[Step[Books]]]) -> list[Step[Books]]:
            gate.wait()
            return work()

        return [step for steps in self._pool.map(one, works) for step in steps]

    def disperse(self) -> None:
        gate = threading.Barrier(self.size, timeout=30)

        def leave(_: int) -> None:
            connection.close()
            gate.wait()

        list(self._pool.map(leave, range(self.size)))
        self._pool.shutdown()


@pytest.fixture
def crowd() -> Iterator[Callable[[int], Crowd]]:
    made = []

    def gather(size: int) -> Crowd:
        made.append(Crowd(size))
        return made[-1]

    yield gather
    for one in made:
        one.disperse()


EXAMPLES = settings(
    deadline=None,
    database=None,
    phases=[Phase.generate],  # to shrink what threads did would run another race
    suppress_health_check=list(HealthCheck),
)


def judge(
    bazaar: Bazaar,
    plan: Plan,
    crowd: Crowd,
    seller: Callable[[tuple[tuple[bool, tuple[Asked, ...]], ...]], list[Step[Books]]],
    start: Books,
) -> Counter[str]:
    """Let everybody do at once what the plan says; return how often each answer was given."""

    def changer() -> list[Step[Books]]:
        steps, now = [], start
        for change in plan.changes:
            step, now = bazaar.change(*change, now)
            steps.append(step)
        return steps

    works = [lambda some=some: seller(some) for some in plan.sellers]
    steps = crowd.at_once([*works, changer])
    seen = Counter(word for step in steps for word in kinds_of(step))
    steps.append(bazaar.at_rest())
    assert explained(start, steps), story(start, steps)
    bazaar.clear()
    return seen


def test_any_interleaving_answers_as_some_serial_order_would(
    committed_province: Province, crowd: Callable[[int], Crowd]
) -> None:
    bazaar, threads = Bazaar(committed_province), crowd(SELLERS + 1)
    seen = Counter[str]()

    def seller(some: tuple[tuple[bool, tuple[Asked, ...]], ...]) -> list[Step[Books]]:
        steps = [bazaar.sell(asked, patient=patient) for patient, asked in some]
        return list(itertools.chain(*steps))

    @given(plans)
    @settings(EXAMPLES, max_examples=40)
    def interleave(plan: Plan) -> None:
        start = bazaar.open(plan)
        seen.update(judge(bazaar, plan, threads, seller, start))

    interleave()
    assert_sound()
    print(f"\n{dict(seen)}")
    assert seen["Yes"] and seen["commands.key_reused"] and seen["ordering.balance_too_low"]


def test_a_running_counter_answers_as_some_serial_order_would(
    committed_province: Province, crowd: Callable[[int], Crowd], counter: CounterProcess
) -> None:
    bazaar = Bazaar(committed_province, late=datetime.now(UTC) + timedelta(days=1))
    threads, seen = crowd(2 * SELLERS + 1), Counter[str]()
    secrets: dict[int, str] = {}

    def seller(some: tuple[tuple[bool, tuple[Asked, ...]], ...]) -> list[Step[Books]]:
        connection = HTTPConnection("127.0.0.1", counter.port, timeout=30)
        try:
            return [ask(connection, one) for _, (one,) in some]
        finally:
            connection.close()

    def ask(connection: HTTPConnection, one: Asked) -> Step[Books]:
        sale = bazaar.sale(one)
        body = {
            "outlet": str(sale.outlet),
            "offering": sale.offering,
            "msisdn": sale.msisdn,
            "amount_fen": sale.amount.minor,
        }
        began = time.monotonic()
        headers = sale_headers(secrets[one.actor], f"{bazaar.run}-{one.key}")
        connection.request("POST", "/api/v1/sales", json.dumps(body), headers)
        answer = connection.getresponse()
        said = json.loads(answer.read())
        return step_of(began, time.monotonic(), one, told(one, answer.status, said), False)

    @given(till_plans)
    @settings(EXAMPLES, max_examples=12)
    def interleave(plan: Plan) -> None:
        start = bazaar.open(plan)
        secrets.update({actor: bazaar.token(actor) for actor in CLERKS})
        start = replace(start, covers=tuple((a, some[0]) for a, some in CLERKS.items()))
        seen.update(judge(bazaar, plan, threads, seller, start))

    interleave()
    assert_sound()
    print(f"\n{dict(seen)}")
    assert seen["Yes"]


def told(asked: Asked, status: int, said: dict[str, Any]) -> Answer:
    """An answer of the counter in the words of the books."""
    if status == 201:
        assert said["amount_fen"] == asked.fen
        return Yes(said["order"], said["debit_fen"], said["balance_fen"])
    match said["code"]:
        case "ordering.balance_too_low" | "ordering.day_limit_reached":
            amounts = {k.removesuffix("_fen"): v for k, v in said["fields"].items()}
            return No(said["code"], tuple(sorted(amounts.items())))
        case "commands.key_reused":
            return No(said["code"], (("request_key", asked.key),))
    return No(said["code"])


def kinds_of(step: Step[Books]) -> list[str]:
    said = step.says.rsplit("→ ", 1)[-1]
    return ["Yes"] if said.startswith("Yes") else said.split("'")[1:2]


def story(start: Books, steps: list[Step[Books]]) -> str:
    first = min(step.began for step in steps)
    told = [
        f"{(step.began - first) * 1000:7.1f} to {(step.ended - first) * 1000:7.1f} ms: {step.says}"
        for step in sorted(steps, key=lambda step: step.began)
    ]
    return "\n".join([f"no serial order explains this, from {start}:", *told])
