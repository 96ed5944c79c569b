"""A kiosk in a real browser, by touch: its screens, its money, and what it forgets."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from playwright.sync_api import expect

from qudao.domain.credential import operations as credential
from qudao.domain.ordering.models import Order
from qudao.domain.wallet import operations as wallet
from qudao.kernel.personal import Secret
from tests.browser.conftest import Day, Desk
from tests.halls.driver import folder_of
from tests.kiosk_process import KioskProcess, kiosk_devices
from tests.kiosks import Terminal, devices_of, terminal

__all__ = ["kiosk_devices"]

pytestmark = pytest.mark.browser

SCREEN = {"width": 1280, "height": 1024}
UPRIGHT = {"width": 1080, "height": 1920}
PASSWORD = "270519"


class Standing(Desk):
    """Somebody before a kiosk."""

    def __init__(self, day: Day, devices: KioskProcess, kiosk: Terminal, **more: Any) -> None:
        context = day.browser.new_context(
            viewport=more.pop("viewport", SCREEN),
            has_touch=True,
            locale="zh-CN",
            base_url=day.url,
            **more,
        )
        context.set_default_timeout(20_000)
        super().__init__(context, context.new_page(), "zh-hans")
        self.day, self.devices, self.kiosk = day, devices, kiosk
        self.page.goto("/kiosk/")
        self.page.fill("#token", kiosk.token)
        self.page.click("button.q-btn-primary")
        self.page.wait_for_selector(".k-start")

    def customer(self) -> str:
        msisdn = self.day.boss.fresh().msisdn
        credential.set_password(
            self.day.province.system(), msisdn=msisdn, password=Secret(PASSWORD)
        )
        return msisdn

    def begin(self, language: str = "中文") -> None:
        self.tap(f".k-start:has-text('{language}')")
        self.page.wait_for_selector(".k-tiles")

    def tap(self, selector: str) -> None:
        self.page.tap(selector)

    def touch(self, words: str) -> None:
        """Touch what says so, in the folder that it is in."""
        tiles = self.page.locator(".k-tile")
        if (folder := folder_of(words)) and tiles.filter(has_text=folder).count():
            tiles.filter(has_text=folder).first.tap()
        self.page.locator(".k-btn, .k-tile, .k-choice, .k-chip").filter(has_text=words).first.tap()

    def find(self, item: str) -> None:
        """Touch an item of the menu, in its folder."""
        for words in (folder_of(item), item):
            exact = re.compile(rf"^\s*{re.escape(words)}\s*$")
            inside = self.page.locator("span").filter(has_text=exact)
            self.page.locator(".k-tile").filter(has=inside).tap()

    def key_in(self, digits: str) -> None:
        """Touch the keys of the keypad, the last ones at least, and go on."""
        self.page.wait_for_selector(".k-keypad")
        self.page.fill("#answer", digits[:-3])
        for digit in digits[-3:]:
            self.page.tap(f".k-keypad [data-press='{digit}']")
        assert self.page.input_value("#answer") == digits
        self.page.tap(".k-entry .k-btn-main")

    def heading(self, words: str) -> None:
        expect(self.page.locator("h1")).to_have_text(words)

    def large(self) -> None:
        """Everything that can be touched is large enough for a finger."""
        small = self.ask(
            """() => [...document.querySelectorAll("button, input:not([type=hidden])")]
            .map((one) => [one.textContent.trim(), one.getBoundingClientRect()])
            .filter(([, box]) => box.width && (box.width < 64 || box.height < 64))
            .map(([words, box]) => `${words} ${box.width}x${box.height}`)"""
        )
        assert small == []
        assert self.ask("() => document.documentElement.scrollWidth <= innerWidth")


@pytest.fixture
def standing(day: Day, kiosk_devices: KioskProcess) -> Iterator[Standing]:
    with devices_of(kiosk_devices):
        kiosk = terminal(day.province)
        kiosk_devices.empty(kiosk.node)
        yield Standing(day, kiosk_devices, kiosk)


def test_a_top_up_with_notes(standing: Standing) -> None:
    msisdn = standing.day.boss.fresh().msisdn
    standing.shot("kiosk-idle")
    standing.large()
    standing.begin()
    standing.shot("kiosk-menu")
    standing.large()
    standing.accessible()
    standing.find("充值")
    standing.page.wait_for_selector(".k-keypad")
    standing.large()
    standing.key_in(msisdn)
    standing.heading("充多少？")
    standing.shot("kiosk-amount")
    standing.large()
    standing.accessible()
    standing.touch("投入纸币")
    standing.page.wait_for_selector("#notes")
    standing.devices.put_in(standing.kiosk.node, 50, 20)
    expect(standing.page.locator(".k-sum")).to_contain_text("¥70.00")
    standing.shot("kiosk-notes")
    standing.touch("投完了")
    expect(standing.page.locator(".k-price")).to_have_text("¥70.00")
    standing.shot("kiosk-confirm")
    standing.large()
    standing.accessible()
    standing.touch("确认支付")
    expect(standing.page.locator(".k-good")).to_be_visible()
    standing.shot("kiosk-done")
    standing.accessible()
    assert standing.devices.notes(standing.kiosk.node) == {"escrow": 0, "box": 70, "tray": 0}
    ((paid, state),) = Order.objects.unscoped("all").values_list("amount", "state")
    assert paid == 70_00 and state in ("acknowledged", "inProgress", "completed")
    standing.calm()


def test_a_top_up_by_card_and_what_a_refusal_gives_back(standing: Standing) -> None:
    node = standing.kiosk.node
    standing.begin("English")
    standing.find("Top-up")
    standing.key_in(standing.day.boss.fresh().msisdn)
    standing.touch("¥50")
    standing.touch("by card")
    standing.page.wait_for_selector("#card")
    standing.devices.card(node, balance=60_00)
    expect(standing.page.locator(".k-sum")).to_contain_text("**** 0001")
    standing.shot("kiosk-card")
    standing.large()
    standing.touch("Confirm and pay")
    expect(standing.page.locator(".k-good")).to_be_visible()
    assert standing.devices.state(node)["cards"]["6222020000000001"]["balance"] == 10_00
    wallet.freeze(
        standing.day.province.system(datetime.now(UTC)),
        outlet=standing.kiosk.outlet,
        reason="audit",
    )
    standing.touch("Other services")
    standing.find("Top-up")
    standing.key_in(standing.day.boss.fresh().msisdn)
    standing.touch("Put notes in")
    standing.page.wait_for_selector("#notes")
    standing.devices.put_in(node, 100)
    standing.touch("That is all: ¥100.00")
    standing.page.wait_for_selector(".k-refused, .k-confirm")
    if standing.page.locator(".k-confirm").count():
        standing.touch("Confirm and pay")
    expect(standing.page.locator(".k-bad")).to_be_visible()
    standing.shot("kiosk-refused")
    expect(standing.page.locator(".k-note-info")).to_contain_text("Please take your notes.")
    assert standing.devices.notes(node) == {"escrow": 0, "box": 0, "tray": 100}
    assert Order.objects.unscoped("all").count() == 1
    standing.calm()


def test_of_somebody_who_walks_away_nothing_stays(standing: Standing) -> None:
    page, msisdn = standing.page, standing.customer()
    page.clock.install()
    standing.begin()
    standing.find("余额")
    standing.key_in(msisdn)
    page.wait_for_selector("input[type=password]")
    standing.shot("kiosk-password")
    standing.large()
    standing.accessible()
    standing.key_in(PASSWORD)
    page.wait_for_selector(".k-good")
    assert msisdn not in page.content()
    standing.touch("其他业务")
    standing.find("充值")
    standing.key_in(msisdn)
    standing.touch("投入纸币")
    page.wait_for_selector("#notes")
    standing.devices.put_in(standing.kiosk.node, 20)
    page.clock.fast_forward(61_000)
    expect(page.locator("#still-there")).to_be_visible()
    standing.shot("kiosk-still-there")
    standing.accessible()
    page.tap("[data-still-here]")
    expect(page.locator("#still-there")).to_be_hidden()
    page.clock.fast_forward(61_000)
    page.clock.fast_forward(21_000)
    page.wait_for_selector(".k-start")
    assert standing.devices.notes(standing.kiosk.node) == {"escrow": 0, "box": 0, "tray": 20}
    standing.begin()
    standing.find("余额")
    standing.heading("请问是哪个手机号码？")
    standing.calm()


def test_upright_dark_and_without_devices(standing: Standing) -> None:
    standing.devices.faults(standing.kiosk.node, missing=["cash", "card", "printer"])
    other = Standing(
        standing.day, standing.devices, standing.kiosk, viewport=UPRIGHT, color_scheme="dark"
    )
    expect(other.page.locator(".k-states")).to_contain_text("暂不收取纸币")
    other.shot("kiosk-upright-idle")
    other.begin()
    other.shot("kiosk-upright-menu")
    other.large()
    other.accessible()
    other.touch(folder_of("充值"))
    tiles = other.page.locator(".k-tile")
    expect(tiles.filter(has_text="充值卡充值")).to_be_visible()
    assert not {"充值", "缴费"} & {text.split()[0] for text in tiles.all_inner_texts()}
    other.calm()
