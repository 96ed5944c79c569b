"""Wallets: money in, limits, freezing, statements, and closings that tie to the ledger."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qudao.domain.ledger import operations as ledger
from qudao.domain.ledger import queries as accounts
from qudao.domain.ledger.types import Phase
from qudao.domain.ordering.models import Order
from qudao.domain.ordering.operations import BalanceTooLow, WalletIsFrozen, reverse, sell
from qudao.domain.ordering.types import OrderId, Sale
from qudao.domain.party import operations as party
from qudao.domain.wallet import operations as wallet
from qudao.domain.wallet import queries
from qudao.domain.wallet.models import Wallet
from qudao.domain.wallet.types import Closing
from qudao.kernel.money import Money
from qudao.kernel.page import PageRequest
from qudao.kernel.period import business_date
from qudao.platform.commands.command import AwaitingApproval
from qudao.platform.commands.context import NotPermitted
from qudao.platform.commands.models import JournalEntry
from qudao.platform.commands.operations import approve
from tests.province import NOON, Province, assert_sound

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


def held(province: Province) -> queries.WalletRecord:
    return queries.wallet(province.system(), outlet=province.agent)


def sold(province: Province, fen: int, *, days: int = 0) -> OrderId:
    sale = Sale(province.agent, "BILLPAY", "13800138000", Money(fen))
    return sell.one(province.clerk(at=NOON + days * DAY), sale).order


def announced(command: str) -> list[str]:
    entry = JournalEntry.objects.filter(command=command).latest("id")
    return [name for name, _ in entry.events or []]


def test_a_new_wallet_is_empty_and_opening_it_again_is_harmless(province: Province) -> None:
    record = held(province)
    assert (record.balance, record.credit_limit, record.frozen) == (Money(0), Money(0), False)
    assert record.is_low and record.low_balance == wallet.LOW_BALANCE
    assert wallet.open(province.system(), outlet=province.agent) == record.account
    assert Wallet.objects.unscoped("test").count() == 3


def test_money_comes_in(province: Province) -> None:
    province.pay_in(province.agent, Money(300_00))
    record = held(province)
    assert (record.balance, record.available, record.is_low) == (Money(300_00),) * 2 + (False,)
    assert announced("wallet.credit") == ["wallet.WalletCredited"]
    bank = accounts.account_of(province.organizations["4101"], "bank")
    assert bank is not None and accounts.derived_balance(bank) == Money(-300_00)
    with pytest.raises(wallet.AmountNotPositive):
        province.pay_in(province.agent, Money(0))


def test_a_frozen_wallet_takes_and_does_not_give(province: Province) -> None:
    province.pay_in(province.agent, Money(300_00))
    with pytest.raises(wallet.ReasonMissing):
        wallet.freeze(province.system(), outlet=province.agent, reason=" \n")
    wallet.freeze(province.system(), outlet=province.agent, reason=" inquiry ")
    assert announced("wallet.freeze") == ["wallet.WalletFrozen"]
    assert held(province).available == Money(0)
    with pytest.raises(WalletIsFrozen):
        sold(province, 10_00)
    province.pay_in(province.agent, Money(1_00))
    wallet.unfreeze(province.system(), outlet=province.agent)
    sold(province, 10_00)
    assert held(province).balance == Money(291_00)
    assert_sound()


def test_credit_is_what_a_wallet_may_owe(province: Province) -> None:
    wallet.set_credit_limit(province.system(), outlet=province.agent, limit=Money(100_00))
    assert held(province).available == Money(100_00)
    sold(province, 80_00)
    assert held(province).balance == Money(-80_00)
    with pytest.raises(ledger.FloorAboveBalance):
        wallet.set_credit_limit(province.system(), outlet=province.agent, limit=Money(79_99))
    with pytest.raises(wallet.AmountNotPositive):
        wallet.set_credit_limit(province.system(), outlet=province.agent, limit=Money(-1))
    wallet.set_credit_limit(province.system(), outlet=province.agent, limit=Money(80_00))
    assert_sound()


def test_a_high_credit_limit_waits_for_a_second_person(province: Province) -> None:
    maker = province.context("branch_supervisor", province.organizations["4101"])
    above = wallet.CREDIT_WITHOUT_CHECKER + Money(1)
    with pytest.raises(AwaitingApproval) as waiting:
        wallet.set_credit_limit(maker, outlet=province.agent, limit=above)
    assert waiting.value.reason == "wallet.credit_limit_high"
    assert held(province).credit_limit == Money(0)
    finance = province.context("finance", province.organizations["41"])
    approve(finance, parked=waiting.value.parked)
    assert held(province).credit_limit == above


@pytest.mark.parametrize(("fen", "after"), [(25_00, 125_00), (-25_00, 75_00)])
def test_an_adjustment_always_waits(province: Province, fen: int, after: int) -> None:
    province.pay_in(province.agent, Money(100_00))
    finance = province.context("finance", province.organizations["41"])
    with pytest.raises(AwaitingApproval) as waiting:
        wallet.adjust(finance, outlet=province.agent, amount=Money(fen), reason="counted anew")
    assert held(province).balance == Money(100_00)
    second = province.context(
        "finance", province.organizations["41"], actor=province.people["province"].user
    )
    approve(second, parked=waiting.value.parked)
    assert held(province).balance == Money(after)
    (line, *_) = queries.statement(
        province.clerk(), outlet=province.agent, page=PageRequest()
    ).items
    assert (line.kind, line.amount, line.balance) == ("adjustment", Money(fen), Money(after))
    assert_sound()


@pytest.mark.parametrize(
    ("fen", "reason", "refusal"),
    [
        (0, "x", wallet.AmountNotPositive),
        (1, " ", wallet.ReasonMissing),
        (-1, "x", ledger.InsufficientFunds),
    ],
)
def test_adjustments_that_are_refused(
    province: Province, fen: int, reason: str, refusal: type[Exception]
) -> None:
    finance = province.context("finance", province.organizations["41"])
    with pytest.raises(refusal):
        wallet.adjust(finance, outlet=province.agent, amount=Money(fen), reason=reason)


def test_low_balances_are_listed(province: Province) -> None:
    province.pay_in(province.agent, Money(500_00))
    province.pay_in(province.far, Money(199_99))
    finance = province.context("finance", province.organizations["41"])
    low = queries.wallets(finance, page=PageRequest(), low=True).items
    assert {row.outlet for row in low} == {province.far, province.hall}

    def warn_below(fen: int) -> None:
        owner = province.context("outlet_owner", province.agent)
        wallet.set_low_balance(owner, outlet=province.agent, amount=Money(fen))

    warn_below(500_01)
    assert held(province).is_low
    low = queries.wallets(finance, page=PageRequest(), low=True).items
    assert province.agent in {row.outlet for row in low}
    warn_below(0)
    assert not held(province).is_low


def test_nobody_sees_or_moves_the_wallets_of_another_branch(province: Province) -> None:
    luoyang = province.context("branch_supervisor", province.organizations["4103"])
    rows = queries.wallets(luoyang, page=PageRequest()).items
    assert [row.outlet for row in rows] == [province.far]
    for attempt in (
        lambda: queries.wallet(luoyang, outlet=province.agent),
        lambda: queries.statement(luoyang, outlet=province.agent, page=PageRequest()),
        lambda: wallet.freeze(luoyang, outlet=province.agent, reason="x"),
        lambda: wallet.set_credit_limit(luoyang, outlet=province.agent, limit=Money(1)),
    ):
        with pytest.raises(queries.WalletNotFound):
            attempt()
    assert queries.closings(luoyang, outlet=province.agent, page=PageRequest()).total == 0
    with pytest.raises(NotPermitted):
        wallet.freeze(province.clerk(), outlet=province.agent, reason="x")


def test_the_statement_is_complete_to_the_line(province: Province) -> None:
    province.pay_in(province.agent, Money(500_00))
    orders = [sold(province, fen) for fen in (100_00, 20_00, 30_00)]
    province.dispatch()
    province.complete(orders[:2])
    province.refuse(orders[2:])
    reverse(province.context("outlet_owner", province.agent), order=orders[1], reason="typo")
    province.complete(province.dispatch())
    page = queries.statement(province.clerk(), outlet=province.agent, page=PageRequest())
    lines = [(line.phase, line.amount.minor, line.balance.minor) for line in page.items]
    assert lines == [
        (Phase.REVERSE, 20_00, 400_00),
        (Phase.VOID, 30_00, 380_00),
        (Phase.PENDING, -30_00, 350_00),
        (Phase.PENDING, -20_00, 380_00),
        (Phase.PENDING, -100_00, 400_00),
        (Phase.SINGLE, 500_00, 500_00),
    ]
    assert [line.cause for line in page.items[:3]] == [orders[1], orders[2], orders[2]]
    assert held(province).spent_today == Money(100_00)


def test_after_a_move_new_sales_count_for_the_new_branch(province: Province) -> None:
    province.pay_in(province.agent, Money(100_00))
    before = sold(province, 10_00)
    party.move_organization(
        province.system(),
        organization=province.agent,
        parent=province.organizations["410305"],
    )
    wallet.rehome(province.system(), outlet=province.agent)
    with pytest.raises(queries.WalletNotFound):
        queries.wallet(province.clerk(), outlet=province.agent)  # as seen from the old place
    province.paths[province.agent] = (
        Wallet.objects.unscoped("test").get(outlet=province.agent).outlet.path
    )
    after = sold(province, 20_00)
    province.dispatch()

    def derived(branch: str, kind: str) -> int:
        found = accounts.account_of(province.organizations[branch], kind)
        return 0 if found is None else accounts.derived_balance(found).minor

    assert (derived("4101", "in_flight"), derived("4103", "in_flight")) == (10_00, 20_00)
    province.complete([before, after])
    assert (derived("4101", "in_flight"), derived("4103", "in_flight")) == (0, 0)
    assert derived("4101", "collected") + derived("4103", "collected") == 30_00
    assert derived("4103", "collected") >= 20_00
    assert_sound()


# ---- closings ------------------------------------------------------------------------------------


def close(province: Province, days: int) -> int:
    day = business_date(NOON + days * DAY)
    return wallet.close_day(province.system(NOON + (days + 1) * DAY), day=day)


def closings(province: Province) -> list[Closing]:
    page = queries.closings(province.clerk(), outlet=province.agent, page=PageRequest(200))
    return list(reversed(page.items))


def test_a_day_is_closed_after_it_has_ended_and_once(province: Province) -> None:
    today = business_date(NOON)
    with pytest.raises(wallet.DayNotOver):
        wallet.close_day(province.system(NOON), day=today)
    midnight = NOON + timedelta(hours=12)
    with pytest.raises(wallet.DayNotOver):
        wallet.close_day(province.system(midnight - timedelta(microseconds=1)), day=today)
    assert wallet.close_day(province.system(midnight), day=today) == 3
    assert wallet.close_day(province.system(midnight), day=today) == 0


def test_closings_say_what_the_days_did(province: Province) -> None:
    province.pay_in(province.agent, Money(500_00))
    first = sold(province, 100_00)
    late = sold(province, 40_00)
    province.dispatch()
    province.complete([first])
    close(province, 0)
    # What was open over midnight is refused on the next day: the money comes back on that day.
    province.refuse([late], at=NOON + DAY)
    sold(province, 7_00, days=1)
    close(province, 1)
    close(province, 2)
    shown = [
        (c.opening, c.paid_in, c.sold, c.returned, c.adjusted, c.closing, c.lines)
        for c in closings(province)
    ]
    fen = [tuple(m.minor if isinstance(m, Money) else m for m in row) for row in shown]
    assert fen == [
        (0, 500_00, 140_00, 0, 0, 360_00, 3),
        (360_00, 0, 7_00, 40_00, 0, 393_00, 2),
        (393_00, 0, 0, 0, 0, 393_00, 0),
    ]


DEED = st.tuples(
    st.sampled_from(["pay_in", "sell", "settle", "refuse", "adjust", "reverse"]),
    st.integers(1, 90),
)


@given(days=st.lists(st.lists(DEED, max_size=6), min_size=2, max_size=5))
@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
def test_closings_tie_to_the_ledger(province: Province, days: list[list[tuple[str, int]]]) -> None:
    with transaction.atomic():
        expected = []
        for number, deeds in enumerate(days):
            _live(province, number, deeds)
            expected.append(held(province).balance)
        for number in range(len(days)):
            assert close(province, number) == 3
        found = closings(province)
        assert [one.closing for one in found] == expected
        assert [one.opening for one in found[1:]] == expected[:-1]
        for one in found:
            total = one.opening + one.paid_in - one.sold + one.returned + one.adjusted
            assert total == one.closing
            lines = accounts.lines(
                held(province).account,
                PageRequest(200),
                first=one.business_date,
                last=one.business_date,
            )
            assert one.lines == lines.total
            moved = sum(line.amount.minor for line in lines.items)
            assert moved == (one.closing - one.opening).minor
        assert_sound()
        transaction.set_rollback(True)


def _live(province: Province, number: int, deeds: list[tuple[str, int]]) -> None:
    at = NOON + number * DAY
    for what, yuan in deeds:
        amount = Money(yuan * 100)
        try:
            match what:
                case "pay_in":
                    province.pay_in(province.agent, amount, at=at)
                case "sell":
                    sold(province, amount.minor, days=number)
                case "settle":
                    province.complete(province.dispatch(at=at, most=1), at=at)
                case "refuse":
                    province.refuse(province.dispatch(at=at, most=1), at=at)
                case "adjust":
                    wallet.adjust(
                        province.system(at), outlet=province.agent, amount=-amount, reason="test"
                    )
                case "reverse":
                    _reverse_one(province, number)
        except (ledger.InsufficientFunds, BalanceTooLow):
            continue


def _reverse_one(province: Province, number: int) -> None:
    at = NOON + number * DAY
    done = Order.objects.unscoped("test").filter(
        state="completed", business_date=business_date(at), reverses=None
    )
    order = done.values_list("id", flat=True).first()
    if order is not None:
        reverse(province.system(at), order=order, reason="test")
