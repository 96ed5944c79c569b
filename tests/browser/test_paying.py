"""A customer tops up at the web hall and pays on the acquirer's page, with a card and a browser."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from qudao.domain.catalog import queries as catalog
from qudao.domain.checkout.types import PaymentState
from qudao.gateways.boss import gateway
from qudao.journeys import customers
from tests.acquirer_process import PAYS, AcquirerProcess, acquirer, acquirer_process
from tests.boss_process import BossProcess
from tests.browser.conftest import DESK, PHONE, SHOTS, Desk
from tests.journeys.paying.hall import PaidHall, open_hall
from tests.province import build

__all__ = ["acquirer", "acquirer_process"]
pytestmark = pytest.mark.browser


@dataclass
class Street:
    """Customers before the web hall."""

    url: str
    hall: PaidHall
    boss: BossProcess
    browser: Browser

    def customer(
        self, *, language: str = "zh-hans", phone: bool = False, dark: bool = False
    ) -> Desk:
        context = self.browser.new_context(
            viewport=PHONE if phone else DESK,
            device_scale_factor=2 if phone and SHOTS else 1,
            locale="en-GB" if language == "en" else "zh-CN",
            color_scheme="dark" if dark else "light",
            base_url=self.url,
        )
        context.set_default_timeout(60_000)
        return Desk(context, context.new_page(), language)


@pytest.fixture
def street(
    live_server: Any,
    boss: BossProcess,
    acquirer: AcquirerProcess,
    browser: Browser,
    settings: Any,
    transactional_db: None,
) -> Iterator[Street]:
    settings.BOSS_URL = boss.url
    settings.ACQUIRER_URL = acquirer.url
    settings.ACQUIRER_KEY, settings.ACQUIRER_SECRET = acquirer.key, acquirer.secret
    settings.PAYMENT_RETURN_URL = f"{live_server.url}/payments/{{payment}}"
    acquirer.notices(f"{live_server.url}/payments/notices")
    _forget()
    hall = open_hall(build(), "web_hall")
    hall.at = datetime.now(UTC)
    yield Street(live_server.url, hall, boss, browser)
    acquirer.forget_notices()
    for context in browser.contexts:
        context.close()
    _forget()


def _forget() -> None:
    catalog.forget()
    customers.boss.cache_clear()
    gateway._of_process.cache_clear()


def test_a_top_up_is_paid_on_the_page(street: Street, acquirer: AcquirerProcess) -> None:
    number = street.boss.fresh().msisdn
    desk = street.customer(language="en", phone=True)
    page = desk.page
    _to_the_payment_page(desk, number)
    # A typing mistake, then a card without money, then one that pays.
    for card, problem in (("123", "no card number"), ("6200 0000 0000 0013", "does not suffice")):
        page.fill("#number", card)
        page.fill("#expiry", "09/30")
        page.click("button[value=pay]")
        expect(page.locator("[role=alert]")).to_contain_text(problem)
    desk.accessible()
    page.fill("#number", PAYS)
    page.fill("#expiry", "09/30")
    page.click("button[value=pay]")
    page.wait_for_url(re.compile(f"^{street.url}/payments/"))
    expect(page.locator(".q-verdict")).to_contain_text("Paid")
    expect(page.locator(".q-paper")).to_contain_text("Receipt")
    desk.accessible()
    desk.shot("payment-page")
    paid = street.hall.payment()
    assert (paid.state, paid.line) == (PaymentState.CAPTURED, number)
    assert number not in page.content()
    assert acquirer.audit(paid.id)["totals"]["captured"] == 50_00
    page.click("text=Back to the hall")
    page.wait_for_url(re.compile("/hall/$"))


def test_a_customer_changes_her_mind(street: Street, acquirer: AcquirerProcess) -> None:
    desk = street.customer(dark=True)
    page = desk.page
    _to_the_payment_page(desk, street.boss.fresh().msisdn)
    page.go_back()
    waiting = street.hall.payment()
    page.goto(f"/payments/{waiting.id}")
    expect(page.locator(".q-verdict")).to_contain_text("等待支付")
    desk.accessible()
    desk.shot("payment-waiting")
    # The page is open when it is cancelled elsewhere: it says so by itself.
    acquirer.cancel(waiting.id)
    expect(page.locator(".q-verdict")).to_contain_text("已取消")
    desk.accessible()
    desk.calm()
    assert street.hall.payment().state == PaymentState.DECLINED


def _to_the_payment_page(desk: Desk, number: str) -> None:
    page = desk.page
    page.goto(f"/hall/do/top_up/?msisdn={number}&amount=50")
    page.click("main form button[type=submit]")
    page.click(".h-choice >> nth=1")  # a card that is bound, or the page
    page.click(".h-yes-no .q-btn-primary")
    page.click("main a[rel=noreferrer]")
    page.wait_for_url(re.compile("/page/"))
