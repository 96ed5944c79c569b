"""What is to be kept is written in sets: what has come while the last one was written."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from django.db import DatabaseError

from qudao.fronts.counter.threads import Threads
from qudao.fronts.sms import store
from qudao.fronts.sms.store import Kept
from qudao.platform.shortmessages.types import Later

MOST: Final = 512
DONE_S: Final = 0.05
"""What needs no answer any more is written with what comes, and alone only after so long."""
TROUBLE_S: Final = 1.0

_log = logging.getLogger(__name__)


class Keeping:
    """Belongs to one event loop."""

    def __init__(self) -> None:
        self._new: list[tuple[Kept, asyncio.Future[None]]] = []
        self._done: list[UUID] = []
        self._bell = asyncio.Event()
        self._threads = Threads(threads=1, waiting=1)
        self._task = asyncio.create_task(self._run())
        self._ending = False

    async def keep(self, kept: Kept) -> None:
        """
        Return when a message is kept.

        :raises Later: if the database does not answer.
        """
        written: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._new.append((kept, written))
        self._bell.set()
        await written

    def done(self, ids: Sequence[UUID]) -> None:
        """These need no answer any more."""
        if not self._done:
            asyncio.get_running_loop().call_later(DONE_S, self._bell.set)
        self._done.extend(ids)

    async def end(self) -> None:
        """Write what is left, and end."""
        self._ending = True
        self._bell.set()
        await self._task
        self._threads.end()

    async def _run(self) -> None:
        while not (self._ending and not self._new and not self._done):
            await self._bell.wait()
            if not self._ending:
                self._bell.clear()
            await self._write()

    async def _write(self) -> None:
        new, self._new = self._new[:MOST], self._new[MOST:]
        done, self._done = self._done, []
        if self._new:
            self._bell.set()
        try:
            await self._threads.run(store.keep, [one for one, _ in new], done, datetime.now(UTC))
        except DatabaseError as error:
            _log.warning("messages cannot be kept: %s", error)
            self._done = done + self._done
            for _kept, written in new:
                written.set_exception(Later())
            if self._ending:
                self._done = []  # they are answered again, by who comes after us
            await asyncio.sleep(TROUBLE_S)
        else:
            for _kept, written in new:
                if not written.done():
                    written.set_result(None)
