"""Who a customer is: by code, by service password, for how long, and how it is forgotten."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from django.contrib.sessions.models import Session

from tests.domain.credential.line import another, code_in, told
from tests.fronts.hall.stand import SERVICE_PASSWORD, Browser, Customers, code


def test_by_a_code_that_stands_in_the_message_only(hall: Customers) -> None:
    browser, line = Browser(), hall.line()
    browser.get("orders/")
    assert "Show that it is you" in browser.seen.text, "orders are personal data"
    seen = browser.type(line, "number")
    assert "A code is on its way" in seen.text and line not in seen.text
    assert code() not in browser.response.content.decode()
    wrong = str.__str__(another(code_in(told()[-1])))
    seen = browser.type(wrong, "code")
    assert browser.status == 422 and "code" in seen.text.lower()
    before = browser.client.cookies["qudao_hall"].value
    seen = browser.type(code(), "code")
    assert browser.path == "/hall/orders/" and "No orders yet" in seen.text
    cookie = browser.client.cookies["qudao_hall"]
    assert cookie.value != before, "the session has another name"
    assert cookie["httponly"] and cookie["samesite"] == "Lax"
    assert Session.objects.filter(session_key=before).count() == 0
    assert len(told()) == 1, "one code was enough"


def test_by_the_service_password_and_out_again(hall: Customers) -> None:
    browser, line = Browser("/m/"), hall.line(password=True)
    browser.get("sign-in/?by=password&next=https://evil.example/")
    form = browser.seen.form("sign-in/password/")
    for password, status in (("111111", 422), (str.__str__(SERVICE_PASSWORD), 200)):
        browser.send((form, {**form.fields, "number": line, "password": password}))
        assert browser.status == status
        assert password not in browser.seen.text
        if status == 422:
            form = browser.seen.form("sign-in/password/")
    assert browser.path == "/m/", "nobody is sent elsewhere"
    shown = f"{line[:3]} **** {line[-4:]}"
    assert shown in browser.seen.text
    assert "Balance" in browser.client.get("/m/line/").content.decode()
    kept = browser.client.cookies["qudao_hall"].value
    browser.get("me/")
    browser.press(words="Sign out")
    assert shown not in browser.get().text
    browser.client.cookies["qudao_hall"] = kept
    assert shown not in browser.get().text, "what was signed out of is gone"


def test_a_session_ends_when_nobody_uses_it(hall: Customers) -> None:
    browser, line = Browser(), hall.line(password=True)
    browser.sign_in(line)
    session = Session.objects.get(session_key=browser.client.cookies["qudao_hall"].value)
    left = session.expire_date - datetime.now(UTC)
    assert timedelta(minutes=29) < left <= timedelta(minutes=30)
    Session.objects.update(expire_date=datetime.now(UTC))
    assert "You are not signed in" in browser.get("me/").text


def test_a_service_password_is_set_by_a_code(hall: Customers) -> None:
    browser, line = Browser(), hall.line()
    browser.get("me/password/")
    browser.type(line, "number")
    browser.type(code(), "code")
    assert browser.path == "/hall/me/password/"
    browser.press(words="Send me a code")
    assert browser.path == "/hall/me/password/set/"
    form, sent = browser.seen.fill(code(), "code")
    for new, repeated, status in (
        ("270519", "270518", 422),
        ("123456", "123456", 422),
        ("270519", "270519", 200),
    ):
        browser.send((form, {**sent, "new": new, "repeated": repeated}))
        assert browser.status == status, browser.seen.text
        form, sent = (form, sent) if status == 200 else browser.seen.fill(code(), "code")
    assert browser.path == "/hall/me/"
    other = Browser()
    other.sign_in(line)
    assert other.path == "/hall/"


def test_a_number_that_is_none(hall: Customers) -> None:
    browser = Browser()
    for number in ("", "12", "x" * 5_000, "\x00"):
        browser.get("sign-in/")
        browser.type(number, "number")
        assert browser.status == 422 and told() == [], number[:20]
    browser.get("sign-in/")
    assert "138 **** 8000" in browser.type("１３８ ００１３ ８０００", "number").text
