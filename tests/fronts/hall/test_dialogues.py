"""Items from their tile to their receipt, by plain forms; and what others try with them."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime

from django.contrib.sessions.models import Session

from qudao.domain.checkout.models import CustomerPayment
from qudao.domain.ordering.models import Order
from qudao.journeys.dialogue import talking
from qudao.journeys.dialogue.types import Message
from qudao.kernel.personal import Secret
from qudao.platform.dialogues.models import Dialogue
from tests.domain.credential.line import another
from tests.fronts.hall.stand import Browser, Customers, code
from tests.journeys.dialogue.hall import SMS, known
from tests.journeys.dialogue.hall import Hall as Phones


def orders() -> list[Order]:
    return list(Order.objects.unscoped("all that there are"))


def test_a_top_up_is_paid_by_the_bound_card_and_receipted(paid_hall: Customers) -> None:
    browser, line = Browser(), paid_hall.line()
    browser.begin("top_up")
    assert browser.type(line).asked == "amount"
    assert "no amount" in browser.type("fifty").text
    assert browser.press(value="50").asked == "means"
    assert browser.press(words="by the card").asked == "number", "the card is somebody's"
    browser.type(line)
    assert browser.seen.asked == "code"
    browser.type(str.__str__(another(Secret(code()))))
    assert browser.seen.asked == "number" and "not the code" in browser.seen.text.lower()
    form, typed = browser.seen.fill(line)
    assert form.fields["text"] == line, "the number need not be typed again"
    browser.send((form, typed))
    browser.type(code())
    assert browser.seen.kind == "confirm" and "¥50.00" in browser.seen.text
    confirmation = browser.seen.press(value=":yes")
    seen = browser.send(confirmation)
    assert seen.kind == "done"
    (order,) = orders()
    assert (order.msisdn, order.amount, order.channel) == (line, 50_00, "web")
    assert browser.send(confirmation).kind == "done", "the form sent again shows where it stands"
    assert len(orders()) == CustomerPayment.objects.unscoped("all").count() == 1
    # Who has proved it in the dialogue is signed in; the receipt is theirs.
    assert f"{line[:3]} **** {line[-4:]}" in browser.get("me/").text
    seen = browser.get(f"orders/{order.id}/")
    number = re.search(r"\d{17}", seen.text)
    assert number is not None and "¥50.00" in seen.text
    pdf = browser.client.get(f"/hall/orders/{order.id}/receipt.pdf")
    assert pdf["Content-Type"] == "application/pdf" and pdf.content.startswith(b"%PDF")
    assert Browser("/hall/").get(f"orders/{order.id}/").text.startswith("Show that it is you")
    Order.objects.unscoped("the only one").update(
        state="failed", refusal_code="line_suspended", settled_at=datetime.now(UTC)
    )
    assert "Reason The line is suspended." in browser.get(f"orders/{order.id}/").text
    other = Browser()
    other.sign_in(paid_hall.line(password=True))
    assert other.get(f"orders/{order.id}/") and other.status == 404, "another line's order"
    assert "No orders yet" in other.get("orders/").text


def test_the_payment_page_of_the_acquirer(paid_hall: Customers) -> None:
    browser, line = Browser(), paid_hall.line(password=True)
    browser.sign_in(line)
    browser.begin("top_up")
    browser.type(line)
    browser.type("30")
    browser.press(words="on the payment page")
    seen = browser.press(value=":yes")
    assert seen.kind == "done" and "One step more: pay" in seen.text
    paid = CustomerPayment.objects.unscoped("the only one").get()
    assert paid.url in browser.response.content.decode().replace("&amp;", "&")
    assert orders() == [], "nothing is sold before it is paid"
    assert "¥30.00" in browser.get("payments/").text
    assert "Waiting for your payment" in browser.seen.text


def test_what_costs_nothing_is_not_paid_and_customers_are_told_as_customers(
    paid_hall: Customers,
) -> None:
    browser, line = Browser(), paid_hall.line(password=True)
    browser.sign_in(line)
    assert browser.begin("suspend").kind == "confirm"
    assert "Yes, do it" in browser.seen.text and "Yes, pay" not in browser.seen.text
    browser.begin("resume")
    assert "This is not for the line as it is now" in browser.seen.text
    browser.begin("top_up")
    browser.type("13000000000")
    browser.type("30")
    assert browser.seen.asked == "msisdn", "the number is asked for again, and not the amount"
    assert "has no line with the number" in browser.seen.text
    assert "with the customer" not in browser.seen.text


def test_another_browser_has_nothing_of_a_dialogue(hall: Customers) -> None:
    browser, thief = Browser(), Browser()
    browser.begin("outlets")
    path = browser.path
    thief.get()
    assert thief.get(path).kind == "" and thief.status == 404
    form, sent = browser.seen.press(words="Zhengzhou")
    token = thief.get("sign-in/").forms[0].fields["csrfmiddlewaretoken"]
    thief.send((form, {**sent, "csrfmiddlewaretoken": token}))
    assert thief.status == 404
    assert thief.client.post(f"{path}again/", {"csrfmiddlewaretoken": token}).status_code == 404
    assert browser.get(path).asked == "branch", "nobody has answered it"
    Dialogue.objects.update(expires_at=datetime.now(UTC))
    browser.get(path)
    assert browser.status == 404 and "expired" in browser.seen.text


def test_what_was_typed_for_too_long_is_not_lost(hall: Customers) -> None:
    browser, line = Browser(), hall.line(password=True)
    words = '上月多收了费用 <b>"请退回"</b>。'
    browser.sign_in(line)
    browser.begin("complaint")
    browser.press(value="1")
    assert browser.seen.asked == "words"
    Session.objects.update(expire_date=datetime.now(UTC))
    Dialogue.objects.update(expires_at=datetime.now(UTC))
    seen = browser.type(words)
    assert seen.asked == "number", "who it is must be proved again"
    assert "What you had written is kept" in browser.response.content.decode()
    session = Session.objects.get(session_key=browser.client.cookies["qudao_hall"].value)
    assert words not in str(session.get_decoded())
    browser.type(line)
    browser.type(code())
    browser.press(value="1")
    assert browser.seen.kind == "confirm" and words in browser.seen.text
    # A PIN is kept nowhere.
    browser.begin("card_recharge")
    browser.type(line)
    assert browser.seen.asked == "pin"
    Dialogue.objects.update(expires_at=datetime.now(UTC))
    browser.type("123456789012345678")
    assert browser.status == 404 and "expired" in browser.seen.text


def test_what_was_not_understood_stands_where_it_was_typed(hall: Customers) -> None:
    browser = Browser()
    browser.begin("card_recharge")
    browser.type("1380013<")
    assert (
        browser.seen.asked == "msisdn"
        and 'value="1380013&lt;"' in browser.response.content.decode()
    )
    browser.type("13800138000")
    browser.type("12")
    assert browser.seen.asked == "pin" and 'value="12"' not in browser.response.content.decode()


def test_strange_answers_hurt_nobody(hall: Customers) -> None:
    browser = Browser()
    browser.begin("card_recharge")
    browser.type("13800138000")
    form, sent = browser.seen.fill("12\x0034")
    for text, step in (
        ("12\x0034", sent["step"]),
        ("9" * 100_000, sent["step"]),
        ("\ud83d\ude00", sent["step"]),
        ("12345678", "-1"),
        ("12345678", "9" * 40),
        ("12345678", "٣"),
        ("12345678", ""),
    ):
        kept = {**sent, "text": text.encode("utf-8", "surrogatepass").decode("utf-8", "replace")}
        browser.send((form, {**kept, "step": step}))
        assert browser.status == 200 and browser.seen.asked == "pin", (text[:20], step)
        form, sent = browser.seen.fill("")
        if browser.get(browser.path).kind == "closed":
            break
    raw = browser.client.post(
        form.action,
        b"text=%ff%fe&step=1&csrfmiddlewaretoken=" + sent["csrfmiddlewaretoken"].encode(),
        content_type="application/x-www-form-urlencoded",
    )
    assert raw.status_code == 302
    huge = browser.client.post(form.action, {**sent, "text": "x" * 3_000_000})
    assert huge.status_code in (400, 302)
    assert orders() == []


def test_the_language_changes_in_the_middle(hall: Customers) -> None:
    browser = Browser()
    browser.begin("outlets")
    browser.press(words="Zhengzhou")
    assert "In which district?" in browser.seen.text
    browser.client.cookies["qudao_language"] = "zh-hans"
    seen = browser.get(browser.path)
    assert "哪个区县" in seen.text and "In which" not in seen.text
    assert browser.press(words="中原").kind == "done"
    browser.begin("language")
    browser.press(value="2")
    assert browser.client.cookies["qudao_language"].value == "en"
    assert "All services" in browser.seen.text


def test_what_was_begun_by_message_is_gone_on_with(hall: Customers) -> None:
    browser, line = Browser(), hall.line(password=True)
    now = datetime.now(UTC)
    talk = Phones(hall.province, hall.boss, at=now).talk(SMS, caller=known(line, now))
    talking.step(talk, Message("CZK", "m1"))
    talking.step(replace(talk, ctx=talk.ctx.with_key("m2")), Message(line, "m2"))
    seen = browser.sign_in(line)
    assert "Go on where you were" in seen.text
    seen = browser.press(words="Recharge by card")
    assert seen.asked == "pin" and browser.path.startswith("/hall/d/")


def test_back_cancel_and_no(hall: Customers) -> None:
    browser = Browser()
    browser.begin("outlets")
    browser.press(words="Zhengzhou")
    assert browser.press(words="Back").asked == "branch"
    browser.press(words="Cancel")
    assert browser.path == "/hall/" and "Nothing was done" in browser.response.content.decode()
