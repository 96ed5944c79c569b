"""A circuit breaker: after a row of failures it lets the other side rest."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    CLOSED = "closed"
    """Everything passes."""
    OPEN = "open"
    """Nothing passes."""
    HALF_OPEN = "half-open"
    """One request at a time passes, to see."""


@dataclass(slots=True)
class Breaker:
    """
    Opens after `threshold` failures in a row and stays open for `rest_s` seconds; then one probe
    decides. A probe that never reports back is given up after another `rest_s`.

    Times are seconds of any clock that does not run backwards. Not thread-safe: it belongs to
    one event loop.
    """

    threshold: int = 5
    rest_s: float = 3.0
    _failures: int = 0
    _opened_at: float | None = None
    _probe_at: float | None = None

    def state(self, now: float) -> State:
        if self._opened_at is None:
            return State.CLOSED
        return State.OPEN if now - self._opened_at < self.rest_s else State.HALF_OPEN

    def admits(self, now: float) -> bool:
        """Whether a request may be sent. One that may must report how it went."""
        match self.state(now):
            case State.CLOSED:
                return True
            case State.OPEN:
                return False
        if self._probe_at is not None and now - self._probe_at < self.rest_s:
            return False
        self._probe_at = now
        return True

    def succeeded(self) -> None:
        """The other side answered, whatever it said."""
        self._failures = 0
        self._opened_at = self._probe_at = None

    def failed(self, now: float) -> None:
        """The other side did not answer, or said that it is broken."""
        self._failures += 1
        if self._opened_at is not None or self._failures >= self.threshold:
            self._opened_at, self._probe_at = now, None
