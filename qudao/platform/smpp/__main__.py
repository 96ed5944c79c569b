"""
`python -m qudao.platform.smpp`: how many messages a second a session carries.

An ESME and an SMSC of ours, bound over loopback in one process on one core: each message is
written, read, handled and answered there.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import time
from dataclasses import replace

from qudao.platform.smpp.client import connect
from qudao.platform.smpp.pdu import Bind, Pdu, SubmitSm, SubmitSmResp
from qudao.platform.smpp.server import serve
from qudao.platform.smpp.session import Session
from qudao.platform.smpp.texts import Coding
from qudao.platform.smpp.types import Binding, Handler, Limits

SMS = SubmitSm(
    source_addr="10086",
    dest_addr_ton=1,
    dest_addr_npi=1,
    destination_addr="8613800000000",
    registered_delivery=1,
    data_coding=Coding.UCS2,
    short_message="您的账户余额为 88.60 元。回复 CZ 充值。".encode("utf-16-be"),
)


async def measure(seconds: float, window: int) -> tuple[float, float]:
    """Return messages a second, and the time that 99 of 100 took at most, in milliseconds."""
    number = 0

    async def store(pdu: Pdu) -> SubmitSmResp:
        nonlocal number
        number += 1
        return SubmitSmResp(message_id=f"{number:08x}")

    async def accept(session: Session, bind: Bind) -> Handler:
        return store

    async def nothing(pdu: Pdu) -> None:
        return None

    limits = Limits(window=window)
    server = await serve(accept, limits=limits)
    binding = Binding("127.0.0.1", server.port, "esme", "secret")
    session = await connect(binding, nothing, limits=limits)
    took: list[float] = []
    began = time.perf_counter()
    until = began + seconds

    async def send() -> None:
        while (left := time.perf_counter()) < until:
            answer = await session.send(replace(SMS, destination_addr=f"86138{len(took):08}"))
            assert answer.status == 0
            took.append(time.perf_counter() - left)

    await asyncio.gather(*(send() for _ in range(window)))
    spent = time.perf_counter() - began
    await session.unbind()
    await server.close()
    took.sort()
    return len(took) / spent, took[len(took) * 99 // 100] * 1000


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure a session over loopback, on one core.")
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--window", type=int, default=10)
    arguments = parser.parse_args()
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    rate, p99_ms = asyncio.run(measure(arguments.seconds, arguments.window))
    print(f"{rate:,.0f} submit_sm/s, p99 {p99_ms:.1f} ms, window {arguments.window}, one core")


if __name__ == "__main__":
    main()
