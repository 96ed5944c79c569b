"""The computers inside the kiosks: commands in, completions out."""

from __future__ import annotations

import asyncio
import hmac
import re
import time
from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from simulators.kiosk import cards, cash
from simulators.kiosk.books import Books, Kiosk
from simulators.kiosk.commands import Command, Failed, Payload
from simulators.listener import Listener

LARGEST: Final = 65_536
"""Octets of one command."""
NAME: Final = re.compile(r"[A-Za-z0-9._-]{1,40}")

Work = Callable[[Kiosk, Payload], dict[str, Any]]

SERVICES: Final[Mapping[str, tuple[str, Mapping[str, Work]]]] = {
    "cashacceptor": (
        "cash",
        {
            "CashAcceptor.CashInStart": cash.start,
            "CashAcceptor.CashInStatus": cash.status,
            "CashAcceptor.CashInHold": cash.hold,
            "CashAcceptor.CashInEnd": cash.end,
            "CashAcceptor.CashInRollback": cash.rollback,
        },
    ),
    "cardreader": (
        "card",
        {
            "CardReader.ReadRawData": cards.read,
            "CardReader.Move": cards.move,
            "CardTerminal.Authorise": cards.authorise,
            "CardTerminal.Capture": cards.capture,
            "CardTerminal.Void": cards.void,
            "CardTerminal.Refund": cards.refund,
            "CardTerminal.Status": cards.status,
        },
    ),
    "idreader": ("document", {"CardReader.ReadRawData": cards.read_document}),
    "printer": ("printer", {"Printer.PrintRaw": cards.print_raw}),
}
"""By address: the part that must be there, and its commands. CardTerminal is ours."""


class Host:
    """All kiosks of one installation, at one address: `/<kiosk>/xfs4iot/v1.0/<service>`."""

    def __init__(
        self, books: Books, host: str, port: int, token: str = "", patience_s: float = 120.0
    ) -> None:
        self.books = books
        self._token = token
        self._patience_s = patience_s
        self._asked: dict[tuple[str, str], float] = {}
        """When somebody last asked for an intake."""
        self.listener = Listener(self._application(), host, port)
        self._return: asyncio.Task[None] | None = None

    def recover(self) -> None:
        """Come up after a power cut."""
        for name, kiosk in self.books.kiosks.items():
            cash.recover(kiosk)
            self.books.keep(name)

    async def power_cut(self, seconds: float) -> None:
        """Every connection breaks, and nothing answers for a while."""
        self.listener.vanish()
        if self._return is not None:
            self._return.cancel()
        self._return = asyncio.create_task(self._come_back(seconds))

    async def _come_back(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
        self.recover()
        await self.listener.open()

    async def watch(self) -> None:
        """Give back the notes for which nobody asks any more."""
        while True:
            await asyncio.sleep(min(1.0, self._patience_s / 4))
            for name, kiosk in self.books.kiosks.items():
                for intake in list(kiosk.intakes.values()):
                    if intake.state == "taking" and self._forgotten(name, intake.id):
                        cash.give_back(kiosk, intake)
                        self.books.keep(name)

    def _forgotten(self, name: str, intake: str) -> bool:
        asked = self._asked.setdefault((name, intake), time.monotonic())
        return time.monotonic() - asked > self._patience_s

    async def close(self) -> None:
        if self._return is not None:
            self._return.cancel()
        await self.listener.close()

    def _application(self) -> Starlette:
        path = "/{kiosk}/xfs4iot/v1.0/{service}"
        return Starlette(routes=[Route(path, self._command, methods=["POST"])])

    async def _command(self, request: Request) -> Response:
        given = request.headers.get("authorization", "")
        if self._token and not hmac.compare_digest(given, f"Bearer {self._token}"):
            return _problem(401, "the bearer token is missing or wrong")
        name, service = request.path_params["kiosk"], request.path_params["service"]
        if not NAME.fullmatch(name) or service not in SERVICES:
            return _problem(404, "there is no such device")
        body = await request.body()
        if len(body) > LARGEST:
            return _problem(413, "the command is too long")
        try:
            command = msgspec.json.decode(body, type=Command)
        except msgspec.DecodeError as error:
            return _problem(400, str(error))
        kiosk = self.books.of(name)
        faults = kiosk.faults
        if faults.slow_ms:
            await asyncio.sleep(faults.slow_ms / 1_000)
        if faults.down:
            return _problem(503, "the devices are down")
        if faults.lost_request:
            await self.listener.hang_up(request, reset=True)
            return Response()
        answer = self._done(name, kiosk, service, command)
        if faults.lost_answer:
            await self.listener.hang_up(request, reset=True)
        return Response(msgspec.json.encode(answer), media_type="application/json")

    def _done(self, name: str, kiosk: Kiosk, service: str, command: Command) -> dict[str, Any]:
        part, commands = SERVICES[service]
        missing = part in kiosk.faults.missing
        if command.header.name == "Common.Status":
            device = "noDevice" if missing else "online"
            if any(one.state == "stuck" for one in kiosk.intakes.values()) and part == "cash":
                device = "hardwareError"
            return command.completion({"device": device})
        if command.header.name not in commands:
            return command.completion({}, "invalidCommand", "there is no such command")
        if missing:
            return command.completion({}, "deviceNotReady", "it is not built in")
        payload = Payload(command.payload)
        try:
            done = commands[command.header.name](kiosk, payload)
        except Failed as failed:
            self.books.keep(name)
            return command.completion({"errorCode": failed.error}, "commandErrorCode", str(failed))
        if intake := done.get("intake"):
            self._asked[name, intake] = time.monotonic()
        self.books.keep(name)
        if done.get("status") == "unknown":
            return command.completion(done, "hardwareError", "a note is jammed")
        return command.completion(done)


def _problem(status: int, words: str) -> Response:
    return Response(msgspec.json.encode({"reason": words}), status, media_type="application/json")
