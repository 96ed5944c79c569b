"""The door for the acquirer's notices: what is signed is heard, and nothing is believed."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from qudao.domain.checkout.types import PaymentState
from tests.fronts.paying.buying import NOTICES, Buying, push


def test_a_notice_concludes_a_payment_once(buying: Buying, client: Client) -> None:
    payment = buying.begin()
    buying.acquirer.pay(payment)
    said = {"payment": str(payment), "state": "authorised"}
    answers = [push(client, said) for _ in range(3)]  # repeated, as after a lost answer
    assert [answer.status_code for answer in answers] == [200, 200, 200]
    paid = buying.payment(payment)
    assert paid.state == PaymentState.CAPTURED and paid.order is not None
    assert buying.done(payment) == {"hold": 1, "capture": 1}
    assert len(buying.hall.texts()) == 1  # the customer has a receipt by short message


def test_what_a_notice_says_is_not_believed(buying: Buying, client: Client) -> None:
    payment = buying.begin()
    for said in ("authorised", "captured", "refunded"):
        answer = push(client, {"payment": str(payment), "state": said, "amount": 5_000})
        assert answer.status_code == 200 and answer.json() == {"state": "waiting"}
    assert buying.payment(payment).state == PaymentState.WAITING
    assert buying.done(payment) == {}


def test_an_acquirer_that_falls_silent(buying: Buying, client: Client) -> None:
    payment = buying.begin()
    buying.acquirer.pay(payment)
    buying.acquirer.faults(error_before=1, strikes=["ask"])
    assert push(client, {"payment": str(payment)}).status_code == 200
    assert buying.payment(payment).order is None
    buying.acquirer.faults(lost_answer=1, strikes=["capture"])
    assert push(client, {"payment": str(payment)}).status_code == 200
    paid = buying.payment(payment)
    assert paid.order is not None and (paid.state, paid.unsure) == (PaymentState.SOLD, True)
    buying.acquirer.faults()
    buying.hall.settle()
    assert buying.payment(payment).state == PaymentState.CAPTURED
    assert buying.done(payment) == {"hold": 1, "capture": 1}


def test_nothing_unsigned_or_old_is_heard(buying: Buying, client: Client) -> None:
    payment = buying.begin()
    buying.acquirer.pay(payment)
    said = {"payment": str(payment)}
    wrong = ({"Acquirer-Signature": "0" * 64}, {"Acquirer-Key": "other"}, {"Acquirer-Time": "0"})
    assert [push(client, said, **one).status_code for one in wrong] == [401, 401, 401]
    assert push(client, said, at=0.0).status_code == 401
    # Who guesses on is slowed down; the acquirer itself is heard all the same.
    answers = {push(client, {}, **wrong[0]).status_code for _ in range(62)}
    assert 429 in answers and answers <= {401, 429}
    assert buying.payment(payment).state == PaymentState.WAITING
    assert push(client, said).status_code == 200
    assert buying.payment(payment).state == PaymentState.CAPTURED


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'"x"',
        b"\xff",
        {},
        {"payment": 1},
        {"payment": "x"},
        b"[" * 9_000,
    ],
)
def test_malformed_notices(db: None, client: Client, settings: Any, said: Any) -> None:
    settings.ACQUIRER_KEY, settings.ACQUIRER_SECRET = "qudao", "a secret that both sides know"
    assert push(client, said).status_code == 400


def test_limits(db: None, client: Client, settings: Any) -> None:
    settings.ACQUIRER_KEY, settings.ACQUIRER_SECRET = "qudao", "a secret that both sides know"
    assert push(client, b"x" * 16_385).status_code == 413
    assert client.get(NOTICES).status_code == 405
    # Not ours: it need not come again.
    assert push(client, {"payment": str(uuid4())}).json() == {"state": "unknown"}
    settings.ACQUIRER_SECRET = ""
    assert push(client, {"payment": str(uuid4())}).status_code == 401
