"""A channel's entry in a real browser: every role, a refusal, a reminder, and a migration."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from qudao.domain.saleschannel import queries as outlets
from qudao.domain.wallet import queries as wallets
from qudao.journeys.channels import ENTRY
from qudao.journeys.jobs.processes import advance
from qudao.kernel.money import Money
from qudao.platform.processes import queries
from tests.browser.case import Case
from tests.browser.conftest import Day, Revise

pytestmark = pytest.mark.browser


def test_a_partner_enters_with_a_refusal_a_reminder_and_a_migration(
    day: Day, revise: Revise
) -> None:
    case = Case(day)
    manager = case.desk("manager")
    page = manager.page
    page.goto(reverse("admin:channel_entry") + "?place=410102&kind=agency_point")
    expect(page.locator("input[name=node_code]")).to_have_count(6)
    page.locator("input[name=node_code]").nth(2).check()
    chosen = page.locator("input[name=node_code]:checked").get_attribute("value")
    given: dict[str, Any] = {
        "name_zh": "建设西路特约代理点",
        "name_en": "Jianshe West Road Agency",
        "address": "建设西路 18 号",
        "longitude": "113.6254",
        "latitude": "34.7466",
        "contract_number": "ZZ-2026-118",
        "contract_from": "2026-01-01",
        "deposit": "5000",
    }
    for name, value in given.items():
        page.fill(f"[name={name}]", value)
    manager.settle()
    page.evaluate("window.scrollTo(0, 0)")
    manager.shot("channel-entry")
    manager.accessible()
    page.get_by_role("button", name="申请准入").click()
    expect(page.get_by_text("已录入草稿，下一步：实地核查。")).to_be_visible()
    record = outlets.outlet_by_node_code(day.province.system(), node_code=str(chosen))
    assert (record.state, record.deposit) == ("draft", Money(5_000_00))
    (found,) = queries.instances_of(day.province.system(), subject=record.outlet)

    case.look_on_site()
    supervisor = case.open("supervisor", "review")
    supervisor.page.check("input[name=review][value=return]")
    supervisor.page.fill("[name=review_reason]", "请补充门头名称")
    case.send(supervisor)
    desk = case.open("manager", "correct")
    expect(desk.page.get_by_text("请补充门头名称").first).to_be_visible()
    desk.page.fill("[name=name_zh]", "建设西路移动代理点")
    case.send(desk)

    # Meanwhile the process has changed: the instance is carried over to the new version.
    case.carry_over(found.id, revise(ENTRY, "启用渠道|", "启用渠道并公示|"))

    # The review waits too long: its people are reminded, then it goes to the province as well.
    case.office.look()
    late = datetime.now(UTC) + timedelta(days=5)
    assert advance(day.province.system(late)) == 1
    kinds = [one.kind for one in queries.steps(day.province.system(), instance=found.id)]
    assert {"reminded", "escalated"} <= set(kinds)

    supervisor = case.open("supervisor", "review")
    supervisor.page.check("input[name=review][value=accept]")
    case.send(supervisor)
    finance = case.open("finance", "take_deposit")
    finance.page.fill("[name=deposit_reference]", "ICBC-20261122-7")
    case.send(finance)
    assert wallets.deposit_held(day.province.system(), outlet=record.outlet) == Money(5_000_00)
    supervisor.page.goto(reverse("admin:processes_instance_change", args=[found.id]))
    expect(supervisor.page.locator(".o-diagram .djs-shape.o-waiting")).to_have_count(1)
    supervisor.settle()
    supervisor.page.locator(".o-diagram").scroll_into_view_if_needed()
    supervisor.shot("channel-process")
    desk = case.open("support", "open_in_boss")
    desk.page.check("input[name=boss_done][value=yes]")
    case.send(desk)
    record = outlets.outlet(day.province.system(), outlet=record.outlet)
    assert (record.state, record.name_zh) == ("active", "建设西路移动代理点")
    assert queries.instance(day.province.system(), instance=found.id).state == "completed"

    page.goto(reverse("admin:saleschannel_outlet_change", args=[record.outlet]))
    expect(page.get_by_role("heading", name="实地核查")).to_be_visible()
    page.get_by_role("heading", name="实地核查").scroll_into_view_if_needed()
    manager.shot("channel-outlet")
    survey = outlets.surveys(day.province.system(), outlet=record.outlet)[0]
    shown = page.request.get(reverse("admin:channel_photograph", args=[survey.id, 0]))
    assert shown.headers["content-type"] == "image/jpeg"
    manager.calm()
