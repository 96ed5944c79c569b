"""The start page, the search, links, the app; what anybody may see, and what nobody may do."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from django.contrib.sessions.models import Session

from qudao.domain.echannel import operations as echannel
from qudao.domain.echannel.types import Pair
from qudao.fronts.hall import door
from qudao.platform.identity.models import User
from tests.fronts.hall.stand import Browser, Customers
from tests.province import PASSWORD


def test_anybody_sees_the_menu_and_leaves_no_trace(hall: Customers) -> None:
    for root, language, word in (("/hall/", "en", "Balance"), ("/m/", "zh-hans", "余额")):
        browser = Browser(root, language)
        seen = browser.get()
        offered = {value for form in seen.forms for name, value, _said in form.buttons if name}
        assert {"balance", "outlets", "top_up", "bill_payment"} <= offered
        assert word in seen.text
        assert "no-store" in browser.response["Cache-Control"]
        assert "qudao_hall" not in browser.client.cookies
    assert not Session.objects.exists()


def test_a_search_finds_by_name_keyword_and_description(hall: Customers) -> None:
    browser = Browser()

    def found(wanted: str) -> list[str]:
        seen = browser.get("search/", q=wanted)
        return [value for form in seen.forms for name, value, _said in form.buttons]

    assert found("余额")[0] == found("balance")[0] == found("ｙｅ")[0] == "balance"
    assert found("shops")[0] == "outlets"
    assert "add_on" in found("data pack")
    assert found("nothing of the kind") == []
    (form, *_others) = browser.get("search/", q="CZ 50").forms
    assert form.fields["text"] == "CZ 50"
    assert form.buttons[0][2].startswith("Top-up: 50")


def test_a_link_brings_answers_along_but_no_secrets(hall: Customers) -> None:
    browser, line = Browser(), hall.line(password=True)
    seen = browser.get("do/top_up/", amount="50", msisdn="no number", evil="1")
    fields = seen.form("begin/").fields
    assert fields["a.amount"] == "50" and "a.evil" not in fields
    seen = browser.get("do/card_recharge/", pin="12345678", msisdn=line)
    fields = seen.form("begin/").fields
    assert fields["a.msisdn"] == line and "12345678" not in fields.values()
    browser.sign_in(line)
    browser.get("do/top_up/", amount="50")
    seen = browser.press(words="Begin")
    assert seen.asked == "msisdn"
    seen = browser.type(line)
    assert seen.asked == "means", "the amount was answered by the link"
    assert browser.get("do/nothing_such/").kind == "" and browser.status == 404


def test_a_hall_that_is_switched_off_says_so(hall: Customers) -> None:
    ours = hall.province.system(datetime.now(UTC))
    words = Pair("系统升级中", "Under repair until six")
    echannel.switch_off(ours, front="web", message=words)
    browser = Browser()
    seen = browser.get()
    assert "Under repair until six" in seen.text
    assert "All services" not in seen.text and "Best done here" not in seen.text
    assert "Under repair until six" in browser.get("do/balance/").text
    assert browser.status == 503
    assert "Under repair" not in Browser("/m/").get().text


def test_the_mobile_hall_is_an_app(hall: Customers) -> None:
    browser = Browser("/m/")
    assert 'rel="manifest"' in browser.client.get("/m/").content.decode()
    manifest = json.loads(browser.client.get("/m/manifest.webmanifest").content)
    assert manifest["scope"] == manifest["start_url"] == "/m/"
    assert {icon["sizes"] for icon in manifest["icons"]} >= {"192x192", "512x512"}
    worker = browser.client.get("/m/sw.js")
    assert worker["Content-Type"].startswith("text/javascript")
    assert "/m/offline/" in worker.content.decode()
    assert "no network" in browser.get("offline/").text


def test_strange_requests_are_answered_by_pages(hall: Customers) -> None:
    browser = Browser()
    for path in ("nothing/", "d/01a203b0-b2c9-7054-80ac-1fa98873ca80/", "orders/x/", "..%00/"):
        browser.get(path)
        assert browser.status == 404, path
        assert "Begin anew from the start page" in browser.seen.text, path
    for path in ("begin/", "resume/", "sign-in/send/", "sign-in/password/", "sign-out/"):
        assert browser.client.get(f"/hall/{path}").status_code == 302, path
        refused = browser.client.post(f"/hall/{path}")
        assert refused.status_code == 403, "no form without its token"
        assert 'href="/hall/"' in refused.content.decode(), "not to the staff's pages"
    browser.get("?q=" + "%ff%fe" * 500)
    assert browser.status == 200


def test_too_many_pages_in_a_minute(hall: Customers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door, "PER_ADDRESS", 2)
    browser = Browser()
    answers = {browser.get() and browser.status for _page in range(6)}
    assert answers == {200, 429}
    assert browser.response["Retry-After"]


def test_who_works_here_is_no_customer_and_the_other_way_round(hall: Customers) -> None:
    User.objects.filter(username="clerk").update(must_change_password=False, language="en")
    browser = Browser()
    form = browser.get("/accounts/login/").fill("clerk", "login")[0]
    browser.send((form, {**form.fields, "login": "clerk", "password": str.__str__(PASSWORD)}))
    browser.client.cookies["qudao_hall"] = browser.client.cookies["qudao_session"].value
    assert "You are not signed in" in browser.get("me/").text
    customer = Browser()
    customer.sign_in(hall.line(password=True))
    customer.client.cookies["qudao_session"] = customer.client.cookies["qudao_hall"].value
    customer.get("/orders/")
    assert customer.path.startswith("/accounts/login/")
