"""The codec against octets written by hand from the specification."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulators.smsc.pdus import HEADER, LAYOUTS, Bad, Command, Pdu, Status, Tag, decode, encode

SUBMIT = bytes.fromhex(
    "00000045" "00000004" "00000000" "00000007"  # length, submit_sm, status, sequence
    "5553534400" "0001" "313030383600" "0101" "313339303000"  # USSD, 10086, 13900
    "00" "00" "00" "00" "00" "01" "00" "08" "00"  # esm_class … sm_default_msg_id
    "04" "4f60597d"  # two characters of UCS-2
    "0501" "0001" "02"  # ussd_service_op
    "1383" "0002" "00ff"  # its_session_info
    "1501" "0003" "000100"  # a vendor's own, with NULs
)  # fmt: skip


def test_a_message_with_its_optional_parameters() -> None:
    pdu = decode(SUBMIT)
    assert (pdu.command, pdu.sequence, pdu.status) == (Command.SUBMIT_SM, 7, 0)
    assert pdu.body["service_type"] == "USSD"
    assert (pdu.body["source_addr"], pdu.body["destination_addr"]) == ("10086", "13900")
    assert pdu.octets.decode("utf-16-be") == "你好"
    assert pdu.parameters == [
        (Tag.USSD_SERVICE_OP, b"\x02"),
        (Tag.ITS_SESSION_INFO, b"\x00\xff"),
        (0x1501, b"\x00\x01\x00"),
    ]
    assert encode(pdu) == SUBMIT


@pytest.mark.parametrize("end", range(16, len(SUBMIT)))
def test_a_cut_one_is_refused_or_has_fewer_parameters(end: int) -> None:
    try:
        pdu = decode(SUBMIT[:end])
    except Bad as bad:
        assert bad.status in (
            Status.INVALID_COMMAND_LENGTH,
            Status.INVALID_MESSAGE_LENGTH,
            Status.INVALID_PARAMETER_LENGTH,
        )
    else:
        assert len(pdu.parameters) < 3 and pdu.body == decode(SUBMIT).body


def test_an_endless_string_is_refused() -> None:
    octets = encode(Pdu(Command.BIND_RECEIVER, 1, 0, {"system_id": "x" * 16}))
    with pytest.raises(Bad, match="system_id does not end"):
        decode(octets)


def test_an_unknown_command_is_refused() -> None:
    with pytest.raises(Bad) as caught:
        decode(bytes.fromhex("00000010000000aa0000000000000001"))
    assert caught.value.status == Status.INVALID_COMMAND_ID


def test_a_payload_stands_in_for_the_message() -> None:
    pdu = Pdu(Command.DATA_SM, 1, 0, {}, [(Tag.MESSAGE_PAYLOAD, b"all of it")])
    assert decode(encode(pdu)).octets == b"all of it"


def test_a_message_to_many() -> None:
    head = bytes.fromhex("00000031000201010132000101013300")
    tail = bytes(9) + b"\x01a"
    octets = (len(head + tail) + 16).to_bytes(4, "big") + bytes.fromhex("000000210000000000000001")
    assert decode(octets + head + tail).body["destinations"] == ["2", "3"]


@given(st.sampled_from(sorted(LAYOUTS)), st.binary(max_size=80))
def test_whatever_comes_is_a_pdu_or_bad(command: int, body: bytes) -> None:
    try:
        pdu = decode(HEADER.pack(16 + len(body), command, 0, 1) + body)
    except Bad as bad:
        assert bad.status
    else:
        assert pdu.command == command and sum(len(value) for _, value in pdu.parameters) <= 80
