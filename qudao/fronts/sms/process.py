"""The hall's process: it holds its links, says how they are, and ends in order."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial
from typing import Final

from django.conf import settings
from django.db import DatabaseError, connection

from qudao.fronts.sms import store
from qudao.fronts.sms.answerers import Answerer
from qudao.fronts.sms.desk import Desk
from qudao.fronts.sms.flood import Flood
from qudao.journeys.seats import Seats, listen
from qudao.kernel.period import MARKET_ZONE
from qudao.platform.shortmessages.config import Link
from qudao.platform.shortmessages.lines import line_of
from qudao.platform.shortmessages.types import Line

BEAT_S: Final = 2.0
EAGER_S: Final = 0.25
"""Between two looks while a link of ours is not connected."""
STOP_S: Final = 10.0
"""How long what was taken in may take to be answered at the end."""

_log = logging.getLogger(__name__)


async def serve(
    links: Sequence[Link],
    stop: asyncio.Event,
    answerers: Sequence[Answerer],
    *,
    up: Callable[[str], None] = lambda _: None,
) -> None:
    """
    Serve links until told to stop.

    A link is held by one process; others that have it wait until that one has ended. `up` is told
    the name of each that is connected for the first time.

    :raises ValueError: if a link says what its protocol cannot.
    """
    desk = Desk(Flood(settings.SMS_MESSAGES_PER_MINUTE), answerers)
    keeper = _Keeper(desk, links, up)
    notices = listen(Seats())
    notices.start()
    try:
        while not stop.is_set():
            await keeper.beat()
            try:
                async with asyncio.timeout(BEAT_S if keeper.all_up else EAGER_S):
                    await stop.wait()
            except TimeoutError:
                continue
    finally:
        await desk.close(STOP_S)
        await keeper.end()
        await asyncio.to_thread(notices.stop)


class _Keeper:
    """
    Holds the links, and says how they are, on a connection of its own: while that lives, they are
    ours.
    """

    def __init__(self, desk: Desk, links: Sequence[Link], up: Callable[[str], None]) -> None:
        self._desk, self._up = desk, up
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="sms keeper")
        self._lines: dict[str, Line] = {}
        self._held: set[str] = set()
        self._announced: set[str] = set()
        for link in links:
            line = line_of(
                link,
                partial(desk.take, link.name),
                partial(self._reported, link.name),
                lambda: datetime.now(MARKET_ZONE),
            )
            self._lines[link.name] = line
            desk.add(line)

    @property
    def all_up(self) -> bool:
        """Whether every link that we hold is connected."""
        return all(self._lines[name].up for name in self._held)

    async def beat(self) -> None:
        """Take links that nobody holds, let go what is another's, and say how all are."""
        try:
            for name, line in self._lines.items():
                await self._hold(name, line)
            await self._run(partial(self._say, frozenset(self._held)))
        except DatabaseError as error:
            _log.warning("the database did not answer: %s", error)
            await self._run(_close)
        self._desk.expire()
        for name in self._held - self._announced:
            if self._lines[name].up:
                self._announced.add(name)
                self._up(name)

    async def end(self) -> None:
        """Say that the links are down, and let them go."""
        try:
            await self._run(partial(self._say, frozenset(self._held)))
        except DatabaseError as error:
            _log.warning("the database did not answer: %s", error)
        await self._run(_close)
        self._thread.shutdown()

    async def _hold(self, name: str, line: Line) -> None:
        ours = await self._run(partial(store.hold, name))
        if ours and name not in self._held:
            await self._desk.recall(name)
            await line.open()
            self._held.add(name)
        elif not ours and name in self._held:
            _log.warning("%s is held by another process", name)
            self._held.discard(name)
            await line.close()

    def _say(self, held: frozenset[str]) -> None:
        at = datetime.now(UTC)
        store.say(
            [
                store.State(name, line.up, line.reason, self._desk.waiting)
                for name, line in self._lines.items()
                if name in held
            ],
            at,
        )
        store.sweep(at)

    def _reported(self, name: str, state: str, final: bool) -> None:
        self._desk.reported(name, state)

    async def _run(self, function: Callable[[], bool | None]) -> bool | None:
        return await asyncio.get_running_loop().run_in_executor(self._thread, function)


def _close() -> None:
    """Close the connection of the thread that this runs in."""
    connection.close()
