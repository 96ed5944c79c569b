"""
How long a text is for a front that counts.

The characters taken as narrow are those of the GSM default alphabet (3GPP TS 23.038, 6.2.1) that
every handset shows; the rarer ones of it count as wide: a text may be thought longer, never
shorter, than it is sent.
"""

from __future__ import annotations

from string import ascii_letters, digits
from typing import Final

from qudao.domain.echannel.types import Room

_ONE: Final = frozenset(ascii_letters + digits + " \n!\"#$%&'()*+,-./:;<=>?@_¥£")
_TWO: Final = frozenset("[]{}\\^~|€")
"""Those of the extension table: an escape and the character."""


def measure(text: str) -> tuple[int, bool]:
    """Return the length of a text, and whether it is counted as wide."""
    if all(one in _ONE or one in _TWO for one in text):
        return len(text) + sum(one in _TWO for one in text), False
    return len(text.encode("utf-16-be")) // 2, True


def most(text: str, room: Room) -> int:
    """Return how many characters a text like this may have."""
    return room.wide if measure(text)[1] else room.narrow


def fits(text: str, room: Room) -> bool:
    """Say whether there is room for a text."""
    return measure(text)[0] <= most(text, room)
