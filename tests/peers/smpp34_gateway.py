"""A centre that an application binds to, by PyPI's smpp34: takes texts, sends their receipts."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from typing import Any

import smpp34

OP, SESSION, REFERENCE, VENDOR = 0x0501, 0x1383, 0x0204, 0x1501
RECEIPTED, STATE = 0x001E, 0x0427


def tell(event: str, **facts: Any) -> None:
    print(json.dumps({"event": event, **facts}), flush=True)


async def main(port: str, scenario: str) -> None:
    wanted = json.loads(scenario)
    server = smpp34.Server("127.0.0.1", int(port), system_id="smpp34")
    await server.start()
    tell("listening", port=int(port))
    esme: smpp34.Esme | None = None

    async def phone(op: int, text: str) -> None:
        assert esme is not None
        answer = await esme.deliver_sm(
            wanted["code"],
            text.encode(),
            source_addr=wanted["phone"],
            service_type="USSD",
            data_coding=15,
            tlvs=[
                smpp34.Tlv(OP, bytes([op])),
                smpp34.Tlv(SESSION, bytes.fromhex(wanted["session"])),
                smpp34.Tlv(REFERENCE, bytes.fromhex(wanted["reference"])),
                smpp34.Tlv(VENDOR, bytes.fromhex(wanted["vendor"])),
            ],
        )
        tell("taken", status=answer.command_status)

    ids = 0
    while True:
        event = await server.next()
        if isinstance(event, smpp34.Esme):
            esme = event
            tell("bound", status=0, system_id=event.system_id)
        elif isinstance(event, smpp34.Unbound):
            tell("unbound")
            break
        else:
            ids += 1
            event.accept(f"smpp34-{ids}")
            tlvs = {tlv.tag: tlv.value for tlv in event.tlvs}
            if OP in tlvs:
                tell(
                    "shown",
                    op=tlvs[OP][0],
                    text=event.short_message.decode("utf-16-be"),
                    session=tlvs[SESSION].hex(),
                    reference=tlvs[REFERENCE].hex(),
                    service_type=event.service_type,
                )
                if tlvs[OP] == b"\x02":
                    await phone(18, wanted["choice"])
                continue
            assert esme is not None
            tell(
                "part", udh=[event.short_message[:6].hex()], text="", data_coding=event.data_coding
            )
            receipt = await esme.deliver_sm(
                event.source_addr,
                f"id:smpp34-{ids} sub:001 dlvrd:001 submit date:2601010000"
                " done date:2601010000 stat:DELIVRD err:000 text:".encode(),
                source_addr=event.destination_addr,
                esm_class=0x04,
                tlvs=[
                    smpp34.Tlv(RECEIPTED, f"smpp34-{ids}\0".encode()),
                    smpp34.Tlv(STATE, b"\x02"),
                ],
            )
            tell("receipt", status=receipt.command_status)
            if event.short_message[4] == event.short_message[5]:
                await phone(1, wanted["dialled"])
    await server.stop()


asyncio.run(main(*sys.argv[1:]))
# All is done and said. smpp34's own threads outlive the loop, and now and then (2 of 120 times on a
# busy machine) crash the interpreter while it takes itself apart: so it does not.
os._exit(0)
