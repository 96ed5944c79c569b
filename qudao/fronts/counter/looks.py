"""
Looking an order up: what tills ask most, next to selling.

Those that are asked for at the same time are read together: two statements for the seats of all of
them, one for the orders. While they are read the next ones come together.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Final, NamedTuple
from uuid import uuid4

from ninja.responses import NinjaJSONEncoder

from qudao.domain.ordering import queries as orders
from qudao.domain.ordering.types import OrderId, OrderRecord
from qudao.fronts.api import shapes
from qudao.fronts.api.asker import NoMembership
from qudao.fronts.counter.threads import Threads
from qudao.fronts.counter.tickets import Unknown
from qudao.journeys.seats import Seats
from qudao.kernel.refusals import Refusal
from qudao.platform.commands.context import Context

TOGETHER: Final = 128
MOST_WAITING: Final = 2_000

Shown = bytes | Unknown | Exception
"""An order as JSON, or why it is not shown."""


class Look(NamedTuple):
    """One request."""

    secret: str
    """The token; its seat is read with the order, so that nobody looks with what he held before."""
    order: OrderId
    reply: Callable[[Shown], None]


class Looks:
    """All look-ups of a process; only the event loop uses it."""

    def __init__(self, seats: Seats, threads: Threads) -> None:
        self._seats, self._threads = seats, threads
        self._asked: list[Look] = []
        self._looking: asyncio.Task[None] | None = None

    def ask(self, look: Look) -> bool:
        """Take a request in; False: too many wait, and it will not be answered."""
        if len(self._asked) >= MOST_WAITING:
            return False
        self._asked.append(look)
        if self._looking is None:
            self._looking = asyncio.create_task(self._look(), name="looks")
        return True

    async def _look(self) -> None:
        """Look for what is asked for, again and again until nothing is."""
        while self._asked:
            batch, self._asked = self._asked[:TOGETHER], self._asked[TOGETHER:]
            found: Sequence[Shown]
            try:
                found = await self._threads.run(self._read, batch)
            except Exception as error:
                found = [error] * len(batch)
            for look, shown in zip(batch, found, strict=True):
                look.reply(shown)
        self._looking = None

    def _read(self, batch: Sequence[Look]) -> list[Shown]:
        """Read the orders of a batch, each as its token may see it now; in a thread."""
        now = datetime.now(UTC)
        secrets = list(dict.fromkeys(look.secret for look in batch))
        seats = dict(zip(secrets, self._seats.read(secrets, now), strict=True))
        shown: list[Shown] = []
        asked: list[tuple[Context, OrderId]] = []
        for look in batch:
            seat = seats[look.secret]
            if seat is None:
                shown.append(Unknown())
            elif seat.membership is None:
                shown.append(NoMembership())
            else:
                shown.append(b"")
                asked.append((seat.context(now, f"api:{uuid4()}", "api"), look.order))
        found = iter(orders.orders_for(asked))
        return [one if one != b"" else _shown(next(found)) for one in shown]


def _shown(found: OrderRecord | Refusal) -> bytes | Refusal:
    if isinstance(found, Refusal):
        return found
    return json.dumps(shapes.order_out(found).model_dump(), cls=NinjaJSONEncoder).encode()
