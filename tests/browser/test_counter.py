"""At the counter: numbers, an account with camera and signature, a card, goods; on every screen."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from qudao.domain.customer import queries as customers
from qudao.domain.stock import queries as goods
from tests.browser.conftest import FLAGS, SHOTS, Day, Desk, chromium
from tests.province import assert_sound
from tests.stocked import Shelf, load_numbers, resident_id, shelve

pytestmark = pytest.mark.browser

LOOKS = [("zh-hans", True, False), ("en", False, True)]
"""Language, phone, dark."""
if SHOTS:
    LOOKS += [("zh-hans", False, False), ("en", True, True)]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """With a camera that shows a moving test picture."""
    path = chromium()
    if path is None:
        pytest.skip("no chromium: `apt-get install chromium` to run the browser tests")
    camera = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=[*FLAGS, *camera])
        yield browser
        browser.close()


@pytest.fixture
def shelf(day: Day) -> Shelf:
    load_numbers(day.province)
    return shelve(day.province, day.province.agent, at=datetime.now(UTC))


class Camera:
    """Looks at each page as it stands: a picture, axe, its width."""

    def __init__(self, desk: Desk, where: str) -> None:
        self.desk, self.where = desk, where

    @property
    def page(self) -> Page:
        return self.desk.page

    def look(self, name: str, *, full: bool = True) -> None:
        self.desk.settle()
        if SHOTS:
            Path(SHOTS).mkdir(parents=True, exist_ok=True)
            heard = len(self.desk.complaints)
            self.page.screenshot(path=f"{SHOTS}/{self.where}-{name}.png", full_page=full)
            del self.desk.complaints[heard:]
        self.desk.accessible()
        # On a phone the window grows with what is too wide: what was asked for counts.
        assert self.page.viewport_size is not None
        wide = self.desk.ask("document.documentElement.scrollWidth")
        wide -= self.page.viewport_size["width"]
        assert wide <= 0, f"{name} is {wide} px too wide on a {self.where}"

    def send(self) -> None:
        """Press the page's way on."""
        self.page.locator("#main-inner .q-btn-primary[type=submit]:visible").last.click()


def sign(page: Page) -> None:
    pad = page.locator("[data-signature] canvas")
    pad.scroll_into_view_if_needed()
    box = pad.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 40, box["y"] + 60)
    page.mouse.down()
    for step in range(24):
        page.mouse.move(box["x"] + 40 + 9 * step, box["y"] + 50 + (step * 37) % 60)
    page.mouse.up()


def shoot(page: Page, count: int) -> None:
    for place in range(count):
        page.locator("[data-picture-shoot]").nth(place).click()
        page.locator("[data-camera-shoot]:visible").click()
        said = page.locator("[data-picture]").nth(place).locator("[role=status]")
        expect(said).to_have_text(re.compile("KB"))


@pytest.mark.parametrize(("language", "phone", "dark"), LOOKS if SHOTS else LOOKS[1:2])
def test_an_account_is_opened(
    day: Day, shelf: Shelf, language: str, phone: bool, dark: bool
) -> None:
    desk = day.sign_in(language=language, phone=phone, dark=dark)
    where = f"{'phone' if phone else 'desk'}-{language[:2]}-{'dark' if dark else 'light'}"
    camera, page = Camera(desk, where), desk.page
    camera.look("home")
    page.goto("/numbers/")
    page.locator("#id_digits").press_sequentially("88", delay=30)
    expect(page.locator(".q-number mark").first).to_have_text("88")
    camera.look("numbers")
    page.locator(".q-number button").first.click()
    expect(page.locator("#holds [data-countdown-time]")).to_be_visible()
    camera.look("numbers-held")
    page.locator("#holds .q-btn-primary").click()
    page.wait_for_url("**/number/")
    camera.look("opening-1-sim")
    page.locator("#id_sim").fill(shelf.sim())
    page.keyboard.press("Enter")
    page.wait_for_url("**/plan/")
    camera.look("opening-2-plan")
    page.locator("details.q-more summary").click()
    page.locator(".q-choice:has([name=add_ons])").first.click()
    page.locator("[name=prepay]").fill("260")
    expect(page.locator("#price")).to_contain_text("260.00")
    expect(page.locator("#price dt")).to_have_count(6)
    camera.look("opening-2-plan-chosen")
    camera.send()
    page.wait_for_url("**/customer/")
    page.locator("[name=number]").fill("410102199003071234")
    page.locator("[name=name]").fill("王小明")
    camera.send()
    expect(page.locator("#id_number_error")).to_be_visible()
    camera.look("opening-3-refused")
    page.locator("[name=number]").fill(resident_id())
    page.locator("[name=valid_until]").fill("2031-05-01")
    page.locator("[name=phone]").fill("13903710001")
    camera.send()
    expect(page.locator(".q-identified")).to_be_visible()
    shoot(page, 3)
    camera.look("opening-3-pictures")
    camera.send()
    expect(page.locator(".q-picture-kept")).to_have_count(3)
    camera.look("opening-3-ready")
    page.locator("a.q-btn-primary").last.click()
    page.wait_for_url("**/contract/")
    sign(page)
    camera.look("opening-4-contract")
    camera.send()
    page.wait_for_url("**/orders/**")
    expect(page.locator(".q-verdict-good")).to_be_visible()
    camera.look("order")
    with desk.context.expect_page() as opened:
        page.locator("form[action$='contract.pdf'] button").evaluate(
            "(button) => { button.form.target = '_blank'; button.click(); }"
        )
    assert opened.value.url.endswith("contract.pdf")
    desk.calm()
    assert_sound()
    assert customers.unsound() == []
    assert goods.unsound() == []
    desk.context.close()


def _identify(camera: Camera) -> None:
    page = camera.page
    page.locator("[name=number]").fill(resident_id())
    page.locator("[name=name]").fill("王小明")
    page.locator("[name=valid_until]").fill("2031-05-01")
    camera.send()
    expect(page.locator(".q-identified")).to_be_visible()
    shoot(page, 3)
    camera.send()


@pytest.mark.parametrize(("language", "phone", "dark"), LOOKS if SHOTS else LOOKS[:1])
def test_lines_cards_and_goods(
    day: Day, shelf: Shelf, language: str, phone: bool, dark: bool
) -> None:
    desk = day.sign_in(language=language, phone=phone, dark=dark)
    where = f"{'phone' if phone else 'desk'}-{language[:2]}-{'dark' if dark else 'light'}"
    camera, page = Camera(desk, where), desk.page
    page.goto("/opening/")
    camera.look("opening-start")
    page.locator(".q-begin button").click()
    page.wait_for_url("**/number/")
    camera.look("opening-1-empty")
    page.goto("/opening/")
    camera.look("opening-drafts")

    page.goto("/line/sim_swap/")
    camera.look("line-start")
    page.locator("[name=msisdn]").fill(day.boss.fresh().msisdn)
    camera.send()
    page.wait_for_url("**/customer/")
    camera.look("line-1-customer")
    _identify(camera)
    page.locator("a.q-btn-primary").last.click()
    page.wait_for_url("**/sim/")
    page.locator("#id_sim").fill("89860000000000000000")
    page.keyboard.press("Enter")
    expect(page.locator("#id_sim_error")).to_be_visible()
    camera.look("line-2-refused")
    page.locator("#id_sim").fill(shelf.sim())
    page.keyboard.press("Enter")
    page.wait_for_url("**/confirm/")
    camera.look("line-3-confirm")
    camera.send()
    page.wait_for_url("**/orders/**")
    expect(page.locator(".q-verdict-good")).to_be_visible()

    page.goto("/cards/")
    serial, pin = shelf.card()
    page.locator("#id_serial").fill(serial)
    page.keyboard.press("Enter")
    expect(page.locator(".q-confirm-amount")).to_be_visible()
    camera.look("card-confirm")
    camera.send()
    page.wait_for_url("**/orders/**")
    expect(page.locator(".q-verdict-good")).to_be_visible()
    camera.look("card-order")
    page.locator("form[action$='/pin/'] button").click()
    expect(page.locator(".q-pin")).to_be_visible()
    camera.look("card-pin")

    page.goto("/cards/use/")
    camera.look("card-use")
    page.locator("[name=pin]").fill(pin)
    page.locator("[name=msisdn]").fill(day.boss.fresh().msisdn)
    camera.send()
    expect(page.locator(".q-confirm-amount")).to_be_visible()
    camera.look("card-use-confirm")
    camera.send()
    page.wait_for_url("**/orders/**")
    expect(page.locator(".q-verdict-good")).to_be_visible()

    page.goto("/goods/")
    page.locator("[data-scanner-input]").click()
    for handset in (shelf.handset(), shelf.handset()):
        page.keyboard.type(handset)
        page.keyboard.press("Enter")
    page.locator(".q-piece input").first.fill("2")
    camera.look("goods")
    camera.send()
    expect(page.locator(".q-confirm-amount")).to_be_visible()
    camera.look("goods-confirm")
    camera.send()
    page.wait_for_url("**/orders/**")

    page.goto("/goods/contract/")
    camera.look("contract-handset")
    page.locator("[name=serial]").fill(shelf.handset())
    unbound = day.boss.fresh(lambda person: not person.add_ons)
    page.locator("[name=msisdn]").fill(unbound.msisdn)
    camera.send()
    expect(page.locator(".q-confirm-amount")).to_be_visible()
    camera.look("contract-handset-confirm")
    page.goto("/sell/")
    camera.look("sell")
    desk.calm()
    assert_sound()
    assert goods.unsound() == []
    desk.context.close()
