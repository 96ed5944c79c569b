"""Each fault of a real BOSS process, and what the gateway makes of it."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from qudao.domain.ordering.ports import (
    BossOrder,
    BossUnavailable,
    Completed,
    NotFound,
    NotReached,
    Refused,
    SubscriberNotFound,
    Unknown,
)
from qudao.domain.ordering.types import OrderId
from qudao.gateways.boss.gateway import TmfBoss
from qudao.gateways.boss.link import Connection
from qudao.gateways.outgoing.breaker import Breaker, State
from qudao.kernel.money import Money
from tests.boss_process import BossProcess

NOW = datetime(2026, 1, 15, 4, tzinfo=UTC)


@pytest.fixture
def gateway(boss: BossProcess) -> Iterator[TmfBoss]:
    """A gateway whose breaker stays out of the way."""
    gateway = TmfBoss(Connection(boss.url, read_timeout_s=2), Breaker(threshold=10_000))
    yield gateway
    gateway.close()


@pytest.fixture
def reach() -> Iterator[Callable[..., TmfBoss]]:
    """Makes gateways with settings of their own."""
    made: list[TmfBoss] = []

    def make(connection: Connection, breaker: Breaker | None = None) -> TmfBoss:
        made.append(TmfBoss(connection, breaker))
        return made[-1]

    yield make
    for each in made:
        each.close()


def an_order(
    msisdn: str,
    business: str = "top_up",
    amount: int = 5_000,
    product: str = "",
    reverses: OrderId | None = None,
) -> BossOrder:
    return BossOrder(
        order=OrderId(uuid4()),
        business=business,
        msisdn=msisdn,
        amount=Money(amount),
        product_code=product,
        ordered_at=NOW,
        outlet_code="A00001",
        reverses=reverses,
    )


def applied(boss: BossProcess, order: BossOrder) -> int:
    """How often the BOSS acted on an order."""
    entry = boss.audit(order.order)["orders"].get(str(order.order))
    return 0 if entry is None else int(entry["applied"])


# What a clerk asks


def test_a_subscriber_is_shown_masked(boss: BossProcess, gateway: TmfBoss) -> None:
    person = boss.fresh(lambda one: len(one.add_ons) > 1)
    subscriber = gateway.subscriber(person.msisdn)
    assert subscriber.msisdn == person.msisdn
    assert subscriber.name_masked == person.name[0] + "*" * (len(person.name) - 1)
    assert subscriber.state == "active"
    assert subscriber.plan_code == person.plan
    assert subscriber.plan_name_zh and subscriber.plan_name_en.isascii()
    assert subscriber.balance == Money(person.balance)
    assert subscriber.add_ons == person.add_ons


@pytest.mark.parametrize("state", ["suspended", "terminated"])
def test_the_state_of_a_line(boss: BossProcess, gateway: TmfBoss, state: str) -> None:
    person = boss.find(lambda one: one.state == state)
    assert gateway.subscriber(person.msisdn).state == state


def test_what_is_due(boss: BossProcess, gateway: TmfBoss) -> None:
    person = boss.fresh(lambda one: sum(bill.open > 0 for bill in one.bills) >= 2)
    due = gateway.due(person.msisdn)
    assert due.amount == Money(sum(bill.open for bill in person.bills))
    newest_first = [Money(bill.open) for bill in person.bills if bill.open]
    assert [amount for _, amount in due.bills] == newest_first[::-1]
    prepaid = boss.fresh(lambda one: one.payment == "prepaid")
    assert gateway.due(prepaid.msisdn).amount == Money.zero()


def test_a_number_without_a_line(gateway: TmfBoss) -> None:
    for question in (gateway.subscriber, gateway.due):
        with pytest.raises(SubscriberNotFound) as refusal:
            question("13000000000")
        assert refusal.value.msisdn == "13000000000"


# Work


def test_every_business_is_done_once(boss: BossProcess, gateway: TmfBoss) -> None:
    debtor = boss.fresh(lambda one: any(bill.open for bill in one.bills))
    mover = boss.fresh(lambda one: one.plan != "GT58")
    reader = boss.fresh(lambda one: "CLIP" not in one.add_ons)
    before = gateway.due(debtor.msisdn).amount
    orders = [
        an_order(debtor.msisdn, "bill_payment", 100),
        an_order(reader.msisdn, "top_up", 5_029),
        an_order(mover.msisdn, "plan_change", 0, "GT58"),
        an_order(reader.msisdn, "add_on", 500, "CLIP"),
    ]
    outcomes = gateway.submit(orders)
    assert [type(outcome) for outcome in outcomes] == [Completed] * 4
    assert [outcome.order for outcome in outcomes] == [order.order for order in orders]
    assert gateway.submit(orders) == outcomes, "the same request is the first answer"
    assert gateway.ask(orders) == outcomes
    assert [applied(boss, order) for order in orders] == [1] * 4
    assert gateway.due(debtor.msisdn).amount == before - Money(100)
    assert gateway.subscriber(reader.msisdn).balance == Money(reader.balance + 5_029)
    assert gateway.subscriber(mover.msisdn).plan_code == "GT58"
    assert "CLIP" in gateway.subscriber(reader.msisdn).add_ons


def test_what_was_never_sent_is_not_found(boss: BossProcess, gateway: TmfBoss) -> None:
    order = an_order(boss.fresh().msisdn)
    assert gateway.ask([order]) == [NotFound(order.order)]


def test_refusals_have_a_code_and_are_final(boss: BossProcess, gateway: TmfBoss) -> None:
    person = boss.fresh(lambda one: one.plan != "GT58")
    suspended = boss.find(lambda one: one.state == "suspended")
    terminated = boss.find(lambda one: one.state == "terminated")
    cases = [
        (an_order("13000000000"), "unknown_number"),
        (an_order(terminated.msisdn), "line_terminated"),
        (an_order(suspended.msisdn, "plan_change", 0, "GT128"), "line_suspended"),
        (an_order(person.msisdn, "plan_change", 0, person.plan), "same_plan"),
        (an_order(person.msisdn, "add_on", 0, "NOTHING"), "unknown_product"),
        (an_order(person.msisdn, "top_up", 99), "amount_out_of_range"),
        (an_order(person.msisdn, "bill_payment", 500_001), "amount_out_of_range"),
    ]
    orders = [order for order, _ in cases]
    outcomes = gateway.submit(orders)
    for (order, code), outcome in zip(cases, outcomes, strict=True):
        assert isinstance(outcome, Refused), outcome
        assert (outcome.order, outcome.code) == (order.order, code)
        assert outcome.reason != code
    assert gateway.ask(orders) == outcomes
    assert [applied(boss, order) for order in orders] == [0] * len(orders)


# Reversals


def test_a_reversal_takes_back_exactly(boss: BossProcess, gateway: TmfBoss) -> None:
    debtor = boss.fresh(lambda one: any(bill.open for bill in one.bills))
    mover = boss.fresh(lambda one: one.plan != "GT88" and "CRBT" not in one.add_ons)
    orders = [
        an_order(debtor.msisdn, "bill_payment", 400_000),
        an_order(mover.msisdn, "top_up", 5_000),
        an_order(mover.msisdn, "plan_change", 0, "GT88"),
        an_order(mover.msisdn, "add_on", 500, "CRBT"),
    ]
    state_before = [(gateway.subscriber(o.msisdn), gateway.due(o.msisdn)) for o in orders]
    assert all(isinstance(outcome, Completed) for outcome in gateway.submit(orders))
    reversals = [
        an_order(o.msisdn, o.business, o.amount.minor, o.product_code, o.order) for o in orders
    ]
    outcomes = gateway.submit(reversals)
    assert [type(outcome) for outcome in outcomes] == [Completed] * 4
    assert [(gateway.subscriber(o.msisdn), gateway.due(o.msisdn)) for o in orders] == state_before
    assert gateway.ask(reversals) == outcomes
    assert gateway.submit(reversals) == outcomes
    assert all(isinstance(outcome, Completed) for outcome in gateway.ask(orders))
    again = [
        an_order(o.msisdn, o.business, o.amount.minor, o.product_code, o.order) for o in orders
    ]
    for outcome in gateway.submit(again):
        assert isinstance(outcome, Refused) and outcome.code == "already_reversed"
    assert [applied(boss, order) for order in (*orders, *reversals, *again)] == [1] * 8 + [0] * 4


def test_a_reversal_that_the_boss_does_not_agree_to(boss: BossProcess, gateway: TmfBoss) -> None:
    spender = boss.fresh(lambda one: one.payment == "prepaid")
    used, old = an_order(spender.msisdn), an_order(boss.fresh().msisdn)
    assert all(isinstance(outcome, Completed) for outcome in gateway.submit([used, old]))
    boss.spend(spender.msisdn, spender.balance + 1)
    unknown = OrderId(uuid4())
    today = gateway.submit(
        [
            an_order(used.msisdn, reverses=used.order),
            an_order(old.msisdn, amount=4_999, reverses=old.order),
            an_order(old.msisdn, reverses=unknown),
        ]
    )
    boss.clock(datetime.now(UTC) + timedelta(days=1))
    tomorrow = gateway.submit([an_order(old.msisdn, reverses=old.order)])
    codes = [outcome.code for outcome in (*today, *tomorrow) if isinstance(outcome, Refused)]
    assert codes == ["balance_used", "reversal_mismatch", "original_not_found", "reversal_too_late"]


# Faults


def test_an_answer_lost_after_it_was_applied(boss: BossProcess, gateway: TmfBoss) -> None:
    order = an_order(boss.fresh().msisdn)
    boss.faults(lost_answer=1)
    (outcome,) = gateway.submit([order])
    assert isinstance(outcome, Unknown)
    assert applied(boss, order) == 1
    (asked,) = gateway.ask([order])
    assert isinstance(asked, Completed)
    boss.faults()
    assert gateway.submit([order]) == [asked]
    assert applied(boss, order) == 1


@pytest.mark.parametrize(
    ("fault", "times"), [({"error_before": 1}, 0), ({"error_after": 1}, 1), ({"reset": 1}, 0)]
)
@pytest.mark.parametrize("status", [500, 503])
def test_a_broken_exchange_is_unknown(
    boss: BossProcess, gateway: TmfBoss, fault: dict[str, int], times: int, status: int
) -> None:
    order = an_order(boss.fresh().msisdn)
    boss.faults(**fault, error_status=status, reads=False)
    (outcome,) = gateway.submit([order])
    assert isinstance(outcome, Unknown)
    assert applied(boss, order) == times
    (asked,) = gateway.ask([order])
    assert isinstance(asked, Completed if times else NotFound)


def test_a_reset_of_every_exchange_leaves_the_order_unknown(
    boss: BossProcess, gateway: TmfBoss
) -> None:
    order = an_order(boss.fresh().msisdn)
    boss.faults(reset=1)
    assert isinstance(gateway.submit([order])[0], Unknown)
    assert isinstance(gateway.ask([order])[0], Unknown)
    with pytest.raises(BossUnavailable):
        gateway.subscriber(order.msisdn)
    assert applied(boss, order) == 0


def test_questions_are_repeated(boss: BossProcess, gateway: TmfBoss) -> None:
    """With a fault in every third exchange, hardly a question of three attempts goes wrong."""
    boss.faults(error_before=0.33)
    people = [boss.fresh() for _ in range(20)]
    heard = 0
    for person in people:
        with suppress(BossUnavailable):
            heard += gateway.due(person.msisdn).msisdn == person.msisdn
    assert heard >= 15


def test_a_duplicate_delivery_acts_once(boss: BossProcess, gateway: TmfBoss) -> None:
    order = an_order(boss.fresh().msisdn)
    boss.faults(duplicate=1, late_ms=50)
    (outcome,) = gateway.submit([order])
    assert isinstance(outcome, Completed)
    entry = boss.audit(order.order)["orders"][str(order.order)]
    assert (entry["received"], entry["applied"]) == (2, 1)


def test_a_late_answer_makes_the_second_sending_a_replay(
    boss: BossProcess, reach: Callable[..., TmfBoss]
) -> None:
    hasty = reach(Connection(boss.url, read_timeout_s=0.2), Breaker(threshold=100))
    order = an_order(boss.fresh().msisdn)
    boss.faults(duplicate=1, late_ms=1_000)
    assert isinstance(hasty.submit([order])[0], Unknown)
    boss.faults()
    assert isinstance(hasty.submit([order])[0], Completed)
    assert applied(boss, order) == 1


def test_slowness_beyond_the_time_out_is_unknown(
    boss: BossProcess, reach: Callable[..., TmfBoss]
) -> None:
    hasty = reach(Connection(boss.url, read_timeout_s=0.2), Breaker(threshold=100))
    person = boss.fresh()
    boss.faults(latency_ms={"median": 1_000})
    order = an_order(person.msisdn)
    assert isinstance(hasty.submit([order])[0], Unknown)
    with pytest.raises(BossUnavailable):
        hasty.due(person.msisdn)


def test_a_refusal_by_rule(boss: BossProcess, gateway: TmfBoss) -> None:
    order = an_order(boss.fresh().msisdn)
    boss.faults(refuse=1, refuse_code="risk_control")
    (outcome,) = gateway.submit([order])
    assert isinstance(outcome, Refused) and outcome.code == "risk_control"
    boss.faults()
    assert gateway.submit([order]) == [outcome], "a refusal is for good"
    assert gateway.ask([order]) == [outcome]
    assert applied(boss, order) == 0


def test_other_content_under_the_same_id_is_never_done(boss: BossProcess, gateway: TmfBoss) -> None:
    order = an_order(boss.fresh().msisdn)
    assert isinstance(gateway.submit([order])[0], Completed)
    other = BossOrder(
        order=order.order,
        business=order.business,
        msisdn=order.msisdn,
        amount=Money(6_000),
        product_code="",
        ordered_at=NOW,
        outlet_code="A00001",
    )
    assert isinstance(gateway.submit([other])[0], Unknown)
    assert isinstance(gateway.ask([other])[0], Unknown)
    assert applied(boss, order) == 1


def test_nobody_listens(boss: BossProcess, gateway: TmfBoss) -> None:
    order = an_order(boss.fresh().msisdn)
    boss.faults(down={"seconds": 600})
    (outcome,) = gateway.submit([order])
    assert isinstance(outcome, NotReached)
    assert isinstance(gateway.ask([order])[0], Unknown), "asking in vain proves nothing"
    with pytest.raises(BossUnavailable):
        gateway.subscriber(order.msisdn)
    boss.faults()
    assert applied(boss, order) == 0
    assert isinstance(gateway.submit([order])[0], Completed)


def test_a_connection_that_broke_unnoticed_is_never_a_guess(
    boss: BossProcess, gateway: TmfBoss
) -> None:
    order = an_order(boss.fresh().msisdn)
    assert isinstance(gateway.ask([order])[0], NotFound), "a connection is open"
    boss.faults(down={"seconds": 600})
    assert isinstance(gateway.submit([order])[0], NotReached | Unknown)
    assert isinstance(gateway.submit([order])[0], NotReached)
    boss.faults()
    assert applied(boss, order) == 0


def test_down_for_maintenance_is_unknown(boss: BossProcess, gateway: TmfBoss) -> None:
    order = an_order(boss.fresh().msisdn)
    boss.faults(down={"seconds": 600, "how": "503"})
    assert isinstance(gateway.submit([order])[0], Unknown)
    boss.faults()
    assert isinstance(gateway.ask([order])[0], NotFound)


def test_the_breaker_opens_and_closes(boss: BossProcess, reach: Callable[..., TmfBoss]) -> None:
    gateway = reach(Connection(boss.url), Breaker(threshold=3, rest_s=0.2))
    person = boss.fresh()
    boss.faults(error_before=1)
    orders = [an_order(person.msisdn) for _ in range(3)]
    assert all(isinstance(outcome, Unknown) for outcome in gateway.submit(orders))
    assert gateway.breaker_state() is State.OPEN
    (outcome,) = gateway.submit([an_order(person.msisdn)])
    assert isinstance(outcome, NotReached | Unknown)
    boss.faults()
    order = an_order(person.msisdn)
    until = datetime.now(UTC) + timedelta(seconds=20)
    while isinstance(gateway.submit([order])[0], NotReached):
        assert datetime.now(UTC) < until, "the breaker does not close"
    assert gateway.breaker_state() is State.CLOSED
    assert applied(boss, order) == 1


@pytest.mark.crash
def test_the_boss_is_killed_under_load(boss: BossProcess, gateway: TmfBoss) -> None:
    """After kill -9 and a restart every order is settled, each applied exactly once."""
    msisdns = [boss.fresh().msisdn for _ in range(20)]
    orders = [an_order(msisdns[at % 20]) for at in range(600)]
    answered: list[BossOrder] = []
    outcomes = {}

    def send() -> None:
        for start in range(0, len(orders), 50):
            batch = orders[start : start + 50]
            for order, outcome in zip(batch, gateway.submit(batch), strict=True):
                outcomes[order.order] = outcome
                answered.append(order)

    sender = threading.Thread(target=send)
    sender.start()
    while len(answered) < 200 and sender.is_alive():
        sender.join(0.01)
    boss.kill9()
    sender.join()
    boss.restart()
    acknowledged = [o for o in orders if isinstance(outcomes[o.order], Completed)]
    assert len(acknowledged) >= 200
    assert all(isinstance(outcome, Completed) for outcome in gateway.ask(acknowledged))
    left = [o for o in orders if not isinstance(outcomes[o.order], Completed)]
    unsent = [
        order
        for order, outcome in zip(left, gateway.ask(left), strict=True)
        if isinstance(outcome, NotFound)
    ]
    assert all(isinstance(outcome, Completed) for outcome in gateway.submit(unsent))
    assert all(isinstance(outcome, Completed) for outcome in gateway.ask(orders))
    audit = boss.audit(*(order.order for order in orders))
    assert audit["totals"]["applied"] == len(orders)
    assert audit["totals"]["applied_wrongly"] == 0


def test_many_threads_share_one_gateway(boss: BossProcess, gateway: TmfBoss) -> None:
    boss.faults(lost_answer=0.2, error_before=0.1, error_after=0.1, reset=0.1, duplicate=0.2)
    msisdns = [boss.fresh().msisdn for _ in range(8)]
    batches = [[an_order(msisdn) for _ in range(25)] for msisdn in msisdns]

    def settle(batch: list[BossOrder]) -> None:
        left = list(gateway.submit(batch))
        by_id = {order.order: order for order in batch}
        while True:
            open_orders = [by_id[o.order] for o in left if not isinstance(o, Completed)]
            if not open_orders:
                return
            asked = gateway.ask(open_orders)
            again = [by_id[o.order] for o in asked if isinstance(o, NotFound)]
            left = [*gateway.submit(again), *(o for o in asked if not isinstance(o, NotFound))]

    threads = [threading.Thread(target=settle, args=(batch,)) for batch in batches]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive()
    totals = boss.audit(*(order.order for batch in batches for order in batch))["totals"]
    assert (totals["applied"], totals["applied_wrongly"]) == (200, 0)


# Peers that are no BOSS


def test_a_peer_that_speaks_nonsense(reach: Callable[..., TmfBoss]) -> None:
    answers = [
        b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n<html>",
        b"HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 0\r\n\r\n",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"HTTP/1.1 201 Created\r\nContent-Length: 100\r\n\r\n{",
    ]
    for answer in answers:
        with socket.create_server(("127.0.0.1", 0)) as server:
            thread = threading.Thread(target=_speak, args=(server, answer))
            thread.start()
            gateway = reach(Connection(f"http://127.0.0.1:{server.getsockname()[1]}"))
            (outcome,) = gateway.submit([an_order("13800138000")])
            assert isinstance(outcome, Unknown), (answer, outcome)
            thread.join()


def _speak(server: socket.socket, answer: bytes) -> None:
    connection, _ = server.accept()
    with connection:
        connection.recv(65_536)
        connection.sendall(answer)


@pytest.mark.parametrize("status", [401, 403, 404, 429])
def test_a_shut_door_is_not_reached(reach: Callable[..., TmfBoss], status: int) -> None:
    answer = f"HTTP/1.1 {status} No\r\nContent-Length: 0\r\n\r\n".encode()
    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=_speak, args=(server, answer))
        thread.start()
        gateway = reach(Connection(f"http://127.0.0.1:{server.getsockname()[1]}"))
        assert isinstance(gateway.submit([an_order("13800138000")])[0], NotReached)
        thread.join()


def test_the_token_is_sent(
    tmp_path_factory: pytest.TempPathFactory, reach: Callable[..., TmfBoss]
) -> None:
    guarded = BossProcess(tmp_path_factory.mktemp("guarded"), 10, "--token", "a secret word")
    try:
        number = guarded.find(lambda one: True).msisdn
        assert reach(Connection(guarded.url, token="a secret word")).subscriber(number)
        stranger = reach(Connection(guarded.url))
        with pytest.raises(BossUnavailable):
            stranger.subscriber(number)
        assert isinstance(stranger.submit([an_order(number)])[0], NotReached)
        assert guarded.audit()["totals"]["orders"] == 0
    finally:
        guarded.close()
