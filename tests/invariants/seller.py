"""
Sells in sets, as a counter does, from seats and selling points that it keeps; and writes down when
each request began and ended, and what it was told.

Threads of a test use `Seller`. As a program of its own (`python -m tests.invariants.seller`) it
reads its orders as JSON from the first line of its input, writes one line for each request, and
ends when its input does.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from threading import Event, Lock, Thread
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

if TYPE_CHECKING:
    from qudao.journeys.seats import Seat, Seats

WAIT_S = 60


@dataclass(frozen=True)
class Wish:
    """What one client asks for, again and again."""

    name: str
    secret: str
    outlet: str
    amount_fen: int = 10_00


@dataclass(frozen=True)
class Attempt:
    """One request; times are nanoseconds of the machine's monotonic clock."""

    wish: str
    began: int
    ended: int
    outcome: str
    """`sold`, or the refusal's code; `out` without a seat, `nowhere` in one without a place."""
    debit: int = 0


@dataclass(frozen=True)
class Clock:
    """The time of the test: it goes on from the given moment as the machine's clock does."""

    start: str
    origin: int

    def now(self) -> datetime:
        passed = timedelta(microseconds=(time.monotonic_ns() - self.origin) // 1000)
        return datetime.fromisoformat(self.start) + passed


@dataclass(frozen=True)
class _Told:
    outcome: str
    debit: int = 0
    seat: Seat | None = None
    """With which it was asked."""

    @property
    def in_doubt(self) -> bool:
        """Nothing was done, and it may be due to a seat that is not the present one."""
        return self.outcome in {
            "commands.authority_changed",
            "commands.not_permitted",
            "saleschannel.outlet_unknown",
        }


class Seller:
    """One client with several wishes; each round is one set."""

    def __init__(
        self, seats: Seats, clock: Clock, wishes: Sequence[Wish], told: Callable[[Attempt], None]
    ) -> None:
        self._seats, self._clock, self._wishes, self._told = seats, clock, wishes, told

    def round(self) -> None:
        """Send every wish once, together; what is in doubt again, with seats read anew."""
        began = time.monotonic_ns()
        wishes = {(wish, uuid4().hex): _Told("commands.authority_changed") for wish in self._wishes}
        for _ in range(5):
            doubtful = [asked for asked, told in wishes.items() if told.in_doubt]
            self._seats.forget(
                [told.seat.actor for told in wishes.values() if told.in_doubt and told.seat]
            )
            wishes |= self._send(doubtful)
        ended = time.monotonic_ns()
        for (wish, _), told in wishes.items():
            self._told(Attempt(wish.name, began, ended, told.outcome, told.debit))

    def _send(self, asked: list[tuple[Wish, str]]) -> dict[tuple[Wish, str], _Told]:
        from qudao.domain.ordering.operations import sell
        from qudao.domain.ordering.types import Sale, Sold
        from qudao.domain.party.types import OrganizationId
        from qudao.kernel.money import Money

        at = self._clock.now()
        answers: dict[tuple[Wish, str], _Told] = {}
        pairs, seated = [], []
        for one, seat in zip(asked, self._seated(asked, at), strict=True):
            if seat is None or seat.membership is None:
                answers[one] = _Told("out" if seat is None else "nowhere")
                continue
            outlet = OrganizationId(UUID(one[0].outlet))
            sale = Sale(outlet, "TOPUP", "13800138000", Money(one[0].amount_fen))
            pairs.append((seat.context(at, one[1], "api"), sale))
            seated.append((one, seat))
        for (one, seat), answer in zip(seated, sell(pairs) if pairs else [], strict=True):
            if isinstance(answer, Sold):
                answers[one] = _Told("sold", answer.debit.minor)
            else:
                answers[one] = _Told(answer.code, 0, seat)
        return answers

    def _seated(self, asked: list[tuple[Wish, str]], at: datetime) -> list[Seat | None]:
        known = [self._seats.known(wish.secret, at) for wish, _ in asked]
        missing = [w.secret for (w, _), seat in zip(asked, known, strict=True) if seat is None]
        fresh = dict(zip(missing, self._seats.read(missing, at) if missing else [], strict=True))
        return [
            fresh[wish.secret] if seat is None else seat
            for (wish, _), seat in zip(asked, known, strict=True)
        ]


def keep_selling(seller: Seller, end: Event) -> None:
    from django.db import connection

    try:
        while not end.is_set():
            seller.round()
    finally:
        connection.close()


def orders(
    clock: Clock, wishes: Sequence[Wish], *, threads: int, listening: bool
) -> dict[str, Any]:
    """What a process of its own is told in its first line."""
    return {
        "clock": asdict(clock),
        "wishes": [asdict(wish) for wish in wishes],
        "threads": threads,
        "listening": listening,
    }


def main() -> None:
    import django

    django.setup()
    from qudao.journeys.seats import Seats, listen

    told = json.loads(sys.stdin.readline())
    seats, end, ready = Seats(), Event(), Event()
    notices = listen(seats, lost=ready.set)
    if told["listening"]:
        notices.start()
        assert ready.wait(WAIT_S)

    speaking = Lock()

    def say(attempt: Attempt) -> None:
        with speaking:
            print(json.dumps(asdict(attempt)), flush=True)

    wishes = [Wish(**wish) for wish in told["wishes"]]
    sellers = [
        Thread(
            target=keep_selling,
            args=(Seller(seats, Clock(**told["clock"]), wishes, say), end),
        )
        for _ in range(told["threads"])
    ]
    for one in sellers:
        one.start()
    sys.stdin.read()
    end.set()
    for one in sellers:
        one.join()
    notices.stop()


if __name__ == "__main__":
    main()
