"""Several orders in one request: each is judged alone, and nothing of a batch is guessed."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest
from prometheus_client import REGISTRY

from qudao.domain.ordering.ports import (
    BossOrder,
    Completed,
    NotFound,
    NotReached,
    Refused,
    Unknown,
)
from qudao.gateways.boss import tmf
from qudao.gateways.boss.gateway import TmfBoss
from qudao.gateways.boss.link import Connection
from qudao.gateways.outgoing.breaker import Breaker
from qudao.kernel.money import Money
from tests.boss_process import BossProcess
from tests.gateways.boss.test_gateway import an_order, applied


@pytest.fixture
def gateway(boss: BossProcess) -> Iterator[TmfBoss]:
    """A gateway that sends batches, whose breaker stays out of the way."""
    connection = Connection(boss.url, read_timeout_s=5, batch=64)
    gateway = TmfBoss(connection, Breaker(threshold=10_000))
    yield gateway
    gateway.close()


def requests(method: str) -> float:
    """How many requests there were so far that had an answer."""
    return sum(
        sample.value
        for metric in REGISTRY.collect()
        if metric.name == "qudao_boss_requests"
        for sample in metric.samples
        if sample.name.endswith("_total") and sample.labels["method"] == method
    )


def some(boss: BossProcess, count: int) -> list[BossOrder]:
    return [an_order(boss.fresh().msisdn) for _ in range(count)]


def test_a_batch_is_one_request_and_each_is_done_once(boss: BossProcess, gateway: TmfBoss) -> None:
    orders = some(boss, 20)
    before = requests("PATCH"), requests("POST")
    outcomes = gateway.submit(orders)
    assert (requests("PATCH") - before[0], requests("POST") - before[1]) == (1, 0)
    assert [type(outcome) for outcome in outcomes] == [Completed] * 20
    assert [outcome.order for outcome in outcomes] == [order.order for order in orders]
    assert gateway.submit(orders) == outcomes, "the same again is the first answer"
    asked = requests("GET")
    assert gateway.ask(orders) == outcomes
    assert requests("GET") - asked == 1
    assert [applied(boss, order) for order in orders] == [1] * 20


def test_payments_and_product_orders_go_their_own_ways(boss: BossProcess, gateway: TmfBoss) -> None:
    mover, reader = (boss.fresh(lambda one: "CLIP" not in one.add_ons) for _ in range(2))
    paid = an_order(mover.msisdn)
    orders = [
        an_order(mover.msisdn, "add_on", 500, "CLIP"),
        an_order(reader.msisdn, "bill_payment", 100),
        an_order(reader.msisdn, "add_on", 500, "CLIP"),
        paid,
    ]
    assert [type(outcome) for outcome in gateway.submit(orders)] == [Completed] * 4
    back = [an_order(mover.msisdn, reverses=paid.order), an_order(reader.msisdn)]
    assert [type(outcome) for outcome in gateway.submit(back)] == [Completed] * 2
    assert [applied(boss, order) for order in (*orders, *back)] == [1] * 6


def test_one_that_is_refused_does_not_hurt_its_neighbours(
    boss: BossProcess, gateway: TmfBoss
) -> None:
    good, other = some(boss, 2)
    assert isinstance(gateway.submit([other])[0], Completed)
    orders = [
        an_order("13000000000"),
        good,
        replace(other, amount=Money(6_000)),
        an_order(boss.fresh().msisdn, amount=-5),
        an_order(boss.fresh().msisdn, "account_opening"),
    ]
    no_line, done, conflict, malformed, incomplete = gateway.submit(orders)
    assert isinstance(no_line, Refused) and no_line.code == "unknown_number"
    assert isinstance(done, Completed)
    assert isinstance(conflict, Unknown), "something else is under this id"
    assert isinstance(malformed, Refused) and malformed.code == "malformed"
    assert isinstance(incomplete, NotReached)
    assert [applied(boss, order) for order in orders] == [0, 1, 1, 0, 0]


@pytest.mark.parametrize(
    ("fault", "times"),
    [
        ({"lost_answer": 1}, 1),
        ({"error_after": 1}, 1),
        ({"error_before": 1}, 0),
        ({"reset": 1}, 0),
        ({"down": {"seconds": 600, "how": "503"}}, 0),
    ],
)
def test_what_is_not_known_of_a_batch_is_not_known_of_each(
    boss: BossProcess, gateway: TmfBoss, fault: dict[str, object], times: int
) -> None:
    assert isinstance(gateway.submit(some(boss, 2))[0], Completed), "batches are taken"
    orders = some(boss, 5)
    boss.faults(**fault, reads=False)
    assert [type(outcome) for outcome in gateway.submit(orders)] == [Unknown] * 5
    boss.faults()
    assert [applied(boss, order) for order in orders] == [times] * 5
    expected = Completed if times else NotFound
    assert [type(outcome) for outcome in gateway.ask(orders)] == [expected] * 5


def test_faults_strike_single_orders_of_a_batch(boss: BossProcess, gateway: TmfBoss) -> None:
    orders = some(boss, 60)
    boss.faults(seed=3, lost_answer=0.2, error_before=0.2, error_after=0.2, refuse=0.2)
    outcomes = gateway.submit(orders)
    # What strikes the batch as a whole depends on its content: send until one gets through.
    while all(isinstance(outcome, Unknown) for outcome in outcomes):
        orders = some(boss, 60)
        outcomes = gateway.submit(orders)
    assert {type(outcome) for outcome in outcomes} == {Completed, Refused, Unknown}
    boss.faults()
    for order, outcome, asked in zip(orders, outcomes, gateway.ask(orders), strict=True):
        assert applied(boss, order) == isinstance(asked, Completed)
        assert asked == outcome or isinstance(outcome, Unknown)
    unknown = [a for a, o in zip(gateway.ask(orders), outcomes, strict=True) if type(o) is Unknown]
    assert {type(asked) for asked in unknown} >= {Completed, NotFound}


def test_nobody_listens(boss: BossProcess, gateway: TmfBoss) -> None:
    orders = some(boss, 4)
    assert isinstance(gateway.submit(some(boss, 2))[0], Completed)
    boss.faults(down={"seconds": 600})
    assert {type(outcome) for outcome in gateway.submit(orders)} <= {NotReached, Unknown}
    assert [type(outcome) for outcome in gateway.submit(orders)] == [NotReached] * 4
    assert [type(outcome) for outcome in gateway.ask(orders)] == [Unknown] * 4
    boss.faults()
    assert [applied(boss, order) for order in orders] == [0] * 4


@pytest.mark.parametrize("most", ["0", "3"])
def test_a_boss_that_takes_no_batches_or_smaller_ones(
    tmp_path_factory: pytest.TempPathFactory, most: str
) -> None:
    boss = BossProcess(tmp_path_factory.mktemp("boss"), 100, "--batch", most)
    gateway = TmfBoss(Connection(boss.url, batch=64))
    try:
        orders = some(boss, 10)
        assert [type(outcome) for outcome in gateway.submit(orders)] == [Completed] * 10
        assert [type(outcome) for outcome in gateway.ask(orders)] == [Completed] * 10
        assert [applied(boss, order) for order in orders] == [1] * 10
        before = requests("PATCH")
        assert [type(outcome) for outcome in gateway.submit(some(boss, 5))] == [Completed] * 5
        assert requests("PATCH") == before, "it is not tried again at once"
    finally:
        gateway.close()
        boss.close()


def test_whatever_goes_wrong_each_is_done_once(boss: BossProcess, gateway: TmfBoss) -> None:
    boss.faults(
        lost_answer=0.15,
        error_before=0.1,
        error_after=0.1,
        reset=0.1,
        duplicate=0.2,
    )
    sets = [some(boss, 40) for _ in range(4)]

    def settle(orders: list[BossOrder]) -> None:
        by_id = {order.order: order for order in orders}
        left = list(gateway.submit(orders))
        while unsure := [by_id[o.order] for o in left if not isinstance(o, Completed)]:
            asked = gateway.ask(unsure)
            again = [by_id[o.order] for o in asked if isinstance(o, NotFound)]
            left = [*gateway.submit(again), *(o for o in asked if not isinstance(o, NotFound))]

    threads = [threading.Thread(target=settle, args=(orders,)) for orders in sets]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive()
    totals = boss.audit(*(order.order for orders in sets for order in orders))["totals"]
    assert (totals["applied"], totals["applied_wrongly"]) == (160, 0)


@pytest.mark.parametrize("data", [b"", b"{}", b"[]", b'[{"id": "1"}]', b"[null, 1, 2]"])
def test_an_answer_of_another_length_is_unreadable(data: bytes) -> None:
    with pytest.raises(tmf.Unreadable):
        tmf.read_entries(data, 2)


def test_entries_are_resources_or_errors() -> None:
    error = b'{"code": "malformed", "reason": "No", "status": "400"}'
    bare = b'{"code": "x", "reason": "y"}'
    data = b"[%s, null, %s, %s, 7]" % (b'{"id": "PA1", "status": "completed"}', error, bare)
    entries = tmf.read_entries(data, 5)
    assert [None if entry is None else entry.status for entry in entries] == [
        *(201, None, 400, 500),
        None,
    ]


def test_a_record_under_another_id_is_not_ours() -> None:
    order = an_order("13800138000")
    for name in ("externalId", "correlatorId"):
        work = tmf.read_work(
            b'{"id": "PA1", "status": "completed", "%s": "another"}' % name.encode()
        )
        assert isinstance(tmf.outcome(order, work), Unknown)
