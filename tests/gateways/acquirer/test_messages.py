"""Answers that are no answers: nothing is believed that is not about the payment."""

from __future__ import annotations

import json
from typing import Any
from uuid import uuid4

import pytest

from qudao.domain.checkout.ports import (
    Authorised,
    Charge,
    Declined,
    NotFound,
    NotReached,
    Unknown,
)
from qudao.domain.checkout.types import CheckoutId
from qudao.gateways.acquirer import messages
from qudao.kernel.money import Money

CHARGE = Charge(CheckoutId(uuid4()), Money(5_000), "13937100001", "H-SMS", "Top-up")
RIGHT = {
    "id": str(CHARGE.payment),
    "reference": "ACQ1",
    "state": "authorised",
    "amount": 5_000,
    "currency": "CNY",
}


def answered(status: int = 200, **differs: Any) -> Any:
    return messages.state(CHARGE, status, json.dumps({**RIGHT, **differs}).encode())


def test_the_right_answer() -> None:
    assert answered() == answered(201) == answered(409) == Authorised("ACQ1")


@pytest.mark.parametrize(
    "differs",
    [
        {"id": str(uuid4())},
        {"amount": 5_001},
        {"amount": "5000"},
        {"currency": "USD"},
        {"state": "paid"},
        {"state": ["authorised"]},
        {"state": "pending"},  # without an address
        {"reference": ""},
    ],
)
def test_an_answer_about_something_else_is_unknown(differs: dict[str, Any]) -> None:
    assert isinstance(answered(**differs), Unknown)


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b"\xff\xfe", b'"authorised"', b"{}"])
def test_no_answer_is_unknown(body: bytes) -> None:
    assert isinstance(messages.state(CHARGE, 200, body), Unknown)


@pytest.mark.parametrize("status", [302, 418, 501])
def test_other_statuses_are_unknown(status: int) -> None:
    assert isinstance(answered(status), Unknown)


@pytest.mark.parametrize("status", [401, 403, 404, 405, 413, 429])
def test_a_shut_door_is_not_reached(status: int) -> None:
    assert isinstance(messages.state(CHARGE, status, b"<html>"), NotReached)


def test_refusals() -> None:
    unknown = json.dumps({"code": "payment_unknown", "reason": "?"}).encode()
    assert messages.state(CHARGE, 404, unknown) == NotFound()
    malformed = json.dumps({"code": "malformed", "reason": "too much"}).encode()
    assert messages.state(CHARGE, 422, malformed) == Declined("malformed", "too much")
    assert isinstance(messages.state(CHARGE, 422, b"?"), Unknown)
