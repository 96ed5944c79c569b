"""Receipts as centres write them."""

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qudao.platform.smpp.codes import Tag
from qudao.platform.smpp.fields import Tlv
from qudao.platform.smpp.pdu import DataSm, DeliverSm
from qudao.platform.smpp.receipts import MessageState, Receipt, receipt


def _said(text: str, *tlvs: Tlv, esm_class: int = 0x04, data_coding: int = 0) -> Receipt | None:
    encoded = text.encode("utf-16-be") if data_coding == 8 else text.encode("ascii")
    return receipt(
        DeliverSm(
            esm_class=esm_class, data_coding=data_coding, short_message=encoded, tlvs=tuple(tlvs)
        )
    )


def test_the_example_of_the_specification() -> None:
    text = (
        "id:0123456789 sub:001 dlvrd:001 submit date:2611221130 done date:2611221131 stat:DELIVRD "
        "err:000 Text: stat:EXPIRED is not it"
    )
    expected = Receipt(
        message_id="0123456789",
        state=MessageState.DELIVERED,
        error="000",
        submitted=datetime(2026, 11, 22, 11, 30),
        done=datetime(2026, 11, 22, 11, 31),
        text="stat:EXPIRED is not it",
    )
    assert _said(text) == expected
    assert _said(text, data_coding=8) == expected
    assert expected.final


@pytest.mark.parametrize(
    ("text", "message_id", "state", "error"),
    [
        ("id:1a2B stat:UNDELIV err:11", "1a2B", MessageState.UNDELIVERABLE, "11"),
        ("ID:7 STAT:EXPIRED", "7", MessageState.EXPIRED, ""),
        ("stat:DELIVERED id:7", "7", MessageState.DELIVERED, ""),
        ("id: 7 stat: REJECTD err: 5", "7", MessageState.REJECTED, "5"),
        ("id:7 sub: dlvrd: stat:ACCEPTD err:", "7", MessageState.ACCEPTED, ""),
        ("id:7 stat:ENROUTE", "7", MessageState.ENROUTE, ""),
        ("id:7 stat:DELETED submit date:9999999999", "7", MessageState.DELETED, ""),
        ("id:7 stat:SOMETHING", "7", MessageState.UNKNOWN, ""),
        ("nothing of the sort", "", MessageState.UNKNOWN, ""),
        ("", "", MessageState.UNKNOWN, ""),
        ("id:c0a8-4d1b/2 stat:DELIVRD", "c0a8-4d1b/2", MessageState.DELIVERED, ""),
    ],
)
def test_what_vendors_write(text: str, message_id: str, state: MessageState, error: str) -> None:
    found = _said(text)
    assert found is not None
    assert (found.message_id, found.state, found.error) == (message_id, state, error)
    assert found.submitted is None


def test_parameters_count_for_more_than_the_text() -> None:
    found = _said(
        "id:7 stat:ENROUTE err:1",
        Tlv.text(Tag.RECEIPTED_MESSAGE_ID, "00ff"),
        Tlv.number(Tag.MESSAGE_STATE, 2),
        Tlv(Tag.NETWORK_ERROR_CODE, b"\x03\x01\x02"),
    )
    assert found == Receipt(message_id="00ff", state=MessageState.DELIVERED, error="258")
    strange = _said("id:7 stat:DELIVRD", Tlv(Tag.MESSAGE_STATE, b"\x63"))
    assert strange is not None
    assert strange.state is MessageState.DELIVERED


def test_what_is_a_receipt() -> None:
    assert _said("id:7 stat:DELIVRD", esm_class=0) is None
    assert _said("id:7 stat:DELIVRD", esm_class=0x08) is None
    assert _said("id:7 stat:ENROUTE", esm_class=0x20) is not None
    parameters = (Tlv.text(Tag.RECEIPTED_MESSAGE_ID, "7"), Tlv.number(Tag.MESSAGE_STATE, 2))
    assert receipt(DataSm(tlvs=parameters)) == Receipt("7", MessageState.DELIVERED)
    assert receipt(DataSm(tlvs=parameters[:1])) is None


@given(st.binary(max_size=254), st.integers(0, 255), st.binary(max_size=9))
def test_any_message_is_a_receipt_or_none(octets: bytes, data_coding: int, value: bytes) -> None:
    tlvs = tuple(Tlv(tag, value) for tag in (0x1E, 0x427, 0x423))
    found = receipt(
        DeliverSm(esm_class=4, data_coding=data_coding, short_message=octets, tlvs=tlvs)
    )
    assert found is not None
