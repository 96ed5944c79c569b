"""
A channel changes and leaves in a real browser: every role, refusals, a reminder, settlement, and
new versions of the processes on the way.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from qudao.domain.saleschannel import queries as outlets
from qudao.domain.stock import operations as stock
from qudao.domain.stock.types import Goods
from qudao.domain.wallet import operations as wallet
from qudao.domain.wallet import queries as wallets
from qudao.journeys.channels import CHANGE, EXIT
from qudao.kernel.money import Money
from qudao.kernel.period import business_date
from qudao.platform.processes import operations as processes
from qudao.platform.processes import queries
from tests.browser.case import Case
from tests.browser.conftest import Day, Revise
from tests.domain.stock.stand import Stand

pytestmark = pytest.mark.browser


def test_an_own_shop_changes_and_a_partner_leaves(day: Day, revise: Revise) -> None:
    case = Case(day)
    change_of_an_own_shop(case, revise)
    exit_of_a_partner(case, revise)
    case.calm()


def change_of_an_own_shop(case: Case, revise: Revise) -> None:
    """An own shop's core data: asked of the province, which says no once."""
    day, hall = case.day, case.day.province.hall
    system = day.province.system()
    before = outlets.outlet(system, outlet=hall)

    def ask() -> None:
        page = case.desk("manager").page
        page.goto(reverse("admin:saleschannel_outlet_change", args=[hall]))
        page.get_by_role("link", name="申请变更").click()
        page.fill("[name=name_zh]", "中原路旗舰厅")
        page.fill("[name=address]", "中原路 88 号")
        page.fill("[name=reason]", "装修后迁址")
        page.locator("main form button[type=submit].q-btn-primary").click()
        expect(page.get_by_text("流程已发起")).to_be_visible()

    ask()
    case.look_on_site()
    case.do("supervisor", "review", review="accept")
    desk = case.open("province", "approve")
    case.fill(desk, approval="reject")
    case.press(desk)
    expect(desk.page.get_by_role("alert").first).to_be_visible()
    case.fill(desk, approval_reason="先报装修方案")
    case.send(desk)
    ended = case.instance(hall)
    assert ended.state == "completed"
    page = case.desk("manager").page
    page.goto(reverse("admin:processes_instance_change", args=[ended.id]))
    expect(page.get_by_text("先报装修方案").first).to_be_visible()
    assert outlets.outlet(system, outlet=hall) == before, "nothing was changed"

    ask()
    case.office.look()
    # nobody reviews it: its people are reminded, then it goes to the province as well
    assert {"reminded", "escalated"} <= case.wait_too_long("review", days=5)
    page = case.desk("supervisor").page
    page.goto(reverse("admin:processes_task_changelist"))
    expect(page.locator("main").get_by_text("已升级").first).to_be_visible()
    version = revise(CHANGE, "|Change in the BOSS", "|Have the BOSS changed")
    case.carry_over(case.instance(hall).id, version)
    case.office.do("supervisor", "review", review="accept")
    case.office.do("province", "approve", approval="accept")
    assert outlets.outlet(system, outlet=hall) == before, "not before the BOSS has it"
    desk = case.open("support", "change_in_boss")
    expect(desk.page.get_by_text("Have the BOSS changed").first).to_be_visible()
    case.fill(desk, boss_done="yes")
    case.send(desk)
    now = outlets.outlet(system, outlet=hall)
    assert (now.name_zh, now.address) == ("中原路旗舰厅", "中原路 88 号")


def give_back(day: Day, serials: list[str]) -> None:
    """The outlet's goods go back to the branch's store."""
    now, province = datetime.now(UTC), day.province
    back = stock.return_goods(
        province.clerk(at=now),
        place=province.agent,
        goods=[Goods("RC50", serials=tuple(serials))],
        reason="退出",
    )
    keeper = province.context("stock_keeper", province.organizations["4101"], at=now)
    stock.receive(keeper, requisition=back, everything=True)


def exit_of_a_partner(case: Case, revise: Revise) -> None:
    """A partner leaves: all between it and us is settled before it is closed."""
    day, agent = case.day, case.day.province.agent
    system = day.province.system(datetime.now(UTC))
    stock.load_reference(day.province.system())
    serials = Stand(day.province).cards(2, place=agent)
    wallet.receive_deposit(system, outlet=agent, amount=Money(5_000_00), reference="ICBC-1")

    page = case.desk("manager").page
    page.goto(reverse("admin:saleschannel_outlet_change", args=[agent]))
    page.get_by_role("link", name="申请退出").click()
    page.fill("[name=last_day]", business_date(datetime.now(UTC)).isoformat())
    page.fill("[name=reason]", "店主退休")
    page.get_by_role("button", name="申请退出").click()
    expect(page.get_by_text("流程已发起")).to_be_visible()
    found = case.instance(agent)
    desk = case.desk("supervisor")
    desk.page.goto(reverse("admin:saleschannel_outlet_change", args=[agent]))
    desk.page.get_by_role("link", name="分公司审核").first.click()
    desk.page.get_by_role("link", name="办理", exact=True).click()
    case.fill(desk, review="accept")
    case.send(desk)
    assert outlets.outlet(system, outlet=agent).state == "active", "it sells until its last day"
    tomorrow = day.province.system(datetime.now(UTC) + timedelta(days=1))
    processes.advance(tomorrow, instance=found.id)
    assert outlets.outlet(system, outlet=agent).state == "suspended"

    # three people at once, by a version that came meanwhile; each is told what is missing
    case.carry_over(found.id, revise(EXIT, "|Close in the BOSS", "|Have it closed in the BOSS"))
    keeper = case.open("keeper", "clear_stock")
    case.fill(keeper, stock_cleared="yes")
    case.press(keeper)
    expect(keeper.page.get_by_text("请先退回或处理差异")).to_be_visible()
    assert case.task("clear_stock").state == "open"
    give_back(day, serials)
    case.do("keeper", "clear_stock", stock_cleared="yes")
    finance = case.open("finance", "settle")
    finance.settle()
    finance.shot("channel-exit-settlement")
    finance.accessible()
    case.fill(finance, commission_settled="no", payout_reference="ICBC-3")
    case.press(finance)
    expect(
        finance.page.get_by_text("commission of some month is still to be settled")
    ).to_be_visible()
    case.fill(finance, commission_settled="yes", payout_reference="ICBC-3")
    case.send(finance)
    held = wallets.wallet(system, outlet=agent)
    assert held.balance == Money(0) and held.frozen
    case.look_on_site()
    desk = case.open("finance", "return_deposit")
    case.fill(desk, withheld="300", deposit_reference="ICBC-4")
    case.press(desk)
    expect(desk.page.get_by_role("alert").first).to_be_visible()
    case.fill(desk, withheld_reason="Sign damaged", deposit_reference="ICBC-4")
    case.send(desk)
    assert outlets.outlet(system, outlet=agent).state == "suspended", "closed by nobody yet"
    case.do("support", "close_in_boss", boss_done="yes")
    finance.page.goto(reverse("admin:processes_instance_change", args=[found.id]))
    expect(finance.page.get_by_text("Have it closed in the BOSS").first).to_be_visible()
    record = outlets.outlet(system, outlet=agent)
    assert (record.state, record.state_reason) == ("closed", "店主退休")
    assert queries.instance(system, instance=found.id).state == "completed"
