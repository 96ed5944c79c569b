"""How fast messages leave for a centre that says "too fast"."""

from __future__ import annotations

from typing import Final

FIRST_S: Final = 0.01
LAST_S: Final = 1.0
EASE: Final = 0.95


class Pace:
    """
    The time between two messages: none at first.

    It is doubled when the centre throttles, once for what was under way together, and shrinks a
    little with each message that is taken, until there is none again.
    """

    def __init__(self) -> None:
        self.gap_s = 0.0
        self._next = 0.0

    def turn(self, now: float) -> float:
        """Take the next turn; return how many seconds to wait for it."""
        if not self.gap_s:
            return 0.0
        at = max(now, self._next)
        self._next = at + self.gap_s
        return at - now

    def slower(self, left: float, now: float) -> None:
        """A message that left at `left` was throttled."""
        if left >= self._slowed:
            self.gap_s = min(LAST_S, max(FIRST_S, 2 * self.gap_s))
            self._slowed = now
        self._next = max(self._next, now + self.gap_s)

    def faster(self) -> None:
        """A message was taken."""
        if self.gap_s:
            eased = self.gap_s * EASE
            self.gap_s = eased if eased >= FIRST_S / 10 else 0.0

    _slowed = 0.0
