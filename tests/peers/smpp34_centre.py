"""
A centre by PyPI's smpp34, whose phones say what the lines of its input tell it to:
{"from": "13…", "text": "YE"}, perhaps so many "times" at once, or {"from", "hex", "data_coding"}.

It tells what is answered: each whole message, its parts put together by their headers.
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
import sys
from collections import defaultdict
from typing import Any

import smpp34

CODE = json.loads(sys.argv[1])["code"]
UCS2 = 8


def tell(event: str, **facts: Any) -> None:
    print(json.dumps({"event": event, **facts}), flush=True)


def free_port() -> int:
    """It must be told a port: it does not say which one it was given."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


class Centre:
    def __init__(self) -> None:
        self.esme: smpp34.Esme | None = None
        self._parts: defaultdict[tuple[str, bytes], dict[int, bytes]] = defaultdict(dict)

    async def serve(self) -> None:
        port = free_port()
        server = smpp34.Server("127.0.0.1", port, system_id="smpp34")
        await server.start()
        tell("listening", port=port)
        while True:
            event = await server.next()
            if isinstance(event, smpp34.Esme):
                self.esme = event
                tell("bound", system_id=event.system_id)
            elif isinstance(event, smpp34.Unbound):
                tell("unbound")
            else:
                event.accept("smpp34")
                self._heard(event)

    def _heard(self, event: smpp34.SubmitSmEvent) -> None:
        octets, total, nth, key = event.short_message, 1, 1, b""
        if event.esm_class & 0x40:
            header, octets = octets[: octets[0] + 1], octets[octets[0] + 1 :]
            key, total, nth = header[3:-2], header[-2], header[-1]
        parts = self._parts[event.destination_addr, key]
        parts[nth] = octets
        if len(parts) == total:
            whole = b"".join(parts[each] for each in sorted(parts))
            parts.clear()
            text = whole.decode("utf-16-be" if event.data_coding == UCS2 else "latin-1")
            tell("answer", text=text, to=event.destination_addr, **{"from": event.source_addr})

    async def say(self, act: dict[str, Any]) -> None:
        assert self.esme is not None
        coding = act.get("data_coding", 0 if act.get("text", "").isascii() else UCS2)
        octets = (
            bytes.fromhex(act["hex"])
            if "hex" in act
            else act["text"].encode("utf-16-be" if coding == UCS2 else "ascii")
        )
        told = [
            self.esme.deliver_sm(CODE, octets, source_addr=act["from"], data_coding=coding)
            for _ in range(act.get("times", 1))
        ]
        for each in asyncio.as_completed(told):
            answer = await each
            tell("taken", status=answer.command_status)


async def main() -> None:
    centre = Centre()
    serving = asyncio.create_task(centre.serve())
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        await centre.say(json.loads(line))
    serving.cancel()


asyncio.run(main())
# All is done and said. smpp34's own threads outlive the loop, and now and then (2 of 120 times on a
# busy machine) crash the interpreter while it takes itself apart: so it does not.
os._exit(0)
