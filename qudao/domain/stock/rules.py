"""Pure rules of goods: serials, ranges of serials, the value of a part, who needs what expires."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from qudao.domain.stock.types import GoodsKind
from qudao.kernel.numbers import luhn_digit, valid_iccid, valid_imei

_CARD_SERIAL: Final = re.compile(r"\d{8,20}", re.ASCII)
_OTHER_SERIAL: Final = re.compile(r"[A-Z0-9][A-Z0-9-]{3,31}", re.ASCII)
_IMSI: Final = re.compile(r"460\d{12}", re.ASCII)
_PIN: Final = re.compile(r"\d{12,20}", re.ASCII)

LONGEST_RANGE: Final = 20_000
"""Serials in one range: a typing error must not ask for a million."""


def _card(serial: str) -> bool:
    return _CARD_SERIAL.fullmatch(serial) is not None


def _other(serial: str) -> bool:
    return _OTHER_SERIAL.fullmatch(serial) is not None


_SERIALS: Final[Mapping[str, Callable[[str], bool]]] = {
    GoodsKind.SIM: valid_iccid,
    GoodsKind.HANDSET: valid_imei,
    GoodsKind.RECHARGE_CARD: _card,
}

CHECKED: Final = frozenset({GoodsKind.SIM, GoodsKind.HANDSET})
"""Kinds whose serials end in a check digit: consecutive means without it."""


def clean_serial(serial: str) -> str:
    """
    Return a serial as it is stored: without spaces and hyphens between digits, in capitals; an
    ICCID without the filler that pads its 19 digits to ten octets.
    """
    bare = "".join(serial.split()).upper()
    joined = bare.replace("-", "")
    if joined.isdigit():
        return joined
    if len(joined) == 20 and joined.endswith("F") and joined[:-1].isdigit():
        return joined[:-1]
    return bare


def valid_serial(kind: str, serial: str) -> bool:
    """Say whether a cleaned serial is one of such goods: ICCID, IMEI, digits of a card, others."""
    return _SERIALS.get(kind, _other)(serial)


def valid_imsi(imsi: str) -> bool:
    """15 digits; 460 is China (ITU-T E.212)."""
    return _IMSI.fullmatch(imsi) is not None


def valid_pin(pin: str) -> bool:
    """A recharge card's PIN has 12 to 20 digits."""
    return _PIN.fullmatch(pin) is not None


def range_size(kind: str, first: str, last: str) -> int | None:
    """
    Return how many serials there are from `first` to `last`; None if they form no range.

    Of a SIM card or handset the check digit does not count: consecutive are the digits before it.
    """
    if not (valid_serial(kind, first) and valid_serial(kind, last)):
        return None
    if len(first) != len(last) or not (first.isdigit() and last.isdigit()):
        return None
    tail = 1 if kind in CHECKED else 0
    size = int(last[: len(last) - tail]) - int(first[: len(first) - tail]) + 1
    return size if 0 < size <= LONGEST_RANGE else None


def serials_between(kind: str, first: str, last: str) -> list[str]:
    """Return every serial of a range that `range_size` has found good, check digits put on."""
    if kind not in CHECKED:
        return [str(n).zfill(len(first)) for n in range(int(first), int(last) + 1)]
    width = len(first) - 1
    bodies = (str(n).zfill(width) for n in range(int(first[:-1]), int(last[:-1]) + 1))
    return [body + luhn_digit(body) for body in bodies]


def part_of_value(value: int, quantity: int, total: int) -> int:
    """
    Return the value, in fen, of a part of equal goods: its share of the whole, rounded down.

    The last piece takes what is left, so nothing is lost or made (weighted average cost).
    """
    assert 0 < quantity <= total, (quantity, total)
    return value if quantity == total else value * quantity // total


@dataclass(frozen=True, slots=True)
class Shelf:
    """Cards of one item and day of expiry at one place, and how fast the item sells there."""

    place: UUID
    group: str
    """Only places of one group (a branch) help each other."""
    item: str
    expires_on: date
    quantity: int


@dataclass(frozen=True, slots=True)
class Pace:
    """How much of an item a place has, and how many it has sold in a number of days."""

    place: UUID
    group: str
    item: str
    in_stock: int
    sold: int


@dataclass(frozen=True, slots=True)
class Shift:
    source: UUID
    target: UUID
    item: str
    expires_on: date
    quantity: int


def redistribute(
    shelves: Sequence[Shelf], paces: Iterable[Pace], today: date, days_counted: int
) -> tuple[Shift, ...]:
    """
    Propose where to bring cards that will not be sold where they lie before they expire.

    A place sells as it has in the last `days_counted` days. What exceeds that until the day of
    expiry is offered to the places of its group that will sell more than they have, the needier
    first; nothing is proposed that would only shift the surplus.
    """
    known = {(pace.place, pace.item): pace for pace in paces}

    def sells(pace: Pace | None, day: date) -> int:
        left = max(0, (day - today).days)
        return 0 if pace is None else pace.sold * left // days_counted

    need: dict[tuple[UUID, str], int] = {}
    claimed: dict[tuple[UUID, str], int] = {}
    shifts: list[Shift] = []
    for shelf in sorted(shelves, key=lambda one: (one.expires_on, str(one.place), one.item)):
        key = (shelf.place, shelf.item)
        # What expires earlier is sold first, and takes its part of the place's sales.
        room = max(0, sells(known.get(key), shelf.expires_on) - claimed.get(key, 0))
        claimed[key] = claimed.get(key, 0) + min(room, shelf.quantity)
        surplus = shelf.quantity - room
        if surplus <= 0:
            continue
        wants = []
        for pace in known.values():
            if pace.item != shelf.item or pace.group != shelf.group or pace.place == shelf.place:
                continue
            taken = need.get((pace.place, pace.item), 0)
            lack = sells(pace, shelf.expires_on) - pace.in_stock - taken
            if lack > 0:
                wants.append((lack, pace))
        for lack, pace in sorted(wants, key=lambda one: (-one[0], str(one[1].place))):
            moved = min(surplus, lack)
            if moved <= 0:
                break
            target = (pace.place, pace.item)
            need[target] = need.get(target, 0) + moved
            surplus -= moved
            shifts.append(Shift(shelf.place, pace.place, shelf.item, shelf.expires_on, moved))
    return tuple(shifts)
