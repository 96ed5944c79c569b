"""
Faults that can be switched on while the centre runs.

What happens to a message depends only on the seed, on the phone's number and on how many messages
it had before, not on the order in which concurrent ones happen to arrive: a run can be repeated.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Annotated, Final, Literal

import msgspec

Probability = Annotated[float, msgspec.Meta(ge=0, le=1)]
Seconds = Annotated[float, msgspec.Meta(ge=0, le=86_400)]
Milliseconds = Annotated[float, msgspec.Meta(ge=0, le=600_000)]


class Faults(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What goes wrong; a probability is that of one message."""

    seed: int = 1
    throttle: Probability = 0.0
    """`submit_sm` is refused with ESME_RTHROTTLED."""
    queue_full: Probability = 0.0
    """`submit_sm` is refused with ESME_RMSGQFUL."""
    rate_per_s: Annotated[int, msgspec.Meta(ge=0)] = 0
    """What a session submits above so many a second is throttled; 0: as fast as it can."""
    lost_response: Probability = 0.0
    """The message is taken, and the response never sent."""
    latency_ms: Milliseconds = 0
    """Before each response to `submit_sm`."""
    disconnect: Probability = 0.0
    """The message is taken; the connection breaks in the middle of the response."""
    duplicate: Probability = 0.0
    """`deliver_sm` is sent once more after it was answered, as after a lost answer."""
    reorder: bool = False
    """Parts of a long message come to the application in an order other than the right one."""
    receipts: Literal["now", "late", "never"] = "now"
    """When delivery receipts are sent; `late`: after `receipt_delay_s`."""
    receipt_delay_s: Seconds = 5.0
    receipt_first: bool = False
    """The receipt overtakes the response that tells the message's id."""
    long_service_type: bool = False
    """`deliver_sm` carries a service_type longer than the five characters of the specification."""
    trickle: bool = False
    """Everything is sent in pieces of a few octets."""
    deaf: bool = False
    """`enquire_link` is not answered."""
    refuse_bind: bool = False
    """Every bind is refused with ESME_RBINDFAIL."""
    for_s: Seconds | None = None
    """All of this ends by itself after so many seconds."""


@dataclass(frozen=True, slots=True)
class Fate:
    """What will happen to one message."""

    throttle: bool = False
    queue_full: bool = False
    lost_response: bool = False
    disconnect: bool = False
    duplicate: bool = False


_SMOOTH: Final = Fate()


class Switchboard:
    """The faults of the moment. Times are seconds of a monotonic clock."""

    def __init__(self, faults: Faults, clock: Callable[[], float]) -> None:
        self._clock = clock
        self.set(faults)

    def set(self, faults: Faults) -> None:
        self._faults = faults
        self._seen: Counter[str] = Counter()
        self._ends = math.inf if faults.for_s is None else self._clock() + faults.for_s
        self._chance = any(
            (
                faults.throttle,
                faults.queue_full,
                faults.lost_response,
                faults.disconnect,
                faults.duplicate,
            )
        )

    @property
    def current(self) -> Faults:
        """What is switched on; nothing once its time is over."""
        if self._clock() >= self._ends:
            self.set(Faults(seed=self._faults.seed))
        return self._faults

    def fate(self, key: str) -> Fate:
        """What happens to the next message of `key`."""
        faults = self.current
        if not self._chance:
            return _SMOOTH
        attempt = self._seen[key]
        self._seen[key] += 1
        random = Random(f"{faults.seed}:{attempt}:{key}")
        # Every draw is made whether it is used or not: switching one fault on does not shift
        # the others.
        throttle, queue_full, lost_response, disconnect, duplicate = (
            random.random() for _ in range(5)
        )
        return Fate(
            throttle=throttle < faults.throttle,
            queue_full=queue_full < faults.queue_full,
            lost_response=lost_response < faults.lost_response,
            disconnect=disconnect < faults.disconnect,
            duplicate=duplicate < faults.duplicate,
        )

    def order(self, count: int, key: str) -> list[int]:
        """In which order `count` parts are sent."""
        order = list(range(count))
        if self.current.reorder:
            random = Random(f"{self._faults.seed}:{key}")
            while count > 1 and order == sorted(order):
                random.shuffle(order)
        return order
