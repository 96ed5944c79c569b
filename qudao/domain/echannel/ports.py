"""
What the configuration of fronts wants from the floors above: the menu's items, and the fronts.

Both are known further up, and say so when the application starts.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Protocol

from qudao.domain.echannel.fronts import fronts
from qudao.domain.echannel.types import FrontLimits, FrontUnknown, MenuItem


class MenuCodes(Protocol):
    """Somebody who knows the items of the menu."""

    def items(self) -> Mapping[str, MenuItem]:
        """Return every item by its code, in the menu's own order."""
        ...


_known: Final[list[MenuCodes]] = []


def provide(codes: MenuCodes) -> None:
    """Name the one who knows the items; done once, when the application starts."""
    assert not _known, "somebody else knows the items already"
    _known.append(codes)


def items() -> Mapping[str, MenuItem]:
    """Return the items of the menu in its order; none as long as nobody knows any."""
    return _known[0].items() if _known else {}


def register(limits: FrontLimits) -> None:
    """Make a front known that does not ship with this package; done when the application starts."""
    fronts.register(limits.front)(limits)


def limits_of(front: str) -> FrontLimits:
    """
    Return what a front can show.

    :raises FrontUnknown: if no front of this code is registered.
    """
    if front not in fronts:
        raise FrontUnknown(front)
    return fronts[front]
