"""Who knows the secret. The digests were made with `md5sum`, not with this program."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from qudao.platform.cmpp import proof
from qudao.platform.cmpp.layout import Version
from qudao.platform.cmpp.pdu import Status

AT = datetime(2026, 10, 21, 8, 5, 10, tzinfo=timezone(timedelta(hours=8)))
SECRET = b"888888"
REQUEST = proof.connect("900001", SECRET, AT, Version.V30)


def test_the_request() -> None:
    assert REQUEST.timestamp == 1021080510
    assert REQUEST.authenticator_source.hex() == "90d00c1d517abd0b4f65f6bcf8535d16"
    assert REQUEST.version == 0x30


def test_the_months_first_digit_is_part_of_it() -> None:
    early = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    request = proof.connect("900001", SECRET, early, Version.V20)
    assert request.timestamp == 102030405
    assert request.authenticator_source.hex() == "3b7bba56a8c1d885b7d43d3f6d82cb94"


@pytest.mark.parametrize(
    ("version", "digest"),
    [
        (Version.V20, "6c0b846e25bab6daa4ed1c466e0f4bd8"),
        (Version.V30, "7942977274098cf210ab0c16c367bc8d"),
    ],
)
def test_the_answer(version: Version, digest: str) -> None:
    response = proof.answer(REQUEST, SECRET, Status.CONNECTED, version)
    assert response.authenticator_ismg.hex() == digest
    assert proof.answer_proves(response, REQUEST, SECRET)


def test_who_asked_in_2_0_is_answered_so_by_a_gateway_of_3_0() -> None:
    old = proof.connect("900001", SECRET, AT, Version.V20)
    response = proof.answer(old, SECRET, Status.CONNECTED, Version.V30)
    assert response.authenticator_ismg.hex() == "6c0b846e25bab6daa4ed1c466e0f4bd8"
    assert response.version == Version.V30


def test_nothing_else_proves_anything() -> None:
    assert proof.proves(REQUEST, SECRET)
    assert not proof.proves(REQUEST, b"888889")
    assert not proof.proves(replace(REQUEST, timestamp=REQUEST.timestamp + 1), SECRET)
    assert not proof.proves(replace(REQUEST, source_addr="900002"), SECRET)
    response = proof.answer(REQUEST, SECRET, Status.CONNECTED, Version.V30)
    assert not proof.answer_proves(response, REQUEST, b"888889")
    assert not proof.answer_proves(replace(response, status=1), REQUEST, SECRET)
