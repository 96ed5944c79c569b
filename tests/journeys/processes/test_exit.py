"""Channels leave: they close once all between them and us is settled, and not before."""

from datetime import date, timedelta

import pytest

from qudao.domain.wallet import operations as wallet
from qudao.domain.wallet import queries as wallets
from qudao.journeys import channels, leaving
from qudao.kernel.money import Money
from qudao.platform.processes import operations as processes
from qudao.platform.processes import queries as worklist
from qudao.platform.processes.refusals import FieldRefused
from qudao.platform.processes.types import InstanceId
from tests.journeys.processes.office import Office
from tests.province import NOON


def leave(office: Office, last_day: date) -> InstanceId:
    wallet.receive_deposit(
        office.province.system(),
        outlet=office.province.agent,
        amount=Money(5_000_00),
        reference="ICBC-1",
    )
    office.province.pay_in(office.province.agent, Money(88_00))
    return channels.leave(
        office.as_("manager"), outlet=office.province.agent, last_day=last_day, reason="店主退休"
    )


def test_a_last_day_that_is_over_is_refused(office: Office) -> None:
    with pytest.raises(channels.LastDayPast) as refused:
        leave(office, date(2026, 11, 19))
    assert refused.value.last_day == date(2026, 11, 19)


def test_a_channel_closes_once_all_is_settled(office: Office) -> None:
    agent = office.province.agent
    instance = leave(office, date(2026, 11, 25))
    office.do("supervisor", "review", review="accept")
    assert office.outlet(agent).state == "active", "it sells until its last day"
    assert office.waiting(instance) == set()
    office.at = NOON + timedelta(days=6)
    processes.advance(office.province.system(office.at), instance=instance)
    assert office.outlet(agent).state == "suspended"
    assert office.waiting(instance) == {"survey", "clear_stock", "settle"}
    office.do("keeper", "clear_stock", stock_cleared=True)
    office.do("finance", "settle", payout_reference="ICBC-3", commission_settled=True)
    held = wallets.wallet(office.as_("finance"), outlet=agent)
    assert held.balance == Money(0) and held.frozen
    assert office.waiting(instance) == {"survey"}, "the deposit waits for the closing check"
    office.look()
    office.do(
        "finance",
        "return_deposit",
        withheld=300_00,
        withheld_reason="招牌损坏",
        deposit_reference="ICBC-4",
    )
    assert wallets.deposit_held(office.as_("finance"), outlet=agent) == Money(0)
    assert office.outlet(agent).state == "suspended"
    with pytest.raises(FieldRefused):
        office.do("support", "close_in_boss", boss_done=False)
    office.do("support", "close_in_boss", boss_done=True)
    record = office.outlet(agent)
    assert (record.state, record.state_reason) == ("closed", "店主退休")
    assert office.state(instance) == "completed"
    done = worklist.work(office.province.system(office.at), instance=instance).data
    assert (done["deposit_back"], done["paid_out"]) == (4_700_00, 88_00)
    assert done["memberships_ended"] == 2


def test_money_that_comes_in_late_holds_a_channel(office: Office) -> None:
    instance = leave(office, date(2026, 11, 20))
    office.at = NOON + timedelta(days=1)
    office.do("supervisor", "review", review="accept")
    assert office.waiting(instance) == {"survey", "clear_stock", "settle"}, "its day is over"
    office.province.pay_in(office.province.agent, Money(1_00))
    office.do("finance", "settle", payout_reference="ICBC-3", commission_settled=True)
    office.do("keeper", "clear_stock", stock_cleared=True)
    office.look()
    # Money that comes in after all was settled is not lost: the channel stays open for it.
    office.province.pay_in(office.province.agent, Money(7_00))
    office.do("finance", "return_deposit", withheld=0, deposit_reference="ICBC-4")
    with pytest.raises(leaving.MoneyLeft) as left:
        office.do("support", "close_in_boss", boss_done=True)
    assert left.value.balance == Money(7_00)
    assert office.outlet(office.province.agent).state == "suspended"
    assert office.waiting(instance) == {"close_in_boss"}


def test_a_cancelled_exit_lets_the_channel_sell_again(office: Office) -> None:
    agent = office.province.agent
    instance = leave(office, date(2026, 11, 20))
    office.at = NOON + timedelta(days=1)
    office.do("supervisor", "review", review="accept")
    office.do("finance", "settle", payout_reference="ICBC-3", commission_settled=True)
    processes.cancel(office.as_("supervisor"), instance=instance, reason="店主改变主意")
    assert office.outlet(agent).state == "active"
    assert not wallets.wallet(office.as_("finance"), outlet=agent).frozen
