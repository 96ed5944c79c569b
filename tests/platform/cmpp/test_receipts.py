"""Status reports of either version."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qudao.platform.cmpp import receipts
from qudao.platform.cmpp.layout import Unencodable, Version
from qudao.platform.cmpp.pdu import Deliver
from qudao.platform.cmpp.receipts import Report
from qudao.platform.cmpp.wire import ProtocolError

REPORT = Report(
    msg_id=0x1122334455667788,
    stat="DELIVRD",
    submit_time="2611221200",
    done_time="2611221201",
    dest_terminal_id="13800138000",
    smsc_sequence=9,
)


def deliver(content: bytes) -> Deliver:
    return Deliver(
        msg_id=1,
        dest_id="10086",
        src_terminal_id="13800138000",
        registered_delivery=1,
        msg_content=content,
    )


@pytest.mark.parametrize(("version", "length"), [(Version.V20, 60), (Version.V30, 71)])
def test_what_is_written_is_read(version: Version, length: int) -> None:
    content = receipts.content(REPORT, version)
    assert len(content) == length
    assert receipts.read(deliver(content)) == REPORT


def test_its_octets() -> None:
    assert receipts.content(REPORT, Version.V20) == (
        bytes.fromhex("1122334455667788")
        + b"DELIVRD2611221200261122120113800138000".ljust(48, b"\0")
        + bytes((0, 0, 0, 9))
    )


@pytest.mark.parametrize(("version", "kept"), [(Version.V20, 56), (Version.V30, 67)])
def test_the_sequence_may_be_missing(version: Version, kept: int) -> None:
    found = receipts.read(deliver(receipts.content(REPORT, version)[:kept]))
    assert (found.msg_id, found.stat, found.smsc_sequence) == (REPORT.msg_id, "DELIVRD", 0)
    assert found.dest_terminal_id == "13800138000"


@given(st.binary(max_size=140))
def test_whatever_comes_is_read_or_is_a_protocol_error(content: bytes) -> None:
    try:
        found = receipts.read(deliver(content))
    except ProtocolError:
        assert len(content) < 56
    else:
        assert found.msg_id == int.from_bytes(content[:8], "big")
        assert found.done_at(UTC) is None or found.done_time.isdigit()


def test_too_short_a_report() -> None:
    with pytest.raises(ProtocolError, match="a status report cannot have 55 octets"):
        receipts.read(deliver(bytes(55)))


@pytest.mark.parametrize(
    ("stat", "delivered", "final"),
    [
        ("DELIVRD", True, True),
        ("UNDELIV", False, True),
        ("EXPIRED", False, True),
        ("MA:0001", False, True),
        ("ACCEPTD", False, False),
        ("UNKNOWN", False, False),
        ("", False, False),
    ],
)
def test_what_a_report_means(stat: str, delivered: bool, final: bool) -> None:
    report = Report(msg_id=1, stat=stat)
    assert (report.delivered, report.final) == (delivered, final)


@pytest.mark.parametrize("time", ["", "0000000000", "26112212", "2613221200", "yesterday."])
def test_a_time_that_is_none(time: str) -> None:
    assert Report(msg_id=1, stat="DELIVRD", done_time=time).done_at(UTC) is None


def test_a_time() -> None:
    assert REPORT.done_at(UTC) == datetime(2026, 11, 22, 12, 1, tzinfo=UTC)


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(Unencodable, match="stat 'DELIVERED' is longer than 7 octets"):
        receipts.content(Report(msg_id=1, stat="DELIVERED"), Version.V30)
