"""Telephone numbers: a few segments for each branch, and those among them that are in use."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from random import Random
from typing import Final

from qudao.domain.resource import operations as resource
from qudao.platform.commands.context import Context
from qudao.site.demo.cast import Province

SEGMENTS: Final = {
    "4101": ("1360345", "1783711"),
    "4102": ("1360348", "1363736"),
    "4103": ("1360379", "1343744"),
    "4104": ("1360375", "1473761"),
    "4105": ("1360346", "1983786"),
    "4106": ("1360392", "1783818"),
    "4107": ("1360373", "1343836"),
    "4108": ("1360344", "1983846"),
    "4109": ("1360343", "1983868"),
    "4110": ("1360374", "1343897"),
    "4111": ("1360347", "1343914"),
    "4112": ("1360340", "1983931"),
    "4113": ("1360341", "1353955"),
    "4114": ("1360370", "1343974"),
    "4115": ("1360376", "1343996"),
    "4116": ("1360387", "1474016"),
    "4117": ("1360342", "1824029"),
    "4190": ("1514046", "1884040"),
}
"""Real prefixes of each city, and at the end a segment in which customers of the BOSS live."""


class Pools:
    """The branches' free numbers, of which it gives each away once."""

    def __init__(
        self, random: Random, province: Province, lines: Iterable[tuple[str, bool]]
    ) -> None:
        """`lines` are the numbers that live in the BOSS; False: that lived there."""
        self._random = random
        self._province = province
        self._branches = sorted({outlet.plan.branch for outlet in province.outlets})
        ours = {prefix for branch in self._branches for prefix in SEGMENTS[branch]}
        known = [(number, alive) for number, alive in lines if number[:7] in ours]
        self._active = sorted(number for number, alive in known if alive)
        self._ended = sorted(number for number, alive in known if not alive)
        self._taken = {number for number, _ in known}
        self._most = 1

    def load(self, context: Callable[[datetime, str], Context], at: datetime, most: int) -> int:
        """Load at most so many segments of each branch; return how many numbers there are."""
        loaded, self._most = 0, most
        for branch in self._branches:
            loaded += resource.load_segments(
                context(at, "segments"),
                branch=self._province.organizations[branch],
                prefixes=SEGMENTS[branch][-most:],
            )
        if self._active:
            resource.adopt(context(at, "adopt"), numbers=self._active)
        if self._ended:
            resource.retire(context(at, "retire"), numbers=self._ended)
            later = at + timedelta(days=30)
            resource.rest(context(later, "rest"), before=later)
        return loaded

    def pick(self, branch: str) -> str:
        """A number of a branch that nobody has, or had from here."""
        prefixes = SEGMENTS[branch][-self._most :]
        while True:
            number = f"{self._random.choice(prefixes)}{self._random.randrange(10_000):04}"
            if number not in self._taken:
                self._taken.add(number)
                return number
