"""How often a number may write."""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

REMEMBERED: Final = 100_000


class Flood:
    """So many messages a minute of each number, and as many at once; 0: any number."""

    def __init__(self, per_minute: int) -> None:
        self._most = float(per_minute)
        self._numbers: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def lets(self, number: str, now: float) -> bool:
        """Count a message; say whether it is still one that is answered."""
        if not self._most:
            return True
        left, at = self._numbers.pop(number, (self._most, now))
        left = min(self._most, left + (now - at) * self._most / 60)
        good = left >= 1
        self._numbers[number] = (left - 1 if good else left, now)
        if len(self._numbers) > REMEMBERED:
            self._numbers.popitem(last=False)
        return good
