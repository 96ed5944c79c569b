"""Signed requests: what is signed, by whom, and how long it holds."""

from __future__ import annotations

import hashlib
import hmac

import pytest

from qudao.kernel.personal import Secret
from qudao.kernel.signatures import SKEW_S, SharedKey

KEY = SharedKey("qudao", Secret("s3cret"), "Acquirer")
NOW = 1_800_000_000.7


def test_it_is_what_the_chapter_says() -> None:
    headers = KEY.headers("PUT", "/payments/1?a=b", b"{}", NOW)
    said = f"PUT\n/payments/1?a=b\n1800000000\n{hashlib.sha256(b'{}').hexdigest()}"
    assert headers == {
        "Acquirer-Key": "qudao",
        "Acquirer-Time": "1800000000",
        "Acquirer-Signature": hmac.new(b"s3cret", said.encode(), "sha256").hexdigest(),
    }


def test_it_holds_for_five_minutes() -> None:
    headers = KEY.headers("POST", "/n", b"x", NOW)
    for later, holds in ((0, True), (SKEW_S - 1, True), (-SKEW_S, True), (SKEW_S + 1, False)):
        assert KEY.signed("POST", "/n", b"x", headers, int(NOW) + later) is holds
    assert not KEY.signed("POST", "/n", b"x", headers, int(NOW) - SKEW_S - 1)


@pytest.mark.parametrize(
    "differs",
    [
        {"Acquirer-Key": "other"},
        {"Acquirer-Key": ""},
        {"Acquirer-Signature": "0" * 64},
        {"Acquirer-Signature": "ü" * 64},
        {"Acquirer-Signature": "\udcff"},
        {"Acquirer-Time": "1800000001"},
        {"Acquirer-Time": "１８"},
        {"Acquirer-Time": "9" * 400},
        {"Acquirer-Time": "-1"},
        {"Acquirer-Time": ""},
    ],
)
def test_whatever_differs_is_not_signed(differs: dict[str, str]) -> None:
    headers = KEY.headers("POST", "/n", b"x", NOW) | differs
    assert not KEY.signed("POST", "/n", b"x", headers, NOW)


def test_method_target_and_body_are_signed() -> None:
    headers = KEY.headers("POST", "/n", b"x", NOW)
    assert not KEY.signed("PUT", "/n", b"x", headers, NOW)
    assert not KEY.signed("POST", "/n?", b"x", headers, NOW)
    assert not KEY.signed("POST", "/n", b"y", headers, NOW)
    assert not KEY.signed("POST", "/n", b"x", {}, NOW)


def test_without_a_secret_nothing_is_signed() -> None:
    nobody = SharedKey("qudao", Secret(""), "Acquirer")
    assert not nobody.signed("POST", "/n", b"x", nobody.headers("POST", "/n", b"x", NOW), NOW)
