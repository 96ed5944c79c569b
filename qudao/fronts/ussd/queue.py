"""What phones said, answered in sets by a few threads; the words of one phone in their order."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from qudao.fronts.counter.threads import Threads
from qudao.fronts.ussd import hall
from qudao.fronts.ussd.hall import Said, Shown
from qudao.fronts.ussd.measures import SETS, STEP_SECONDS, STEPS, WAITING
from qudao.journeys.waiting import MustWait

log = logging.getLogger(__name__)

MOST: Final = 64
"""In one set."""
SETS_AT_ONCE: Final = 2
"""One asks the database while the other thinks."""
ALONE: Final = 4
"""Threads for what was confirmed: it may take seconds, and others go on."""
ASKED: Final = 16
"""Questions to the BOSS at a time."""
MOST_WAITING: Final = 2_000
"""Beyond it a phone is told at once that there is too much to do."""


@dataclass(slots=True, eq=False)
class _Word:
    """What a phone said, on its way to a screen."""

    said: Said
    coming: asyncio.Future[Shown]
    since_s: float
    at: datetime | None = None
    """When it was first looked at: what is done for it again then is the same."""
    asked: dict[object, object] = field(default_factory=dict)
    """What other systems have answered for it."""


class Queue:
    """Belongs to one event loop."""

    def __init__(self) -> None:
        self._lines: dict[str, deque[_Word]] = {}
        """What waits, by phone, in the order in which phones came."""
        self._busy: set[str] = set()
        """Phones whose word is being answered."""
        self._waiting = 0
        self._late: list[_Word] = []
        """Words for which something was asked: they go with the next set."""
        self._working: set[asyncio.Task[None]] = set()
        self._apart: set[asyncio.Task[None]] = set()
        self._base = hall.Base()
        self._sets = Threads(SETS_AT_ONCE, SETS_AT_ONCE)
        self._alone = Threads(ALONE, MOST_WAITING + MOST)
        self._questions = Threads(ASKED, MOST_WAITING + MOST)

    async def answer(self, said: Said) -> Shown:
        """Return what the phone is to be shown."""
        if self._waiting >= MOST_WAITING:
            STEPS.labels("turned away").inc()
            return hall.disturbed(said.language)
        coming: asyncio.Future[Shown] = asyncio.get_running_loop().create_future()
        self._lines.setdefault(said.msisdn, deque()).append(_Word(said, coming, time.monotonic()))
        self._waiting += 1
        self._set_out()
        return await coming

    def close(self) -> None:
        for threads in (self._sets, self._alone, self._questions):
            threads.end()

    def _set_out(self) -> None:
        while len(self._working) < SETS_AT_ONCE and (words := self._take()):
            task = asyncio.create_task(self._work(words))
            self._working.add(task)
            task.add_done_callback(self._back)

    def _back(self, task: asyncio.Task[None]) -> None:
        self._working.discard(task)
        self._set_out()

    def _take(self) -> list[_Word]:
        """The next set: a word of each phone that has none under way, and what waited."""
        words: list[_Word] = []
        for phone in [one for one in self._lines if one not in self._busy][:MOST]:
            line = self._lines[phone]
            words.append(line.popleft())
            self._busy.add(phone)
            if not line:
                del self._lines[phone]
        self._waiting -= len(words)
        WAITING.set(self._waiting)
        late, self._late = self._late, []
        return [*words, *late]

    async def _work(self, words: Sequence[_Word]) -> None:
        now = datetime.now(UTC)
        said = [one.said for one in words]
        at = [one.at or now for one in words]
        asked = [one.asked for one in words]
        try:
            shown = await self._sets.run(hall.together, said, at, asked, self._base)
        except Exception:  # a fault of ours must leave no phone waiting for ever
            log.exception("USSD: a set failed")
            shown = [hall.disturbed(one.language) for one in said]
        SETS.observe(len(words))
        for word, screen in zip(words, shown, strict=True):
            if isinstance(screen, Shown):
                self._tell(word, screen)
                continue
            word.at = word.at or now
            task = asyncio.create_task(
                self._do(word) if screen is None else self._ask(word, screen)
            )
            self._apart.add(task)
            task.add_done_callback(self._apart.discard)

    async def _ask(self, word: _Word, wanted: MustWait) -> None:
        """Ask another system, and let the word go with the next set."""
        try:
            word.asked[wanted.key] = await self._questions.run(wanted.asked)
        except Exception:
            log.exception("USSD: what a phone wants to know could not be asked")
            await self._do(word)
            return
        self._late.append(word)
        self._set_out()

    async def _do(self, word: _Word) -> None:
        """What was done for it in the set is done once more, and is the same at the same time."""
        assert word.at is not None
        try:
            screen = await self._alone.run(hall.alone, word.said, word.at, self._base)
        except Exception:
            log.exception("USSD: a step failed")
            screen = hall.disturbed(word.said.language)
        self._tell(word, screen)
        self._set_out()  # the phone may have said more meanwhile

    def _tell(self, word: _Word, screen: Shown) -> None:
        self._busy.discard(word.said.msisdn)
        STEPS.labels("last" if screen.ends else "menu").inc()
        STEP_SECONDS.observe(time.monotonic() - word.since_s)
        if not word.coming.done():
            word.coming.set_result(screen)
