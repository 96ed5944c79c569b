"""
Faults that can be switched on while the acquirer runs.

What happens to a request depends only on the seed, on what is asked and on how often it was asked
before, not on the order in which concurrent requests happen to arrive: a run can be repeated.
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


class Down(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Away for some seconds."""

    seconds: Seconds
    how: Literal["refused", "503"] = "refused"
    """`refused`: nobody listens and open connections break; `503`: every request gets that."""


class Faults(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What goes wrong; a probability is that of one request."""

    seed: int = 1
    down: Down | None = None
    latency_ms: Milliseconds = 0
    """Before each request is worked on."""
    reset: Probability = 0.0
    """The connection is reset before anything is done."""
    error_before: Probability = 0.0
    """A 500, and nothing was done."""
    lost_answer: Probability = 0.0
    """It is done, then the connection closes without an answer."""
    error_after: Probability = 0.0
    """It is done, then the answer is a 500."""
    strikes: tuple[str, ...] = ()
    """Of what: `authorise`, `capture`, `void`, `refund`, `ask`; nothing: all but `ask`."""
    decline: Probability = 0.0
    """A payment is declined with `decline_code`, whatever the card."""
    decline_code: str = "declined"
    duplicate_notices: bool = False
    """Each notice is sent once more after it was taken."""
    late_notices_s: Seconds = 0
    """How long each notice waits before it is sent."""
    reorder_notices: bool = False
    """Notices of one payment arrive in the wrong order."""
    for_s: Seconds | None = None
    """All of this ends by itself after so many seconds."""


@dataclass(frozen=True, slots=True)
class Fate:
    """What will happen to one request."""

    latency_s: float = 0.0
    reset: bool = False
    error_before: bool = False
    lost_answer: bool = False
    error_after: bool = False
    decline: bool = False


_SMOOTH: Final = Fate()


class Switchboard:
    """The faults of the moment. Times are seconds of a monotonic clock."""

    def __init__(self, faults: Faults, clock: Callable[[], float]) -> None:
        self._clock = clock
        self.set(faults)

    def set(self, faults: Faults) -> None:
        now = self._clock()
        self._faults = faults
        self._asked: Counter[str] = Counter()
        self._ends = math.inf if faults.for_s is None else now + faults.for_s
        self._up_at = now + faults.down.seconds if faults.down else now

    @property
    def current(self) -> Faults:
        """What is switched on; nothing once its time is over."""
        now = self._clock()
        if now >= self._ends:
            self.set(Faults(seed=self._faults.seed))
        elif self._faults.down and now >= self._up_at:
            self._faults = msgspec.structs.replace(self._faults, down=None)
        return self._faults

    @property
    def up_in_s(self) -> float:
        """Seconds until the acquirer is back; 0 while it is there."""
        return max(0.0, self._up_at - self._clock()) if self.current.down else 0.0

    def fate(self, act: str, payment: str) -> Fate:
        """What happens to the next request to do something with a payment."""
        faults = self.current
        if faults == Faults(seed=faults.seed):
            return _SMOOTH
        key = f"{act}:{payment}"
        attempt = self._asked[key]
        self._asked[key] += 1
        random = Random(f"{faults.seed}:{attempt}:{key}")
        # Every draw is made whether it is used or not: switching one fault on does not shift
        # the others.
        reset, before, lost, after, decline = (random.random() for _ in range(5))
        struck = act in faults.strikes if faults.strikes else act != "ask"
        return Fate(
            latency_s=struck * faults.latency_ms / 1_000,
            reset=struck and reset < faults.reset,
            error_before=struck and before < faults.error_before,
            lost_answer=struck and lost < faults.lost_answer,
            error_after=struck and after < faults.error_after,
            decline=act == "authorise" and decline < faults.decline,
        )
