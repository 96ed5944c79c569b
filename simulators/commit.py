"""
Books in one SQLite file, written by one thread.

`GroupCommit` collects what arrives while the previous transaction is being synced to disk and
writes it in the next one, so an answer is durable before it is given and the disk is not asked
once per request.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from sqlite3 import Connection
from typing import Any, Final, TypeVar

T = TypeVar("T")
Write = Callable[[Connection], T]

BATCH: Final = 256


def connect(path: Path) -> Connection:
    db = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=30)
    db.row_factory = sqlite3.Row
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
        db.execute(f"PRAGMA {pragma}")
    return db


class GroupCommit:
    """Runs writes in the order of their arrival, many to a transaction."""

    def __init__(self, path: Path) -> None:
        self._db = connect(path)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="books")
        self._waiting: list[tuple[Sequence[Write[Any]], asyncio.Future[Any]]] = []
        self._drain: asyncio.Task[None] | None = None

    async def write(self, write: Write[T]) -> T:
        """Run `write` inside a transaction; return when that is on disk."""
        (result,) = await self.write_all([write])
        if isinstance(result, Exception):
            raise result
        return result

    async def write_all(self, writes: Sequence[Write[T]]) -> list[T | Exception]:
        """The same for several, one after the other; what went wrong with each of them."""
        future: asyncio.Future[list[T | Exception]] = asyncio.get_running_loop().create_future()
        self._waiting.append((writes, future))
        if self._drain is None:
            self._drain = asyncio.create_task(self._run())
        return await asyncio.shield(future)

    async def close(self) -> None:
        if self._drain is not None:
            await self._drain
        self._thread.shutdown()
        self._db.close()

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            while self._waiting:
                batch, self._waiting = self._waiting[:BATCH], self._waiting[BATCH:]
                writes = [write for some, _ in batch for write in some]
                results: list[Any]
                try:
                    results = await loop.run_in_executor(self._thread, self._commit, writes)
                except sqlite3.Error as error:
                    results = [error] * len(writes)
                for some, future in batch:
                    if not future.cancelled():
                        future.set_result(results[: len(some)])
                    del results[: len(some)]
        finally:
            self._drain = None

    def _commit(self, writes: Sequence[Write[Any]]) -> list[Any]:
        results: list[Any] = []
        self._db.execute("BEGIN IMMEDIATE")
        try:
            for write in writes:
                results.append(self._one(write))
            self._db.execute("COMMIT")
        except sqlite3.Error:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            raise
        return results

    def _one(self, write: Write[Any]) -> Any:
        """A write that fails takes only its own changes back, not its neighbours'."""
        self._db.execute("SAVEPOINT one")
        try:
            result = write(self._db)
        except Exception as error:
            self._db.execute("ROLLBACK TO one")
            result = error
        self._db.execute("RELEASE one")
        return result
