"""What we write, read by Wireshark's dissector: every field as it was meant, nothing malformed."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from qudao.platform.smpp.codes import Tag
from qudao.platform.smpp.fields import Tlv
from qudao.platform.smpp.parts import By, spread
from qudao.platform.smpp.pdu import (
    BindTransceiver,
    BindTransceiverResp,
    CancelSm,
    DataSm,
    DeliverSm,
    DeliverSmResp,
    EnquireLink,
    GenericNack,
    Pdu,
    QuerySm,
    QuerySmResp,
    ReplaceSm,
    SubmitSm,
    SubmitSmResp,
    Unbind,
)
from qudao.platform.smpp.wire import encode
from simulators.smsc import pdus
from simulators.smsc.pdus import Command
from tests.peers.capture import write
from tests.peers.programs import need_debian
from tests.peers.scenario import CODE, DIALLED, MENU, PHONE, REFERENCE, SESSION, TEXT, VENDOR

pytestmark = pytest.mark.xdist_group("peers")

ESME, SMSC = 40_000, 2_775


def dissected(folder: Path, sent: list[tuple[int, int, bytes]]) -> list[dict[str, Any]]:
    """The fields of each PDU, by tshark's names."""
    need_debian("tshark", "tshark")
    path = folder / "smpp.pcap"
    write(path, sent)
    done = subprocess.run(
        [
            *("tshark", "-r", str(path), "-d", f"tcp.port=={SMSC},smpp"),
            *("-T", "json", "--no-duplicate-keys"),
        ],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert "_ws.malformed" not in done.stdout
    found: list[dict[str, Any]] = []
    for packet in json.loads(done.stdout):
        layers = packet["_source"]["layers"].get("smpp", [])
        found += layers if isinstance(layers, list) else [layers]
    return found


def flat(fields: dict[str, Any]) -> dict[str, list[str]]:
    """All values by name, wherever they are in the tree."""
    found: dict[str, list[str]] = {}

    def walk(at: Any) -> None:
        for name, value in at.items() if isinstance(at, dict) else ():
            for each in value if isinstance(value, list) else [value]:
                if isinstance(each, dict):
                    walk(each)
                else:
                    found.setdefault(name, []).append(each)

    walk(fields)
    return found


def assert_session(fields: dict[str, list[str]], op: str) -> None:
    """The parameters of a USSD session, in their order; 0x00ff is session 0, unit 127, end."""
    assert fields["smpp.opt_param_tag"][:3] == ["0x0501", "0x1383", "0x0204"]
    assert fields["smpp.opt_param_len"][:3] == ["1", "2", "2"]
    assert fields["smpp.ussd_service_op"] == [op]
    assert fields["smpp.its_session.number"] == ["0"]
    assert fields["smpp.its_session.sequence"] == ["0x7f"]
    assert fields["smpp.its_session.ind"] == ["0x01"]
    assert fields["smpp.user_message_reference"] == [f"0x{REFERENCE.hex()}"]


def test_ours(tmp_path: Path) -> None:
    ussd = (
        Tlv(Tag.USSD_SERVICE_OP, b"\x01"),
        Tlv(Tag.ITS_SESSION_INFO, SESSION),
        Tlv(Tag.USER_MESSAGE_REFERENCE, REFERENCE),
        Tlv(0x1501, VENDOR),
    )
    text = SubmitSm(source_addr=CODE, destination_addr=PHONE, registered_delivery=1)
    ours: list[tuple[Pdu, int]] = [
        (BindTransceiver(system_id="qudao", password="secret", system_type="HALL"), ESME),
        (BindTransceiverResp(system_id="SMSC"), SMSC),
        *((pdu, ESME) for pdu in spread(text, TEXT, reference=0x2A)),
        *((pdu, ESME) for pdu in spread(text, TEXT, reference=0x12A, by=By.SAR)),
        (SubmitSmResp(message_id="0000000001"), SMSC),
        (
            DeliverSm(
                service_type="USSD",
                source_addr=PHONE,
                destination_addr=CODE,
                data_coding=15,
                short_message=DIALLED.encode(),
                tlvs=ussd,
            ),
            SMSC,
        ),
        (DeliverSmResp(), ESME),
        (
            DataSm(
                source_addr=CODE, destination_addr=PHONE, tlvs=(Tlv(Tag.MESSAGE_PAYLOAD, b"x"),)
            ),
            ESME,
        ),
        (QuerySm(message_id="0000000001", source_addr=CODE), ESME),
        (QuerySmResp(message_id="0000000001", message_state=2), SMSC),
        (CancelSm(message_id="0000000001", source_addr=CODE, destination_addr=PHONE), ESME),
        (ReplaceSm(message_id="0000000001", source_addr=CODE, short_message=b"x"), ESME),
        (EnquireLink(), SMSC),
        (GenericNack(status=3), ESME),
        (Unbind(), ESME),
    ]
    sent = [
        (port, SMSC if port == ESME else ESME, encode(pdu, number))
        for number, (pdu, port) in enumerate(ours, 1)
    ]
    found = [flat(each) for each in dissected(tmp_path, sent)]
    assert [int(each["smpp.command_id"][0], 16) for each in found] == [
        pdu.command for pdu, _ in ours
    ]
    assert [int(each["smpp.sequence_number"][0]) for each in found] == list(range(1, len(ours) + 1))
    assert found[0]["smpp.system_id"] == ["qudao"]
    assert found[0]["smpp.password"] == ["secret"]
    parts, sar = found[2:5], found[5:8]
    assert "".join(each["smpp.message_text"][0] for each in parts) == TEXT
    assert all(each["smpp.data_coding"] == ["0x08"] for each in parts)
    assert [each["smpp.sar_segment_seqnum"] for each in sar] == [["1"], ["2"], ["3"]]
    assert all(each["smpp.sar_total_segments"] == ["3"] for each in sar)
    dialled = found[9]
    assert dialled["smpp.service_type"] == ["USSD"]
    assert dialled["smpp.source_addr"] == [PHONE]
    assert dialled["smpp.destination_addr"] == [CODE]
    assert dialled["smpp.data_coding"] == ["0x0f"]
    assert dialled["smpp.message"] == [DIALLED.encode().hex(":")]
    assert_session(dialled, op="1")
    assert dialled["smpp.opt_param_tag"][3] == "0x1501"
    assert dialled["smpp.vendor_op"] == [VENDOR.hex(":")]
    assert found[13]["smpp.message_state"] == ["2"]
    assert found[17]["smpp.command_status"] == ["0x00000003"]


def test_the_simulators(tmp_path: Path) -> None:
    body = {
        "service_type": "USSD",
        "source_addr": PHONE,
        "destination_addr": CODE,
        "data_coding": 8,
        "short_message": MENU.encode("utf-16-be"),
    }
    parameters = [
        (pdus.Tag.USSD_SERVICE_OP, b"\x12"),
        (pdus.Tag.ITS_SESSION_INFO, SESSION),
        (pdus.Tag.USER_MESSAGE_REFERENCE, REFERENCE),
    ]
    octets = pdus.encode(pdus.Pdu(Command.DELIVER_SM, 7, 0, body, parameters))
    # in two packets, as a stream may come
    (found,) = dissected(tmp_path, [(SMSC, ESME, octets[:20]), (SMSC, ESME, octets[20:])])
    fields = flat(found)
    assert fields["smpp.service_type"] == ["USSD"]
    assert fields["smpp.source_addr"] == [PHONE]
    assert fields["smpp.message_text"] == [MENU]
    assert_session(fields, op="18")
