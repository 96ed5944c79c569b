"""A running portal, real browsers, and the BOSS simulator behind it."""

from __future__ import annotations

import json
import os
import random
import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from playwright.sync_api import Error as PlaywrightError

from qudao.domain.catalog import queries as catalog
from qudao.domain.ordering.operations import sell
from qudao.domain.ordering.types import Sale, Sold
from qudao.domain.party.models import Organization
from qudao.domain.wallet import operations as wallet
from qudao.gateways.boss import gateway
from qudao.journeys import customers
from qudao.journeys.fulfilment import fulfil
from qudao.kernel.money import Money
from qudao.kernel.page import PageRequest
from qudao.kernel.period import business_date
from qudao.platform.events import relay
from qudao.platform.identity.models import User
from qudao.platform.processes import registry
from tests.boss_process import BossProcess, boss, boss_process
from tests.province import PASSWORD, Province, build

__all__ = ["boss", "boss_process"]

# Playwright's own loop runs in the test's thread; the database is used by that thread all the same.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

# Two cores serve browser, server, database and BOSS at once: patience, not speed, is asked for.
expect.set_options(timeout=30_000)

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--font-render-hinting=none",
    "--disable-gpu-compositing",
    "--disable-software-rasterizer",
)
STILL = """
() => document.getAnimations().every(
  (one) => one.playState !== 'running' || one.effect.getTiming().iterations === Infinity)
"""
AXE = (Path(__file__).parents[1] / "data/axe-core-4.14.1/axe.min.js").read_text()
# Only what is wrong comes back: to tell all that is right takes longer than to find it.
AXE_RUN = """;
axe.run(document, {resultTypes: ['violations'], preload: false}).then(one => one.violations)
"""
DESK = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}
SHOTS = os.environ.get("QUDAO_SCREENSHOTS", "")


def by_turns(look: int, page: int) -> bool:
    """
    Say whether a page is visited in this look: a visit takes two seconds of a core, and pages share
    their parts. So each page is visited once, every other one in the other look; all of them in
    all looks when pictures are wanted.
    """
    return bool(SHOTS) or look % 2 == page % 2


def chromium() -> str | None:
    return shutil.which("chromium") or shutil.which("chromium-browser")


# Not for the session: while Playwright runs, its event loop runs in this thread, and tests of other
# modules have loops of their own.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    path = chromium()
    if path is None:
        pytest.skip("no chromium: `apt-get install chromium` to run the browser tests")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        yield browser
        browser.close()


class Behind:
    """The dispatcher and the relay, in a thread: what `qudao worker` does."""

    def __init__(self, province: Province) -> None:
        self._province = province
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="behind", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            while not self._stop.wait(0.3):
                self.turn()
        finally:
            connection.close()

    def turn(self) -> None:
        fulfil(lambda: self._province.system(datetime.now(UTC)), customers.boss(), most=100)
        relay.run_all()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join(30)


@dataclass
class Day:
    """A day at the agent's outlet."""

    url: str
    province: Province
    boss: BossProcess
    browser: Browser

    def sign_in(
        self,
        name: str = "clerk",
        *,
        language: str = "zh-hans",
        phone: bool = False,
        dark: bool = False,
    ) -> Desk:
        """A browser in which somebody has signed in, through the form."""
        User.objects.filter(username=name).update(must_change_password=False, language=language)
        context = self.browser.new_context(
            viewport=PHONE if phone else DESK,
            device_scale_factor=2 if phone and SHOTS else 1,
            reduced_motion="no-preference" if SHOTS else "reduce",
            has_touch=phone,
            is_mobile=phone,
            locale="en-GB" if language == "en" else "zh-CN",
            color_scheme="dark" if dark else "light",
            base_url=self.url,
        )
        context.set_default_timeout(60_000)
        desk = Desk(context, context.new_page(), language)
        desk.page.goto("/")
        desk.page.fill("input[name=login]", name)
        desk.page.fill("input[name=password]", PASSWORD)
        desk.page.click("form button[type=submit].q-btn-primary")
        desk.page.wait_for_selector("#main-inner")
        desk.settle()  # or a key would be pressed before anything listens
        return desk

    def sell(self, amount: Money, *, at: datetime, business: str = "top_up") -> Sold:
        rows = catalog.offerings(
            self.province.system(), page=PageRequest(limit=200), business=business
        )
        request = Sale(self.province.agent, rows.items[0].code, self.boss.fresh().msisdn, amount)
        return sell.one(self.province.clerk(at=at), request)


class Desk:
    """One browser window of one person."""

    def __init__(self, context: BrowserContext, page: Page, language: str) -> None:
        self.context, self.page, self.language = context, page, language
        self.complaints: list[str] = []
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _hear(self, message: Any) -> None:
        # The browser reports a refusal's status (409, 422…) as an error of its own: those are ours.
        # And htmx a request in whose middle the page was left; of a failed one it says
        # htmx:sendError besides.
        if (
            message.type == "error"
            and "the server responded with a status of 4" not in message.text
            and not message.text.startswith(("htmx:sendAbort", "htmx:afterRequest"))
        ):
            self.complaints.append(f"{message.text} {message.location}")

    def settle(self) -> None:
        """Wait for the page's parts, those that htmx fetches by itself, too."""
        self.page.wait_for_function(
            "() => document.readyState === 'complete' && !document.querySelector('.htmx-request')"
        )

    def shot(self, name: str, *, whole: bool = False) -> None:
        """Keep a picture of what is seen, or of the whole page, if a folder was named for them."""
        if SHOTS:
            Path(SHOTS).mkdir(parents=True, exist_ok=True)
            heard = len(self.complaints)
            self.page.wait_for_function(STILL)
            self.page.screenshot(path=f"{SHOTS}/{name}.png", full_page=whole)
            del self.complaints[heard:]  # taking a picture of a phone tries inline styles

    def accessible(self) -> None:
        """axe finds nothing serious or critical on the page as it stands."""
        heard = len(self.complaints)
        found = self.ask(AXE + AXE_RUN)
        del self.complaints[heard:]  # axe itself tries inline styles; the page does not
        bad = [
            (
                one["id"],
                [node["target"] for node in one["nodes"]],
                one["nodes"][0]["failureSummary"],
            )
            for one in found
            if one["impact"] in ("serious", "critical")
        ]
        assert not bad, f"{self.page.url}: {json.dumps(bad, indent=1, ensure_ascii=False)}"

    def ask(self, script: str) -> Any:
        """Evaluate on the page; again if it was loaded anew meanwhile, as one that follows is."""
        for _ in range(3):
            try:
                return self.page.evaluate(script)
            except PlaywrightError as error:
                if "context was destroyed" not in str(error):
                    raise
                self.page.wait_for_load_state()
        raise AssertionError(f"{self.page.url} is loaded again and again")

    def calm(self) -> None:
        """Nothing was complained about: no script error, nothing that the CSP blocked."""
        assert self.complaints == []


@pytest.fixture
def day(
    live_server: Any, boss: BossProcess, browser: Browser, settings: Any, transactional_db: None
) -> Iterator[Day]:
    settings.BOSS_URL = boss.url
    customers.boss.cache_clear()
    gateway._of_process.cache_clear()
    province = build()
    province.pay_in(province.agent, Money(5_000_00), at=timezone.now() - timedelta(days=40))
    if SHOTS:
        Organization.objects.unscoped("a picture shows a name from life").filter(
            id=province.agent
        ).update(name_zh="建设西路特约代理点", name_en="Jianshe West Road Agency")
    behind = Behind(province)
    yield Day(live_server.url, province, boss, browser)
    for context in browser.contexts:
        context.close()
    behind.stop()
    customers.boss.cache_clear()
    gateway._of_process.cache_clear()


@pytest.fixture
def past(day: Day) -> Day:
    """A month of trade behind it, so that reports have something to show."""
    dice = random.Random(7)
    now = datetime.now(UTC)
    for back in range(24, -1, -1):
        start = now - timedelta(days=back)
        for _sale in range(dice.randint(3, 9)):
            at = start - timedelta(minutes=dice.randint(1, 300))
            if back == 0:
                at = now - timedelta(minutes=dice.randint(2, 50))
            business = dice.choice(["top_up", "top_up", "bill_payment"])
            amount = Money(
                dice.choice(
                    [30_00, 50_00, 50_00, 100_00, 128_00 if business != "top_up" else 200_00]
                )
            )
            try:
                day.sell(amount, at=at, business=business)
            except Exception as refusal:  # a poor day: pay in, go on
                if type(refusal).__name__ != "BalanceTooLow":
                    raise
                day.province.pay_in(day.province.agent, Money(5_000_00), at=at)
    for back in range(41, 0, -1):
        wallet.close_day(day.province.system(now), day=business_date(now) - timedelta(days=back))
    return day


def wait_until(condition: Callable[[], bool], seconds: float = 20) -> None:
    """Ask again until it is so; the clock is only the limit."""
    deadline = datetime.now(UTC) + timedelta(seconds=seconds)
    ticker = threading.Event()
    while not condition():
        assert datetime.now(UTC) < deadline, "it did not come true in time"
        ticker.wait(0.05)


Revise = Callable[[str, str, str], int]


@pytest.fixture
def revise(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Revise:
    """The next version of a process appears while instances run: other words in its diagram."""

    def appear(code: str, words: str, others: str) -> int:
        process = registry.processes()[code]
        folder = tmp_path / code
        shutil.copytree(process.folder, folder)
        number = max(int(one.name[1:]) for one in folder.glob("v*")) + 1
        shutil.copytree(folder / f"v{number - 1}", folder / f"v{number}")
        diagram = folder / f"v{number}" / "process.bpmn"
        assert words in diagram.read_text()
        diagram.write_text(diagram.read_text().replace(words, others))
        monkeypatch.setitem(registry._processes, code, replace(process, folder=folder))
        return number

    return appear
