"""The USSD hall at a gateway of others, npm's `smpp`: money, and what is no PDU."""

from __future__ import annotations

import asyncio
import json
import struct
from collections.abc import Mapping
from typing import Any

import pytest

from qudao.domain.ordering.models import Order
from tests.halls import world as worlds
from tests.halls.driver import World
from tests.halls.drivers.web import browser
from tests.peers.programs import Program, node, running
from tests.ussd_process import ussd_process

pytestmark = pytest.mark.xdist_group("peers")

NAME, PASSWORD = "npm", "secret"
DELIVERED = b"USSD\0" + b"\0\x00139\0" + b"\0\x0010086\0" + bytes(9)
"""A deliver_sm up to its sm_length."""


def octets_of(command: int, body: bytes = b"") -> str:
    return struct.pack(">IIII", 16 + len(body), command, 0, 0x1000).hex() + body.hex()


ABUSE = {
    "a text longer than it is": octets_of(5, DELIVERED + b"\x20*100#"),
    "a parameter that is cut": octets_of(5, DELIVERED + b"\x05*100#" + b"\x13\x83\x00\xff\x00\x01"),
    "octets behind the end": octets_of(5, DELIVERED + b"\x05*100#" + b"\x13\x83"),
    "a command of nobody": octets_of(0xEE, b"whatever"),
    "an answer to nothing": octets_of(0x80000004),
    "a message that is none of USSD": octets_of(5, bytes(1) + DELIVERED[5:] + b"\x02CZ"),
    "a flood": octets_of(5, DELIVERED + b"\x05*100#" + b"\x05\x01\x00\x01\x63") * 300,
}


class Phone:
    """A phone behind the gateway."""

    def __init__(self, gateway: Program, msisdn: str) -> None:
        self._gateway, self.msisdn = gateway, msisdn
        self.screen: Mapping[str, Any] = {}

    async def does(self, **act: Any) -> str:
        """Dial or answer, and see what is shown."""
        seen = len(self._shown())
        await tell(self._gateway, phone=self.msisdn, **act)
        async with self._gateway._more:
            await self._gateway._more.wait_for(lambda: len(self._shown()) > seen)
        self.screen = self._shown()[-1]
        assert self.screen["known"] and self.screen["reference"] == 7, self.screen
        assert self.screen["service_type"] == "USSD"
        return str(self.screen["text"])

    def _shown(self) -> list[dict[str, Any]]:
        return [one for one in self._gateway.of("shown") if one["phone"] == self.msisdn]


async def tell(gateway: Program, **what: Any) -> None:
    assert gateway.process.stdin is not None
    gateway.process.stdin.write(json.dumps(what).encode() + b"\n")
    await gateway.process.stdin.drain()


def test_a_top_up_among_abuse(made: tuple[World, str]) -> None:
    world, database = made
    with worlds.copied(world, database, "_npm") as there:
        before = _orders()
        events = asyncio.run(_dialogue(there))
        assert _orders() == before + 1
        # What was begun on the telephone is finished on the web, by who proves to be the same.
        with browser("web", there, "/hall/") as customer:
            means = {"amount": "20", "means": "号码绑定的银行卡"}
            known = {"msisdn": there.msisdn, "password": there.password}
            told = customer.go_on("top_up", means, **known)
        assert told.kind == "done" and "¥20.00" in told.text
        assert _orders() == before + 2
    nacks = [event["status"] for event in events if event["event"] == "nack"]
    assert len(nacks) >= 4 and all(nacks)


async def _dialogue(world: World) -> list[dict[str, Any]]:
    async with running(node("ussd.js", NAME, PASSWORD), talks=True) as gateway:
        port = (await gateway.told("listening"))[0]["port"]
        link = {"name": "npm", "host": "127.0.0.1", "port": port, "system_id": NAME}
        link |= {"password": PASSWORD, "profile": {"also": {"32": "over"}}}
        with ussd_process(world.environment, world.folder, [link]) as hall:
            await gateway.told("bound")
            phone, other = Phone(gateway, world.msisdn), Phone(gateway, "13900000001")
            assert "您想办理什么业务" in await phone.does(dial="*100#")
            for abuse in ABUSE.values():
                await tell(gateway, octets=abuse)
            assert "您想办理什么业务" in await other.does(dial="*100#")
            assert "服务密码" in await phone.does(answer="CZ")
            assert "手机号码" in await phone.does(answer=world.password)
            await phone.does(answer=world.msisdn)
            # the phone loses its network, and calls again
            await tell(gateway, phone=world.msisdn, hang_up=True)
            assert "充多少" in await phone.does(dial="*100#")
            confirm = await phone.does(answer="50")
            while "1 是" not in confirm:
                confirm = await phone.does(answer="#")
            assert "¥50.00" in confirm
            told = await phone.does(answer="1")
            while phone.screen["op"] != 17:
                told += await phone.does(answer="#")
            assert "业务单号" in told and "充值" in told
            await _begin(gateway, phone, world.password)
            hall.terminate()
            await gateway.told("unbound")
            assert await asyncio.to_thread(hall.wait, 30) == 0
        return gateway.events


async def _begin(gateway: Program, phone: Phone, password: str) -> None:
    """A top-up up to its amount; then the phone has no network any more."""
    await phone.does(dial="*100#")
    shown = await phone.does(answer="CZ")
    if "服务密码" in shown:
        shown = await phone.does(answer=password)
    assert "手机号码" in shown
    assert "充多少" in await phone.does(answer=phone.msisdn)
    await tell(gateway, phone=phone.msisdn, hang_up=True)


def _orders() -> int:
    return Order.objects.unscoped("all that there are").count()
