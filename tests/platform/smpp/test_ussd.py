"""USSD sessions as messages."""

from dataclasses import replace

import pytest

from qudao.platform.smpp import alphabet
from qudao.platform.smpp.codes import Tag
from qudao.platform.smpp.fields import Tlv
from qudao.platform.smpp.parts import carried
from qudao.platform.smpp.pdu import DataSm, DeliverSm
from qudao.platform.smpp.ussd import (
    CELL_BROADCAST,
    NUMBERED,
    STANDARD,
    Op,
    Profile,
    fits,
    heard,
    room,
    said,
)
from qudao.platform.smpp.wire import decode, encode

SESSION = Tlv(Tag.ITS_SESSION_INFO, b"\x00\xff")
REFERENCE = Tlv(Tag.USER_MESSAGE_REFERENCE, b"\x00\x07")
DIAL = DeliverSm(
    service_type="USSD",
    source_addr_ton=1,
    source_addr_npi=1,
    source_addr="8613800000000",
    destination_addr="100",
    short_message=b"*100*2*50#",
    tlvs=(Tlv.number(Tag.USSD_SERVICE_OP, 1), SESSION, REFERENCE, Tlv(0x1400, b"\0")),
)


def _with_op(number: int) -> DeliverSm:
    return replace(DIAL, tlvs=(Tlv.number(Tag.USSD_SERVICE_OP, number), *DIAL.tlvs[1:]))


def test_a_session_over_the_wire() -> None:
    pdu = decode(encode(DIAL))
    assert isinstance(pdu, DeliverSm)
    dialled = heard(pdu, STANDARD)
    assert dialled is not None
    assert (dialled.op, dialled.text, dialled.session) == (Op.DIAL, "*100*2*50#", "00ff")
    assert (dialled.msisdn, dialled.code) == ("8613800000000", "100")
    menu = said(dialled, Op.MENU, "1 余额", STANDARD)
    assert menu.tlvs == (Tlv.number(Tag.USSD_SERVICE_OP, 2), SESSION, REFERENCE)
    assert (menu.service_type, menu.data_coding) == ("USSD", 8)
    assert (menu.destination_addr, menu.dest_addr_ton, menu.source_addr) == (
        "8613800000000",
        1,
        "100",
    )
    assert carried(menu).text() == "1 余额"
    answer = heard(replace(_with_op(18), short_message=b"1"), STANDARD)
    assert answer is not None
    assert (answer.op, answer.text, answer.session) == (Op.ANSWER, "1", dialled.session)
    final = said(answer, Op.FINAL, "Bye", STANDARD)
    assert final.tlvs == (Tlv.number(Tag.USSD_SERVICE_OP, 17), SESSION, REFERENCE)
    assert (final.data_coding, final.short_message) == (0, b"Bye")


def test_what_is_no_word_of_a_session() -> None:
    assert heard(DeliverSm(short_message=b"*100#"), STANDARD) is None
    for op in (2, 17, 99):
        found = heard(_with_op(op), STANDARD)
        assert found is not None
        assert found.op is Op.UNKNOWN


@pytest.mark.parametrize(
    ("text", "op"), [(b"*100#", Op.DIAL), (b"#21#", Op.DIAL), (b"1", Op.ANSWER), (b"*", Op.ANSWER)]
)
def test_a_gateway_without_ops(text: bytes, op: Op) -> None:
    found = heard(replace(DIAL, short_message=text, tlvs=()), STANDARD)
    assert found is not None
    assert (found.op, found.session) == (op, "")


def test_a_profile_is_data() -> None:
    odd = Profile(
        "odd",
        ops={Op.DIAL: 0, Op.ANSWER: 3, Op.MENU: 32, Op.FINAL: 33},
        also={35: Op.OVER},
        service_type="",
        session=0x1401,
        session_octets=2,
        echoed=(0x1401, Tag.ITS_SESSION_INFO),
        marks_end=True,
    )
    pdu = replace(
        _with_op(0), tlvs=(*_with_op(0).tlvs, Tlv(0x1401, b"\x01\x02\x03")), service_type=""
    )
    dialled = heard(pdu, odd)
    assert dialled is not None
    assert (dialled.op, dialled.session) == (Op.DIAL, "0102")
    menu = said(dialled, Op.MENU, "x", odd)
    assert menu.tlvs == (Tlv(0x501, b"\x20"), Tlv(0x1401, b"\x01\x02\x03"), SESSION)
    even = replace(dialled, pdu=replace(pdu, tlvs=(Tlv(Tag.ITS_SESSION_INFO, b"\x09\x02"),)))
    assert said(even, Op.FINAL, "x", odd).tlvs == (Tlv(0x501, b"\x21"), Tlv(0x1383, b"\x09\x03"))
    assert said(even, Op.MENU, "x", odd).tlvs[1:] == (Tlv(0x1383, b"\x09\x02"),)
    over = heard(_with_op(35), odd)
    assert over is not None
    assert over.op is Op.OVER


def test_the_letter_of_the_specification() -> None:
    """its_session_info: the session, and a count that goes up, with the end in its last bit."""
    first = heard(
        replace(_with_op(1), tlvs=(Tlv(0x501, b"\x01"), Tlv(0x1383, b"\x09\x00"))), NUMBERED
    )
    second = heard(
        replace(_with_op(18), tlvs=(Tlv(0x501, b"\x12"), Tlv(0x1383, b"\x09\x02"))), NUMBERED
    )
    assert first is not None
    assert second is not None
    assert first.session == second.session == "09"
    assert said(second, Op.MENU, "x", NUMBERED).octets(0x1383) == b"\x09\x02"
    assert said(second, Op.FINAL, "x", NUMBERED).octets(0x1383) == b"\x09\x03"


def test_coding_numbers_of_the_radio_and_packed_septets() -> None:
    dialled = heard(replace(DIAL, data_coding=0x0F), CELL_BROADCAST)
    assert dialled is not None
    assert dialled.text == "*100*2*50#"
    menu = said(dialled, Op.MENU, "1 Bal 2", CELL_BROADCAST)
    assert (menu.data_coding, menu.short_message) == (15, b"1 Bal 2")
    assert said(dialled, Op.MENU, "余", CELL_BROADCAST).data_coding == 0x48
    packed = replace(CELL_BROADCAST, packed=True)
    dialled = heard(
        replace(DIAL, data_coding=0x0F, short_message=alphabet.pack(b"*100*4#", ussd=True)), packed
    )
    assert dialled is not None
    assert dialled.text == "*100*4#"
    assert said(dialled, Op.MENU, "1 Bal 2", packed).short_message == alphabet.pack(b"1 Bal 2\r")


def test_data_sm_carries_sessions_too() -> None:
    pdu = DataSm(
        service_type="USSD",
        source_addr="138",
        tlvs=(Tlv(0x501, b"\x01"), Tlv(Tag.MESSAGE_PAYLOAD, b"*1#")),
    )
    found = heard(pdu, STANDARD)
    assert found is not None
    assert (found.op, found.text) == (Op.DIAL, "*1#")


def test_how_much_fits_onto_a_screen() -> None:
    assert (room("a", STANDARD), room("余", STANDARD)) == (182, 80)
    dialled = heard(DIAL, STANDARD)
    assert dialled is not None
    for text in ("a" * 182, "€" * 91, "余" * 80, "😀" * 40):
        assert fits(text, STANDARD)
        screen = decode(encode(said(dialled, Op.MENU, text, STANDARD)))
        assert carried(screen).text() == text  # type: ignore[arg-type]
        assert not fits(text + text[0], STANDARD)
        with pytest.raises(ValueError, match="too many"):
            said(dialled, Op.MENU, text + text[0], STANDARD)
