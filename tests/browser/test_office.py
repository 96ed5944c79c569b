"""The back office in a real browser: every page opens, is accessible, and breaks no policy."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from qudao.domain.ordering.models import Order
from qudao.domain.party.models import Individual, Membership, Organization
from qudao.domain.wallet import operations as wallet
from qudao.fronts.backoffice.site import office
from qudao.kernel.money import Money
from qudao.platform.commands.command import AwaitingApproval
from qudao.platform.commands.models import JournalEntry, ParkedCommand
from qudao.platform.identity.models import User
from tests.browser.conftest import DESK, PHONE, SHOTS, Day, Desk

pytestmark = pytest.mark.browser


def enter(
    day: Day, name: str, *, language: str = "zh-hans", phone: bool = False, dark: bool = False
) -> Desk:
    """A browser in which somebody of the office has signed in, through the form."""
    User.objects.filter(username=name).update(must_change_password=False, language=language)
    context = day.browser.new_context(
        viewport=PHONE if phone else DESK,
        device_scale_factor=2 if phone and SHOTS else 1,
        has_touch=phone,
        is_mobile=phone,
        locale="en-GB" if language == "en" else "zh-CN",
        color_scheme="dark" if dark else "light",
        reduced_motion="reduce",  # so that pictures show charts as they end
        base_url=day.url,
    )
    desk = Desk(context, context.new_page(), language)
    desk.page.goto("/office/")
    desk.page.fill("input[name=login]", name)
    desk.page.fill("input[name=password]", "correct-horse-battery")
    desk.page.click("form button[type=submit].q-btn-primary")
    desk.page.wait_for_url(re.compile("/office/$"))
    return desk


def ask_for_approval(day: Day) -> None:
    """Something lies on the worklist."""
    supervisor = day.province.context(
        "branch_supervisor", day.province.organizations["4101"], at=datetime.now(UTC)
    )
    with pytest.raises(AwaitingApproval):
        wallet.set_credit_limit(supervisor, outlet=day.province.agent, limit=Money(9_000_00))


def addresses(day: Day) -> Iterator[tuple[str, str]]:
    """Every list and page, one row's page of each screen, and a few forms."""
    outlet, member = day.province.agent, Membership.objects.unscoped("test").first()
    order = Order.objects.unscoped("test").filter(state="completed").first()
    assert order is not None and member is not None
    for name in ("index", "fit_matrix", "roles", "customers", "bank_import"):
        yield name, reverse(f"admin:{name}")
    yield "find", reverse("admin:find") + "?q=41"
    yield "branch", reverse("admin:index") + "?place=000.41.4101&first=2026-11-01"
    for screen in office._registry.values():
        yield screen.screen_name, screen.changelist_url
    rows = {
        "saleschannel_outlet": outlet,
        "wallet_wallet": outlet,
        "party_organization": day.province.organizations["410102"],
        "party_membership": member.pk,
        "party_individual": Individual.objects.unscoped("test").values_list("id", flat=True)[0],
        "ordering_order": order.pk,
        "commands_journalentry": JournalEntry.objects.filter(command="ordering.sell")
        .values_list("id", flat=True)
        .last(),
        "commands_parkedcommand": ParkedCommand.objects.values_list("id", flat=True)[0],
    }
    for name, key in rows.items():
        yield f"{name}-page", reverse(f"admin:{name}_change", args=[key])
    yield "suspend", reverse("admin:saleschannel_outlet_act", args=[outlet, "suspend"])
    yield "change", reverse("admin:saleschannel_outlet_act", args=[outlet, "change"])
    yield "admit", reverse("admin:party_membership_do", args=["admit"])


LOOKS = [("zh-hans", False, False), ("en", True, True)]
"""Language, phone, dark."""

ON_A_PHONE = {
    "index",
    "fit_matrix",
    "ordering.order",
    "ordering_order-page",
    "saleschannel_outlet-page",
    "change",
    "admit",
}


def test_every_page(past: Day) -> None:
    ask_for_approval(past)
    faults: list[str] = []
    for language, phone, dark in LOOKS:
        desk = enter(past, "province", language=language, phone=phone, dark=dark)
        kind, tone = "phone" if phone else "desk", "dark" if dark else "light"
        where = f"office-{kind}-{language[:2]}-{tone}"
        for name, path in addresses(past):
            if phone and name not in ON_A_PHONE:
                continue
            answer = desk.page.goto(path)
            assert answer is not None
            if answer.status == 403:
                continue
            assert answer.status == 200, f"{path}: {answer.status}"
            desk.settle()
            desk.shot(f"{where}-{name}")
            try:
                desk.accessible()
            except AssertionError as fault:
                faults.append(f"{where}: {fault}")
            wide = desk.page.evaluate("document.documentElement.scrollWidth - innerWidth")
            if wide > 0:
                faults.append(f"{where}: {path} is {wide} px too wide")
        faults += [f"{where}: {complaint}" for complaint in desk.complaints]
        desk.context.close()
    assert not faults, "\n".join(faults)


def test_the_fit_matrix_is_edited_by_keyboard(day: Day) -> None:
    desk = enter(day, "marketing", language="en")
    page = desk.page
    page.goto(reverse("admin:fit_matrix"))
    cell = page.get_by_label("Agency point, Rural, Plan change")
    cell.focus()
    page.keyboard.press("u")  # a native list: the first letter chooses
    expect(cell).to_have_value("unfit")
    page.keyboard.press("Tab")
    expect(cell).not_to_be_focused()
    desk.shot("office-fit-matrix-edit")
    desk.accessible()
    page.get_by_role("button", name="Store the changes").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("1 cell changed.")).to_be_visible()
    expect(page.get_by_label("Agency point, Rural, Plan change")).to_have_value("unfit")
    desk.calm()


def test_a_day_at_the_counter_of_a_hall(day: Day) -> None:
    desk = enter(day, "teller")
    page = desk.page
    page.goto(reverse("admin:hall"))
    desk.shot("office-hall-shut")
    page.fill("input[name=opening_float]", "500")
    page.get_by_role("button", name="开箱").click()
    agent = Organization.objects.unscoped("test").get(pk=day.province.agent)
    page.fill("main input[name=q]", agent.code)
    page.get_by_role("button", name="查找", exact=True).click()
    desk.shot("office-hall-found")
    desk.accessible()
    page.get_by_role("link", name=agent.name_zh).click()
    page.fill("input[name=amount]", "1,200.50")
    desk.shot("office-hall-receive")
    desk.accessible()
    page.get_by_role("button", name="存入钱包").click()
    expect(page.get_by_text(f"¥1,200.50 已存入 {agent.name_zh} 的钱包。")).to_be_visible()
    expect(page.locator(".q-dl-sum.q-num")).to_have_text("¥1,700.50")
    desk.shot("office-hall-taken")
    desk.accessible()
    page.fill("input[name=counted]", "1700.50")
    page.get_by_role("button", name="清点并结箱").click()
    expect(page.get_by_text("已结箱。")).to_be_visible()
    desk.calm()


def test_the_dashboard_follows_sales_by_itself(day: Day) -> None:
    desk = enter(day, "supervisor", language="en")
    page = desk.page
    figure = page.locator(".o-stats .q-figure-s").first
    expect(figure).to_have_text("0")
    day.sell(Money(50_00), at=datetime.now(UTC))
    expect(figure).to_have_text("1", timeout=20_000)
    expect(page.locator(".q-chart canvas")).to_be_visible()
    desk.shot("office-dashboard-live")
    desk.accessible()
    desk.calm()


def test_two_people_at_a_credit_limit(day: Day) -> None:
    maker = enter(day, "supervisor", language="en")
    maker.page.goto(reverse("admin:wallet_wallet_act", args=[day.province.agent, "credit"]))
    maker.page.fill("input[name=limit]", "9000")
    maker.page.get_by_role("button", name="Set the credit limit").click()
    expect(maker.page.get_by_text("Parked for a second person")).to_be_visible()
    maker.shot("office-parked")
    maker.accessible()
    checker = enter(day, "finance", language="en")
    checker.page.get_by_role("link", name="Approvals").first.click()
    checker.shot("office-approvals")
    checker.page.get_by_role("link", name="Set a credit limit").click()
    checker.shot("office-approval")
    checker.accessible()
    checker.page.get_by_role("link", name="Approve").first.click()
    checker.page.get_by_role("button", name="Approve").click()
    expect(checker.page.get_by_text("Approved and done.")).to_be_visible()
    checker.page.goto(reverse("admin:wallet_wallet_change", args=[day.province.agent]))
    expect(checker.page.get_by_text("¥9,000.00").first).to_be_visible()
    for desk in (maker, checker):
        desk.calm()
