"""An ISMG in a thread, with mobiles behind it: our CMPP in the gateway's role, for tests."""

from __future__ import annotations

import asyncio
import itertools
import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from qudao.platform.cmpp.layout import Version
from qudao.platform.cmpp.parts import carried
from qudao.platform.cmpp.pdu import Answer, Deliver, Format, Request, Result, Submit, SubmitResp
from qudao.platform.cmpp.server import Gateway
from qudao.platform.cmpp.session import Session
from qudao.platform.smpp.texts import Assembly

SP, SECRET = "901234", "a secret that both sides know"
WAIT_S = 30


class CmppGateway:
    """May be used from any thread but its own."""

    def __init__(self, highest: Version) -> None:
        self._loop = asyncio.new_event_loop()
        self._gateway = Gateway({SP: SECRET.encode()}.get, self._take, highest=highest)
        self._assembly: Assembly[str] = Assembly()
        self._received: defaultdict[str, list[str]] = defaultdict(list)
        self._more = threading.Condition()
        self._ids = itertools.count(1)
        self.tags: list[str] = []
        """LinkID of what came."""
        threading.Thread(target=self._loop.run_forever, daemon=True).start()
        self.port = self._run(self._gateway.start())

    def link(self, **more: Any) -> dict[str, Any]:
        """A link of ours to it."""
        return {
            "protocol": "cmpp",
            "name": "ismg",
            "host": "127.0.0.1",
            "port": self.port,
            "sp_id": SP,
            "secret": SECRET,
            "number": "10086",
            **more,
        }

    def text(self, msisdn: str, to: str, text: str, *, msg_id: int = 0) -> int:
        """A mobile sends a message; the result that it is answered with."""
        deliver = Deliver(
            msg_id=msg_id or next(self._ids),
            dest_id=to,
            src_terminal_id=msisdn,
            msg_fmt=Format.GB,
            msg_content=text.encode("gb18030"),
            link_id=f"L{msisdn[-4:]}",
        )
        return int(self._run(self._deliver(deliver)).result)

    def count(self, msisdn: str) -> int:
        """How much a mobile has received."""
        with self._more:
            return len(self._received[msisdn])

    def received(self, msisdn: str, after: int = 0) -> list[str]:
        """What a mobile has received, as soon as there is more than so much."""
        with self._more:
            assert self._more.wait_for(lambda: len(self._received[msisdn]) > after, WAIT_S)
            return list(self._received[msisdn])

    def close(self) -> None:
        self._run(self._gateway.stop())
        self._loop.call_soon_threadsafe(self._loop.stop)

    async def _deliver(self, deliver: Deliver) -> Any:
        (session,) = self._gateway.sessions
        return await session.request(deliver)

    async def _take(self, session: Session, request: Request[Any]) -> Answer:
        assert isinstance(request, Submit)
        (msisdn,) = request.dest_terminal_id
        found = carried(request)
        octets = self._assembly.add(msisdn, found.segment, 0.0)
        if octets is not None:
            text = found.text(octets)
            assert text is not None
            with self._more:
                self.tags.append(request.link_id)
                self._received[msisdn].append(text)
                self._more.notify_all()
        return SubmitResp(msg_id=next(self._ids), result=Result.TAKEN)

    def _run(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(WAIT_S)


@contextmanager
def cmpp_gateway(highest: Version = Version.V30) -> Iterator[CmppGateway]:
    """A gateway that speaks at most this version, until the block ends."""
    gateway = CmppGateway(highest)
    try:
        yield gateway
    finally:
        gateway.close()
