"""The gateway: takes calls, and gives each its line, its port, its web and its pages."""

from __future__ import annotations

import asyncio
import logging
import re
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, ip_address
from pathlib import Path
from urllib.parse import urlencode

from qudao.fronts.voice.call import Call
from qudao.fronts.voice.media import Unacceptable, agree
from qudao.fronts.voice.rtp import Clock, Ports, Stream
from qudao.fronts.voice.sip.endpoint import Endpoint, SipCall
from qudao.fronts.voice.speech import Speech
from qudao.fronts.voice.vxml.expressions import Value
from qudao.fronts.voice.vxml.interpreter import Interpreter
from qudao.fronts.voice.vxml.steps import End
from qudao.fronts.voice.web import Servers, Web

log = logging.getLogger(__name__)

_PATIENCE_S = 5.0
"""How long the callers' sides may take to confirm, at the end, that they were hung up."""
_NUMBER = re.compile(r"[\w.+*#-]{0,40}")
_SIP = re.compile(r"sips?:[\w.+*#%~-]{1,60}@[\w.:\[\]-]{1,100}|sips?:[\w.:\[\]-]{1,100}")


@dataclass(frozen=True)
class Wishes:
    """How the gateway is to run."""

    page: str
    """Address of the first page."""
    secret: str = field(default="", repr=False)
    """Shown to the server of the first page, so that it answers us."""
    host: str = "127.0.0.1"
    port: int = 5060
    """0: any that is free."""
    ports: tuple[int, int] = (20_000, 20_999)
    """Of sound: the first and the last; every call takes one of two."""
    calls: int = 200
    """At a time."""
    origins: tuple[str, ...] = ()
    """Servers besides the one of `page` that pages and recordings may come from."""
    recordings: Path | None = None
    language: str = ""
    """Sent as Accept-Language."""
    networks: tuple[IPv4Network | IPv6Network, ...] = ()
    """Where sound may be sent besides the address that a call comes from."""
    transfer_to: str = ""
    """Where every transfer goes; empty: where the page says, if that is a SIP address."""
    longest_s: float = 3600
    """Of a call."""


@dataclass
class Counts:
    """What has happened."""

    calls: int = 0
    most_at_once: int = 0
    ends: dict[str, int] = field(default_factory=dict)


class Gateway:
    """Runs until it is stopped."""

    def __init__(self, wishes: Wishes) -> None:
        self._wishes = wishes
        self._clock = Clock()
        self._ports = Ports(wishes.host, *wishes.ports)
        self._speech = Speech(wishes.recordings)
        self._servers = Servers(
            (wishes.page, *wishes.origins),
            connections=wishes.calls + 10,
            page=wishes.page,
            secret=wishes.secret,
        )
        self._endpoint = Endpoint(self._called, wishes.calls)
        self._work: set[asyncio.Task[None]] = set()
        self.counts = Counts()

    async def run(self, listening: Callable[[str, int], None]) -> None:
        """
        Take calls until SIGTERM or SIGINT, then hang up those that are left.

        :param listening: told of the address once calls are taken
        :raises OSError: if the port is not free
        """
        loop = asyncio.get_running_loop()
        stopped = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stopped.set)
        address = (self._wishes.host, self._wishes.port)
        transport, _ = await loop.create_datagram_endpoint(
            lambda: self._endpoint, local_addr=address
        )
        ticking = asyncio.create_task(self._clock.run())
        ticking.add_done_callback(lambda _: stopped.set())
        listening(*transport.get_extra_info("sockname")[:2])
        await stopped.wait()
        await self._stop(ticking)
        log.info("%s", self.told())
        if not ticking.cancelled():
            ticking.result()  # the clock never ends by itself: a fault of ours, told loudly

    async def _stop(self, ticking: asyncio.Task[None]) -> None:
        for line in tuple(self._endpoint.calls.values()):
            line.refuse(503)  # if it was not answered yet
        ends = [
            asyncio.create_task(line.hang_up()) for line in tuple(self._endpoint.calls.values())
        ]
        left = {*ends, *self._work}
        if left:
            _, left = await asyncio.wait(left, timeout=_PATIENCE_S)
        for task in {*left, ticking}:
            task.cancel()
        await asyncio.gather(*left, ticking, return_exceptions=True)
        await self._endpoint.close()
        await self._servers.close()

    def told(self) -> str:
        """What has happened, in a line."""
        counts, measures = self.counts, self._clock.measures
        ends = ", ".join(f"{why} {count}" for why, count in sorted(counts.ends.items()))
        return (
            f"calls {counts.calls} ({ends}), at once {counts.most_at_once},"
            f" refused {self._endpoint.refused}, malformed {self._endpoint.malformed};"
            f" packets {measures.packets}, of strangers {measures.strangers};"
            f" ticks {measures.ticks}, late {measures.late}, latest {measures.latest_ms:.1f} ms;"
            f" processor {time.process_time():.2f} s"
        )

    def _called(self, line: SipCall) -> None:
        task = asyncio.create_task(self._talk(line))
        self._work.add(task)
        task.add_done_callback(self._work.discard)
        task.add_done_callback(_look)

    async def _talk(self, line: SipCall) -> None:
        """One call from its invitation to its end."""
        counts = self.counts
        counts.calls += 1
        counts.most_at_once = max(counts.most_at_once, len(self._endpoint.calls))
        began = time.monotonic()
        stream = Stream(self._clock, lambda key: line.on_key(key))
        try:
            port = await self._ports.open(stream)
            if port is None:
                log.error("no port is free in %d to %d", *self._wishes.ports)
                line.refuse(503)
                return
            take, line.on_offer = self._media(line, stream, port)
            web = Web(self._servers, self._wishes.language)
            call = Call(line, stream, self._speech, web, take, self._destination)
            line.on_key, line.on_gone = call.press, call.hung_up
            end = await self._conversation(line, call)
        finally:
            stream.close()
            if line.answered:
                await line.hang_up()
            else:
                line.refuse(503)  # no page, or something went wrong with it
        counts.ends[end.why] = counts.ends.get(end.why, 0) + 1
        told = f"{end.why} {end.event}".strip()
        duration_s = time.monotonic() - began
        log.info("call %s of %s: %s, %.1f s", line.dialog.call_id, line.caller, told, duration_s)

    async def _conversation(self, line: SipCall, call: Call) -> End:
        caller = line.caller if _NUMBER.fullmatch(line.caller) else ""
        callee = line.callee if _NUMBER.fullmatch(line.callee) else ""
        call_id = line.dialog.call_id
        connection: dict[str, Value] = {
            "remote": {"uri": caller},
            "local": {"uri": callee},
            "protocol": {"name": "sip", "version": "2.0"},
        }
        query = urlencode({"caller": caller, "callee": callee, "call": call_id})
        page = self._wishes.page
        interpreter = Interpreter({"connection": connection, "callid": call_id})
        try:
            async with asyncio.timeout(self._wishes.longest_s):
                return await call.run(interpreter, f"{page}{'&' if '?' in page else '?'}{query}")
        except TimeoutError:
            return End("limit", f"{self._wishes.longest_s:g} s")

    def _media(
        self, line: SipCall, stream: Stream, port: int
    ) -> tuple[Callable[[], bool], Callable[[str], str | None]]:
        """How the call is taken, and how a later offer is answered."""

        def allowed(host: str) -> bool:
            networks = self._wishes.networks
            return host == line.peer[0] or any(ip_address(host) in one for one in networks)

        def offered(offer: str) -> str | None:
            try:
                agreed = agree(offer, self._wishes.host, port, allowed)
            except Unacceptable as why:
                log.info("%s: %s", line.dialog.call_id, why)
                return None
            stream.agree(agreed.caller, agreed.payload_type, agreed.event_type)
            return agreed.answer

        def take() -> bool:
            answer = offered(line.offer)
            if answer is None:
                line.refuse(488)
            else:
                line.answer(answer)
            return answer is not None and not line.gone

        return take, offered

    def _destination(self, wanted: str) -> str:
        """The SIP address that a page's destination stands for."""
        address = self._wishes.transfer_to or wanted
        return address if _SIP.fullmatch(address) else ""


def _look(task: asyncio.Task[None]) -> None:
    """A call that ended by a fault of ours is no reason for the others to end."""
    if not task.cancelled() and (error := task.exception()) is not None:
        log.error("a call ended by a fault", exc_info=error)
