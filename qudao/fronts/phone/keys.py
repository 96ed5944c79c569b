"""What can be pressed on a screen, and what it means. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from qudao.journeys.dialogue.types import Choice, Screen
from qudao.journeys.menu.item import Kind

_PRESSED: Final = re.compile(r"[0-9*#]{1,40}", re.ASCII)
LONGEST_AMOUNT: Final = 6
"""Digits before the point."""
LONGEST_NUMBER: Final = 9
PROPOSED: Final = "#"
"""Takes what is proposed for a row of digits: nobody can tell a 1 from the first digit of more."""


@dataclass(frozen=True, slots=True)
class Digits:
    """A row of digits."""

    least: int
    most: int
    point: bool = False
    """A star may follow, as a point, and one or two digits behind it."""


@dataclass(frozen=True, slots=True)
class Pad:
    """What can be pressed."""

    rows: tuple[str, ...]
    """Given keys, one after the other."""
    digits: Digits | None = None

    @property
    def ends_by_hash(self) -> bool:
        """Whether the hash ends what is pressed; else it is a key like others."""
        return not any("#" in row for row in self.rows)


def pressable(key: str) -> bool:
    """Say whether a telephone has these keys."""
    return _PRESSED.fullmatch(key) is not None


def pad(screen: Screen, *more: str) -> Pad:
    """Return what can be pressed on a screen, and `more`."""
    digits = _digits(screen)
    if digits is None:
        rows = [one.key for one in (*screen.choices, *screen.moves) if pressable(one.key)]
    else:
        moves = [one.key for one in screen.moves if pressable(one.key) and one.key != PROPOSED]
        rows = [*([PROPOSED] if proposed(screen) else []), *moves]
    return Pad(tuple(dict.fromkeys((*rows, *more))), digits)


def proposed(screen: Screen) -> Choice | None:
    """
    Return what is proposed for a row of digits, and taken by one key.

    Amounts and dates that are proposed are pressed as they are.
    """
    wanted = screen.wanted
    if wanted is None or wanted.kind is not Kind.DIGITS or wanted.shortest == 1:
        return None
    return next(iter(screen.choices), None)


def _digits(screen: Screen) -> Digits | None:
    wanted = screen.wanted
    match None if wanted is None else wanted.kind:
        case Kind.DIGITS | Kind.PIN:
            assert wanted is not None
            return Digits(wanted.shortest, wanted.longest)
        case Kind.MONEY:
            return Digits(1, LONGEST_AMOUNT, point=True)
        case Kind.NUMBER:
            return Digits(1, LONGEST_NUMBER)
        case Kind.DATE:
            return Digits(8, 8)
    return None


def text_of(pressed: str, kind: Kind | None) -> str:
    """Return what was pressed as a dialogue reads it; empty if it is nothing that is pressed."""
    keys = "".join(pressed.split())
    if not pressable(keys):
        return ""
    if kind is Kind.DIGITS:
        # The first of what is proposed has the number 1.
        return "1" if keys == PROPOSED else keys.removesuffix("#")
    if kind is Kind.MONEY and len(keys) > 1:
        return keys.replace("*", ".", 1)
    return keys
