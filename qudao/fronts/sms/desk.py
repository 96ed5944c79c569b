"""
What happens to a message: it is kept, put together, answered in its turn, and forgotten.

The centre hears yes as soon as a part is kept. What is kept and not answered, because we ended or
the link did, is answered when it can be; the dialogue engine knows each message by its id, so that
what it does is done once.
"""

from __future__ import annotations

import asyncio
import logging
import zlib
from collections import OrderedDict
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from qudao.fronts.counter.threads import Threads
from qudao.fronts.sms import store
from qudao.fronts.sms.answerers import MOST, Answerer
from qudao.fronts.sms.answering import Away, Reply
from qudao.fronts.sms.flood import Flood
from qudao.fronts.sms.keeping import Keeping
from qudao.fronts.sms.known import Known
from qudao.fronts.sms.lines import Lines, Mail
from qudao.fronts.sms.measures import ANSWER_SECONDS, CAME, REPORTS, SAID, SCREENS, SET_SIZE
from qudao.fronts.sms.store import Kept
from qudao.kernel.ids import new_id
from qudao.kernel.numbers import valid_msisdn
from qudao.platform.shortmessages.types import Later, Line, NotTaken, Part, text_of
from qudao.platform.smpp.texts import Assembly
from qudao.platform.smpp.types import NotSent, Unanswered

SET: Final = 64
WORTH_S: Final = store.WORTH.total_seconds()
TROUBLE_S: Final = 1.0

_Row = tuple[UUID, bytes]
_Place = tuple[tuple[str, str, str, str], int, int]
_log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Rows:
    """What is kept of a message that is not whole yet."""

    since_s: float
    rows: list[_Row] = field(default_factory=list)


def msisdn_of(number: str) -> str | None:
    """Return the mobile number that a sender is; None for machines, short codes and names."""
    bare = number.removeprefix("+").removeprefix("86")
    return bare if valid_msisdn(bare) else None


class _Share:
    """The messages of some of the numbers, and who answers them: one set at a time."""

    def __init__(self, answerer: Answerer) -> None:
        self.answerer = answerer
        self.mails = Lines()


class Desk:
    """Made inside the event loop. Lines are added before they are opened."""

    def __init__(self, flood: Flood, answerers: Sequence[Answerer]) -> None:
        self._loop = asyncio.get_running_loop()
        self._flood = flood
        self._keeping = Keeping()
        self._reading = Threads(threads=1, waiting=1)
        self._shares = [_Share(one) for one in answerers]
        self._lines: dict[str, Line] = {}
        self._known: dict[str, Known] = {}
        self._eras: dict[str, int] = {}
        self._parts: Assembly[tuple[str, str, str, str]] = Assembly(expiry_s=WORTH_S)
        self._rows: OrderedDict[_Place, _Rows] = OrderedDict()
        self._writing = 0
        self._stopping = False
        self._tasks: set[asyncio.Task[None]] = set()
        self._answerers = [self._loop.create_task(self._answer(one)) for one in self._shares]

    @property
    def waiting(self) -> int:
        """Messages without an answer."""
        return sum(len(share.mails) for share in self._shares) + self._writing

    def add(self, line: Line) -> None:
        """Serve a line from now on."""
        self._lines[line.link.name] = line
        self._known[line.link.name] = Known()
        self._eras[line.link.name] = line.era

    async def recall(self, name: str) -> None:
        """Go on with what a process before this one has left of a link."""
        left, answered = await self._reading.run(store.recall, name, datetime.now(UTC))
        known, now = self._known[name], self._loop.time()
        for id, digest in answered:
            known.recalled(digest, id, answered=True, now=now)
        for kept in left:
            known.recalled(kept.digest, kept.again or kept.id, answered=False, now=now)
            self._put_together(kept)
        if left:
            _log.info("%s: %d messages are answered that were left", name, len(left))

    def reported(self, name: str, state: str) -> None:
        """A centre has told what became of a message of ours."""
        REPORTS.labels(name, state).inc()

    async def take(self, name: str, part: Part) -> None:
        """
        Return when a part is kept, or is nothing that is answered.

        :raises Later: if there is no room.
        """
        if self._stopping or self.waiting >= MOST:
            CAME.labels(name, "later").inc()
            raise Later
        now = self._loop.time()
        msisdn = msisdn_of(part.sender.number)
        if part.automatic or msisdn is None or part.sender.number == part.recipient.number:
            CAME.labels(name, "automatic").inc()
            return
        known = self._known[name]
        if self._eras[name] != self._lines[name].era:
            self._eras[name] = self._lines[name].era
            known.broken(now)
        digest = store.digest_of(name, part)
        before = known.before(digest, certain=bool(part.id), now=now)
        if before is not None and not before.answer:
            CAME.labels(name, "again").inc()
            return
        if not self._flood.lets(msisdn, now):
            CAME.labels(name, "flood").inc()
            return
        at = datetime.now(UTC)
        again = None if before is None else before.first
        kept = Kept(new_id(at), name, digest, part, at, again)
        await self._keep(known, kept)
        CAME.labels(name, "taken").inc()
        self._put_together(kept)

    async def _keep(self, known: Known, kept: Kept) -> None:
        known.taken(kept.digest, kept.again or kept.id)
        self._writing += 1
        try:
            await self._keeping.keep(kept)
        except BaseException:
            known.dropped(kept.digest)
            raise
        finally:
            self._writing -= 1

    def _put_together(self, kept: Kept) -> None:
        """If a message is whole with this part, it waits for its answer now."""
        part, segment, row = kept.part, kept.part.segment, (kept.id, kept.digest)
        key = (kept.link, part.sender.number, part.recipient.number, part.coding)
        place = (key, segment.reference, segment.total)
        now = self._loop.time()
        rows = [row]
        if segment.total > 1:
            rows = self._rows.setdefault(place, _Rows(now)).rows
            rows.append(row)
        octets = self._parts.add(key, segment, now)
        if octets is None:
            return
        self._rows.pop(place, None)
        text = text_of(part.coding, octets)
        msisdn = msisdn_of(part.sender.number)
        if text is None or msisdn is None:
            CAME.labels(kept.link, "unreadable").inc()
            self._done(kept.link, rows)
            return
        self._share(msisdn).mails.add(
            Mail(
                id=kept.again or kept.id,
                rows=tuple(rows),
                link=kept.link,
                msisdn=msisdn,
                text=text,
                sender=part.sender,
                recipient=part.recipient,
                tag=part.tag,
                taken_at=kept.taken_at,
                came_s=now,
            )
        )

    def expire(self) -> None:
        """Give up messages whose other parts do not come."""
        now = self._loop.time()
        self._parts.expire(now)
        while self._rows:
            place, found = next(iter(self._rows.items()))
            if len(self._rows) <= MOST and now - found.since_s < WORTH_S:
                return
            del self._rows[place]
            CAME.labels(place[0][0], "incomplete").inc()
            self._done(place[0][0], found.rows)

    def _share(self, msisdn: str) -> _Share:
        return self._shares[zlib.crc32(msisdn.encode()) % len(self._shares)]

    async def _answer(self, share: _Share) -> None:
        """Answer what waits, set after set."""
        await share.answerer.open()
        while True:
            mails = await share.mails.take(SET)
            SET_SIZE.observe(len(mails))
            try:
                replies = await share.answerer.together(mails)
            except Away as error:
                await self._pause(error)
                for mail in mails:
                    share.mails.again(mail)
                continue
            for mail, reply in zip(mails, replies, strict=True):
                self._begin(self._alone(mail) if reply is None else self._say(mail, reply))

    async def _alone(self, mail: Mail) -> None:
        share = self._share(mail.msisdn)
        try:
            reply = await share.answerer.alone(mail)
        except Away as error:
            await self._pause(error)
            share.mails.again(mail)
            return
        await self._say(mail, reply)

    async def _say(self, mail: Mail, reply: Reply) -> None:
        """Send an answer, as long as it is worth something; what is left then stays kept."""
        SCREENS.labels(reply.kind).inc()
        what = "silent"
        if reply.text is not None:
            age_s = (datetime.now(UTC) - mail.taken_at).total_seconds()
            try:
                await self._lines[mail.link].say(
                    reply.text,
                    to=mail.sender,
                    sender=mail.recipient,
                    tag=mail.tag,
                    wait_s=max(0.0, WORTH_S - age_s),
                )
                what = "sent"
            except NotTaken as error:
                what = "refused"
                _log.warning("%s: an answer was not taken: %s", mail.link, error)
            except Unanswered as error:
                what = "unknown"
                _log.warning("%s: nobody knows of an answer: %s", mail.link, error)
            except ValueError as error:
                what = "unwritable"
                _log.error("%s: an answer cannot be written: %s", mail.link, error)
            except NotSent as error:
                what = "not-sent"
                if self._stopping:
                    return  # who comes after us says it
                _log.warning("%s: an answer was not sent: %s", mail.link, error)
        SAID.labels(mail.link, what).inc()
        ANSWER_SECONDS.observe(self._loop.time() - mail.came_s)
        self._done(mail.link, mail.rows)
        self._share(mail.msisdn).mails.done(mail)

    def _done(self, link: str, rows: Sequence[_Row]) -> None:
        self._keeping.done([id for id, _ in rows])
        for _, digest in rows:
            self._known[link].answered(digest, self._loop.time())

    async def _pause(self, error: Away) -> None:
        _log.warning("messages cannot be answered: %s", error)
        await asyncio.sleep(TROUBLE_S)

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self, bound_s: float) -> None:
        """Take nothing more, answer what was taken for at most so long, and end the lines."""
        self._stopping = True
        until = self._loop.time() + bound_s
        while self.waiting and self._loop.time() < until:
            await asyncio.sleep(0.02)
        if self.waiting:
            _log.warning("%d messages are left for the next start", self.waiting)
        for task in self._answerers:
            task.cancel()
        await asyncio.gather(*(line.close() for line in self._lines.values()))
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._keeping.end()
        self._reading.end()
        await asyncio.gather(*(share.answerer.end() for share in self._shares))
