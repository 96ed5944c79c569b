"""A policy from its draft to its effect, and a dispute to its answer, in a real browser."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from django.urls import reverse
from playwright.sync_api import Page, expect

from qudao.domain.commission import queries as policies
from qudao.domain.commission.models import Policy
from qudao.domain.commission.models.settlements import Adjustment, Dispute
from qudao.domain.commission.operations import payouts
from qudao.domain.commission.types import Case as Facts
from qudao.domain.commission.types import CaseFact, CaseRow, PolicyId, PolicyState
from qudao.domain.commission.types.settlements import Payee, TaxBand
from qudao.domain.saleschannel.models import Outlet
from qudao.journeys import extracts
from qudao.journeys import lake as exporting
from qudao.journeys.policies import POLICY
from qudao.journeys.processes.commission_dispute import DISPUTE
from qudao.kernel.money import Money
from qudao.kernel.period import business_date, day_bounds
from qudao.platform.commands.command import AwaitingApproval
from qudao.platform.commands.operations import approve
from qudao.platform.lake.open import lake as opened
from qudao.platform.processes import queries
from qudao.platform.processes.models import Task
from simulators.boss import extract
from simulators.boss.extract import Row
from tests.browser.case import SENT, Case
from tests.browser.conftest import SHOTS, Day, Revise, wait_until
from tests.domain.commission.policies import Offices, draft, fee
from tests.journeys.processes.office import PICTURE
from tests.journeys.test_settling import Month, sold
from tests.lakes import DUCKDB_URL

pytestmark = pytest.mark.browser


def test_a_policy_and_a_dispute(day: Day, settings: Any, tmp_path: Path, revise: Revise) -> None:
    case = Case(day)
    policy = a_policy_takes_effect(case, revise)
    an_emergency(case, policy)
    a_dispute_is_answered(case, revise, settings, tmp_path)
    if SHOTS:
        pictures_of_finance(case, settings, tmp_path)
    case.calm()


def first_of_next_month() -> date:
    return (business_date(datetime.now(UTC)).replace(day=1) + timedelta(days=32)).replace(day=1)


def show(page: Page, screen: str, key: object) -> None:
    page.goto(reverse(f"admin:{screen}_change", args=[key]))


def own_task(page: Page, text: str) -> None:
    """From the policy's page to the viewer's task, and to its form."""
    page.get_by_role("link", name=text).click()
    page.get_by_role("link", name="办理", exact=True).click()


def a_policy_takes_effect(case: Case, revise: Revise) -> PolicyId:
    """
    Written, refused once with a reason, late once, carried over to a new version of the process,
    configured, verified on cases, effective.
    """
    supervisor = case.desk("supervisor")
    page = supervisor.page
    page.goto(reverse("admin:policy_new") + "?branch=4101")
    page.fill("[name=name_zh]", "代收费手续费")
    page.fill("[name=name_en]", "Fee for bills paid")
    page.fill("[name=first_day]", first_of_next_month().isoformat())
    page.fill("[name='p0.name_zh']", "社会渠道")
    page.fill("[name='p0.name_en']", "Social channels")
    page.select_option("[name='p0.scheme']", "percentage")
    page.get_by_role("button", name="添加规则").click()
    page.fill("[name='p0.r0.code']", "bills")
    page.fill("[name='p0.r0.name_zh']", "代收费手续费")
    page.fill("[name='p0.r0.name_en']", "Bill fee")
    page.check("[name='p0.r0.t.businesses'][value=bill_payment]")
    page.fill("[name='p0.r0.t.rate_ppm']", "1.2")
    page.locator("button[name=do][value=save]").last.click()
    expect(page.get_by_text("草稿已保存")).to_be_visible()
    policy = PolicyId(Policy.objects.get(name_zh="代收费手续费").id)

    def state() -> PolicyState:
        return policies.version(case.day.province.system(), policy).state

    expect(page.get_by_role("link", name="提交审批")).to_be_visible()
    page.get_by_role("link", name="提交审批").click()
    page.locator("main form button[type=submit].q-btn-primary").click()
    expect(page.get_by_text("流程已发起")).to_be_visible()
    found = case.instance(policy)

    # marketing says no: a reason is asked for, and comes back to the branch
    marketing = case.desk("marketing").page
    show(marketing, "commission_policy", policy)
    expect(marketing.get_by_role("link", name="代表市场部审批")).to_have_count(0)
    own_task(marketing, "办理：省市场部审批")
    case.fill(case.desk("marketing"), marketing="reject")
    case.press(case.desk("marketing"))
    expect(marketing.get_by_text("理由：不能为空")).to_be_visible()
    marketing.fill("[name=marketing_reason]", "高于全省上限 1%")
    case.send(case.desk("marketing"))
    assert state() == PolicyState.DRAFT
    show(page, "commission_policy", policy)
    page.get_by_role("link", name="办理：修改政策").click()
    expect(page.get_by_text("高于全省上限 1%").first).to_be_visible()
    page.get_by_role("link", name="修改草稿").click()
    page.fill("[name='p0.r0.t.rate_ppm']", "1")
    page.locator("button[name=do][value=save]").last.click()
    expect(page.get_by_text("草稿已保存")).to_be_visible()
    own_task(page, "办理：修改政策")
    case.fill(supervisor, revision="again")
    case.send(supervisor)

    # it lies there: marketing is reminded, then it goes to the administrator as well
    assert {"reminded", "escalated"} <= case.wait_too_long("approve_marketing", days=5)
    marketing.goto(reverse("admin:processes_task_changelist") + "?which=late")
    marketing.locator("main").get_by_role("link", name="省市场部审批").click()
    marketing.get_by_role("link", name="办理", exact=True).click()
    case.fill(case.desk("marketing"), marketing="accept")
    case.send(case.desk("marketing"))
    agrees_by_keyboard(case)

    case.carry_over(found.id, revise(POLICY, "验证配置|", "对照政策验证配置|"))

    # the support centre's task leads to the page on which rules are configured
    support = case.desk("support").page
    show(support, "processes_task", case.task("configure").id)
    support.get_by_role("link", name="Configure by hand").click()
    support.fill("[name='p0.r0.t.rate_ppm']", "10")
    support.locator("button[name=do][value=save]").last.click()
    expect(support.get_by_text("in 1 places otherwise than approved")).to_be_visible()
    assert state() == PolicyState.CONFIGURED

    # the supervisor sees what differs, sends it back, then tries test cases
    case.open("supervisor", "verify")
    case.fill(supervisor, verified="return", verified_reason="费率应为 1%")
    case.send(supervisor)
    case.do("support", "configure", configuration="done", configuration_note="as approved")
    show(page, "processes_instance", found.id)
    expect(page.locator(".o-diagram .djs-shape.o-waiting")).to_have_count(1)
    supervisor.settle()
    page.locator(".o-diagram").scroll_into_view_if_needed()
    supervisor.shot("policy-process")
    show(page, "processes_task", case.task("verify").id)
    expect(page.get_by_text("对照政策验证配置").first).to_be_visible()
    page.get_by_role("link", name="用测试用例验证").click()
    page.fill("[name='c0.name']", "一笔代收费")
    page.select_option("[name='c0.0.business']", "bill_payment")
    page.fill("[name='c0.0.amount']", "100")
    page.fill("[name='c0.0.expected']", "1.20")
    page.locator("button[name=do][value=verify]").click()
    expect(page.get_by_role("alert").first).to_be_visible()
    page.fill("[name='c0.0.expected']", "1")
    page.locator("button[name=do][value=try]").last.click()
    expect(page.get_by_text("与预期一致").first).to_be_visible()
    supervisor.settle()
    supervisor.shot("policy-verification", whole=True)
    supervisor.accessible()
    assert state() == PolicyState.CONFIGURED
    assert not policies.rules_of(first_of_next_month()), "nothing earns before the end"
    page.locator("button[name=do][value=verify]").click()
    expect(page.get_by_text("生效").first).to_be_visible()
    assert state() == PolicyState.EFFECTIVE
    (rule,) = policies.rules_of(first_of_next_month())
    assert rule.code == "bills"
    ended = queries.instance(case.day.province.system(), instance=found.id)
    assert ended.state == "completed"

    # on what it was verified is found from its page
    show(page, "commission_policy", policy)
    page.get_by_role("link", name="留存的测试用例").click()
    expect(page.get_by_text("所有用例的结果均与预期一致。")).to_be_visible()
    supervisor.settle()
    supervisor.shot("policy-kept-cases", whole=True)
    supervisor.accessible()
    return policy


def agrees_by_keyboard(case: Case) -> None:
    """Finance does its task without a mouse."""
    desk = case.open("finance", "approve_finance")
    desk.page.locator("input[name=finance][value=accept]").focus()
    desk.page.keyboard.press("Space")
    desk.page.keyboard.press("Tab")
    expect(desk.page.locator("[name=finance_reason]")).to_be_focused()
    desk.page.keyboard.press("Tab")
    expect(desk.page.get_by_role("button", name="Send", exact=True)).to_be_focused()
    desk.page.keyboard.press("Enter")
    expect(desk.page.get_by_text(SENT["en"])).to_be_visible()
    assert case.task("configure").state == "open"


def an_emergency(case: Case, policy: PolicyId) -> None:
    """The supervisor withdraws what is effective; a second person agrees."""
    page = case.desk("supervisor").page
    show(page, "commission_policy", policy)
    page.get_by_role("link", name="撤回").click()
    page.fill("[name=reason]", "发现套利")
    page.get_by_role("button", name="撤回").click()
    expect(page.get_by_text("已提交第二人审批")).to_be_visible()
    assert policies.rules_of(first_of_next_month())
    province = case.desk("province").page
    province.goto(reverse("admin:commands_parkedcommand_changelist"))
    province.locator("main tbody a").first.click()
    province.get_by_role("link", name="通过").first.click()
    province.get_by_role("button", name="通过").click()
    expect(province.get_by_text("已通过并执行。")).to_be_visible()
    assert not policies.rules_of(first_of_next_month())


def settled(case: Case, settings: Any, folder: Path) -> date:
    """Last month: three top-ups at the agent's, 2 % of them earned, settled, paid; return it."""
    settings.LAKE_FOLDER = str(folder / "lake")
    settings.LAKE_ENGINE = DUCKDB_URL
    province, now = case.day.province, datetime.now(UTC)
    first = (business_date(now).replace(day=1) - timedelta(days=1)).replace(day=1)
    row = CaseRow(CaseFact.SALE, first, "top_up", Money(100_00), expected=Money(2_00))
    Offices(province, at=now).effective(
        draft(fee(rate_ppm=20_000), first=first),
        Facts("one top-up", first, "4101", "agency_point", (row,)),
    )
    sold_at = day_bounds(first + timedelta(days=14)).start + timedelta(hours=12)
    with transaction.atomic():  # until it is done, the day's own dispatcher sees nothing of it
        orders = [sold(province, province.agent, fen, at=sold_at) for fen in (100_00, 50_00, 30_00)]
        province.dispatch(at=sold_at)
        province.complete(orders, at=sold_at)
    with opened() as lake:
        exporting.export(province.system(now), lake, first=first, last=first + timedelta(days=27))
    Month(province, at=now).posted(first)
    return first


def a_dispute_is_answered(case: Case, revise: Revise, settings: Any, folder: Path) -> None:
    """The owner says what is wrong with a line; it is examined, sent back once, and put right."""
    month = settled(case, settings, folder)
    owner = case.desks["owner"] = case.day.sign_in("owner")
    page = owner.page
    page.goto(f"/commission/{month:%Y-%m}/")
    page.locator("tr", has_text="¥50.00").locator("a.q-btn").click()
    page.fill("[name=claim]", "这笔是 60 元，不是 50 元")
    page.get_by_role("button", name="提出争议").click()
    expect(page.get_by_text("分公司已收到，将在此答复。")).to_be_visible()
    dispute = Dispute.objects.unscoped("test").get()
    assert dispute.due_on == business_date(datetime.now(UTC)) + timedelta(days=7)
    wait_until(lambda: Task.objects.unscoped("test").filter(element="examine").exists())

    # while its process is under way, nobody answers beside it
    finance = case.desk("finance")
    show(finance.page, "commission_dispute", dispute.id)
    expect(finance.page.get_by_role("link", name="Answer")).to_have_count(0)
    desk = case.open("manager", "examine")
    case.fill(desk, finding="right", finding_text="小票为 60 元")
    proof = {"name": "slip.jpg", "mimeType": "image/jpeg", "buffer": PICTURE}
    desk.page.set_input_files("input[name=proofs]", [proof])  # type: ignore[list-item]
    case.send(desk)
    case.carry_over(
        case.instance(dispute.id).id,
        revise(DISPUTE, "|Check by finance", "|Second look by finance"),
    )
    case.do("supervisor", "decide", decision="uphold", correction="2", answer="补付 2.00 元")
    case.do(
        "finance", "confirm", confirmation="return", confirmation_reason="10 元的 2% 是 0.20 元"
    )
    assert not Adjustment.objects.unscoped("test").exists()
    desk = case.open("supervisor", "decide")
    expect(desk.page.get_by_text("10 元的 2% 是 0.20 元").first).to_be_visible()
    case.fill(desk, decision="uphold", correction="0.20", answer="核实为 60 元，补付 0.20 元")
    case.send(desk)
    case.do("finance", "confirm", confirmation="accept")
    (made,) = Adjustment.objects.unscoped("test").values_list("amount", flat=True)
    assert made == 20

    page.goto("/commission/disputes/")
    expect(page.get_by_text("核实为 60 元，补付 0.20 元")).to_be_visible()
    owner.settle()
    owner.accessible()
    found = case.instance(dispute.id)
    assert found.state == "completed"
    show(finance.page, "processes_instance", found.id)
    expect(finance.page.get_by_text("Second look by finance").first).to_be_visible()
    expect(finance.page.locator(".o-diagram .djs-shape.o-passed").first).to_be_visible()
    finance.settle()
    finance.shot("commission-dispute")


def pictures_of_finance(case: Case, settings: Any, folder: Path) -> None:
    """The lake's files with rows put aside and an extract refused; bands of tax."""
    province, now = case.day.province, datetime.now(UTC)
    month = (business_date(now).replace(day=1) - timedelta(days=1)).replace(day=1)
    drop = folder / "drop"
    drop.mkdir()
    settings.LAKE_DROP = str(drop)
    node_code = Outlet.objects.unscoped("test").get(pk=province.agent).node_code
    rows = [
        Row(
            subscriber=410_000 + number,
            node_code=node_code,
            order="",
            opened_day=f"{month:%Y-%m}-05",
            activated_day=f"{month:%Y-%m}-06",
            calls=31,
            voice_s=4_200,
            data_kb=910_000,
            billed=59_00,
            collected=59_00,
            state="active",
        )
        for number in range(1, 801)
    ]
    wrong: dict[int, dict[str, Any]] = {
        17: {"node_code": "410102209999"},
        41: {"opened_day": f"{month:%Y}-02-30"},
        230: {"state": "asleep"},
        512: {"subscriber": 410_511},
        640: {"activated_day": f"{month:%Y-%m}-02"},
    }
    broken = [replace(row, **wrong.get(place, {})) for place, row in enumerate(rows, 1)]
    for delivered, spoilt in ((broken, None), (rows, "total"), (rows, "share")):
        extract.write(drop, "4101", month, delivered, "csv", spoilt)
        with opened() as lake:
            list(extracts.take(province.system(now), lake, drop))
        now += timedelta(seconds=1)
    finance = case.desk("finance")
    finance.page.goto(reverse("admin:lake_files"))
    expect(finance.page.get_by_text("5 rows of extracts were put aside.")).to_be_visible()
    expect(finance.page.get_by_text("Nothing was loaded; ask for a file that")).to_be_visible()
    finance.settle()
    finance.shot("lake-files", whole=True)
    finance.accessible()
    finance.page.goto(reverse("admin:lake_file", args=["subscribers", f"{month:%Y-%m}", "4101"]))
    expect(finance.page.get_by_text("names the outlet “410102209999”")).to_be_visible()
    finance.settle()
    finance.shot("lake-put-aside", whole=True)
    finance.accessible()

    first = TaxBand(5_000_00, 0, 1_000_000, 0, 0)
    at_office = Offices(province, at=now)
    with pytest.raises(AwaitingApproval) as parked:
        payouts.set_tax(
            at_office.finance(),
            payee=Payee.INDIVIDUAL,
            from_month=first_of_next_month(),
            bands=(first, TaxBand(None, 0, 800_000, 200_000, 0)),
        )
    another = replace(at_office.finance(), actor=province.people["auditor"].user)
    approve(another, parked=parked.value.parked)
    finance.page.goto(reverse("admin:commission_taxterms_changelist"))
    finance.page.locator("main tbody a").first.click()
    finance.settle()
    finance.shot("tax-bands", whole=True)
    finance.accessible()
