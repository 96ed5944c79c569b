"""The day of an outlet's stock in a browser: ask, receive by scanning, count on a phone, return."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from playwright.sync_api import expect

from qudao.domain.stock import operations as stock
from qudao.domain.stock import queries
from qudao.domain.stock.types import (
    Goods,
    MovementSearch,
    RequisitionId,
    RequisitionSearch,
    RequisitionState,
)
from qudao.kernel.money import Money
from qudao.kernel.page import PageRequest
from tests.browser.conftest import PASSWORD, SHOTS, Day, Desk, by_turns
from tests.browser.test_look import LOOKS
from tests.fronts.portal.stand import Branch
from tests.province import assert_sound

pytestmark = pytest.mark.browser

WORDS = {
    "en": {
        "scanned": "1 of 3 scanned",
        "strange": "is not expected here",
        "again": "is in the list already",
        "missing": "1 piece has not come",
        "counted": "{n} of {all} counted",
        "lost": "Not saved yet",
        "sent": "The goods are on their way.",
    },
    "zh-hans": {
        "scanned": "已扫 1",
        "strange": "",
        "again": "",
        "missing": "有1件未到",
        "counted": "已盘{n}件，应有{all}件",
        "lost": "尚未保存",
        "sent": "商品已发出。",
    },
}


@pytest.fixture
def branch(day: Day) -> Branch:
    return Branch(day.province)


def _scan(desk: Desk, code: str) -> None:
    """What a scanner that is a keyboard does."""
    desk.page.keyboard.type(code)
    desk.page.keyboard.press("Enter")


def _fits(desk: Desk) -> None:
    wide = desk.page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert wide <= 0, f"{desk.page.url} is {wide} px too wide"


@pytest.mark.parametrize("language", ["zh-hans", "en"] if SHOTS else ["zh-hans"])
def test_the_day_of_an_outlets_stock(day: Day, branch: Branch, language: str) -> None:
    words, short = WORDS[language], language[:2]

    # ---- the outlet asks, on a phone
    phone = day.sign_in(language=language, phone=True)
    page = phone.page
    page.goto("/stock/")
    phone.shot(f"stock-day-{short}-01-empty")
    phone.accessible()
    page.locator("a[href='/stock/requests/new/']").first.tap()
    page.fill("[name='q-SIM3IN1']", "5")
    page.fill("[name='q-ACC-CASE']", "10")
    page.fill("[name=note]", "周末赶集" if short == "zh" else "For the market day")
    phone.shot(f"stock-day-{short}-02-ask")
    phone.accessible()
    page.locator("#main form button.q-sticky").tap()
    page.wait_for_selector("form[action$='/send/']")
    phone.shot(f"stock-day-{short}-03-check")
    phone.accessible()
    page.locator("form[action$='/send/'] button").dblclick()
    page.wait_for_url(re.compile(r"/stock/requests/[0-9a-f-]+/$"))
    phone.shot(f"stock-day-{short}-04-asked")
    phone.accessible()
    requested = page.url
    found = queries.requisitions(
        day.province.system(), search=RequisitionSearch(), page=PageRequest()
    )
    assert found.total == 1, "a double click asks once"
    requisition = RequisitionId(found.items[0].id)

    # ---- the branch accepts part of it and sends it
    serials = branch.stand.sims(3)
    branch.decide(
        requisition,
        {"SIM3IN1": 3, "ACC-CASE": 4},
        reason="本周只有三张" if short == "zh" else "3 left",
    )
    branch.stand.count("ACC-CASE", 4, Money(32_00))
    stock.dispatch(
        branch.keeper(),
        requisition=requisition,
        goods=[Goods("SIM3IN1", serials=tuple(serials)), Goods("ACC-CASE", quantity=4)],
    )
    page.goto("/")
    expect(page.locator("#home-live")).to_contain_text("7")
    phone.shot(f"stock-day-{short}-05-home")
    phone.accessible()
    phone.calm()

    # ---- it comes: scanned at a desk, with a scanner that is a keyboard; one is missing
    desk = day.sign_in(language=language)
    page = desk.page
    page.goto(requested + "receive/")
    expect(page.locator("[data-scanner-input]")).to_be_focused()
    (strange,) = branch.stand.sims(1)
    _scan(desk, serials[0])
    expect(page.locator("[data-scanner-count]")).to_contain_text(words["scanned"])
    _scan(desk, serials[0])
    expect(page.locator(".q-scanner [role=status]")).to_contain_text(words["again"])
    _scan(desk, strange)
    expect(page.locator(".q-scanner [role=status]")).to_contain_text(words["strange"])
    expect(page.locator(".q-scan-wrong")).to_have_count(1)
    desk.shot(f"stock-day-{short}-06-receive")
    desk.accessible()
    page.reload()
    expect(page.locator("[data-scanner-list] li")).to_have_count(2)
    page.locator("#main form button.q-sticky").click()
    expect(page.locator("#id_serials_error")).to_contain_text(strange)
    desk.shot(f"stock-day-{short}-07-not-part")
    desk.accessible()
    page.locator(".q-scan-wrong button").click()
    page.locator("[data-scanner-input]").focus()
    _scan(desk, serials[1])
    page.locator("#main form button.q-sticky").click()
    expect(page.locator("#main")).to_contain_text(words["missing"])
    desk.shot(f"stock-day-{short}-08-missing")
    desk.accessible()
    page.locator("form[action$='/do/'] button").click()
    page.wait_for_url(requested)
    page.wait_for_load_state("networkidle")
    desk.shot(f"stock-day-{short}-09-received")
    desk.accessible()
    assert branch.state(serials[2]) == "missing"
    page.go_back()
    if page.locator("form[action$='/do/'] button").count():
        page.locator("form[action$='/do/'] button").click()
        page.wait_for_url(requested)
    assert branch.record(requisition).row.received == 6, "going back receives nothing twice"
    desk.calm()

    # ---- counted on the phone; the connection is lost and comes back
    page = phone.page
    page.goto("/stock/counts/new/")
    phone.shot(f"stock-day-{short}-10-count-new")
    phone.accessible()
    page.locator("#main form button.q-btn-primary").tap()
    page.wait_for_url(re.compile(r"/stock/counts/[0-9a-f-]+/$"))
    progress = page.locator("#count-progress")
    expect(progress).to_contain_text(words["counted"].format(n=0, all=6))
    page.locator("[data-scanner-input]").tap()
    _scan(phone, serials[0])
    expect(progress).to_contain_text(words["counted"].format(n=1, all=6))
    phone.context.set_offline(True)
    page.locator("[data-scanner-input]").tap()
    _scan(phone, serials[1])
    expect(progress).to_contain_text(words["lost"])
    expect(page.locator("[data-kept-saved]")).to_be_hidden()
    phone.shot(f"stock-day-{short}-11-offline")
    phone.accessible()
    phone.context.set_offline(False)
    expect(progress).to_contain_text(words["counted"].format(n=2, all=6))
    page.fill("[name='q-ACC-CASE']", "3")
    page.locator("[name='q-ACC-CASE']").blur()
    expect(progress).to_contain_text(words["counted"].format(n=5, all=6))
    page.reload()
    expect(progress).to_contain_text(words["counted"].format(n=5, all=6))
    expect(page.locator("[name='q-ACC-CASE']")).to_have_value("3")
    phone.shot(f"stock-day-{short}-12-counting")
    phone.accessible()
    _fits(phone)
    page.locator("[data-dialog-open=give-up]").tap()
    expect(page.locator("dialog[open]")).to_be_visible()
    phone.accessible()
    page.locator("dialog[open] [data-dialog-close]").tap()
    page.locator("a[href$='/close/']").tap()
    page.wait_for_url("**/close/")
    phone.shot(f"stock-day-{short}-13-differences")
    phone.accessible()
    _fits(phone)
    page.locator("#main form button.q-btn-primary").tap()
    page.wait_for_url(re.compile(r"/stock/counts/[0-9a-f-]+/$"))
    phone.shot(f"stock-day-{short}-14-closed")
    phone.accessible()
    (count,) = queries.counts(day.province.system(), page=PageRequest()).items
    assert (count.state, count.short) == ("closed", 1)

    # ---- one goes back to the branch
    page.goto("/stock/returns/new/")
    page.locator("[data-scanner-input]").tap()
    _scan(phone, serials[0])
    page.locator("[data-fill]").first.tap()
    phone.shot(f"stock-day-{short}-15-return")
    phone.accessible()
    page.locator("#main form button.q-sticky").tap()
    page.wait_for_selector("[name=meant]", state="attached")
    phone.shot(f"stock-day-{short}-16-return-check")
    phone.accessible()
    page.locator("#main form button.q-sticky").tap()
    page.wait_for_url("**?sent=return")
    expect(page.locator("body")).to_contain_text(words["sent"])
    phone.shot(f"stock-day-{short}-17-returned")
    phone.accessible()
    assert branch.state(serials[0]) == "in_transit"
    page.goto("/stock/returns/new/")
    expect(page.locator("[data-scanner-list] li")).to_have_count(0)
    assert queries.unsound() == []
    assert_sound()
    # the browser and htmx complain of the lost connection, and of nothing else
    lost = ("ERR_INTERNET_DISCONNECTED", "htmx:")
    assert [one for one in phone.complaints if not any(part in one for part in lost)] == []


def test_every_page_about_goods(day: Day, branch: Branch) -> None:
    """Each page on a desk and on a phone, in both languages, light and dark."""
    soon = date.today() + timedelta(days=20)
    cards = branch.stand.cards(4, expires_on=soon)
    handsets = branch.stand.handsets(2)
    filled, _none = branch.send(
        12,
        8,
        goods=[
            Goods("RC50", serials=tuple(cards)),
            Goods("HS-NOVA5", serials=tuple(handsets)),
        ],
    )
    stock.receive(branch.clerk(), requisition=filled, everything=True)
    stock.set_threshold(branch.clerk(), place=day.province.agent, item="SIM3IN1", low=20)
    stock.set_threshold(branch.clerk(), place=day.province.agent, item="GIFT-UMBRELLA", low=5)
    coming, serials = branch.send(6, 3)
    differing, others = branch.send(3)
    stock.receive(branch.clerk(), requisition=differing, serials=others[1:])
    asked = stock.ask(
        branch.clerk(), place=day.province.agent, goods={"RC100": 50}, terms="purchase"
    )
    returned = stock.return_goods(
        branch.clerk(),
        place=day.province.agent,
        goods=(Goods("HS-NOVA5", serials=(handsets[0],)),),
        reason="屏幕损坏",
        damaged=True,
    )
    count = stock.open_count(branch.clerk(), place=day.province.agent)
    stock.record_count(branch.clerk(), count=count, serials=others[1:], quantities={"ACC-CASE": 7})
    (move, *_rest) = queries.movements(
        branch.clerk(), search=MovementSearch(place=day.province.agent), page=PageRequest()
    ).items
    pages = {
        "home": "/",
        "stock": "/stock/",
        "find": f"/stock/find/?serial={others[1][:10]}",
        "expiring": "/stock/expiring/",
        "item": "/stock/items/SIM3IN1/",
        "item-counted": "/stock/items/ACC-CASE/",
        "unit": f"/stock/pieces/sim/{others[1]}/",
        "unit-mark": f"/stock/pieces/sim/{others[1]}/defective/",
        "unit-missing": f"/stock/pieces/sim/{others[0]}/",
        "threshold": "/stock/items/SIM3IN1/warning/",
        "moves": "/stock/moves/",
        "move": f"/stock/moves/{move.id}/",
        "requests": "/stock/requests/",
        "request-new": "/stock/requests/new/?low=1",
        "request-asked": f"/stock/requests/{asked}/",
        "request-coming": f"/stock/requests/{coming}/",
        "request-differs": f"/stock/requests/{differing}/",
        "request-cancel": f"/stock/requests/{asked}/cancel/",
        "receive": f"/stock/requests/{coming}/receive/",
        "receive-late": f"/stock/requests/{differing}/receive/",
        "returns": "/stock/returns/",
        "returned": f"/stock/requests/{returned}/",
        "return-new": "/stock/returns/new/",
        "exchange": "/stock/returns/exchange/",
        "counts": "/stock/counts/",
        "count": f"/stock/counts/{count}/",
        "count-close": f"/stock/counts/{count}/close/",
    }
    for look, (language, phone, dark) in enumerate(LOOKS):
        desk = day.sign_in("owner", language=language, phone=phone, dark=dark)
        where = f"{'phone' if phone else 'desk'}-{language[:2]}-{'dark' if dark else 'light'}"
        for nth, (name, path) in enumerate(pages.items()):
            if not by_turns(look, nth):
                continue
            desk.page.goto(path)
            desk.settle()
            desk.shot(f"stock-{where}-{name}", whole=True)
            desk.accessible()
            _fits(desk)
        desk.calm()
        desk.context.close()


def test_receiving_and_counting_work_without_script(day: Day, branch: Branch) -> None:
    requisition, serials = branch.send(2, 3)
    day.sign_in(language="en").context.close()
    context = day.browser.new_context(java_script_enabled=False, base_url=day.url, locale="en-GB")
    page = context.new_page()
    page.goto("/")
    page.fill("input[name=login]", "clerk")
    page.fill("input[name=password]", PASSWORD)
    page.click("form button[type=submit].q-btn-primary")
    page.goto(f"/stock/requests/{requisition}/receive/")
    page.fill("[name=serials]", "\n".join(serials))
    page.click("#main form button.q-sticky")
    expect(page.locator("#main")).to_contain_text("Received: 5 pieces")
    page.goto("/stock/counts/new/")
    page.click("#main form button.q-btn-primary")
    page.fill("[name=serials]", serials[0])
    page.fill("[name='q-ACC-CASE']", "3")
    page.click("#count-form button[type=submit]")
    expect(page.locator("#count-progress")).to_contain_text("4 of 5 counted")
    page.click("a[href$='/close/']")
    expect(page.locator("#main")).to_contain_text(serials[1])
    page.click("#main form button.q-btn-primary")
    assert branch.state(serials[1]) == "missing"
    assert (
        queries.requisitions(
            day.province.system(),
            search=RequisitionSearch(states=frozenset({RequisitionState.RECEIVED})),
            page=PageRequest(),
        ).total
        == 1
    )
