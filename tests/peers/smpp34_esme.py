"""An application that binds to a centre, by PyPI's smpp34. See `scenario`."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from typing import Any

import smpp34

OP, SESSION, REFERENCE, VENDOR = 0x0501, 0x1383, 0x0204, 0x1501
RECEIPTED, STATE, PAYLOAD = 0x001E, 0x0427, 0x0424


def tell(event: str, **facts: Any) -> None:
    print(json.dumps({"event": event, **facts}), flush=True)


async def main(host: str, port: str, name: str, password: str, scenario: str) -> None:
    wanted = json.loads(scenario)
    centre = await smpp34.Client(host, int(port), name, password, bind_type="TRX").connect()
    tell("bound", status=0)
    answer = await centre.submit_sm(
        wanted["phone"],
        source_addr=wanted["code"],
        registered_delivery=1,
        data_coding=8,
        tlvs=[smpp34.Tlv(PAYLOAD, wanted["text"].encode("utf-16-be"))],
    )
    tell("submitted", status=answer.command_status, message_id=answer.message_id)
    seen = set()
    while seen != {"receipt", "dialled"}:
        event = await centre.next()
        if isinstance(event, smpp34.Disconnected):
            break
        tlvs = {tlv.tag: tlv.value for tlv in event.tlvs}
        if event.esm_class & 0x04:
            seen.add("receipt")
            tell(
                "receipt",
                message_id=tlvs[RECEIPTED].rstrip(b"\0").decode(),
                state=tlvs[STATE][0],
                text=event.short_message.decode(),
            )
            continue
        seen.add("dialled")
        tell(
            "dialled",
            service_type=event.service_type,
            source=event.source_addr,
            text=event.short_message.decode(),
            parameters={
                "ussd_service_op": tlvs[OP].hex(),
                "its_session_info": tlvs[SESSION].hex(),
                "user_message_reference": tlvs[REFERENCE].hex(),
                "vendor": tlvs[VENDOR].hex() if VENDOR in tlvs else None,
            },
        )
        answer = await centre.submit_sm(
            event.source_addr,
            wanted["menu"].encode("utf-16-be"),
            source_addr=event.destination_addr,
            service_type="USSD",
            data_coding=8,
            tlvs=[
                smpp34.Tlv(OP, b"\x02"),
                smpp34.Tlv(SESSION, tlvs[SESSION]),
                smpp34.Tlv(REFERENCE, tlvs[REFERENCE]),
            ],
        )
        tell("answered", status=answer.command_status)
    await centre.unbind()
    tell("unbound", status=0)


asyncio.run(main(*sys.argv[1:]))
# All is done and said. smpp34's own threads outlive the loop, and now and then (2 of 120 times on a
# busy machine) crash the interpreter while it takes itself apart: so it does not.
os._exit(0)
