"""An application that submits as much at once as it can, by PyPI's smpp34."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections import Counter

import smpp34


async def main(host: str, port: str, name: str, password: str, count: str) -> None:
    client = smpp34.Client(host, int(port), name, password, bind_type="TX", window_size=500)
    centre = await client.connect()
    submits = [
        centre.submit_sm("13912345678", f"message {at}".encode(), source_addr="10086")
        for at in range(int(count))
    ]
    answers = await asyncio.gather(*submits)
    statuses = Counter(str(answer.command_status) for answer in answers)
    print(json.dumps({"event": "flooded", "statuses": statuses}), flush=True)
    await centre.unbind()
    print(json.dumps({"event": "unbound"}), flush=True)


asyncio.run(main(*sys.argv[1:]))
# All is done and said. smpp34's own threads outlive the loop, and now and then (2 of 120 times on a
# busy machine) crash the interpreter while it takes itself apart: so it does not.
os._exit(0)
