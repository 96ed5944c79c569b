"""PyPI's `pycmpp` (2.0) connects to our gateway: somebody else's idea of the protocol."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from qudao.platform.cmpp.client import connect
from qudao.platform.cmpp.layout import Version
from qudao.platform.cmpp.parts import carried
from qudao.platform.cmpp.pdu import (
    ActiveTest,
    ActiveTestResp,
    Answer,
    Body,
    ConnectResp,
    Format,
    Request,
    Result,
    Status,
    Submit,
    SubmitResp,
)
from qudao.platform.cmpp.session import TERMINATED, Session
from qudao.platform.cmpp.wire import decode
from qudao.platform.smpp.texts import Assembly
from tests.platform.cmpp.lines import (
    A_SUBMIT,
    SECRET,
    SP,
    account,
    clock,
    gateway,
    in_loop,
    take,
    until,
)

SCRIPT = Path(__file__).with_name("pycmpp_sp.py")
SHORT = "您的余额为 12.50 元"
LONG = "本月已用流量 3.2 GB，剩余 6.8 GB。" * 8


class PyCmpp:
    """The process, and what its gateway answered to it."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def submit(self, text: str, *numbers: str) -> None:
        await self._write(json.dumps([text, numbers]))

    async def end(self) -> int:
        await self._write("null")
        return await self._process.wait()

    async def heard(self) -> Body:
        assert self._process.stdout is not None
        command, octets = json.loads(await self._process.stdout.readline())
        body = decode(bytes.fromhex(octets), Version.V20).body
        assert command == body.COMMAND
        return body

    async def _write(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(line.encode() + b"\n")
        await self._process.stdin.drain()


@asynccontextmanager
async def pycmpp(port: int, secret: bytes = SECRET) -> AsyncIterator[PyCmpp]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, str(SCRIPT), str(port), SP, secret.decode()),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        yield PyCmpp(process)
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


@pytest.mark.parametrize("highest", Version)
@in_loop
async def test_it_connects_submits_and_leaves(highest: Version) -> None:
    submitted: list[Submit] = []

    async def answer(_: Session, request: Request[Any]) -> Answer:
        assert isinstance(request, Submit)
        submitted.append(request)
        return SubmitResp(msg_id=len(submitted))

    async with gateway(answer, highest=highest) as (ismg, port), pycmpp(port) as sp:
        greeting = await sp.heard()
        assert isinstance(greeting, ConnectResp)
        assert (greeting.status, greeting.version) == (Status.CONNECTED, highest)
        await until(lambda: bool(ismg.sessions))
        (session,) = ismg.sessions
        assert (session.version, session.peer) == (Version.V20, SP)
        await sp.submit(SHORT, "13800138000", "13900139000")
        assert await sp.heard() == SubmitResp(msg_id=1)
        (message,) = submitted
        assert message.dest_terminal_id == ("13800138000", "13900139000")
        assert (message.msg_src, message.fee_code, message.registered_delivery) == (SP, "000000", 1)
        assert (message.msg_fmt, carried(message).text()) == (Format.UCS2, SHORT)
        await sp.submit(LONG, "13800138000")
        await until(lambda: len(submitted) > 1 and len(submitted) == 1 + submitted[1].pk_total)
        parts = [carried(one) for one in submitted[1:]]
        assert [await sp.heard() for _ in parts] == [
            SubmitResp(msg_id=2 + at) for at in range(len(parts))
        ]
        assembly: Assembly[str] = Assembly()
        wholes = [assembly.add("13800138000", one.segment, 0) for one in reversed(parts)]
        assert parts[0].text(wholes[-1]) == LONG
        assert await sp.end() == 0
        assert await session.wait() == TERMINATED
        assert (session.counts.ill, session.counts.strays) == (0, 0)


@in_loop
async def test_it_answers_an_active_test_with_octets_too_many_and_is_left() -> None:
    """Its `Reserved` is the text `0x00`: 4 octets, where it says 1. What follows has no begin."""
    async with gateway() as (ismg, port), pycmpp(port) as sp:
        assert isinstance(await sp.heard(), ConnectResp)
        await until(lambda: bool(ismg.sessions))
        (session,) = ismg.sessions
        other = await connect(account(port), take, clock=clock)
        assert await session.request(ActiveTest()) == ActiveTestResp(reserved=ord("0"))
        await sp.submit(SHORT, "13800138000")
        assert await session.wait() == f"a message cannot have {0x78303000} octets"
        assert (await other.submit(A_SUBMIT)).result == Result.TAKEN
        assert await other.terminate() == TERMINATED


@in_loop
async def test_it_is_refused_without_the_secret() -> None:
    async with gateway() as (ismg, port), pycmpp(port, b"wrong") as sp:
        greeting = await sp.heard()
        assert isinstance(greeting, ConnectResp)
        assert greeting.status == Status.PROOF
        assert not ismg.sessions
