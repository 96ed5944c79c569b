"""What customers ask about their line, of a real BOSS process."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date

import httpx
import pytest

from qudao.domain.ordering.ports import Completed, Refused, SubscriberNotFound, UnlockingUnknown
from qudao.domain.ordering.types import ItemKind, OrderItem
from qudao.gateways.boss import tmf
from qudao.gateways.boss.gateway import TmfBoss
from qudao.gateways.boss.link import Connection
from qudao.kernel.money import Money
from simulators.boss.catalogue import catalogue
from simulators.boss.extras import allowances, points
from simulators.boss.people import Person
from simulators.boss.sims import puk
from tests.boss_process import BossProcess
from tests.gateways.boss.orders import NOW, order
from tests.swaggers import complaints


@pytest.fixture(scope="module")
def gateway(boss_process: BossProcess) -> Iterator[TmfBoss]:
    gateway = TmfBoss(Connection(boss_process.url, read_timeout_s=2))
    yield gateway
    gateway.close()


def debtor(boss: BossProcess) -> Person:
    return boss.find(lambda one: one.state == "active" and any(bill.open for bill in one.bills))


def test_usage_is_that_of_the_month(boss: BossProcess, gateway: TmfBoss) -> None:
    boss.clock(NOW)
    one = boss.fresh(lambda one: bool(one.add_ons) and one.plan != "SZXJY")
    plan = catalogue().plan(one.plan)
    extra = [entry for entry in map(catalogue().add_on, one.add_ons) if entry is not None]
    assert plan is not None
    found = gateway.usage(one.msisdn)
    told = {each.sort: each for each in found.allowances}
    assert told["data"].used + told["data"].left == plan.data_mb + sum(e.data_mb for e in extra)
    assert told["data"].unit == "MB"
    expected = allowances(one.msisdn, one.plan, one.add_ons, date(2026, 1, 15))
    assert [(e.sort, e.used, e.included - e.used) for e in expected] == [
        (each.sort, each.used, each.left) for each in found.allowances
    ]


def test_points_and_when_they_end(boss: BossProcess, gateway: TmfBoss) -> None:
    boss.clock(NOW)
    one = boss.fresh()
    line = boss.line(one.msisdn)
    assert line is not None
    expected = points(one.msisdn, date.fromisoformat(line["since"]), date(2026, 1, 15))
    found = gateway.points(one.msisdn)
    assert found.balance == expected.balance
    ends = ((expected.expires, expected.expiring),) if expected.expiring else ()
    assert found.expiring == ends


def test_bills_and_their_lines_add_up(boss: BossProcess, gateway: TmfBoss) -> None:
    one = debtor(boss)
    found = gateway.bills(one.msisdn)
    months = [bill.month for bill in found]
    assert months == sorted(months, reverse=True) and len(found) == len(one.bills)
    assert sum((bill.open for bill in found), Money(0)) == gateway.due(one.msisdn).amount
    for bill in found:
        charges = gateway.charges(bill.id)
        assert sum((charge.amount for charge in charges), Money(0)) == bill.amount
        assert all(charge.name_zh and charge.name_en.isascii() for charge in charges)
        assert bill.due_date is not None and f"{bill.due_date:%Y-%m}" > bill.month
    assert gateway.charges("nobody") == ()


def test_what_unlocks_the_card(boss: BossProcess, gateway: TmfBoss) -> None:
    one = boss.fresh()
    found = gateway.unlocking(one.msisdn)
    assert str.__str__(found.puk) == puk(one.iccid) != str.__str__(found.puk2)
    assert str.__str__(found.puk) not in repr(found)


def test_a_number_without_a_line_is_refused(boss: BossProcess, gateway: TmfBoss) -> None:
    number = boss.number()
    for ask in (gateway.usage, gateway.points, gateway.bills, gateway.unlocking):
        with pytest.raises(SubscriberNotFound):
            ask(number)
    ended = boss.find(lambda one: one.state == "terminated")
    with pytest.raises(UnlockingUnknown):
        gateway.unlocking(ended.msisdn)


def test_the_answers_are_what_the_specifications_say(boss: BossProcess) -> None:
    one = debtor(boss)
    with httpx.Client(base_url=boss.url, trust_env=False) as http:
        bill = http.get(tmf.BILLS, params={"billingAccount.id": one.msisdn}).json()[0]["id"]
        lines = http.get(tmf.CHARGES, params={"bill.id": bill}).json()
        kind = "AppliedCustomerBillingRate"
        assert lines and [complaints(678, kind, line) for line in lines] == [[]] * len(lines)
        for path, wanted in (
            (tmf.CHARGES, {"bill.id": bill}),
            (tmf.RESOURCES, {"id": one.iccid}),
            (tmf.LOYALTY, {"loyaltyProgramMember.id": one.msisdn}),
        ):
            row = http.get(path, params=wanted).json()[0]
            assert http.get(row["href"]).json() == row


def test_a_line_rests_and_works_again(boss: BossProcess, gateway: TmfBoss) -> None:
    one = boss.fresh(lambda one: one.payment == "prepaid")

    def do(business: str) -> object:
        (outcome,) = gateway.submit([order(business, one.msisdn, 0)])
        return outcome.code if isinstance(outcome, Refused) else type(outcome)

    assert do("resume") == "not_suspended"
    assert do("suspend") is Completed
    assert gateway.subscriber(one.msisdn).state == "suspended"
    assert do("suspend") == "line_suspended"
    (paid,) = gateway.submit([order("top_up", one.msisdn, 1_000)])
    assert isinstance(paid, Completed)
    assert gateway.subscriber(one.msisdn).state == "suspended", "no payment wakes it"
    assert do("resume") is Completed and gateway.subscriber(one.msisdn).state == "active"
    indebted = boss.find(lambda one: one.state == "suspended" and one.payment == "postpaid")
    (refused,) = gateway.submit([order("resume", indebted.msisdn, 0)])
    assert isinstance(refused, Refused) and refused.code == "suspended_for_debt"


def test_an_add_on_ends(boss: BossProcess, gateway: TmfBoss) -> None:
    one = boss.fresh(lambda one: bool(one.add_ons))
    end = order("add_on_cancel", one.msisdn, 0, OrderItem(ItemKind.ADD_ON, one.add_ons[0]))
    (done,) = gateway.submit([end])
    assert isinstance(done, Completed) and gateway.ask([end]) == [done]
    assert gateway.subscriber(one.msisdn).add_ons == one.add_ons[1:]
    again = order("add_on_cancel", one.msisdn, 0, OrderItem(ItemKind.ADD_ON, one.add_ons[0]))
    (refused,) = gateway.submit([again])
    assert isinstance(refused, Refused) and refused.code == "add_on_not_active"


@pytest.mark.parametrize("business", ["suspend", "resume", "add_on_cancel"])
def test_what_is_asked_is_valid_by_622(business: str) -> None:
    asked = order(business, "13800138000", 0, OrderItem(ItemKind.ADD_ON, "CLIP"))
    assert complaints(622, "ProductOrder_Create", json.loads(tmf.request(asked))) == []
