"""Phones behind peers: each says something to the SMS hall, and reads what it is answered."""

from __future__ import annotations

import asyncio
import json
import selectors
import subprocess
import threading
from collections import defaultdict
from collections.abc import Callable, Coroutine, Mapping
from contextlib import AsyncExitStack
from dataclasses import fields
from pathlib import Path
from typing import Any, Final, Protocol

from qudao.platform.smpp.codes import Status
from qudao.platform.smpp.pdu import (
    Bind,
    DeliverSm,
    DeliverSmResp,
    Pdu,
    ShortMessage,
    SubmitSm,
    SubmitSmResp,
)
from qudao.platform.smpp.server import serve
from qudao.platform.smpp.session import Session
from qudao.platform.smpp.types import Handler, Refused
from tests.peers.kannel import Kannel, kannel
from tests.peers.programs import WAIT_S
from tests.peers.scenario import CODE, NAME, PASSWORD

SMPP: Final = {"protocol": "smpp", "host": "127.0.0.1", "system_id": NAME, "password": PASSWORD}
CMPP: Final = {
    "protocol": "cmpp",
    "host": "127.0.0.1",
    "sp_id": "901234",
    "secret": PASSWORD,
    "number": CODE,
}


class Phones(Protocol):
    """All phones behind one peer."""

    @property
    def link(self) -> dict[str, Any]:
        """How the hall connects to it."""

    def say(self, msisdn: str, text: str) -> None:
        """A phone sends a message to the hall."""

    def hear(self, msisdn: str) -> str:
        """The next message on a phone that nobody has read."""

    def asks(self, msisdn: str, text: str) -> str:
        """Say it, and return the answer."""
        self.say(msisdn, text)
        return self.hear(msisdn)


class Centre(Phones):
    """A program of somebody else that the hall connects to; it is told lines of JSON."""

    def __init__(
        self, name: str, command: Callable[[str], list[str]], link: Mapping[str, Any] = SMPP
    ) -> None:
        self.events: list[dict[str, Any]] = []
        self._read = 0
        told = {"name": link.get("system_id") or link["sp_id"], "password": PASSWORD, "code": CODE}
        self._process = subprocess.Popen(
            command(json.dumps(told)),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,
        )
        self._buffer = b""
        self._heard: defaultdict[str, list[str]] = defaultdict(list)
        self._link = {**link, "name": name, "port": self.event("listening")["port"]}

    @property
    def link(self) -> dict[str, Any]:
        return self._link

    def event(self, name: str) -> dict[str, Any]:
        """The next event of a name, passing over what is before it."""
        while True:
            found = self._next()
            if found["event"] == name:
                return found

    def _next(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        with selectors.DefaultSelector() as selector:
            selector.register(self._process.stdout, selectors.EVENT_READ)
            while b"\n" not in self._buffer:
                assert selector.select(WAIT_S), f"it says nothing more: {self.events}"
                more = self._process.stdout.read(65_536)
                assert more, f"it ended: {self.events}"
                self._buffer += more
        line, _, self._buffer = self._buffer.partition(b"\n")
        found: dict[str, Any] = json.loads(line)
        assert found["event"] != "error", found
        self.events.append(found)
        if found["event"] == "answer":
            assert found["from"] == CODE, found
            self._heard[found["to"]].append(found["text"])
        return found

    def tell(self, **what: Any) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(what).encode() + b"\n")

    def say(self, msisdn: str, text: str) -> None:
        self.tell(**{"from": msisdn, "text": text})

    def hear(self, msisdn: str) -> str:
        while not self._heard[msisdn]:
            self._next()
        return self._heard[msisdn].pop(0)

    def close(self) -> None:
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.close()
        try:
            assert self._process.wait(WAIT_S) == 0, self.events
        finally:
            self._process.kill()
            self._process.stdout.close()


class Exchange:
    """A centre of ours that hands on what one application says to the other one."""

    def __init__(self) -> None:
        self._sessions: dict[str, Session] = {}

    async def accept(self, session: Session, bind: Bind) -> Handler:
        if bind.password != PASSWORD:
            raise Refused(Status.RINVPASWD)
        self._sessions[bind.system_id] = session
        mine = bind.system_id

        async def hand_on(pdu: Pdu) -> Pdu:
            assert isinstance(pdu, SubmitSm)
            (other,) = (one for name, one in self._sessions.items() if name != mine)
            same = {one.name: getattr(pdu, one.name) for one in fields(ShortMessage)}
            del same["status"]
            answer = await other.send(DeliverSm(**same))
            assert isinstance(answer, DeliverSmResp)
            return SubmitSmResp(status=answer.status, message_id="exchange")

        return hand_on


class KannelPhones(Phones):
    """
    Phones whose messages Kannel hands on, and to which it hands on the answers.

    It can only be an application, as the hall is: so both are bound to one centre, which takes
    the words of one for those of a phone to the other.
    """

    def __init__(self, folder: Path) -> None:
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, daemon=True).start()
        self._folder, self._stack = folder, AsyncExitStack()
        self._heard: defaultdict[str, list[str]] = defaultdict(list)
        self.kannel: Kannel
        self._port = self.run(self._open())

    async def _open(self) -> int:
        server = await serve(Exchange().accept)
        self._stack.push_async_callback(server.close)
        self.kannel = await self._stack.enter_async_context(kannel(self._folder, server.port))
        return server.port

    @property
    def link(self) -> dict[str, Any]:
        return {**SMPP, "name": "kannel", "port": self._port, "system_id": "hall"}

    def say(self, msisdn: str, text: str | bytes) -> None:
        self.run(self.kannel.send(text, sender=msisdn, to=CODE))

    def hear(self, msisdn: str) -> str:
        while not self._heard[msisdn]:
            told = self.run(asyncio.wait_for(self.kannel.told["mo"].get(), WAIT_S))
            assert told["from"] == CODE, told
            self._heard[told["to"]].append(told["text"])
        return self._heard[msisdn].pop(0)

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(2 * WAIT_S)

    def close(self) -> None:
        self.run(self._stack.aclose())
        self._loop.call_soon_threadsafe(self._loop.stop)
