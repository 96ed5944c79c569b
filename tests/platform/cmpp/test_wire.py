"""Octets and records: round trips, widths of either version, leniency, strictness, exact errors."""

from __future__ import annotations

import struct
from dataclasses import fields, replace
from typing import Any, get_type_hints

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from qudao.platform.cmpp import pdu, wire
from qudao.platform.cmpp.layout import Unencodable, Version
from qudao.platform.cmpp.pdu import (
    ActiveTest,
    ActiveTestResp,
    Body,
    CancelResp,
    Connect,
    ConnectResp,
    Deliver,
    DeliverResp,
    Format,
    Pdu,
    Query,
    Result,
    Submit,
    SubmitResp,
    Terminate,
)
from qudao.platform.cmpp.wire import HEADER, Malformed, ProtocolError, Unfollowable, decode, encode

BODIES: list[type[Body]] = sorted(wire._LAYOUTS, key=lambda body: body.__name__)
ONLY_V30 = ("fee_terminal_type", "src_terminal_type", "dest_terminal_type")
WIDTHS = {
    "source_addr": 6,
    "service_id": 10,
    "fee_terminal_id": 21,
    "msg_src": 6,
    "fee_type": 2,
    "fee_code": 6,
    "valid_time": 17,
    "at_time": 17,
    "src_id": 21,
    "dest_terminal_id": 21,
    "dest_id": 21,
    "src_terminal_id": 21,
    "link_id": 8,
    "time": 8,
    "query_code": 10,
    "reserve": 8,
}
"""The texts' widths in 2.0, written down anew; 3.0's are never smaller."""
OCTETS = {"msg_id": 8, "timestamp": 4} | {
    f"{kind}_{what}": 4 for kind in ("mt", "mo") for what in ("tlmsg", "tlusr", "scs", "wt", "fl")
}

A_SUBMIT = Submit(
    msg_src="901234",
    src_id="10086",
    dest_terminal_id=("13800138000", "13900139000"),
    msg_content=b"hello",
)
A_DELIVER = Deliver(msg_id=7, dest_id="10086", src_terminal_id="13800138000", msg_content=b"CX")


def texts(width: int) -> st.SearchStrategy[str]:
    letters = st.characters(min_codepoint=0x20, max_codepoint=0x7E)
    return st.text(letters, max_size=width).map(str.rstrip)


@st.composite
def bodies(draw: st.DrawFn, kind: type[Body]) -> Body:
    """A message whose values both versions can carry."""
    hints = get_type_hints(kind)
    values: dict[str, Any] = {}
    for one in fields(kind):  # type: ignore[arg-type]
        name = one.name
        if name == "msg_content":
            values[name] = draw(st.binary(max_size=140))
        elif name == "dest_terminal_id":
            values[name] = tuple(draw(st.lists(texts(21), min_size=1, max_size=99)))
        elif hints[name] is str:
            values[name] = draw(texts(WIDTHS[name]))
        elif hints[name] is bytes:
            values[name] = draw(st.binary(min_size=16, max_size=16))
        else:
            values[name] = draw(st.integers(0, 2 ** (8 * OCTETS.get(name, 1)) - 1))
    if kind is Submit:
        total = draw(st.integers(1, 255))
        values |= {"pk_total": total, "pk_number": draw(st.integers(1, total))}
    return kind(**values)


def as_read(body: Body, version: Version) -> Body:
    """What arrives of it: 2.0 has no room for what only 3.0 has."""
    if version is Version.V30:
        return body
    absent = {one.name: 0 for one in fields(body) if one.name in ONLY_V30}  # type: ignore[arg-type]
    return replace(body, **absent)  # type: ignore[type-var]


@pytest.mark.parametrize("version", Version)
@pytest.mark.parametrize("kind", BODIES, ids=lambda kind: kind.__name__)
@given(data=st.data(), sequence=st.integers(0, 2**32 - 1))
def test_what_is_written_is_read(
    kind: type[Body], version: Version, data: st.DataObject, sequence: int
) -> None:
    body = data.draw(bodies(kind))
    octets = encode(body, sequence, version)
    assert HEADER.unpack_from(octets) == (len(octets), kind.COMMAND, sequence)
    assert decode(octets, version) == Pdu(sequence, as_read(body, version))


@given(octets=st.binary(max_size=300), version=st.sampled_from(Version))
@example(b"", Version.V30)
@example(bytes(12), Version.V30)
@example(struct.pack(">I", 0xFFFFFFFF) + bytes(8), Version.V20)
def test_whatever_comes_is_read_or_is_a_protocol_error(octets: bytes, version: Version) -> None:
    try:
        found = decode(octets, version)
    except ProtocolError:
        return
    assert octets[:12] == HEADER.pack(len(octets), found.body.COMMAND, found.sequence)


@given(
    kind=st.sampled_from(BODIES),
    body=st.binary(max_size=300),
    version=st.sampled_from(Version),
)
def test_whatever_follows_a_good_header_is_read_or_malformed(
    kind: type[Body], body: bytes, version: Version
) -> None:
    octets = HEADER.pack(HEADER.size + len(body), kind.COMMAND, 77) + body
    try:
        found = decode(octets, version)
    except Malformed as error:
        assert (error.command, error.sequence) == (kind.COMMAND, 77)
    else:
        assert type(found.body) is kind


@given(data=st.data(), version=st.sampled_from(Version))
def test_a_message_with_changed_octets_is_read_or_is_a_protocol_error(
    data: st.DataObject, version: Version
) -> None:
    octets = bytearray(encode(data.draw(bodies(data.draw(st.sampled_from(BODIES)))), 1, version))
    for _ in range(data.draw(st.integers(1, 5))):
        octets[data.draw(st.integers(0, len(octets) - 1))] = data.draw(st.integers(0, 255))
    try:
        assert isinstance(decode(bytes(octets), version), Pdu)
    except ProtocolError as error:
        assert str(error)


class TestOctets:
    """Places counted out by hand in the specifications."""

    def test_a_submit_of_2_0(self) -> None:
        message = replace(
            A_SUBMIT,
            msg_id=0x0102030405060708,
            registered_delivery=1,
            msg_level=9,
            service_id="HELP",
            tp_pid=2,
            tp_udhi=3,
            msg_fmt=8,
            valid_time="261122120000032+",
            fee_code="000010",
            link_id="LINK",
        )
        octets = encode(message, 0x17, Version.V20)
        assert octets == b"".join(
            (
                bytes.fromhex("000000b9 00000004 00000017 0102030405060708 01 01 01 09"),
                b"HELP\0\0\0\0\0\0",
                b"\x02",  # Fee_UserType
                bytes(21),
                b"\x02\x03\x08",
                b"901234" + b"01" + b"000010",
                b"261122120000032+\0" + bytes(17),
                b"10086".ljust(21, b"\0"),
                b"\x02",
                b"13800138000".ljust(21, b"\0") + b"13900139000".ljust(21, b"\0"),
                b"\x05hello",
                b"LINK\0\0\0\0",
            )
        )

    def test_a_submit_of_3_0(self) -> None:
        message = replace(A_SUBMIT, fee_terminal_type=1, dest_terminal_type=1, link_id="L" * 20)
        octets = encode(message, 1, Version.V30)
        assert len(octets) == 12 + 8 + 4 + 10 + 1 + 32 + 1 + 3 + 6 + 2 + 6 + 34 + 21 + 1 + 64 + 27
        assert octets[12 + 8 + 4 + 10 + 1 + 32] == 1
        assert octets[-(1 + 1 + 5 + 20) :] == b"\x01\x05hello" + b"L" * 20

    @pytest.mark.parametrize(("version", "length"), [(Version.V20, 87), (Version.V30, 111)])
    def test_a_deliver(self, version: Version, length: int) -> None:
        octets = encode(A_DELIVER, 1, version)
        assert len(octets) == length
        assert octets[12:20] == bytes(7) + b"\x07"
        assert octets[20:41] == b"10086".ljust(21, b"\0")
        assert octets[54:65] == b"13800138000"

    @pytest.mark.parametrize(("version", "length"), [(Version.V20, 21), (Version.V30, 24)])
    def test_answers(self, version: Version, length: int) -> None:
        answer = SubmitResp(msg_id=1, result=8)
        octets = encode(answer, 2, version)
        assert octets == struct.pack(">IIIQ", length, 0x80000004, 2, 1) + octets[20:]
        assert int.from_bytes(octets[20:], "big") == 8

    @pytest.mark.parametrize("version", Version)
    def test_messages_without_a_body(self, version: Version) -> None:
        assert encode(Terminate(), 3, version).hex() == "0000000c0000000200000003"
        assert encode(ActiveTest(), 4, version).hex() == "0000000c0000000800000004"
        assert encode(ActiveTestResp(), 4, version).hex() == "0000000d800000080000000400"


class TestLeniency:
    @pytest.mark.parametrize("missing", range(1, 9))
    def test_a_tail_may_be_cut_short(self, missing: int) -> None:
        octets = shortened(encode(A_DELIVER, 1, Version.V20), missing)
        assert decode(octets, Version.V20).body == A_DELIVER

    @pytest.mark.parametrize("message", [ActiveTest(), ActiveTestResp(), Terminate()])
    def test_messages_that_say_nothing_may_have_anything_behind_them(self, message: Body) -> None:
        octets = lengthened(encode(message, 1, Version.V30), b"\0\0\0\0")
        assert decode(octets, Version.V30) == (1, message)

    def test_an_active_test_may_be_answered_without_a_body(self) -> None:
        octets = shortened(encode(ActiveTestResp(), 9, Version.V20), 1)
        assert decode(octets, Version.V20) == (9, ActiveTestResp())

    @pytest.mark.parametrize(
        "answer",
        [ConnectResp(status=3), SubmitResp(msg_id=5, result=8), DeliverResp(), CancelResp()],
        ids=lambda answer: type(answer).__name__,
    )
    @pytest.mark.parametrize("written", Version)
    def test_the_length_of_an_answer_tells_its_version(
        self, answer: Body, written: Version
    ) -> None:
        for expected in Version:
            assert decode(encode(answer, 1, written), expected).body == answer

    def test_a_text_ends_at_its_first_nul_and_loses_blanks(self) -> None:
        octets = encode(A_DELIVER, 1, Version.V20)
        for begins in (b"10086  \0junk!", b"10086\0\0 99", b"10086".ljust(21)):
            changed = octets[:20] + begins.ljust(21, b"\0") + octets[41:]
            assert decode(changed, Version.V20).body == A_DELIVER

    def test_text_that_is_not_ascii_arrives(self) -> None:
        octets = encode(A_DELIVER, 1, Version.V20)
        found = decode(octets[:20] + b"\xc4\xe3".ljust(21, b"\0") + octets[41:], Version.V20).body
        assert isinstance(found, Deliver)
        assert found.dest_id == "\xc4\xe3"


class TestErrors:
    def test_an_unknown_command(self) -> None:
        with pytest.raises(Malformed, match="command 0x00000099 5: this command is not known"):
            decode(HEADER.pack(12, 0x99, 5), Version.V20)

    @pytest.mark.parametrize("length", [0, 11, wire.LONGEST + 1, 0xFFFFFFFF])
    def test_an_impossible_length(self, length: int) -> None:
        with pytest.raises(Unfollowable, match=f"cannot have {length} octets"):
            wire.length_of(struct.pack(">I", length))

    def test_a_length_that_is_not_the_messages(self) -> None:
        octets = encode(A_SUBMIT, 1, Version.V20)
        with pytest.raises(Unfollowable, match="of 184 octets says that it has 185"):
            decode(octets[:-1], Version.V20)

    def test_content_that_is_not_there(self) -> None:
        octets = encode(replace(A_DELIVER, msg_content=b"12345678901"), 1, Version.V20)
        with pytest.raises(Malformed, match="content has 11 octets, but 10 are there") as caught:
            decode(shortened(octets, 9), Version.V20)
        assert caught.value.result is Result.LENGTH

    def test_destinations_that_are_not_there(self) -> None:
        octets = bytearray(encode(A_SUBMIT, 1, Version.V20))
        octets[12 + 116] = 200
        with pytest.raises(Malformed, match="no room for the 200 destinations"):
            decode(bytes(octets), Version.V20)

    def test_a_message_of_the_other_version(self) -> None:
        """It would be read as nonsense: somebody would be charged for it."""
        with pytest.raises(Malformed, match="91 octets more than CMPP 2.0 has"):
            decode(encode(replace(A_SUBMIT, msg_content=b"hi"), 1, Version.V30), Version.V20)

    def test_a_fixed_part_that_ends_early(self) -> None:
        octets = shortened(encode(Query(time="20261122"), 1, Version.V20), 20)
        with pytest.raises(Malformed, match="Query 1: it ends after 19 octets of 31"):
            decode(octets, Version.V20)


class TestStrictness:
    @pytest.mark.parametrize(
        ("message", "what"),
        [
            (replace(A_SUBMIT, msg_src="9012345"), "msg_src '9012345' is longer than 6 octets"),
            (replace(A_SUBMIT, src_id="移动"), "src_id '移动' is not plain ASCII text"),
            (replace(A_SUBMIT, src_id="1\0"), "is not plain ASCII text"),
            (replace(A_SUBMIT, service_id="A "), "is not plain ASCII text"),
            (replace(A_SUBMIT, dest_terminal_id=()), "dest_terminal_id has 0 numbers"),
            (replace(A_SUBMIT, dest_terminal_id=("1",) * 100), "dest_terminal_id has 100 numbers"),
            (replace(A_SUBMIT, dest_terminal_id=("1" * 22,)), "is longer than 21 octets"),
            (
                replace(A_SUBMIT, msg_content=bytes(161)),
                "msg_content has 161 octets, more than 160",
            ),
            (replace(A_SUBMIT, msg_fmt=Format.UCS2, msg_content=bytes(141)), "more than 140"),
            (replace(A_DELIVER, msg_fmt=Format.GB, msg_content=bytes(141)), "more than 140"),
            (replace(A_SUBMIT, pk_number=3, pk_total=2), "pk_number is 3 of 2"),
            (replace(A_SUBMIT, pk_number=0), "pk_number is 0 of 1"),
            (replace(A_SUBMIT, msg_level=256), "msg_level is 256: it has 1 octets"),
            (replace(A_SUBMIT, msg_id=-1), "msg_id is -1: it has 8 octets"),
            (replace(A_SUBMIT, link_id="123456789"), "link_id '123456789' is longer than 8"),
            (SubmitResp(result=256), "result is 256: it has 1 octets"),
            (
                Connect(source_addr="1", authenticator_source=b"short", timestamp=1),
                "authenticator_source has 5 octets instead of 16",
            ),
        ],
    )
    def test_what_does_not_fit_is_refused_and_not_cut(self, message: Body, what: str) -> None:
        with pytest.raises(Unencodable, match=what):
            encode(message, 1, Version.V20)

    def test_3_0_has_more_room(self) -> None:
        roomy = replace(A_SUBMIT, dest_terminal_id=("1" * 32,), link_id="1" * 20)
        assert decode(encode(roomy, 1, Version.V30), Version.V30).body == roomy
        assert decode(encode(SubmitResp(result=256), 1, Version.V30), Version.V30).body == (
            SubmitResp(result=256)
        )

    def test_who_is_asked_what_is_not_shown(self) -> None:
        request = Connect(source_addr="1", authenticator_source=b"1" * 16, timestamp=1)
        assert "authenticator" not in repr(request)


def test_every_answer_belongs_to_a_request() -> None:
    commands = {body.COMMAND for body in BODIES}
    answers = {body.COMMAND for body in BODIES if issubclass(body, pdu.Answer)}
    assert answers == {command | 0x80000000 for command in commands - answers}


def shortened(octets: bytes, by: int) -> bytes:
    return struct.pack(">I", len(octets) - by) + octets[4:-by]


def lengthened(octets: bytes, more: bytes) -> bytes:
    return struct.pack(">I", len(octets) + len(more)) + octets[4:] + more
