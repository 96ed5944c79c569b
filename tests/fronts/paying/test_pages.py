"""The page on which a customer arrives from the acquirer's."""

from __future__ import annotations

from uuid import uuid4

import pytest
from django.test import Client

from qudao.domain.checkout.types import PaymentState
from tests.fronts.paying.buying import Buying
from tests.journeys.paying.hall import MSISDN

EN = {"Accept-Language": "en"}


def test_from_waiting_to_the_receipt(buying: Buying, client: Client) -> None:
    payment = buying.begin()
    address = f"/payments/{payment}"
    shown = client.get(address, headers=EN)
    text = shown.content.decode()
    assert shown.status_code == 200 and shown["Cache-Control"].startswith("max-age=0")
    assert "Waiting for your payment" in text and "¥50.00" in text and "hx-post" in text
    assert buying.payment(payment).url.replace("&", "&amp;") in text
    assert MSISDN not in text and MSISDN[-4:] in text
    assert client.get(f"{address}/receipt.pdf").status_code == 404
    # Nothing is paid: asking does no harm, with script and without.
    back = client.post(f"{address}/check")
    assert (back.status_code, back["Location"]) == (302, address)
    assert buying.payment(payment).state == PaymentState.WAITING
    buying.acquirer.pay(payment)
    live = client.post(f"{address}/check", headers={"HX-Request": "true", **EN}).content.decode()
    assert "<html" not in live and "hx-post" not in live and "Paid" in live
    paid = buying.payment(payment)
    assert paid.state == PaymentState.CAPTURED and paid.reference in live
    assert MSISDN not in live
    pdf = client.get(f"{address}/receipt.pdf")
    assert pdf["Content-Type"] == "application/pdf" and pdf.content.startswith(b"%PDF")
    assert "已支付" in client.get(address, headers={"Accept-Language": "zh-hans"}).content.decode()
    assert buying.done(payment) == {"hold": 1, "capture": 1}


def test_an_acquirer_that_is_down_and_a_customer_who_cancels(
    buying: Buying, client: Client
) -> None:
    payment = buying.begin()
    check, script = f"/payments/{payment}/check", {"HX-Request": "true", **EN}
    buying.acquirer.faults(down={"seconds": 60})
    down = client.post(check, headers=script)
    assert down.status_code == 200 and b"hx-post" in down.content
    buying.acquirer.faults()
    buying.acquirer.cancel(payment)
    client.post(check)
    text = client.get(f"/payments/{payment}", headers=EN).content.decode()
    assert "Cancelled" in text and "Nothing was bought" in text and "hx-post" not in text
    paid = buying.payment(payment)
    assert (paid.state, paid.code, paid.order) == (PaymentState.DECLINED, "cancelled", None)


def test_the_acquirer_is_not_asked_for_ever(buying: Buying, client: Client) -> None:
    strict, payment = Client(enforce_csrf_checks=True), buying.begin()
    assert strict.post(f"/payments/{payment}/check").status_code == 403  # without the token
    for _ in range(45):
        client.post(f"/payments/{payment}/check")
    buying.acquirer.pay(payment)
    client.post(f"/payments/{payment}/check")
    assert buying.payment(payment).state == PaymentState.WAITING  # the minute is full
    assert client.get(f"/payments/{payment}").status_code == 200


@pytest.mark.django_db
def test_no_such_payment(client: Client) -> None:
    for path in (uuid4(), f"{uuid4()}/receipt.pdf", "x", "../x"):
        assert client.get(f"/payments/{path}").status_code == 404
    assert client.post(f"/payments/{uuid4()}/check").status_code == 404
    assert client.get(f"/payments/{uuid4()}/check").status_code == 405
