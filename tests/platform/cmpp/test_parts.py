"""Texts in CMPP_SUBMIT and out of CMPP_DELIVER."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qudao.platform.cmpp.layout import Version
from qudao.platform.cmpp.parts import carried, spread
from qudao.platform.cmpp.pdu import Deliver, Format, Submit
from qudao.platform.cmpp.wire import decode, encode
from qudao.platform.smpp.texts import Assembly
from tests.platform.cmpp.lines import A_DELIVER, A_SUBMIT

PRINTED = st.characters(min_codepoint=0x20, max_codepoint=0x7E)
WRITTEN = st.characters(exclude_categories=("Cs",))


@pytest.mark.parametrize(
    ("text", "fmt", "lengths"),
    [
        ("", Format.ASCII, [0]),
        ("x" * 160, Format.ASCII, [160]),
        ("x" * 161, Format.ASCII, [159, 14]),
        ("{" * 80, Format.ASCII, [80]),
        ("{" * 81, Format.ASCII, [82, 11]),
        ("余" * 70, Format.UCS2, [140]),
        ("余" * 71, Format.UCS2, [140, 14]),
        ("x" * 69 + "余", Format.UCS2, [140]),
        ("😀" * 35, Format.UCS2, [140]),
        ("😀" * 36, Format.UCS2, [138, 18]),
    ],
)
def test_the_room_in_a_message(text: str, fmt: Format, lengths: list[int]) -> None:
    messages = spread(A_SUBMIT, text, reference=9)
    assert [len(one.msg_content) for one in messages] == lengths
    assert {one.msg_fmt for one in messages} == {fmt}
    assert [one.pk_number for one in messages] == [*range(1, len(lengths) + 1)]
    assert {(one.pk_total, one.tp_udhi) for one in messages} == {
        (len(lengths), int(len(lengths) > 1))
    }


def test_the_header_of_a_part() -> None:
    second = spread(A_SUBMIT, "余" * 100, reference=0x1AB)[1]
    assert second.msg_content[:6] == bytes((5, 0, 3, 0xAB, 2, 2))
    assert second.msg_content[6:] == ("余" * 33).encode("utf-16-be")


def test_one_message_has_no_header() -> None:
    (only,) = spread(A_SUBMIT, "余额 12.50", reference=9)
    assert only == replace(A_SUBMIT, msg_fmt=8, msg_content="余额 12.50".encode("utf-16-be"))


@given(
    text=st.text(st.one_of(PRINTED, WRITTEN), max_size=400),
    version=st.sampled_from(Version),
    shuffled=st.randoms(),
)
def test_a_text_arrives_whole_in_any_order(text: str, version: Version, shuffled: object) -> None:
    messages = spread(A_SUBMIT, text, reference=3)
    shuffled.shuffle(messages)  # type: ignore[attr-defined]
    assembly: Assembly[str] = Assembly()
    found = []
    for message in messages:
        body = decode(encode(message, 1, version), version).body
        assert isinstance(body, Submit)
        part = carried(body)
        whole = assembly.add("13800138000", part.segment, 0.0)
        if whole is not None:
            found.append(part.text(whole))
    assert found == [text]


def test_a_format_may_be_chosen() -> None:
    assert spread(A_SUBMIT, "hello", fmt=Format.UCS2)[0].msg_content == b"\0h\0e\0l\0l\0o"
    with pytest.raises(ValueError, match="ascii"):
        spread(A_SUBMIT, "余额", fmt=Format.ASCII)
    with pytest.raises(ValueError, match="not sent as GB"):
        spread(A_SUBMIT, "余额", fmt=Format.GB)


def test_too_long_a_text_is_refused() -> None:
    assert len(spread(A_SUBMIT, "余" * 134, limit=2)) == 2
    with pytest.raises(ValueError, match="3 parts, at most 2 are allowed"):
        spread(A_SUBMIT, "余" * 135, limit=2)


@pytest.mark.parametrize(
    ("fmt", "content", "text"),
    [
        (0, b"CX 50", "CX 50"),
        (0, "查询".encode("gb18030"), "查询"),
        (15, "查询😀".encode("gb18030"), "查询😀"),
        (8, "查询😀".encode("utf-16-be"), "查询😀"),
        (0x18, "查询".encode("utf-16-be"), "查询"),
        (8, b"\x4f\x59\x4f", "余\ufffd"),
        (15, b"ok\xff", "ok\ufffd"),
        (4, b"\x01\x02", None),
        (3, b"\x01\x02", None),
        (0xF5, b"\x01\x02", None),
    ],
)
def test_what_mobiles_send(fmt: int, content: bytes, text: str | None) -> None:
    assert carried(replace(A_DELIVER, msg_fmt=fmt, msg_content=content)).text() == text


def test_a_part_from_a_mobile() -> None:
    content = bytes((5, 0, 3, 77, 2, 1)) + "查".encode("utf-16-be")
    part = carried(replace(A_DELIVER, tp_udhi=1, msg_fmt=8, msg_content=content))
    assert (part.segment.reference, part.segment.total, part.segment.number) == (77, 2, 1)
    assert part.text() == "查"


@given(content=st.binary(max_size=140), fmt=st.integers(0, 255), udhi=st.integers(0, 255))
def test_whatever_comes_is_a_text_or_none(content: bytes, fmt: int, udhi: int) -> None:
    message: Deliver = replace(A_DELIVER, tp_udhi=udhi, msg_fmt=fmt, msg_content=content)
    assert isinstance(carried(message).text(), str | None)
