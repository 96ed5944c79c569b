"""
Measures two sessions of ours over loopback, in one process: `python -m qudao.platform.cmpp`.

Prints messages a second for each version; both ends share the one core that this takes.
"""

from __future__ import annotations

import asyncio
import sys
import time
from datetime import UTC, datetime
from typing import Any

from qudao.platform.cmpp.client import Account, connect
from qudao.platform.cmpp.layout import Version
from qudao.platform.cmpp.parts import spread
from qudao.platform.cmpp.pdu import Answer, Deliver, Request, Result, Submit, SubmitResp
from qudao.platform.cmpp.server import Gateway
from qudao.platform.cmpp.session import Session

SP, SECRET = "901234", b"measured"
MESSAGES = 20_000
SENDERS = 64


async def _gateway(_: Session, request: Request[Any]) -> Answer:
    return SubmitResp(msg_id=1)


async def _taken(_: Deliver) -> Result | None:
    return None


async def _measure(version: Version, messages: int) -> float:
    gateway = Gateway({SP: SECRET}.get, _gateway)
    account = Account(
        host="127.0.0.1", port=await gateway.start(), sp_id=SP, secret=SECRET, versions=(version,)
    )
    session = await connect(account, _taken, clock=lambda: datetime(2026, 1, 1, tzinfo=UTC))
    blank = Submit(msg_src=SP, src_id="10086", dest_terminal_id=("13800138000",), msg_content=b"")
    (message,) = spread(blank, "您的余额为 12.50 元，本月已用流量 3.2 GB。回复 0 返回。")

    async def send() -> None:
        for _ in range(messages // SENDERS):
            await session.submit(message)

    begun = time.perf_counter()
    await asyncio.gather(*(send() for _ in range(SENDERS)))
    took_s = time.perf_counter() - begun
    await session.terminate()
    await gateway.stop()
    return messages // SENDERS * SENDERS / took_s


def main() -> None:
    messages = int(sys.argv[1]) if len(sys.argv) > 1 else MESSAGES
    for version in Version:
        rate = asyncio.run(_measure(version, messages))
        print(f"CMPP {version >> 4}.0: {rate:,.0f} messages/s")


if __name__ == "__main__":
    main()
