"""
What tshark's dissector finds in a recorded session of 3.0 (it knows no other version).

A relay between our SP and our gateway writes down what goes by; each message becomes a TCP segment
of a capture file.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from qudao.platform.cmpp import receipts
from qudao.platform.cmpp.client import connect
from qudao.platform.cmpp.layout import Version
from qudao.platform.cmpp.msgid import MessageId
from qudao.platform.cmpp.parts import spread
from qudao.platform.cmpp.patience import Patience
from qudao.platform.cmpp.pdu import (
    ActiveTest,
    Answer,
    Connect,
    ConnectResp,
    Deliver,
    DeliverResp,
    Pdu,
    Request,
    Result,
    Submit,
    SubmitResp,
)
from qudao.platform.cmpp.receipts import Report
from qudao.platform.cmpp.session import Session
from qudao.platform.cmpp.wire import HEADER, Frames, decode
from tests.peers.capture import write
from tests.peers.programs import need_debian
from tests.platform.cmpp.lines import A_DELIVER, A_SUBMIT, account, clock, gateway, in_loop, until

PORT = 7890
"""The dissector knows CMPP by it."""
MSG_ID = MessageId.at(clock(), gateway=106_000, serial=4_321).number()
REPORT = Report(
    msg_id=MSG_ID,
    stat="DELIVRD",
    submit_time="2611221200",
    done_time="2611221201",
    dest_terminal_id="13800138000",
    smsc_sequence=77,
)
FULL = replace(
    A_SUBMIT,
    registered_delivery=1,
    msg_level=3,
    service_id="HALL",
    fee_user_type=3,
    fee_terminal_id="13700137000",
    fee_terminal_type=1,
    tp_pid=4,
    fee_code="000010",
    valid_time="261123120000032+",
    at_time="261122130000032+",
    dest_terminal_id=("13800138000", "13900139000"),
    dest_terminal_type=1,
    link_id="LINK-0123456789-LINK",
)

COMMON = {
    "msg_id": "cmpp.Msg_Id",
    "service_id": "cmpp.Servicd_Id",
    "tp_pid": "cmpp.TP_pId",
    "tp_udhi": "cmpp.TP_udhi",
    "msg_fmt": "cmpp.Msg_Fmt",
    "link_id": "cmpp.LinkID",
}
FIELDS = {
    Connect: {
        "source_addr": "cmpp.connect.Source_Addr",
        "version": "cmpp.Version",
        "timestamp": "cmpp.connect.Timestamp",
    },
    ConnectResp: {"status": "cmpp.connect_resp.Status", "version": "cmpp.Version"},
    Submit: COMMON
    | {
        "pk_total": "cmpp.submit.Pk_total",
        "pk_number": "cmpp.submit.Pk_number",
        "registered_delivery": "cmpp.submit.Registered_Delivery",
        "msg_level": "cmpp.submit.Msg_level",
        "fee_user_type": "cmpp.submit.Fee_UserType",
        "fee_terminal_id": "cmpp.submit.Fee_terminal_Id",
        "fee_terminal_type": "cmpp.submit.Fee_terminal_type",
        "msg_src": "cmpp.submit.Msg_src",
        "fee_type": "cmpp.submit.FeeType",
        "fee_code": "cmpp.submit.FeeCode",
        "valid_time": "cmpp.submit.Valld_Time",
        "at_time": "cmpp.submit.At_time",
        "src_id": "cmpp.submit.Src_Id",
        "dest_terminal_id": "cmpp.Dest_terminal_Id",
        "dest_terminal_type": "cmpp.submit.Dest_terminal_type",
    },
    SubmitResp: {"msg_id": "cmpp.Msg_Id", "result": "cmpp.submit_resp.Result"},
    Deliver: COMMON
    | {
        "dest_id": "cmpp.deliver.Dest_Id",
        "src_terminal_id": "cmpp.deliver.Src_terminal_Id",
        "src_terminal_type": "cmpp.deliver.Src_terminal_type",
        "registered_delivery": "cmpp.deliver.Registered_Delivery",
    },
    DeliverResp: {"msg_id": "cmpp.Msg_Id", "result": "cmpp.deliver_resp.Result"},
}
OF_A_REPORT = {
    "msg_id": "cmpp.Msg_Id",
    "stat": "cmpp.deliver.Report.Status",
    "submit_time": "cmpp.deliver.Report.Submit_time",
    "done_time": "cmpp.deliver.Report.Done_time",
    "dest_terminal_id": "cmpp.Dest_terminal_Id",
    "smsc_sequence": "cmpp.Report.SMSC_sequence",
}


@in_loop
async def test_a_session_as_tshark_sees_it(tmp_path: Path) -> None:
    need_debian("tshark", "tshark")
    frames = await recorded()
    capture = tmp_path / "session.pcap"
    ports = {True: (40_000, PORT), False: (PORT, 40_000)}
    write(capture, ((*ports[ours], octets) for ours, octets in frames))
    found = await asyncio.to_thread(dissected, capture)
    sent = [decode(octets, Version.V30) for _, octets in frames]
    kinds = [type(pdu.body).__name__ for pdu in sent]
    assert {"Connect", "Submit", "Deliver", "ActiveTest", "Terminate"} < set(kinds)
    assert len(found) == len(sent)
    for (_, octets), pdu, layer in zip(frames, sent, found, strict=True):
        assert one(layer, "cmpp.Total_Length") == str(len(octets))
        assert int(one(layer, "cmpp.Command_Id"), 16) == pdu.body.COMMAND
        assert one(layer, "cmpp.Sequence_Id") == str(pdu.sequence)
        for name, field in FIELDS.get(type(pdu.body), {}).items():
            assert shown(pdu, name) in (seen := values(layer, field)), (pdu, field, seen)
    (report,) = (
        layer
        for pdu, layer in zip(sent, found, strict=True)
        if isinstance(pdu.body, Deliver) and pdu.body.registered_delivery
    )
    for name, field in OF_A_REPORT.items():
        value = getattr(REPORT, name)
        assert (f"0x{value:016x}" if name == "msg_id" else str(value)) in values(report, field)


def shown(pdu: Pdu, name: str) -> str:
    """How tshark writes a value."""
    value: Any = getattr(pdu.body, name)
    match name:
        case "version":
            return f"{value >> 4:02}.{value & 15:02}"
        case "timestamp":
            month, day, hour, minute, second = (
                f"{value:010}"[at : at + 2] for at in range(0, 9, 2)
            )
            return f"{month}/{day} {hour}:{minute}:{second}"
        case "msg_id":
            return f"0x{value:016x}"
        case "dest_terminal_id":
            return " ".join(value)
    return str(int(value)) if isinstance(value, int) else value


def values(layer: dict[str, Any], field: str) -> list[str]:
    """All values of a field, also in the trees within; several are one more, joined by blanks."""
    found: list[str] = []

    def look(tree: dict[str, Any]) -> None:
        for name, value in tree.items():
            for each in value if isinstance(value, list) else [value]:
                if name == field:
                    found.append(each)
                elif isinstance(each, dict):
                    look(each)

    look(layer)
    return [*found, " ".join(found)]


def one(layer: dict[str, Any], field: str) -> str:
    value, _ = values(layer, field)
    return value


async def recorded() -> list[tuple[bool, bytes]]:
    """A session between ours and ours: whether the SP sent it, and the octets of each message."""
    taken: list[Deliver] = []

    async def take(message: Deliver) -> Result | None:
        taken.append(message)
        return Result.SERVICE if message.msg_content == b"?" else None

    async def answer(_: Session, request: Request[Any]) -> Answer:
        assert isinstance(request, Submit)
        return SubmitResp(msg_id=MSG_ID, result=0 if request.msg_level else Result.FEE_CODE)

    frames: list[tuple[bool, bytes]] = []
    patience = Patience(test_every_s=0.05)
    async with gateway(answer) as (ismg, port), relay(port, frames) as relayed:
        session = await connect(account(relayed), take, clock=clock, patience=patience)
        assert session.version is Version.V30
        for part in spread(FULL, "您的余额为 12.50 元，" * 8, reference=5):
            assert (await session.submit(part)).msg_id == MSG_ID
        assert (await session.submit(A_SUBMIT)).result == Result.FEE_CODE
        await until(lambda: bool(ismg.sessions))
        (theirs,) = ismg.sessions
        await theirs.request(replace(A_DELIVER, src_terminal_type=1, link_id="L" * 20))
        await theirs.request(replace(A_DELIVER, msg_content=b"?"))
        content = receipts.content(REPORT, Version.V30)
        await theirs.request(replace(A_DELIVER, registered_delivery=1, msg_content=content))
        await until(lambda: ActiveTest.COMMAND in {HEADER.unpack_from(one)[1] for _, one in frames})
        await session.terminate()
    assert receipts.read(taken[-1]) == REPORT
    return frames


@asynccontextmanager
async def relay(port: int, frames: list[tuple[bool, bytes]]) -> AsyncIterator[int]:
    """Hand on both directions of connections to a port, and note the messages."""
    passing: list[asyncio.Task[None]] = []

    async def hand_on(
        ours: bool, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        cut = Frames()
        while octets := await reader.read(65_536):
            frames.extend((ours, frame) for frame in cut.feed(octets))
            writer.write(octets)
        writer.close()

    async def welcome(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", port)
        passing.append(asyncio.create_task(hand_on(True, reader, back)))
        passing.append(asyncio.create_task(hand_on(False, there, writer)))

    server = await asyncio.start_server(welcome, "127.0.0.1", 0)
    try:
        yield int(server.sockets[0].getsockname()[1])
        await asyncio.gather(*passing)
    finally:
        server.close()


def dissected(capture: Path) -> list[dict[str, Any]]:
    """What tshark finds, packet by packet."""
    run = subprocess.run(
        ["tshark", "-r", capture, "-T", "json", "--no-duplicate-keys"],
        capture_output=True,
        check=True,
        text=True,
        timeout=60,
    )
    assert "_ws.malformed" not in run.stdout
    packets: list[dict[str, Any]] = json.loads(run.stdout)
    return [packet["_source"]["layers"]["cmpp"] for packet in packets]
