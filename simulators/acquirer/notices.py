"""Notices to the operator: each change of a page's payment, repeated until it is taken."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import time
from collections.abc import Sequence
from contextlib import suppress
from random import Random
from sqlite3 import Connection
from typing import Any, Final
from urllib.parse import urlsplit

import httpx
import msgspec

from simulators.acquirer import payments
from simulators.acquirer.faults import Switchboard
from simulators.acquirer.signing import Key
from simulators.commit import GroupCommit

logger = logging.getLogger(__name__)

AT_ONCE: Final = 16
FIRST_PAUSE_S: Final = 0.5
LONGEST_PAUSE_S: Final = 60.0
TICK_S: Final = 1.0
"""How often it looks for pages that nobody has paid in time."""


class Notices:
    """Sends what stands in the books."""

    def __init__(
        self, commit: GroupCommit, reader: Connection, key: Key, url: str, faults: Switchboard
    ) -> None:
        self.url = url
        self._commit, self._reader, self._key, self._faults = commit, reader, key, faults
        self._bell = asyncio.Event()
        self._client = httpx.AsyncClient(trust_env=False, timeout=10, follow_redirects=False)

    def ring(self) -> None:
        """Something may have been written."""
        self._bell.set()

    async def run(self) -> None:
        """Send until cancelled."""
        while True:
            self._bell.clear()
            await self._commit.write(lambda db: payments.end_late(db, time.time()))
            if self.url:
                due = self._due()
                await asyncio.gather(*(self._send(row) for row in due))
                if len(due) == AT_ONCE:
                    continue
            with suppress(TimeoutError):
                async with asyncio.timeout(self._until_next()):
                    await self._bell.wait()

    async def close(self) -> None:
        await self._client.aclose()

    def _until_next(self) -> float:
        (due_at,) = self._reader.execute(
            "SELECT min(due_at) FROM notice WHERE taken_at IS NULL"
        ).fetchone()
        if due_at is None or not self.url:
            return TICK_S
        return max(0.01, min(TICK_S, self._at(due_at) - time.time()))

    def _at(self, due_at: float) -> float:
        return due_at + self._faults.current.late_notices_s

    def _due(self) -> Sequence[sqlite3.Row]:
        faults = self._faults.current
        rows = self._reader.execute(
            "SELECT notice.*, payment.reference, payment.amount, payment.code FROM notice"
            " JOIN payment ON payment.id = notice.payment"
            " WHERE taken_at IS NULL AND due_at <= ? ORDER BY due_at LIMIT ?",
            (time.time() - faults.late_notices_s, AT_ONCE),
        ).fetchall()
        if faults.reorder_notices:
            rows.sort(key=lambda row: -row["sequence"])
        return list(rows)

    async def _send(self, row: sqlite3.Row) -> None:
        faults = self._faults.current
        if faults.reorder_notices and row["attempts"] == 0:
            # A later one of the same payment passes it meanwhile.
            pause = Random(f"{faults.seed}:{row['sequence']}").uniform(0.05, 0.5)
            taken = False
        else:
            pause = min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2.0 ** min(row["attempts"], 10))
            taken = await self._push(row)
            if taken and faults.duplicate_notices:
                await self._push(row)

        def note(db: Connection) -> None:
            db.execute(
                "UPDATE notice SET attempts = attempts + 1, due_at = ?, taken_at = ?"
                " WHERE sequence = ?",
                (time.time() + pause, time.time() if taken else None, row["sequence"]),
            )

        await self._commit.write(note)

    async def _push(self, row: sqlite3.Row) -> bool:
        notice: dict[str, Any] = {
            "notice": row["sequence"],
            "payment": row["payment"],
            "reference": row["reference"],
            "state": row["state"],
            "amount": row["amount"],
            "code": row["code"],
        }
        body = msgspec.json.encode(notice)
        parts = urlsplit(self.url)
        target = f"{parts.path}?{parts.query}" if parts.query else parts.path
        headers = self._key.headers("POST", target, body, time.time())
        try:
            answer = await self._client.post(
                self.url, content=body, headers={"Content-Type": "application/json", **headers}
            )
        except httpx.HTTPError as error:
            logger.info("Notice %s was not taken: %r", row["sequence"], error)
            return False
        return answer.status_code == 200
