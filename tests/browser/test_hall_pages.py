"""A customer at the web hall and at the mobile hall: pays by both ways, on any screen; offline."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import expect

from qudao.domain.checkout.models import CustomerPayment
from qudao.domain.ordering.models import Order
from tests.acquirer_process import PAYS, AcquirerProcess, acquirer, acquirer_process
from tests.browser.conftest import DESK, PHONE, SHOTS, Day, Desk
from tests.fronts.hall.stand import SERVICE_PASSWORD, Customers, code, open_halls
from tests.province import assert_sound

__all__ = ["acquirer", "acquirer_process"]

pytestmark = pytest.mark.browser

LOOKS = [("/hall/", "en", False, True), ("/m/", "zh-hans", True, False)]
"""Hall, language, phone, dark."""
if SHOTS:
    LOOKS += [
        ("/hall/", "zh-hans", False, False),
        ("/hall/", "zh-hans", True, True),
        ("/m/", "en", True, True),
        ("/m/", "en", False, False),
    ]
PAGES = ("?q=CZ%2050", "sign-in/?by=password", "do/top_up/?amount=30", "nothing/")
OWN = ("", "me/", "orders/", "payments/")
if SHOTS:
    PAGES, OWN = ("", "sign-in/", *PAGES), ("me/password/", *OWN)


@pytest.fixture
def customers(day: Day, acquirer: AcquirerProcess, settings: Any) -> Iterator[Customers]:
    settings.ACQUIRER_URL = acquirer.url
    settings.ACQUIRER_KEY, settings.ACQUIRER_SECRET = acquirer.key, acquirer.secret
    settings.PAYMENT_RETURN_URL = f"{day.url}/payments/{{payment}}"
    open_halls(day.province)
    yield Customers(day.province, day.boss, acquirer)


class Customer(Desk):
    """A customer's browser at one of the two halls."""

    def __init__(self, day: Day, root: str, language: str, phone: bool, dark: bool) -> None:
        context = day.browser.new_context(
            viewport=PHONE if phone else DESK,
            device_scale_factor=2 if phone and SHOTS else 1,
            has_touch=phone,
            is_mobile=phone,
            locale="en-GB" if language == "en" else "zh-CN",
            color_scheme="dark" if dark else "light",
            reduced_motion="reduce",
            base_url=day.url,
        )
        context.set_default_timeout(60_000)
        super().__init__(context, context.new_page(), language)
        self.root = root
        place = "web" if root == "/hall/" else "mobile"
        self.name = f"{place}-{'phone' if phone else 'desk'}-{language[:2]}"
        self.name += "-dark" if dark else "-light"

    def go(self, path: str = "") -> None:
        self.page.goto(f"{self.root}{path}")

    def look(self, name: str) -> None:
        """As it stands it is accessible, as wide as the screen, and worth a picture."""
        self.page.wait_for_load_state("networkidle" if SHOTS else "load")
        self.shot(f"hall-{self.name}-{name}")
        self.accessible()
        wide = self.ask("document.documentElement.scrollWidth - innerWidth")
        assert wide <= 0, f"{name} is {wide} px too wide on a {self.name}"

    def begin(self, item: str) -> None:
        self.go()
        self.page.locator(f"main button[value={item}]").first.click()
        self.page.wait_for_url(re.compile("/d/"))

    def choose(self, nth: int = 0) -> None:
        self.page.locator(".h-choice").nth(nth).click()

    def asked(self, code: str) -> None:
        expect(self.page.locator(f"input[name=asked][value={code}]").first).to_be_attached()


@pytest.mark.parametrize("root, language, phone, dark", LOOKS)
def test_a_customer_pays_by_both_ways(
    customers: Customers, day: Day, root: str, language: str, phone: bool, dark: bool
) -> None:
    visit, line = Customer(day, root, language, phone, dark), customers.line()
    page = visit.page
    for path in PAGES:
        visit.go(path)
        visit.look(re.sub(r"\W+", "-", path).strip("-") or "start")
    # By the bound card; a code in a short message proves whose it is.
    visit.begin("top_up")
    visit.look("number")
    page.fill("#answer", line)
    page.keyboard.press("Enter")
    visit.asked("amount")
    visit.look("amount")
    page.locator(".h-sum").nth(3).click()
    visit.asked("means")
    visit.choose(0)
    visit.asked("number")
    page.fill("#answer", line)
    page.keyboard.press("Enter")
    visit.asked("code")
    visit.look("code")
    page.fill("#answer", "000000" if code() != "000000" else "111111")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_be_visible()
    visit.look("wrong-code")
    visit.asked("number")
    page.fill("#answer", line)
    page.keyboard.press("Enter")
    visit.asked("code")
    page.fill("#answer", code())
    page.keyboard.press("Enter")
    expect(page.locator(".h-yes-no")).to_be_visible()
    visit.look("confirm")
    page.locator(".h-yes-no button").first.click()
    expect(page.locator(".q-verdict-good")).to_be_visible()
    visit.look("done")
    page.locator("a[href*='/orders/0']").first.click()
    expect(page.locator(".q-paper")).to_be_visible()
    expect(page.locator("#order-live[data-live]")).to_have_count(0)  # the BOSS has done it
    visit.look("order")
    # The next question is seen from its top, and the focus is there.
    visit.begin("outlets")
    page.locator(".h-choice").last.click()
    visit.asked("district")
    expect(page.locator("#main")).to_be_focused()
    assert page.evaluate("window.scrollY") == 0
    # By the acquirer's page; what was proved a moment ago still holds.
    visit.begin("top_up")
    visit.choose(0)
    visit.asked("amount")
    page.fill("#answer", "66")
    page.keyboard.press("Enter")
    visit.asked("means")
    visit.choose(1)
    expect(page.locator(".h-yes-no")).to_be_visible()
    page.locator(".h-yes-no button").first.click()
    visit.look("pay")
    page.locator("a[rel=noreferrer]").click()
    page.fill("input[name=number]", PAYS)
    page.fill("input[name=expiry]", "09/30")
    page.locator("button[value=pay]").click()
    page.wait_for_url(re.compile("/payments/"))
    expect(page.locator(".q-paper")).to_be_visible()
    amounts = [row.amount for row in Order.objects.unscoped("all").order_by("ordered_at")]
    assert amounts == [50_00, 66_00]
    assert CustomerPayment.objects.unscoped("all").count() == 2
    # Signed in by what was proved: the service password is set, the own pages are shown.
    visit.go("me/password/")
    page.locator("main form button").first.click()
    page.fill("#code", code())
    page.fill("#new", str.__str__(SERVICE_PASSWORD))
    page.fill("#repeated", str.__str__(SERVICE_PASSWORD))
    visit.look("password-set")
    page.locator("main form button").first.click()
    page.wait_for_url(re.compile("/me/$"))
    for path in OWN:
        visit.go(path)
        visit.look("own-" + (path.strip("/").replace("/", "-") or "start"))
    expect(page.locator("main")).not_to_contain_text(line)
    visit.calm()
    assert_sound()


def test_without_a_network_the_app_says_so(customers: Customers, day: Day) -> None:
    visit = Customer(day, "/m/", "zh-hans", True, False)
    visit.go()
    visit.page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    visit.context.set_offline(True)
    visit.page.goto("/m/orders/")
    expect(visit.page.locator("h1")).to_contain_text("网络未连接")
    visit.shot("hall-offline")
    visit.context.set_offline(False)
    visit.page.locator("main a").click()
    visit.page.wait_for_url(re.compile("/m/$"))
