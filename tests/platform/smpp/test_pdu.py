"""PDUs: what is written is read again; what is no PDU is said to be none."""

import struct
from dataclasses import fields
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qudao.platform.smpp.codes import RESPONSE, Command, Status, Tag
from qudao.platform.smpp.fields import (
    Destination,
    DistributionList,
    Field,
    Message,
    Moment,
    Number,
    ProtocolError,
    Text,
    Tlv,
    Unsuccess,
    Unsuccesses,
)
from qudao.platform.smpp.pdu import (
    PDUS,
    BindTransceiver,
    DeliverSm,
    EnquireLink,
    GenericNack,
    Pdu,
    SubmitSm,
    SubmitSmResp,
)
from qudao.platform.smpp.wire import HEADER, LARGEST, Frames, decode, encode, reply


def _ascii(most: int) -> st.SearchStrategy[str]:
    return st.text(st.characters(min_codepoint=1, max_codepoint=127), max_size=most - 1)


_ADDRESS = (st.integers(0, 255), st.integers(0, 255), _ascii(21))


def _values(field: Field) -> st.SearchStrategy[Any]:
    match field:
        case Number(width):
            return st.integers(0, 256**width - 1)
        case Text(most):
            return _ascii(most)
        case Moment():
            return st.sampled_from(["", "261122113000000+", "000001000000000R"])
        case Message(most):
            return st.binary(max_size=most)
        case Unsuccesses():
            one = st.builds(Unsuccess, *_ADDRESS, st.integers(0, 2**32 - 1))
            return st.lists(one, max_size=5).map(tuple)
    destination = st.builds(Destination, *_ADDRESS) | st.builds(DistributionList, _ascii(21))
    return st.lists(destination, max_size=5).map(tuple)


TLVS = st.lists(
    st.builds(Tlv, st.integers(0, 0xFFFF) | st.sampled_from(Tag), st.binary(max_size=40)),
    max_size=4,
).map(tuple)


@st.composite
def pdus(draw: st.DrawFn) -> Pdu:
    cls = PDUS[draw(st.sampled_from(sorted(PDUS)))]
    values = {name: draw(_values(field)) for name, field in cls.layout}
    return cls(
        status=draw(st.integers(0, 2**32 - 1)),
        sequence=draw(st.integers(0, 2**32 - 1)),
        tlvs=draw(TLVS),
        **values,
    )


def test_every_command_has_its_pdu_and_every_request_its_answer() -> None:
    assert set(PDUS) == set(Command)
    unanswered = {Command.OUTBIND, Command.ALERT_NOTIFICATION}
    for command in set(Command) - unanswered:
        assert command | RESPONSE in PDUS


@given(pdus())
def test_what_is_written_is_read_again(pdu: Pdu) -> None:
    octets = encode(pdu)
    again = decode(octets)
    assert again == pdu
    assert type(again) is type(pdu)
    assert encode(again) == octets


def test_a_submit_sm_octet_by_octet() -> None:
    pdu = SubmitSm(
        sequence=0x01020304,
        service_type="USSD",
        source_addr_ton=1,
        source_addr_npi=2,
        source_addr="10086",
        dest_addr_ton=3,
        dest_addr_npi=4,
        destination_addr="8613800000000",
        esm_class=0x40,
        protocol_id=5,
        priority_flag=6,
        validity_period="000001000000000R",
        registered_delivery=1,
        replace_if_present_flag=7,
        data_coding=8,
        sm_default_msg_id=9,
        short_message=b"\x4f\x59",
        tlvs=(Tlv.number(Tag.USSD_SERVICE_OP, 2), Tlv(0x1400, b"\0\xff")),
    )
    body = (
        b"USSD\0" b"\x01\x02" b"10086\0" b"\x03\x04" b"8613800000000\0" b"\x40\x05\x06" b"\0"
        b"000001000000000R\0" b"\x01\x07\x08\x09" b"\x02\x4f\x59"
        b"\x05\x01\x00\x01\x02" b"\x14\x00\x00\x02\x00\xff"
    )  # fmt: skip
    head = struct.pack(">IIII", 16 + len(body), 4, 0, 0x01020304)
    assert encode(pdu) == head + body
    assert decode(head + body) == pdu


def test_optional_parameters_are_kept_exactly_in_order_unknown_and_repeated() -> None:
    tlvs = (
        Tlv(0x1400, b""),
        Tlv(Tag.ITS_SESSION_INFO, b"\x00\x01"),
        Tlv(0x1400, b"\0\0x\0"),
        Tlv(Tag.ITS_SESSION_INFO, b"\x00"),
        Tlv(0xFFFF, bytes(range(256))),
    )
    pdu = decode(encode(DeliverSm(tlvs=tlvs)))
    assert pdu.tlvs == tlvs
    assert pdu.octets(Tag.ITS_SESSION_INFO) == b"\x00\x01"
    assert pdu.number(Tag.ITS_SESSION_INFO) == 1
    assert pdu.octets(Tag.USSD_SERVICE_OP) is None
    assert pdu.number(Tag.USSD_SERVICE_OP) is None


def test_texts_of_parameters_end_at_their_nul_if_they_have_one() -> None:
    for value in (b"12ab\0", b"12ab", b"12ab\0\0"):
        assert DeliverSm(tlvs=(Tlv(Tag.RECEIPTED_MESSAGE_ID, value),)).text(0x1E) == "12ab"
    assert Tlv.text(Tag.RECEIPTED_MESSAGE_ID, "12ab") == (0x1E, b"12ab\0")
    assert Tlv.number(Tag.SAR_MSG_REF_NUM, 258) == (0x20C, b"\x01\x02")


@given(st.data())
def test_what_is_missing_at_the_end_has_its_default(data: st.DataObject) -> None:
    pdu = SubmitSm(
        service_type="ABC", source_addr="1", destination_addr="2", short_message=b"hello"
    )
    octets = encode(pdu)
    cut = data.draw(st.integers(HEADER, len(octets)))
    shorter = struct.pack(">I", cut) + octets[4:cut]
    try:
        read = decode(shorter)
    except ProtocolError as e:
        # Only a length that promises more is a fault.
        assert e.status == Status.RINVMSGLEN
        assert cut > len(octets) - 6
        return
    assert isinstance(read, SubmitSm)
    for field in fields(read):
        value = getattr(read, field.name)
        whole = getattr(pdu, field.name)
        assert value == whole or value == field.default or whole.startswith(value)


def test_a_text_longer_than_the_specification_allows_is_read_but_not_written() -> None:
    octets = encode(DeliverSm(service_type="USSD", source_addr="138"))
    longer = octets.replace(b"USSD\0", b"USSD-GATEWAY-1\0")
    longer = struct.pack(">I", len(longer)) + longer[4:]
    pdu = decode(longer)
    assert isinstance(pdu, DeliverSm)
    assert (pdu.service_type, pdu.source_addr) == ("USSD-GATEWAY-1", "138")
    with pytest.raises(ValueError, match=r"deliver_sm\.service_type: longer than 5 characters"):
        encode(pdu)


@pytest.mark.parametrize(
    ("pdu", "what"),
    [
        (SubmitSm(source_addr="1" * 21), "submit_sm.source_addr: longer than 20"),
        (SubmitSm(source_addr="1\0"), "submit_sm.source_addr: a NUL inside"),
        (SubmitSm(source_addr="余"), "submit_sm.source_addr: 'ascii'"),
        (SubmitSm(esm_class=256), "submit_sm.esm_class: 256 does not fit into 1 octets"),
        (SubmitSm(esm_class=-1), "submit_sm.esm_class: -1 does not fit into 1 octets"),
        (SubmitSm(short_message=b"x" * 255), "submit_sm.short_message: longer than 254"),
        (SubmitSm(validity_period="1"), "submit_sm.validity_period: neither empty nor sixteen"),
        (SubmitSm(tlvs=(Tlv(0x10000, b""),)), "parameter 0x10000"),
        (SubmitSm(tlvs=(Tlv(1, b"x" * 0x10000),)), "of 65536 octets"),
        (SubmitSm(tlvs=(Tlv(1, b"x" * 0xFFFF),) * 2), f"at most {LARGEST}"),
        (PDUS[Command.SUBMIT_MULTI](destinations=(DistributionList("x"),) * 255), "254 dest"),
    ],
)
def test_what_the_specification_does_not_allow_is_not_written(pdu: Pdu, what: str) -> None:
    with pytest.raises(ValueError, match=what):
        encode(pdu)


def _with_length(octets: bytes) -> bytes:
    return struct.pack(">I", len(octets)) + octets[4:]


@pytest.mark.parametrize(
    ("octets", "status", "what"),
    [
        (struct.pack(">IIII", 16, 0x77, 0, 9), Status.RINVCMDID, "unknown command 0x00000077"),
        (struct.pack(">IIII", 17, 0x15, 0, 9), Status.RINVCMDLEN, "says 17, it is 16"),
        (
            encode(SubmitSm(sequence=9, short_message=b"abc"))[:-1],
            Status.RINVCMDLEN,
            "command_length says",
        ),
        (
            _with_length(encode(SubmitSm(sequence=9, short_message=b"abc"))[:-1]),
            Status.RINVMSGLEN,
            r"submit_sm.short_message: the length says 3, 2 octets are there",
        ),
        (
            _with_length(encode(SubmitSm(sequence=9)) + b"\x05\x01\x00\x02\x01"),
            Status.RINVPARLEN,
            "the length of parameter 0x0501 says 2, 1 octets are there",
        ),
        (
            _with_length(encode(SubmitSm(sequence=9)) + b"\x05\x01\x00"),
            Status.RINVOPTPARSTREAM,
            "3 octets after",
        ),
        (
            _with_length(encode(PDUS[Command.SUBMIT_MULTI](sequence=9))[:20] + b"\x01\x03"),
            Status.RINVDESTFLAG,
            "unknown dest_flag 3",
        ),
        (
            _with_length(encode(PDUS[Command.SUBMIT_MULTI](sequence=9))[:20] + b"\x02\x01\0\0\0"),
            Status.RINVCMDLEN,
            "submit_multi.destinations: a destination expected, the PDU ends",
        ),
    ],
)
def test_what_is_no_pdu_is_said_to_be_none(octets: bytes, status: Status, what: str) -> None:
    with pytest.raises(ProtocolError, match=what) as caught:
        decode(octets)
    assert caught.value.status == status
    assert caught.value.sequence == 9
    assert not caught.value.fatal


@given(st.binary(max_size=200))
def test_octets_are_a_pdu_or_a_protocol_error(octets: bytes) -> None:
    try:
        decode(octets)
    except ProtocolError as e:
        assert e.what


@given(pdus(), st.data())
def test_a_pdu_with_wrong_octets_is_a_pdu_or_a_protocol_error(
    pdu: Pdu, data: st.DataObject
) -> None:
    octets = bytearray(encode(pdu))
    for at in data.draw(st.lists(st.integers(HEADER, max(HEADER, len(octets) - 1)), max_size=8)):
        if at < len(octets):
            octets[at] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(HEADER, len(octets)))
    octets = octets[:cut]
    octets[:4] = struct.pack(">I", cut)
    try:
        read = decode(bytes(octets))
    except ProtocolError as e:
        assert (e.command, e.sequence) == (pdu.command, pdu.sequence)
    else:
        assert read.sequence == pdu.sequence


@given(st.lists(pdus(), max_size=6), st.data())
def test_a_stream_is_cut_into_its_pdus_however_it_comes(
    sent: list[Pdu], data: st.DataObject
) -> None:
    stream = b"".join(map(encode, sent))
    frames, read = Frames(), []
    while stream:
        size = data.draw(st.integers(1, len(stream)))
        frames.feed(stream[:size])
        stream = stream[size:]
        read += [decode(frame) for frame in frames]
    assert read == sent
    assert len(frames) == 0


@pytest.mark.parametrize("length", [0, 15, LARGEST + 1, 0xFFFFFFFF])
def test_a_length_that_cannot_be_ends_the_stream(length: int) -> None:
    frames = Frames()
    frames.feed(encode(EnquireLink(sequence=1)) + struct.pack(">IIII", length, 4, 0, 77))
    read = []
    with pytest.raises(ProtocolError, match=f"command_length is {length}") as caught:
        for frame in frames:
            read.append(decode(frame))
    assert read == [EnquireLink(sequence=1)]
    assert caught.value.fatal
    assert (caught.value.command, caught.value.sequence) == (4, 77)


def test_a_refusal_that_says_nothing_has_no_body() -> None:
    refusal = reply(SubmitSm(sequence=5), Status.RTHROTTLED)
    assert refusal == SubmitSmResp(sequence=5, status=Status.RTHROTTLED)
    assert encode(refusal) == struct.pack(">IIII", 16, 0x80000004, 0x58, 5)
    assert decode(encode(refusal)) == refusal


def test_what_has_no_answer_is_answered_by_a_generic_nack() -> None:
    alert = PDUS[Command.ALERT_NOTIFICATION](sequence=5)
    assert reply(alert) == GenericNack(sequence=5, status=Status.RINVCMDID)


def test_a_password_is_not_shown() -> None:
    assert "s3cret" not in repr(BindTransceiver(system_id="a", password="s3cret"))
