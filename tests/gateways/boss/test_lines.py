"""Lines and cards from end to end: what the BOSS does for them, once, and why it will not."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from qudao.domain.ordering.ports import (
    BossOrder,
    Completed,
    NotFound,
    NotReached,
    Outcome,
    Refused,
    SubscriberNotFound,
    Unknown,
)
from qudao.domain.ordering.types import ItemKind, OrderId, OrderItem
from qudao.gateways.boss import tmf
from qudao.gateways.boss.gateway import TmfBoss
from qudao.gateways.boss.link import Connection
from qudao.gateways.outgoing.breaker import Breaker
from qudao.kernel.money import Money
from qudao.kernel.personal import Personal
from simulators.boss.people import Person
from simulators.boss.sims import Sim
from tests.boss_process import BossProcess
from tests.gateways.boss.orders import (
    cancel,
    card_recharge,
    card_sale,
    change,
    opening,
    order,
    party,
    swap,
)


@pytest.fixture
def gateway(boss: BossProcess) -> Iterator[TmfBoss]:
    gateway = TmfBoss(Connection(boss.url, read_timeout_s=2), Breaker(threshold=10_000))
    yield gateway
    gateway.close()


def done(gateway: TmfBoss, *orders: BossOrder) -> None:
    for one in orders:
        (outcome,) = gateway.submit([one])
        assert isinstance(outcome, Completed), outcome


def code(outcome: Outcome) -> str:
    assert isinstance(outcome, Refused), outcome
    assert " / " in outcome.reason, "in both languages"
    return outcome.code


def refusal(gateway: TmfBoss, one: BossOrder) -> str:
    (outcome,) = gateway.submit([one])
    assert gateway.ask([one]) == [outcome]
    return code(outcome)


def applied(boss: BossProcess, *orders: BossOrder) -> list[int]:
    audit = boss.audit(*(one.order for one in orders))["orders"]
    return [audit[str(one.order)]["applied"] if str(one.order) in audit else 0 for one in orders]


def fresh_opening(boss: BossProcess, *add_ons: str) -> BossOrder:
    return opening(boss.number(), boss.sim(), boss.document(), *add_ons)


def all_kinds(boss: BossProcess) -> list[BossOrder]:
    """One of each that can be done at once."""
    serial, sold = boss.card(), boss.card()
    return [
        fresh_opening(boss, "CLIP"),
        swap(boss.fresh().msisdn, boss.sim()),
        change(boss.fresh().msisdn, boss.number()),
        cancel(boss.fresh().msisdn),
        card_sale(sold),
        card_recharge(boss.fresh().msisdn, serial),
    ]


def prepare(gateway: TmfBoss, orders: list[BossOrder]) -> None:
    """A card must be valid before it can be used."""
    for one in orders:
        if one.business == "card_recharge":
            done(gateway, card_sale(one.items[0].code))


# What becomes of it


def test_an_opened_line_is_live(boss: BossProcess, gateway: TmfBoss) -> None:
    number, card = boss.number("4103"), boss.sim()
    with pytest.raises(SubscriberNotFound):
        gateway.subscriber(number)
    done(gateway, opening(number, card, boss.document(), "CLIP", "DATA1GB"))
    subscriber = gateway.subscriber(number)
    assert subscriber.name_masked == "赵**"
    assert (subscriber.state, subscriber.plan_code) == ("active", "DGDD28")
    assert subscriber.balance == Money(25_000), "the number's prepayment and the prepay, no fee"
    assert subscriber.add_ons == ("CLIP", "DATA1GB")
    assert (subscriber.iccid, subscriber.branch) == (card.iccid, "4103")
    assert gateway.due(number).amount == Money.zero()
    done(
        gateway,
        order("top_up", number, 5_000),
        order("add_on", number, 500, product_code="CRBT"),
        order("plan_change", number, 0, product_code="SZX8"),
    )
    subscriber = gateway.subscriber(number)
    assert (subscriber.balance, subscriber.plan_code) == (Money(30_000), "SZX8")
    assert subscriber.add_ons == ("CLIP", "CRBT", "DATA1GB")
    line = boss.line(number)
    assert line is not None
    assert (line["iccid"], line["imsi"], line["plan"], line["state"]) == (
        card.iccid,
        card.imsi,
        "SZX8",
        "active",
    )


def test_a_swap_puts_the_line_on_another_card(boss: BossProcess, gateway: TmfBoss) -> None:
    person, card = boss.fresh(), boss.sim()
    assert gateway.subscriber(person.msisdn).iccid == person.iccid
    before = gateway.subscriber(person.msisdn)
    done(gateway, swap(person.msisdn, card, 1_000, replaced=person.iccid))
    assert gateway.subscriber(person.msisdn) == replace(before, iccid=card.iccid)


def test_a_change_of_number_moves_the_line(boss: BossProcess, gateway: TmfBoss) -> None:
    person = boss.fresh(lambda one: len(one.add_ons) > 1 and any(b.open for b in one.bills))
    number = boss.number()
    before, due = gateway.subscriber(person.msisdn), gateway.due(person.msisdn)
    done(gateway, change(person.msisdn, number, 3_000, fee=1_000))
    assert gateway.subscriber(number) == replace(
        before, msisdn=number, balance=before.balance + Money(3_000)
    )
    assert gateway.due(number).bills == due.bills
    with pytest.raises(SubscriberNotFound):
        gateway.subscriber(person.msisdn)
    assert refusal(gateway, order("top_up", person.msisdn, 5_000)) == "unknown_number"
    done(gateway, opening(person.msisdn, boss.sim(), boss.document()))
    assert gateway.due(person.msisdn).amount == Money.zero()


def test_a_cancelled_number_may_be_opened_again(boss: BossProcess, gateway: TmfBoss) -> None:
    person = boss.fresh(lambda one: bool(one.add_ons) and any(bill.open for bill in one.bills))
    topped = order("top_up", person.msisdn, 5_000)
    done(gateway, topped, cancel(person.msisdn))
    ended = gateway.subscriber(person.msisdn)
    assert (ended.state, ended.balance, ended.add_ons) == ("terminated", Money.zero(), ())
    for one in (
        cancel(person.msisdn),
        order("top_up", person.msisdn, 5_000),
        swap(person.msisdn, boss.sim()),
    ):
        assert refusal(gateway, one) == "line_terminated"
    again = opening(person.msisdn, boss.sim(), boss.document())
    done(gateway, again)
    renewed = gateway.subscriber(person.msisdn)
    assert (renewed.state, renewed.balance, renewed.add_ons) == ("active", Money(25_000), ())
    assert gateway.due(person.msisdn).amount == Money.zero(), "the former customer's bills are not"
    back = order("top_up", person.msisdn, 5_000, reverses=topped.order)
    assert refusal(gateway, back) == "line_terminated", "nor is it the former customer's money"
    assert gateway.subscriber(person.msisdn) == renewed


def test_a_card_is_used_once(boss: BossProcess, gateway: TmfBoss) -> None:
    serial = boss.card()
    person, other = (boss.fresh(lambda one: one.payment == "prepaid") for _ in range(2))
    assert refusal(gateway, card_recharge(person.msisdn, serial)) == "card_unknown"
    done(gateway, card_sale(serial))
    assert (boss.card_state(serial) or {})["state"] == "valid"
    assert refusal(gateway, card_sale(serial)) == "card_valid_already"
    dear = card_recharge(person.msisdn, serial, 10_000)
    assert refusal(gateway, dear) == "card_value_mismatch"
    assert refusal(gateway, card_recharge("13000000000", serial)) == "unknown_number"
    used = card_recharge(person.msisdn, serial)
    done(gateway, used)
    assert gateway.subscriber(person.msisdn).balance == Money(person.balance + 5_000)
    assert refusal(gateway, card_recharge(other.msisdn, serial)) == "card_used"
    assert refusal(gateway, card_sale(serial)) == "card_used"
    assert gateway.subscriber(other.msisdn).balance == Money(other.balance)
    state = boss.card_state(serial)
    assert state is not None
    assert (state["state"], state["used_by"], state["msisdn"], state["value"]) == (
        "used",
        str(used.order),
        person.msisdn,
        5_000,
    )
    assert refusal(gateway, card_sale(boss.card(), 100_001)) == "amount_out_of_range"


def test_a_card_brings_a_suspended_line_back(boss: BossProcess, gateway: TmfBoss) -> None:
    serial = boss.card()
    # Not the first one, whom others look for.
    person = boss.find(
        lambda one: one.state == "suspended" and one.payment == "prepaid" and one.number > 1_000
    )
    done(gateway, card_sale(serial), card_recharge(person.msisdn, serial, amount=5_000))
    assert gateway.subscriber(person.msisdn).state == "active"


# Why not


def test_no_line_is_opened(boss: BossProcess, gateway: TmfBoss) -> None:
    taken = boss.fresh()
    first = fresh_opening(boss)
    done(gateway, first)
    swapped = boss.fresh()
    later = boss.sim()
    done(gateway, swap(swapped.msisdn, later))
    bad = boss.document()
    boss.blacklist("resident_id", bad)

    def an(*add_ons: str, **chosen: Any) -> BossOrder:
        fresh = {"msisdn": boss.number(), "card": boss.sim(), "document": boss.document()}
        parts: dict[str, Any] = fresh | chosen
        return opening(
            parts.pop("msisdn"), parts.pop("card"), parts.pop("document"), *add_ons, **parts
        )

    wrong = Sim(later.iccid[:-1] + str((int(later.iccid[-1]) + 1) % 10), "")
    cases = [
        (an(msisdn=taken.msisdn), "number_in_use"),
        (an(msisdn=first.msisdn), "number_in_use"),
        (an(card=Sim(first.items[1].code, "")), "sim_in_use"),
        (an(card=Sim(boss.sim().iccid, first.items[1].attributes["imsi"])), "sim_in_use"),
        (an(card=Sim(taken.iccid, taken.imsi)), "sim_in_use"),
        (an(card=later), "sim_in_use"),
        (an(card=wrong), "sim_not_ours"),
        (an(card=Sim("8985" + later.iccid[4:], "")), "sim_not_ours"),
        (an(card=Sim(boss.sim().iccid, "310150123456789")), "sim_not_ours"),
        (an(plan="NOTHING"), "unknown_product"),
        (an(plan="CLIP"), "unknown_product"),
        (an("NOTHING"), "unknown_product"),
        (an("DATA1GB", "DATA5GB"), "add_on_exclusive"),
        (an("CLIP", "CLIP"), "add_on_active"),
        (an(document=bad), "document_blacklisted"),
        (an(document=f" {bad.lower()}"), "document_blacklisted"),
    ]
    for one, expected in cases:
        assert refusal(gateway, one) == expected
    assert applied(boss, *(one for one, _ in cases)) == [0] * len(cases)
    assert boss.line(cases[2][0].msisdn) is None
    boss.blacklist("resident_id", bad, off=True)
    done(gateway, an(document=bad))


def test_a_document_has_five_new_lines(boss: BossProcess, gateway: TmfBoss) -> None:
    document = boss.document()
    orders = [opening(boss.number(), boss.sim(), document) for _ in range(8)]
    outcomes = gateway.submit(orders)
    lines = [one for one, out in zip(orders, outcomes, strict=True) if isinstance(out, Completed)]
    assert len(lines) == 5, "at the same time, too"
    assert {code(out) for out in outcomes if isinstance(out, Refused)} == {"document_over_limit"}
    passport = replace(orders[0].party or party(""), document_kind="passport")
    other = replace(
        opening(boss.number(), boss.sim(), document), order=OrderId(orders[0].order), party=passport
    )
    assert isinstance(gateway.submit([other])[0], Unknown), "the id is another order's"
    done(gateway, cancel(lines[0].msisdn), opening(boss.number(), boss.sim(), document))
    again = opening(boss.number(), boss.sim(), document)
    assert refusal(gateway, again) == "document_over_limit"


def test_the_limit_can_be_chosen(tmp_path_factory: pytest.TempPathFactory) -> None:
    boss = BossProcess(tmp_path_factory.mktemp("strict"), 10, "--lines-per-document", "1")
    gateway = TmfBoss(Connection(boss.url))
    try:
        document = boss.document()
        done(gateway, opening(boss.number(), boss.sim(), document))
        again = opening(boss.number(), boss.sim(), document)
        assert refusal(gateway, again) == "document_over_limit"
    finally:
        gateway.close()
        boss.close()


@pytest.mark.parametrize("business", ["sim_swap", "number_change", "cancellation"])
def test_a_line_that_cannot_be_worked_on(
    boss: BossProcess, gateway: TmfBoss, business: str
) -> None:
    def an(msisdn: str) -> BossOrder:
        match business:
            case "sim_swap":
                return swap(msisdn, boss.sim())
            case "number_change":
                return change(msisdn, boss.number())
            case _:
                return cancel(msisdn)

    def one_that_is(state: str) -> Person:
        return boss.find(
            lambda one: one.state == state and (boss.line(one.msisdn) or {})["state"] == state
        )

    assert refusal(gateway, an("13000000000")) == "unknown_number"
    assert refusal(gateway, an(one_that_is("terminated").msisdn)) == "line_terminated"
    assert refusal(gateway, an(one_that_is("suspended").msisdn)) == "line_suspended"


def test_a_swap_or_a_number_that_is_taken(boss: BossProcess, gateway: TmfBoss) -> None:
    person, other = boss.fresh(), boss.fresh()
    cases = [
        (swap(person.msisdn, Sim(other.iccid, "")), "sim_in_use"),
        (swap(person.msisdn, Sim(person.iccid, "")), "sim_in_use"),
        (swap(person.msisdn, Sim("12345", "")), "sim_not_ours"),
        (change(person.msisdn, other.msisdn), "number_in_use"),
        (change(person.msisdn, person.msisdn), "number_in_use"),
    ]
    for one, expected in cases:
        assert refusal(gateway, one) == expected
    assert gateway.subscriber(person.msisdn).iccid == person.iccid


def test_none_of_them_is_taken_back(boss: BossProcess, gateway: TmfBoss) -> None:
    orders = all_kinds(boss)
    prepare(gateway, orders)
    done(gateway, *orders)
    numbers = [
        one.items[0].code if one.business == "number_change" else one.msisdn for one in orders
    ]
    before = [boss.line(number) for number in numbers]
    reversals = [
        replace(one, order=OrderId(fresh_opening(boss).order), reverses=one.order, party=None)
        for one in orders
    ]
    assert [code(outcome) for outcome in gateway.submit(reversals)] == ["not_reversible"] * 6
    assert gateway.ask(reversals) == gateway.submit(reversals)
    assert applied(boss, *orders, *reversals) == [1] * 6 + [0] * 6
    assert [boss.line(number) for number in numbers] == before


# Once, whatever happens


def test_each_is_done_once_and_answered_alike(boss: BossProcess, gateway: TmfBoss) -> None:
    orders = all_kinds(boss)
    prepare(gateway, orders)
    assert gateway.ask(orders) == [NotFound(one.order) for one in orders]
    outcomes = gateway.submit(orders)
    assert [type(outcome) for outcome in outcomes] == [Completed] * len(orders)
    assert gateway.submit(orders) == outcomes, "the same request is the first answer"
    assert gateway.ask(orders) == outcomes
    forgotten = [replace(one, party=None) for one in orders]
    assert gateway.ask(forgotten) == outcomes, "asking needs nothing personal"
    assert applied(boss, *orders) == [1] * len(orders)


@pytest.mark.parametrize(
    ("faults", "times"),
    [
        ({"lost_answer": 1}, 1),
        ({"error_after": 1}, 1),
        ({"error_before": 1, "reads": False}, 0),
        ({"reset": 1, "reads": False}, 0),
    ],
)
def test_silence_is_settled_by_asking(
    boss: BossProcess, gateway: TmfBoss, faults: dict[str, int], times: int
) -> None:
    orders = all_kinds(boss)
    prepare(gateway, orders)
    boss.faults(**faults)
    assert [type(outcome) for outcome in gateway.submit(orders)] == [Unknown] * len(orders)
    asked = gateway.ask(orders)
    assert [type(outcome) for outcome in asked] == [Completed if times else NotFound] * len(orders)
    boss.faults(duplicate=1)
    assert [type(outcome) for outcome in gateway.submit(orders)] == [Completed] * len(orders)
    assert applied(boss, *orders) == [1] * len(orders)


def test_a_refusal_by_fault_changes_nothing(boss: BossProcess, gateway: TmfBoss) -> None:
    one = fresh_opening(boss)
    boss.faults(refuse=1, refuse_code="risk_control")
    assert refusal(gateway, one) == "risk_control"
    assert boss.line(one.msisdn) is None
    boss.faults()
    assert refusal(gateway, one) == "risk_control", "for good"


def test_what_was_opened_survives_a_kill(boss: BossProcess, gateway: TmfBoss) -> None:
    orders = all_kinds(boss)
    prepare(gateway, orders)
    outcomes = gateway.submit(orders)
    boss.restart()
    assert gateway.ask(orders) == outcomes
    assert gateway.subscriber(orders[0].msisdn).state == "active"
    assert applied(boss, *orders) == [1] * len(orders)


def test_other_content_under_the_id_is_not_ours(boss: BossProcess, gateway: TmfBoss) -> None:
    orders = all_kinds(boss)
    prepare(gateway, orders)
    done(gateway, *orders)

    def with_item(one: BossOrder, at: int, item: OrderItem) -> BossOrder:
        items = list(one.items)
        items[at] = item
        return replace(one, items=tuple(items))

    first, swapped, changed, _, sold, used = orders
    elsewhere = boss.number()
    others = [
        replace(first, amount=first.amount + Money(1)),
        with_item(first, 1, replace(first.items[1], code=boss.sim().iccid)),
        with_item(first, 1, replace(first.items[1], attributes={"imsi": boss.sim().imsi})),
        with_item(first, 2, OrderItem(ItemKind.PLAN, "SZX8")),
        with_item(replace(first, msisdn=elsewhere), 0, replace(first.items[0], code=elsewhere)),
        with_item(swapped, 0, replace(swapped.items[0], code=boss.sim().iccid)),
        with_item(changed, 0, replace(changed.items[0], code=boss.number())),
        with_item(sold, 0, replace(sold.items[0], code=boss.card())),
        with_item(used, 0, replace(used.items[0], code=boss.card())),
        with_item(used, 0, replace(used.items[0], amount=Money(9_900))),
    ]
    for outcome in (*gateway.ask(others), *gateway.submit(others)):
        assert isinstance(outcome, Unknown), outcome
    assert applied(boss, *orders) == [1] * len(orders)


def test_an_order_that_cannot_be_read_is_refused(boss: BossProcess, gateway: TmfBoss) -> None:
    whole = fresh_opening(boss)
    broken = [
        replace(whole, amount=Money(1)),
        replace(whole, party=party("")),
        replace(whole, msisdn="12345678901"),
    ]
    for at, outcome in enumerate(gateway.submit(broken)):
        assert isinstance(outcome, Refused) and outcome.code == "malformed", (at, outcome)
    for one in (replace(whole, party=None), replace(whole, items=whole.items[1:])):
        (outcome,) = gateway.submit([one])
        assert isinstance(outcome, NotReached), "what cannot be said is not sent"
    assert gateway.ask([whole]) == [NotFound(whole.order)], "nothing was kept"
    done(gateway, whole)


# Nothing personal is kept or shown


def test_nothing_personal_is_logged_or_answered(
    boss: BossProcess, gateway: TmfBoss, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    document = boss.document()
    one = opening(boss.number(), boss.sim(), document)
    hidden = [document, "赵小燕", "郑州市金水区花园路1号", "13900139000"]
    boss.faults(lost_answer=1)
    outcomes = list(gateway.submit([one]))
    boss.faults()
    outcomes += gateway.submit([one])
    outcomes += gateway.ask([one])
    boss.blacklist("resident_id", document)
    outcomes += gateway.submit([opening(boss.number(), boss.sim(), document)])
    seen = f"{caplog.text} {outcomes!r} {one!r} {gateway.subscriber(one.msisdn)!r}"
    assert not [value for value in hidden if value in seen]
    books = b"".join(path.read_bytes() for path in boss.folder.iterdir())
    kept = [value for value in hidden if value.encode() in books]
    assert kept == ["赵小燕"], "the BOSS knows its customer by name, and the document by a digest"


def test_a_reason_does_not_repeat_the_customer() -> None:
    one = opening("13800138000", Sim("8986", ""), "410105199001010017")
    work = tmf.read_work(
        b'{"id":"7","state":"rejected","note":[{"id":"x","text":'
        + '"赵小燕 (410105199001010017)"}]}'.encode()
    )
    outcome = tmf.outcome(one, work)
    assert outcome == Refused(one.order, "x", "••• (•••)")
    assert tmf.impersonal(replace(one, party=party("1", phone=Personal(""))), "abc") == "abc"
