"""Who may come in: seats of tokens, how often each may ask, and who knocks in vain."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from django.conf import settings

from qudao.fronts.api.documents import Document, too_many, unauthenticated
from qudao.fronts.counter.threads import Threads
from qudao.journeys.seats import Seat, Seats
from qudao.platform.identity.types import TokenId

IN_VAIN: Final = 120
"""Tokens that are none, from one address in a minute; then it has to wait, unasked."""
MOST_LOOKED_UP: Final = 256
"""Tokens that are looked up together."""
MOST_MET: Final = 200_000


class Shut(Exception):
    """A request that is not let in, with what it is told."""

    def __init__(self, document: Document) -> None:
        super().__init__(document.content["code"])
        self.document = document


def address_of(headers: Mapping[bytes, bytes], peer: str) -> str:
    """Return the client's address: the connection's, or the one that our own proxies name."""
    proxies: int = settings.ALLAUTH_TRUSTED_PROXY_COUNT
    if not proxies:
        return peer
    named = headers.get(b"x-forwarded-for", b"").decode("latin-1").split(",")
    return named[-proxies].strip() if len(named) >= proxies else peer


class Door:
    """Only the event loop uses it."""

    def __init__(self, seats: Seats, threads: Threads) -> None:
        self.seats = seats
        self._threads = threads
        self._asked: dict[str, asyncio.Future[Seat | None]] = {}
        self._looking: asyncio.Task[None] | None = None
        self._minute = 0
        self._counts: dict[TokenId, int] = {}
        self._in_vain: dict[str, int] = {}
        self._met: set[int] = set()
        """Tokens that were let in before: they are looked up whoever else knocks in vain."""

    def wait_s(self, seat: Seat) -> int:
        """Count a request of a token; return 0, or in how many seconds it may come again."""
        most = settings.API_REQUESTS_PER_MINUTE
        if not most:
            return 0
        now = time.time()
        self._turn(now)
        count = self._counts[seat.token] = self._counts.get(seat.token, 0) + 1
        return 0 if count <= most else max(1, int(60 - now % 60))

    def blocked_s(self, secret: str, address: str) -> int:
        """Return how long an address that has knocked in vain too often has to wait, else 0."""
        if self._in_vain.get(address, 0) < IN_VAIN or hash(secret) in self._met:
            return 0
        now = time.time()
        self._turn(now)
        return max(1, int(60 - now % 60)) if self._in_vain.get(address, 0) >= IN_VAIN else 0

    async def seat(self, secret: str, address: str, *, fresh: bool = False) -> Seat:
        """
        Return the seat of a token, looked up if it is not known, or if it shall be fresh: for who
        does not compare its stamp when writing.

        :raises Shut: if it is none, or has asked too often, or if its address has tried too often.
        """
        found = None
        if secret and not fresh:
            found = self.seats.known(secret, datetime.now(UTC))
        if found is None:
            if blocked_s := self.blocked_s(secret, address):
                raise Shut(too_many(blocked_s))
            found = await self.look_up(secret) if secret else None
        if found is None:
            self._turn(time.time())
            self._in_vain[address] = self._in_vain.get(address, 0) + 1
            raise Shut(unauthenticated())
        if len(self._met) >= MOST_MET:
            self._met.clear()
        self._met.add(hash(secret))
        wait_s = self.wait_s(found)
        if wait_s:
            raise Shut(too_many(wait_s))
        return found

    async def look_up(self, secret: str) -> Seat | None:
        """Look a token up afresh, together with others that are asked for at the same time."""
        future = self._asked.get(secret)
        if future is None:
            future = self._asked[secret] = asyncio.get_running_loop().create_future()
            if self._looking is None:
                self._looking = asyncio.create_task(self._look())
        return await asyncio.shield(future)

    async def _look(self) -> None:
        """Look up what is asked for, again and again until nothing is."""
        while self._asked:
            batch = dict(list(self._asked.items())[:MOST_LOOKED_UP])
            for secret in batch:
                del self._asked[secret]
            try:
                found = await self._threads.run(self.seats.read, list(batch), datetime.now(UTC))
            except Exception as error:
                for future in batch.values():
                    if not future.done():
                        future.set_exception(error)
                continue
            for future, seat in zip(batch.values(), found, strict=True):
                if not future.done():
                    future.set_result(seat)
        self._looking = None

    def _turn(self, now: float) -> None:
        """The minute is the clock's, as it is for the HTTP API."""
        minute = int(now // 60)
        if minute != self._minute:
            self._minute = minute
            self._counts = {}
            self._in_vain = {}
