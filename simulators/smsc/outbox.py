"""What waits for an application: messages of phones, receipts, USSD; sent again until taken."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, Protocol

import msgspec

from simulators.smsc.pdus import Body, Parameters, Status

MOST_WAITING: Final = 100_000
TRIES: Final = 30
RETRY_S: Final = 0.5

_FOR_GOOD: Final = frozenset({Status.RECEIVER_PERMANENT_ERROR, Status.RECEIVER_REJECTS})


class Account(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An application that may bind. One without beginnings gets what no other gets."""

    system_id: str = "qudao"
    password: str = "qudao"
    addresses: list[str] = []
    """Beginnings of the short codes whose messages it gets."""
    ussd: list[str] = []
    """Beginnings of the codes that phones dial to it, as `*100`."""
    most_binds: int = 10


@dataclass(slots=True, eq=False)
class Delivery:
    """A `deliver_sm` on its way."""

    body: Body
    parameters: Parameters
    settled: Callable[[int], None]
    """Called once, with the status of the answer, or with another than 0 when it is given up."""
    tries: int = TRIES


class Receiver(Protocol):
    """A session that takes `deliver_sm`."""

    @property
    def room(self) -> bool: ...

    def deliver(self, delivery: Delivery) -> None: ...


@dataclass(slots=True, eq=False)
class Outbox:
    """Of one application. Whichever of its receiving sessions has room gets the next."""

    account: Account
    receivers: list[Receiver] = field(default_factory=list)
    binds: int = 0
    """How many sessions of it there are, of any kind."""
    _waiting: deque[Delivery] = field(default_factory=deque)
    _era: int = 0
    """How often everything was dropped."""

    @property
    def waiting(self) -> int:
        """How many have not been sent to any session."""
        return len(self._waiting)

    @property
    def full(self) -> bool:
        return len(self._waiting) >= MOST_WAITING

    def clear(self) -> None:
        """Drop everything that waits."""
        self._waiting.clear()
        self._era += 1

    def put(self, delivery: Delivery) -> None:
        self._waiting.append(delivery)
        self.pump()

    def pump(self) -> None:
        """Send as much as the sessions take, by turns."""
        while self._waiting:
            for at, receiver in enumerate(self.receivers):
                if receiver.room:
                    # The next turn is another's.
                    self.receivers.append(self.receivers.pop(at))
                    receiver.deliver(self._waiting.popleft())
                    break
            else:
                return

    def answered(self, delivery: Delivery, status: int) -> None:
        """The application's answer to one: done, again in a moment, or not at all."""
        if status == Status.OK or status in _FOR_GOOD:
            delivery.settled(status)
        else:
            self._once_more(delivery, status, RETRY_S)
        self.pump()

    def unanswered(self, delivery: Delivery) -> None:
        """Its session ended, or no answer came in time: whether it was taken is not known."""
        self._once_more(delivery, Status.SYSTEM_ERROR, 0.0)

    def _once_more(self, delivery: Delivery, status: int, in_s: float) -> None:
        delivery.tries -= 1
        if delivery.tries <= 0:
            delivery.settled(status)
        elif in_s:
            asyncio.get_running_loop().call_later(in_s, self._return, delivery, self._era)
        else:
            self._waiting.appendleft(delivery)

    def _return(self, delivery: Delivery, era: int) -> None:
        if era == self._era:
            self._waiting.appendleft(delivery)
            self.pump()
