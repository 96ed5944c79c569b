"""A day at an outlet, in a browser: by keyboard at a desk, by thumb on a phone, without script."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from playwright.sync_api import expect

from qudao.domain.ordering import queries as ordering
from qudao.domain.ordering.types import OrderSearch
from qudao.domain.wallet import queries as wallets
from qudao.kernel.money import Money
from qudao.kernel.page import PageRequest
from tests.browser.conftest import DESK, PASSWORD, Day, wait_until
from tests.province import assert_sound

pytestmark = pytest.mark.browser

WORDS = {
    "en": {
        "completed": "Completed",
        "unknown": "Unknown",
        "reversed": "Reversed",
        "refused": "Refused",
    },
    "zh-hans": {
        "completed": "已完成",
        "unknown": "结果未知",
        "reversed": "已返销",
        "refused": "办理失败",
    },
}
FINAL = 45_000


def _orders(day: Day) -> int:
    search = OrderSearch(outlet=day.province.agent)
    return ordering.orders(day.province.system(), search=search, page=PageRequest()).total


def _balance(day: Day) -> Money:
    return wallets.wallet(day.province.system(), outlet=day.province.agent).balance


@pytest.mark.parametrize("language", ["zh-hans"])  # in English: by thumb
def test_counter_by_keyboard(day: Day, language: str) -> None:
    desk = day.sign_in(language=language)
    page, before = desk.page, _balance(day)
    customer = day.boss.fresh()

    page.keyboard.press("F2")
    page.wait_for_url("**/sell/top_up/")
    expect(page.locator("#id_msisdn")).to_be_focused()
    page.keyboard.type(customer.msisdn)
    page.keyboard.press("Enter")
    expect(page.locator("#id_amount")).to_be_focused()
    desk.shot(f"sale-{language[:2]}-2-amount")
    desk.accessible()
    page.keyboard.type("50")
    expect(page.locator(".q-chip[aria-pressed=true]")).to_have_count(1)
    page.keyboard.press("Enter")
    page.wait_for_selector(".q-confirm-amount")
    desk.shot(f"sale-{language[:2]}-3-confirm")
    desk.accessible()
    assert _orders(day) == 0, "asking for a confirmation sells nothing"
    assert _balance(day) == before
    page.keyboard.press("Enter")
    page.wait_for_url("**/orders/*/")
    expect(page.locator("#order-live h2")).to_have_text(WORDS[language]["completed"], timeout=FINAL)
    page.wait_for_load_state("networkidle")
    desk.shot(f"sale-{language[:2]}-4-order")
    desk.accessible()
    page.keyboard.press("p")
    page.wait_for_url("**/receipt/")
    desk.shot(f"sale-{language[:2]}-5-receipt")
    desk.accessible()
    assert page.locator(".q-copy").count() == 0
    page.go_back()
    page.reload()
    page.keyboard.press("p")
    page.wait_for_url("**/receipt/")
    expect(page.locator(".q-copy")).to_have_text("补打 REPRINT 1")
    page.keyboard.press("Escape")
    page.wait_for_url(re.compile(r"/orders/[0-9a-f-]+/$"))
    page.keyboard.press("n")
    page.wait_for_url("**/sell/top_up/")
    assert _orders(day) == 1
    assert _balance(day) < before
    assert_sound()
    desk.calm()


def test_every_business_in_four_steps(day: Day) -> None:
    desk = day.sign_in()
    page = desk.page
    for place, business in enumerate(("bill_payment", "top_up", "plan_change", "add_on"), start=1):
        customer = day.boss.fresh()
        page.goto("/")
        page.keyboard.press(f"F{place}")
        page.wait_for_url(f"**/sell/{business}/")
        page.keyboard.type(customer.msisdn)
        page.keyboard.press("Enter")
        page.wait_for_selector("h2#customer")
        if business in ("plan_change", "add_on"):
            page.keyboard.press("2")
            expect(page.locator("[data-key='2']")).to_be_checked()
        else:
            page.fill("#id_amount", "30")
        desk.shot(f"business-{place}-{business}")
        desk.accessible()
        page.keyboard.press("Enter")
        page.wait_for_selector(".q-confirm-amount")
        page.keyboard.press("Enter")
        page.wait_for_url("**/orders/*/")
        # The BOSS may refuse a plan or an add-on that the line has: a worded end is an end too.
        expect(page.locator("#order-live h2")).to_have_text(
            re.compile(f"{WORDS['zh-hans']['completed']}|{WORDS['zh-hans']['refused']}"),
            timeout=FINAL,
        )
    assert _orders(day) == 4
    assert_sound()
    desk.calm()


@pytest.mark.parametrize("language", ["en"])
def test_phone_by_thumb(day: Day, language: str) -> None:
    desk = day.sign_in(language=language, phone=True)
    page = desk.page
    customer = day.boss.fresh()
    page.tap(".q-tab-sell")
    page.wait_for_url("**/sell/*/")
    page.tap("a[href$='/sell/top_up/'] >> visible=true")
    page.wait_for_url("**/sell/top_up/")
    for digit in customer.msisdn:
        page.tap(f".q-keypad [data-press='{digit}']")
    desk.shot(f"phone-{language[:2]}-sell-1")
    page.tap("form button[type=submit] >> visible=true >> nth=-1")
    page.wait_for_selector("#id_amount")
    page.tap(".q-chip >> nth=1")
    desk.shot(f"phone-{language[:2]}-sell-2")
    desk.accessible()
    page.locator("#main form.q-form button[type=submit]").tap()
    page.wait_for_selector(".q-confirm-amount")
    desk.shot(f"phone-{language[:2]}-sell-3")
    desk.accessible()
    page.locator("#main form.q-form button[type=submit]").tap()
    page.wait_for_url("**/orders/*/")
    expect(page.locator("#order-live h2")).to_have_text(WORDS[language]["completed"], timeout=FINAL)
    desk.shot(f"phone-{language[:2]}-sell-4")
    desk.accessible()
    assert _orders(day) == 1
    desk.calm()


def test_going_back_and_sending_again_sells_once(day: Day) -> None:
    desk = day.sign_in(language="en")
    page = desk.page
    page.goto("/sell/top_up/")
    page.keyboard.type(day.boss.fresh().msisdn)
    page.keyboard.press("Enter")
    page.wait_for_selector("#id_amount")
    page.fill("#id_amount", "30")
    page.keyboard.press("Enter")
    page.wait_for_selector(".q-confirm-amount")
    fields = {
        field.get_attribute("name"): field.input_value()
        for field in page.locator("#main form.q-form input[type=hidden]").all()
    }
    # an impatient clerk: a double click, then the same form sent again from a kept page
    page.locator("#main form.q-form button[type=submit]").dblclick()
    page.wait_for_url("**/orders/*/")
    first = page.url
    again = page.request.post(
        "/sell/top_up/place/", form=fields, headers={"Referer": f"{day.url}/"}
    )
    assert again.ok
    assert again.url == first
    assert _orders(day) == 1
    other = page.request.post(
        "/sell/top_up/place/", form={**fields, "amount": "50"}, headers={"Referer": f"{day.url}/"}
    )
    assert other.status == 409
    assert "already sent with other content" in other.text()
    assert _orders(day) == 1
    assert_sound()


def test_an_answer_that_got_lost_is_followed_to_its_end(day: Day) -> None:
    desk = day.sign_in()
    page = desk.page
    page.goto("/sell/top_up/")
    page.keyboard.type(day.boss.fresh().msisdn)
    page.keyboard.press("Enter")
    page.wait_for_selector("#id_amount")
    page.fill("#id_amount", "100")
    page.keyboard.press("Enter")
    page.wait_for_selector(".q-confirm-amount")
    day.boss.faults(lost_answer=1.0)
    page.keyboard.press("Enter")
    page.wait_for_url("**/orders/*/")
    expect(page.locator("#order-live h2")).to_contain_text(
        re.compile("结果未知|已完成"), timeout=FINAL
    )
    desk.shot("sale-zh-unknown")
    desk.accessible()
    day.boss.faults()
    expect(page.locator("#order-live h2")).to_have_text("已完成", timeout=90_000)
    assert _orders(day) == 1
    assert_sound()


def test_taking_back(day: Day) -> None:
    desk = day.sign_in(language="en")
    page, before = desk.page, _balance(day)
    page.goto("/sell/top_up/")
    page.keyboard.type(day.boss.fresh().msisdn)
    page.keyboard.press("Enter")
    page.wait_for_selector("#id_amount")
    page.fill("#id_amount", "30")
    page.keyboard.press("Enter")
    page.wait_for_selector(".q-confirm-amount")
    page.keyboard.press("Enter")
    page.wait_for_url("**/orders/*/")
    expect(page.locator("#order-live h2")).to_have_text("Completed", timeout=FINAL)
    page.get_by_role("link", name="Take back").click()
    page.wait_for_url("**/reverse/")
    desk.accessible()
    page.fill("#id_reason", "Wrong number")
    desk.shot("reverse-en")
    page.click("button[type=submit].q-btn-danger")
    page.wait_for_url(re.compile(r"/orders/[0-9a-f-]+/$"))
    expect(page.locator("#order-live h2")).to_have_text("Reversed", timeout=FINAL)
    page.wait_for_load_state("networkidle")
    desk.shot("reversed-en")
    assert _balance(day) == before
    assert_sound()
    desk.calm()


def test_selling_works_without_script(day: Day) -> None:
    context = day.browser.new_context(
        viewport=DESK, java_script_enabled=False, base_url=day.url, locale="en-GB"
    )
    page = context.new_page()
    day.sign_in(language="en").context.close()
    page.goto("/")
    page.fill("input[name=login]", "clerk")
    page.fill("input[name=password]", PASSWORD)
    page.click("form button[type=submit].q-btn-primary")
    page.goto("/sell/top_up/")
    page.fill("#id_msisdn", day.boss.fresh().msisdn)
    page.click("#main form.q-form button[type=submit]")
    page.fill("#id_amount", "30")
    page.click("#main form.q-form button[type=submit]")
    page.click("#main form.q-form button[type=submit]")
    page.wait_for_url("**/orders/*/")
    wait_until(lambda: ordering.in_flight(day.province.system())[0] == 0)
    page.reload()
    expect(page.locator("#order-live h2")).to_have_text("Completed")
    assert _orders(day) == 1


def test_the_owner_admits_and_suspends_a_clerk(day: Day) -> None:
    desk = day.sign_in("owner", language="en")
    page = desk.page
    page.goto("/clerks/new/")
    page.fill("#id_name", "李小明")
    page.fill("#id_username", "xiaoming")
    page.click("#main button[type=submit]")
    page.wait_for_selector("text=You see it only now")
    desk.shot("clerk-password-en")
    desk.accessible()
    page.goto("/clerks/")
    row = page.locator("tr", has_text="xiaoming")
    row.get_by_role("link", name="Suspend").click()
    page.fill("#id_reason", "On leave")
    page.click("#main button[type=submit]")
    expect(page.locator("tr", has_text="xiaoming")).to_contain_text("Suspended")
    page.locator("tr", has_text="xiaoming").get_by_role("button", name="Reset password").click()
    expect(page.locator("dialog[open]")).to_be_visible()
    desk.shot("dialog-en")
    desk.accessible()
    page.keyboard.press("Escape")
    expect(page.locator("dialog[open]")).to_have_count(0)
    desk.calm()


def test_home_follows_what_happens(day: Day) -> None:
    desk = day.sign_in(language="en")
    expect(desk.page.locator("#home-live")).to_contain_text("Nothing is waiting")
    day.boss.faults(reset=1.0)
    day.sell(Money(50_00), at=datetime.now(UTC))
    expect(desk.page.locator("#home-live")).to_contain_text("Unknown", timeout=FINAL)
    desk.accessible()
    day.boss.faults()
    expect(desk.page.locator("#home-live")).to_contain_text("Nothing is waiting", timeout=90_000)
    desk.calm()


def test_a_session_that_ended_leads_to_signing_in(day: Day) -> None:
    desk = day.sign_in(language="en")
    page = desk.page
    page.goto("/sell/top_up/")
    page.keyboard.type(day.boss.fresh().msisdn)
    desk.context.clear_cookies(name="qudao_session")
    page.keyboard.press("Enter")
    page.wait_for_url("**/accounts/login/**")
    assert _orders(day) == 0


def test_what_goes_wrong_on_the_way_is_said(day: Day) -> None:
    desk = day.sign_in(language="en")
    page = desk.page
    page.goto("/sell/top_up/")
    day.boss.faults(down={"seconds": 300, "how": "503"})
    page.keyboard.type(day.boss.fresh().msisdn)
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_contain_text("does not answer at the moment")
    day.boss.faults()
    page.route("**/customer/", lambda route: route.abort())
    page.locator("#main form.q-form button[type=submit]").click()
    expect(page.locator(".q-toast")).to_contain_text("No answer")
    page.unroute("**/customer/")
    page.route("**/customer/", lambda route: route.fulfill(status=429, body=TOO_MANY))
    page.locator("#main form.q-form button[type=submit]").click()
    expect(page.locator("#main")).to_contain_text("Wait a minute")
    assert _orders(day) == 0


TOO_MANY = '<html><body><div class="q-plain-card"><h1>Wait a minute</h1></div></body></html>'


def test_theme_and_language_are_kept(day: Day) -> None:
    desk = day.sign_in(language="en")
    page = desk.page
    page.click(".q-menu > summary")
    page.click("button[name=theme][value=dark]")
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")
    page.click("button[name=language]")
    expect(page.locator("html")).to_have_attribute("lang", "zh-hans")
    page.goto("/orders/")
    expect(page.locator("html")).to_have_attribute("lang", "zh-hans")
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")
    desk.calm()
