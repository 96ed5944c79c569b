"""
The gateways that we bind to by SMPP: each what a phone did is a step, its screen goes back.

A gateway is told yes when the step is kept, so that a crash loses nothing: it sends what was not
answered again. A step that takes long is confirmed meanwhile; a phone that waits in vain dials
again, and goes on where it was.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Final

from qudao.fronts.ussd.gateways import LinkTo
from qudao.fronts.ussd.hall import Said, Shown
from qudao.fronts.ussd.measures import BOUND, LOST
from qudao.fronts.ussd.queue import Queue
from qudao.platform.smpp.client import Backoff, Link, State
from qudao.platform.smpp.codes import Status
from qudao.platform.smpp.pdu import DataSm, DeliverSm, Pdu
from qudao.platform.smpp.types import Limits, Nacked, NotSent, Refused, Unanswered
from qudao.platform.smpp.ussd import Heard, Op, heard, said

log = logging.getLogger(__name__)

CONFIRM_S: Final = 2.0
"""After so long a gateway is told yes before the step is done."""
SESSION_S: Final = 180.0
"""A session that is quiet for so long is over."""
MOST_SESSIONS: Final = 50_000
SEND_S: Final = 5.0
"""A screen waits so long for a link that is just being bound anew."""
DRAIN_S: Final = 10.0


@dataclass(frozen=True, slots=True)
class _Session:
    step: int | None
    quiet_since: float


class Gateway:
    """One link and its sessions."""

    def __init__(self, to: LinkTo, queue: Queue, backoff: Backoff | None = None) -> None:
        self.to = to
        self._queue = queue
        self._sessions: OrderedDict[tuple[str, str], _Session] = OrderedDict()
        self._showing: set[asyncio.Task[None]] = set()
        self._closing = False
        limits = Limits(window=to.window, handling=512, waiting=2_000)
        self.link = Link(to.binding, self._hear, limits=limits, backoff=backoff)

    async def drain(self) -> None:
        """Take nothing more, and wait until what was taken is shown."""
        self._closing = True
        if self._showing:
            await asyncio.wait(self._showing, timeout=DRAIN_S)

    async def _hear(self, pdu: Pdu) -> None:
        """Handle a request of the gateway; it is answered when this returns."""
        if self._closing:
            raise Refused(Status.RX_T_APPN)
        if not isinstance(pdu, DeliverSm | DataSm):
            raise Refused(Status.RINVCMDID)
        there = heard(pdu, self.to.profile)
        if there is None:
            raise Refused(Status.RX_R_APPN)  # a short message: not here
        match there.op:
            case Op.DIAL | Op.ANSWER:
                taken = asyncio.Event()
                task = asyncio.create_task(self._step(there, taken))
                self._showing.add(task)
                task.add_done_callback(self._showing.discard)
                try:
                    async with asyncio.timeout(CONFIRM_S):
                        await taken.wait()
                except TimeoutError:
                    return
            case Op.OVER:
                self._sessions.pop((there.msisdn, there.session), None)
            case _:
                log.warning("%s: an operation that its profile does not know", self.to.name)

    async def _step(self, there: Heard, taken: asyncio.Event) -> None:
        """Answer what a phone did, and show it the screen."""
        session = (there.msisdn, there.session)
        try:
            shown = await self._queue.answer(self._said(there, session))
        finally:
            taken.set()
        if shown.ends:
            self._sessions.pop(session, None)
        else:
            self._keep(session, shown.step)
        await self._show(there, shown)

    def _said(self, there: Heard, session: tuple[str, str]) -> Said:
        dials = there.op is Op.DIAL
        known = None if dials else self._sessions.get(session)
        late = asyncio.get_running_loop().time() - SESSION_S
        return Said(
            there.msisdn,
            without_code(there.text, self.to.code) if dials else there.text,
            dials,
            step=None if known is None or known.quiet_since < late else known.step,
            profile=self.to.profile,
            language=self.to.language,
        )

    def _keep(self, session: tuple[str, str], step: int | None) -> None:
        self._sessions[session] = _Session(step, asyncio.get_running_loop().time())
        self._sessions.move_to_end(session)
        while len(self._sessions) > MOST_SESSIONS:
            self._sessions.popitem(last=False)

    async def _show(self, there: Heard, shown: Shown) -> None:
        op = Op.FINAL if shown.ends else Op.MENU
        try:
            pdu = said(there, op, shown.text, self.to.profile)
            answer = await self.link.send(pdu, wait_s=SEND_S)
        except (NotSent, Unanswered, Nacked, ValueError) as error:
            LOST.labels(self.to.name).inc()
            log.warning("%s: a screen was not shown: %s", self.to.name, error)
            return
        if answer.status:
            # The phone has hung up meanwhile, mostly; its dialogue waits.
            LOST.labels(self.to.name).inc()
            log.info("%s: a screen was refused: %#x", self.to.name, answer.status)


def without_code(dialled: str, code: str) -> str:
    """
    Return what was dialled with one number in the place of the gateway's code: dialogues pass over
    one.

    Of `*100*8*2*50#`, where the code is `*100*8#`: `*0*2*50#`.
    """
    base = code.removesuffix("#")
    if base and dialled.removesuffix("#") == base:
        return "*0#"
    return f"*0{dialled[len(base) :]}" if base and dialled.startswith(f"{base}*") else dialled


async def run(links: list[LinkTo], stop: asyncio.Event) -> None:
    """Keep all links until told to stop; then answer what was taken, and unbind."""
    queue = Queue()
    gateways = [Gateway(to, queue) for to in links]
    try:
        async with AsyncExitStack() as stack:
            for gateway in gateways:
                await stack.enter_async_context(gateway.link)
            while not stop.is_set():
                for gateway in gateways:
                    BOUND.labels(gateway.to.name).set(gateway.link.state is State.BOUND)
                try:
                    async with asyncio.timeout(1):
                        await stop.wait()
                except TimeoutError:
                    continue
            await asyncio.gather(*(gateway.drain() for gateway in gateways))
    finally:
        queue.close()
