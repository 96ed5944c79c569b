"""
Faults that can be switched on while the BOSS runs.

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

_P99: Final = 2.3263
"""The standard normal distribution's 99th percentile."""


class Latency(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Log-normal, before the request is worked on; `p99` 0 makes it constant."""

    median: Milliseconds = 0
    p99: Milliseconds = 0


class Down(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Away for some seconds."""

    seconds: Seconds
    how: Literal["refused", "503"] = "refused"
    """`refused`: nobody listens and open connections break; `503`: every request gets that."""


class Faults(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What goes wrong, each with its probability for one request."""

    seed: int = 1
    latency_ms: Latency = Latency()
    reset: Probability = 0.0
    """The connection is reset before anything is done."""
    error_before: Probability = 0.0
    """A 5xx, and nothing was done."""
    refuse: Probability = 0.0
    """An order is refused with `refuse_code`, for good."""
    duplicate: Probability = 0.0
    """An order is processed twice, and answered `late_ms` afterwards."""
    lost_answer: Probability = 0.0
    """An order is applied, then the connection closes without an answer."""
    error_after: Probability = 0.0
    """An order is applied, then the answer is a 5xx."""
    error_status: Annotated[int, msgspec.Meta(ge=500, le=599)] = 500
    refuse_code: str = "refused_by_fault"
    late_ms: Milliseconds = 0
    reads: bool = True
    """Whether latency, reset and 5xx strike questions as well as orders."""
    for_s: Seconds | None = None
    """All of this ends by itself after so many seconds."""
    down: Down | None = None


@dataclass(frozen=True, slots=True)
class Fate:
    """What will happen to one request."""

    latency_s: float = 0.0
    reset: bool = False
    error_before: bool = False
    refuse: bool = False
    duplicate: bool = False
    lost_answer: bool = False
    error_after: bool = False


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
        self._up_at = now + faults.down.seconds if faults.down else -math.inf

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
        """Seconds until the BOSS is back; 0 while it is there."""
        return max(0.0, self._up_at - self._clock()) if self.current.down else 0.0

    def fate(self, key: str, order: bool) -> Fate:
        """What happens to a request for `key`: an external id, or the address of a question."""
        faults = self.current
        if faults == Faults(seed=faults.seed) or not (order or faults.reads):
            return _SMOOTH
        attempt = self._asked[key]
        self._asked[key] += 1
        random = Random(f"{faults.seed}:{attempt}:{key}")
        # Every draw is made whether it is used or not: switching one fault on does not shift
        # the others.
        reset, before, refuse, duplicate, lost, after, normal = (
            random.random() < faults.reset,
            random.random() < faults.error_before,
            random.random() < faults.refuse,
            random.random() < faults.duplicate,
            random.random() < faults.lost_answer,
            random.random() < faults.error_after,
            random.gauss(0, 1),
        )
        return Fate(
            latency_s=_latency_s(faults.latency_ms, normal),
            reset=reset,
            error_before=before,
            refuse=order and refuse,
            duplicate=order and duplicate,
            lost_answer=order and lost,
            error_after=order and after,
        )


def _latency_s(latency: Latency, normal: float) -> float:
    if latency.median <= 0:
        return 0.0
    spread = math.log(latency.p99 / latency.median) / _P99 if latency.p99 > latency.median else 0
    return min(600.0, latency.median * math.exp(spread * normal) / 1_000)
