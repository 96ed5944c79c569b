"""A line by CMPP."""

from __future__ import annotations

import itertools
import logging
import random
from collections.abc import Callable
from datetime import datetime
from typing import Final

from qudao.platform.cmpp import client, receipts
from qudao.platform.cmpp.layout import Unencodable, Version
from qudao.platform.cmpp.parts import GB, carried, spread
from qudao.platform.cmpp.patience import Patience
from qudao.platform.cmpp.pdu import Deliver, Format, Result, Submit
from qudao.platform.cmpp.wire import ProtocolError
from qudao.platform.shortmessages.config import CmppLink
from qudao.platform.shortmessages.types import Address, Later, NotTaken, Part, Reported, Taken
from qudao.platform.smpp.texts import coding_of
from qudao.platform.smpp.types import NotSent, Unanswered

MOST_PARTS: Final = 10
"""Of a text of ours."""
HANDLERS: Final = 1_000
"""Messages of phones that are being kept at once: they are kept in sets."""
_VERSIONS: Final = {"3.0": Version.V30, "2.0": Version.V20}
_log = logging.getLogger(__name__)


class CmppLine:
    """One connection, over which messages go both ways."""

    def __init__(
        self, link: CmppLink, taken: Taken, reported: Reported, clock: Callable[[], datetime]
    ) -> None:
        self.link = link
        self._taken, self._reported = taken, reported
        self._references = itertools.count(random.randrange(1 << 8))
        account = client.Account(
            host=link.host,
            port=link.port,
            sp_id=link.sp_id,
            secret=link.secret.encode(),
            versions=tuple(_VERSIONS[one] for one in link.versions),
            check_gateway=link.check_gateway,
        )
        patience = Patience(window=link.window, handlers=HANDLERS)
        self._link = client.Link(account, self._handle, clock=clock, patience=patience)

    @property
    def up(self) -> bool:
        session = self._link.session
        return session is not None and session.reason is None

    @property
    def reason(self) -> str:
        return self._link.reason

    @property
    def era(self) -> int:
        return self._link.connections

    async def open(self) -> None:
        await self._link.__aenter__()

    async def close(self) -> None:
        await self._link.stop()

    async def say(
        self, text: str, *, to: Address, sender: Address, tag: str = "", wait_s: float = 0
    ) -> None:
        like = Submit(
            msg_src=self.link.sp_id,
            service_id=self.link.service_id,
            src_id=sender.number,
            dest_terminal_id=(to.number,),
            registered_delivery=int(self.link.receipts),
            link_id=tag,
            msg_content=b"",
        )
        parts = spread(like, text, reference=next(self._references) & 0xFF, limit=MOST_PARTS)
        for nth, part in enumerate(parts):
            try:
                answer = await self._link.submit(part, wait_s=wait_s)
            except NotSent as error:
                if nth:
                    raise Unanswered(f"only {nth} of {len(parts)} parts went out") from error
                raise
            except Unencodable as error:
                raise ValueError(str(error)) from error
            except ProtocolError as error:
                raise Unanswered(str(error)) from error
            # "Repeated": the gateway has it already, from a try whose answer was lost.
            if answer.result not in (Result.TAKEN, Result.REPEATED):
                raise NotTaken(f"result {answer.result}")

    async def _handle(self, deliver: Deliver) -> Result | None:
        if deliver.registered_delivery:
            try:
                report = receipts.read(deliver)
            except ProtocolError as error:
                _log.warning("%s: %s", self.link.name, error)
            else:
                self._reported(report.stat.lower(), report.final)
            return None
        there = carried(deliver)
        part = Part(
            sender=Address(deliver.src_terminal_id),
            recipient=Address(deliver.dest_id),
            coding=_coding(there.fmt),
            segment=there.segment,
            id=str(deliver.msg_id) if deliver.msg_id else "",
            tag=deliver.link_id,
            # A pseudonym is nobody's number.
            automatic=deliver.src_terminal_type != 0,
        )
        try:
            await self._taken(part)
        except Later:
            return Result.THROTTLED
        return None


def _coding(fmt: int) -> str:
    if fmt in (Format.ASCII, Format.GB):
        return GB
    if fmt in (Format.CARD, Format.BINARY):
        return ""
    found = coding_of(fmt)
    return "" if found is None else found.name
