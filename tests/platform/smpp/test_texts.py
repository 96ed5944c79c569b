"""Texts: alphabets, lengths, parts, and the whole again."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qudao.platform.smpp import alphabet
from qudao.platform.smpp.codes import Tag
from qudao.platform.smpp.fields import Tlv
from qudao.platform.smpp.parts import By, carried, spread
from qudao.platform.smpp.pdu import DataSm, DeliverSm, SubmitSm
from qudao.platform.smpp.texts import (
    NARROW,
    WIDE,
    Assembly,
    Coding,
    Incomplete,
    Segment,
    coding_for,
    coding_of,
    cut,
    decode,
    encode,
    length,
    read_header,
    room,
    segments,
    write_header,
)

GSM7 = st.text(st.sampled_from(sorted(alphabet.SEPTETS)), max_size=700)
# At the beginning, a byte order mark (and one the wrong way round) is none of the text.
UCS2 = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\ufeff\ufffe"), max_size=400
)
LATIN1 = st.text(st.characters(max_codepoint=255), max_size=700)
CODED = (
    st.tuples(GSM7, st.just(Coding.GSM7))
    | st.tuples(UCS2, st.just(Coding.UCS2))
    | st.tuples(LATIN1, st.just(Coding.LATIN1))
)


def test_the_alphabet_has_each_septet_once() -> None:
    assert len(alphabet.SEPTETS) == 127 + 10
    assert len(set(alphabet.SEPTETS.values())) == 137
    assert alphabet.encode("@Δ ¡¿à€[") == bytes.fromhex("00102040607f1b651b3c")


@given(CODED)
def test_what_is_written_is_read_again(coded: tuple[str, Coding]) -> None:
    text, coding = coded
    octets = encode(text, coding)
    assert decode(octets, coding) == text
    assert length(text, coding) == len(octets) // (2 if coding is Coding.UCS2 else 1)


@given(st.binary(max_size=200), st.sampled_from(Coding))
def test_any_octets_are_some_text(octets: bytes, coding: Coding) -> None:
    assert isinstance(decode(octets, coding), str)


@pytest.mark.parametrize(
    ("octets", "text"),
    [
        (b"a\x1b\x65b", "a€b"),
        (b"a\x1bb", "ab"),  # an extension that we have not: the character without its escape
        (b"a\x1b", "a"),
        (b"\x1b\x1b\x65", "e"),
        (b"a\x80", "a\ufffd"),
    ],
)
def test_escapes_are_read_as_the_standard_says(octets: bytes, text: str) -> None:
    assert decode(octets, Coding.GSM7) == text


def test_half_a_surrogate_pair_and_half_a_unit_are_no_characters() -> None:
    whole = "😀".encode("utf-16-be")
    assert decode(whole[:2], Coding.UCS2) == "\ufffd"
    assert decode(whole + b"\x4f", Coding.UCS2) == "😀\ufffd"
    assert decode(b"\xfe\xff" + whole, Coding.UCS2) == "😀"
    assert decode("余".encode("utf-16"), Coding.UCS2) == "余"


def test_packed_septets_are_those_of_the_standard() -> None:
    assert alphabet.pack(b"hellohello").hex() == "e8329bfd4697d9ec37"
    # 3GPP TS 23.038, 6.1.2.3.1: seven bits that are left hold a carriage return.
    assert alphabet.pack(b"1234567", ussd=True) == alphabet.pack(b"1234567\r")
    assert alphabet.unpack(alphabet.pack(b"1234567", ussd=True), ussd=True) == b"1234567"
    assert alphabet.unpack(alphabet.pack(b"1234567")) == b"1234567\0"


@given(st.binary(max_size=200).map(lambda o: bytes(n & 0x7F for n in o)), st.integers(0, 7))
def test_what_is_packed_is_unpacked(septets: bytes, skip: int) -> None:
    packed = alphabet.pack(septets, skip=skip)
    assert alphabet.unpack(packed, count=len(septets), skip=skip) == septets
    assert len(packed) == ((len(septets) * 7 + skip + 7) // 8 if septets else 0)


@given(st.binary(max_size=200).map(lambda o: bytes((n & 0x7F) or 1 for n in o)))
def test_ussd_needs_no_count(septets: bytes) -> None:
    if not septets.endswith(b"\r"):
        assert alphabet.unpack(alphabet.pack(septets, ussd=True), ussd=True) == septets


@pytest.mark.parametrize(
    ("text", "allowed", "coding"),
    [
        ("balance €5 [ok]", (Coding.GSM7, Coding.UCS2), Coding.GSM7),
        ("ç", (Coding.GSM7, Coding.UCS2), Coding.UCS2),
        ("ç", (Coding.GSM7, Coding.LATIN1, Coding.UCS2), Coding.LATIN1),
        ("余额", (Coding.GSM7, Coding.LATIN1, Coding.UCS2), Coding.UCS2),
        ("hi", (Coding.UCS2, Coding.GSM7), Coding.UCS2),
        ("", (Coding.GSM7, Coding.UCS2), Coding.GSM7),
    ],
)
def test_a_text_gets_the_first_coding_that_has_it(
    text: str, allowed: tuple[Coding, ...], coding: Coding
) -> None:
    assert coding_for(text, allowed) is coding


@pytest.mark.parametrize(
    ("data_coding", "coding"),
    [
        (0, Coding.GSM7), (1, Coding.LATIN1), (3, Coding.LATIN1), (8, Coding.UCS2),
        (2, None), (4, None), (5, None), (0x0F, Coding.GSM7), (0x10, Coding.GSM7),
        (0x18, Coding.UCS2), (0x14, None), (0x44, None), (0x48, Coding.UCS2), (0xF0, Coding.GSM7),
        (0xF1, Coding.GSM7), (0xF5, None),
    ],
)  # fmt: skip
def test_the_codings_of_gateways(data_coding: int, coding: Coding | None) -> None:
    assert coding_of(data_coding) is coding


def test_how_much_goes_into_a_message() -> None:
    assert [room(coding) for coding in Coding] == [160, 140, 70]
    assert [room(coding, NARROW) for coding in Coding] == [153, 134, 67]
    assert [room(coding, WIDE) for coding in Coding] == [152, 133, 66]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("a" * 160, [160]),
        ("a" * 161, [153, 8]),
        ("a" * 306, [153, 153]),
        ("a" * 307, [153, 153, 1]),
        ("€" * 80, [160]),
        ("€" * 81, [152, 10]),  # 153 is odd: an escape is not parted from its character
        ("余" * 70, [140]),
        ("余" * 71, [134, 8]),
        ("余" * 66 + "😀" * 3, [132, 12]),  # the pair that begins at 67 goes into the next part
    ],
)
def test_where_a_text_is_cut(text: str, parts: list[int]) -> None:
    assert [len(one.octets) for one in segments(text)] == parts


@given(CODED, st.sampled_from([NARROW, WIDE]))
def test_segmentation(coded: tuple[str, Coding], header: int) -> None:
    """No part too long, no character cut, no part more than needed, nothing lost."""
    text, coding = coded
    parts = segments(text, coding=coding, reference=7, header=header)
    texts = [decode(part.octets, coding) for part in parts]
    assert "".join(texts) == text
    assert [part.number for part in parts] == list(range(1, len(parts) + 1))
    assert {(part.total, part.reference) for part in parts} == {(len(parts), 7)}
    if length(text, coding) <= room(coding):
        assert len(parts) == 1
        return
    limit = room(coding, header)
    for this, following in zip(texts, [*texts[1:], ""], strict=True):
        assert length(this, coding) <= limit
        assert not following or length(this + following[0], coding) > limit


def test_too_many_parts_are_refused() -> None:
    assert len(segments("a" * 153 * 255)) == 255
    with pytest.raises(ValueError, match="256 parts"):
        segments("a" * (153 * 255 + 1))
    with pytest.raises(ValueError, match="2 parts, at most 1"):
        segments("a" * 161, limit=1)
    assert cut("", Coding.GSM7, 153) == [""]


def test_headers_octet_by_octet() -> None:
    part = Segment(b"xyz", number=2, total=3, reference=0x1234)
    assert part.with_header() == b"\x05\x00\x03\x34\x03\x02xyz"
    assert part.with_header(wide=True) == b"\x06\x08\x04\x12\x34\x03\x02xyz"
    assert read_header(part.with_header(wide=True)) == part
    assert len(write_header(1, 2, 3)) == NARROW
    assert len(write_header(1, 2, 3, wide=True)) == WIDE
    ports = b"\x05\x04\x0b\x84\x23\xf0"
    both = bytes((5 + 6,)) + b"\x00\x03\x09\x02\x01" + ports + b"text"
    assert read_header(both) == Segment(b"text", 1, 2, 9, ((5, b"\x0b\x84\x23\xf0"),))


@pytest.mark.parametrize(
    ("octets", "left"),
    [
        (b"", b""),
        (b"\x20abc", b"\x20abc"),  # longer than what is there
        (b"\x05\x00\x03\x01\x02\x03abc", b"abc"),  # part 3 of 2
        (b"\x05\x00\x03\x01\x00\x00abc", b"abc"),
        (b"\x05\x00\x02\x01\x02\x01abc", b"abc"),
        (b"\x01\x00abc", b"abc"),
        (b"\x00abc", b"abc"),
    ],
)
def test_a_header_that_cannot_be_is_no_part(octets: bytes, left: bytes) -> None:
    found = read_header(octets)
    assert (found.octets, found.number, found.total) == (left, 1, 1)


@given(st.binary(max_size=60))
def test_any_octets_have_some_header(octets: bytes) -> None:
    found = read_header(octets)
    assert octets.endswith(found.octets)
    assert 1 <= found.number <= found.total <= 255


@given(CODED, st.sampled_from(By), st.integers(0, 0xFFFF), st.randoms(use_true_random=False))
def test_a_text_goes_and_comes_in_every_way_and_order(
    coded: tuple[str, Coding], by: By, reference: int, random: Random
) -> None:
    text, coding = coded
    like = DeliverSm(source_addr="138", esm_class=0x01, tlvs=(Tlv(0x1400, b"x"),))
    sent = spread(like, text, by=by, reference=reference, coding=coding)
    assert all(pdu.source_addr == "138" and pdu.tlvs[0] == (0x1400, b"x") for pdu in sent)
    order = [*sent, *sent[:-1]]
    random.shuffle(order)
    assembly = Assembly[str]()
    found = []
    for pdu in order:
        there = carried(pdu)
        assert there.coding is coding
        if (octets := assembly.add("138", there.segment, 0)) is not None:
            found.append(there.text(octets))
    assert found == ([text] if len(sent) > 1 else [text] * len(order))
    assert len(assembly) == 0


def test_a_payload_counts_for_more_than_a_short_message() -> None:
    payload = Tlv(Tag.MESSAGE_PAYLOAD, b"long")
    assert carried(DeliverSm(short_message=b"short", tlvs=(payload,))).text() == "long"
    assert carried(DataSm(tlvs=(payload,))).text() == "long"
    assert carried(DataSm()).text() == ""
    assert carried(SubmitSm(data_coding=4, short_message=b"\x01")).text() is None
    assert carried(SubmitSm(short_message=b"\xe7"), default=Coding.LATIN1).text() == "ç"


def test_sar_that_cannot_be_is_no_part() -> None:
    for total, number in ((0, 1), (2, 3), (2, 0)):
        tlvs = (
            Tlv.number(Tag.SAR_MSG_REF_NUM, 1),
            Tlv.number(Tag.SAR_TOTAL_SEGMENTS, total),
            Tlv.number(Tag.SAR_SEGMENT_SEQNUM, number),
        )
        assert carried(DeliverSm(short_message=b"a", tlvs=tlvs)).segment == Segment(b"a")


class TestAssembly:
    def test_parts_of_different_people_do_not_mix(self) -> None:
        assembly = Assembly[str]()
        assert assembly.add("a", Segment(b"a1", 1, 2, 7), 0) is None
        assert assembly.add("b", Segment(b"b2", 2, 2, 7), 0) is None
        assert assembly.add("a", Segment(b"x", 2, 2, 8), 0) is None
        assert assembly.add("a", Segment(b"a2", 2, 2, 7), 0) == b"a1a2"
        assert len(assembly) == 2

    def test_a_part_that_comes_again_counts_once(self) -> None:
        assembly = Assembly[str]()
        for _ in range(3):
            assert assembly.add("a", Segment(b"1", 1, 2), 0) is None
        assert assembly.add("a", Segment(b"2", 2, 2), 0) == b"12"
        assert assembly.add("a", Segment(b"2", 2, 2), 1) is None
        assert assembly.add("a", Segment(b"1", 1, 2), 1) is None
        assert len(assembly) == 0

    def test_references_come_round(self) -> None:
        lost: list[Incomplete[str]] = []
        assembly = Assembly[str](given_up=lost.append)
        assembly.add("a", Segment(b"1", 1, 2), 0)
        assert assembly.add("a", Segment(b"2", 2, 2), 0) == b"12"
        # The next message under the same reference begins with another part.
        assert assembly.add("a", Segment(b"3", 1, 2), 0) is None
        assert assembly.add("a", Segment(b"4", 1, 2), 0) is None
        assert lost == [Incomplete("a", 2, {1: b"3"})]
        assert assembly.add("a", Segment(b"5", 2, 2), 0) == b"45"

    def test_what_stays_incomplete_is_given_up(self) -> None:
        lost: list[Incomplete[str]] = []
        assembly = Assembly[str](expiry_s=60, given_up=lost.append)
        assembly.add("a", Segment(b"1", 1, 2), 0)
        assembly.add("b", Segment(b"1", 1, 2), 30)
        assembly.expire(59.9)
        assert lost == []
        assembly.expire(60)
        assert lost == [Incomplete("a", 2, {1: b"1"})]
        assert assembly.add("b", Segment(b"2", 2, 2), 95) is None
        assert [one.key for one in lost] == ["a", "b"]
        assert len(assembly) == 1

    @given(
        st.lists(
            st.tuples(st.integers(0, 50), st.integers(1, 3), st.integers(0, 3), st.binary()),
            max_size=60,
        )
    )
    def test_no_flood_fills_the_memory(self, parts: list[tuple[int, int, int, bytes]]) -> None:
        assembly = Assembly[int](messages=5, octets=300)
        for key, number, reference, octets in parts:
            assembly.add(key, Segment(octets, number, 3, reference), 0)
            assert len(assembly) <= 5
            assert 0 <= assembly.octets <= 300
        assembly.expire(1e9)
        assert assembly.octets == 0
