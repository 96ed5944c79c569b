"""What no command takes, whatever it does: values that nobody can mean and no table can hold."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Final
from uuid import UUID

from qudao.kernel.money import EXPONENTS, Money
from qudao.kernel.refusals import Kind, Refusal

LONGEST_TEXT: Final = 10_000
LARGEST_FILE: Final = 32 << 20
MOST_ITEMS: Final = 10_000
LARGEST_AMOUNT: Final = 10**15
"""Minor units: ten trillion yuan. Thousands of such amounts still add up in 64 bits."""
LARGEST_NUMBER: Final = 2**63 - 1
YEARS: Final = range(1900, 2200)

# Control characters other than tab and line breaks, separators that break lines, characters that
# turn the direction of text (they make a line read as something else), halves of characters, and
# what is no character.
_UNPRINTABLE: Final = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]"
)


@dataclass(eq=False)
class ValueNotUsable(Refusal, kind=Kind.INVALID):
    """An argument holds a value that no command takes."""

    argument: str
    problem: str
    """`text_too_long`, `text_unprintable`, `number_too_large`, `time_too_far`, `too_many`,
    `file_too_large`, `currency_unknown`."""


def check(arguments: Mapping[str, object]) -> None:
    """
    Look through the arguments of a command, however deep.

    :raises ValueNotUsable: for the first value that cannot be used.
    """
    for name, value in arguments.items():
        problem = _problem(value)
        if problem is not None:
            raise ValueNotUsable(name, problem)


def printable(text: str, most: int = 500) -> str:
    """Return text of another system so that it can be stored and shown, cut to `most`."""
    return _UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", text[:most])


_HARMLESS: Final = frozenset({type(None), bool, UUID})
_fields: Final[dict[type, tuple[str, ...]]] = {}
"""The names of a dataclass's fields; none for any other type."""


def _problem(value: object) -> str | None:
    kind = type(value)
    if kind in _HARMLESS:
        return None
    if kind is str:
        return _text_problem(value)  # type: ignore[arg-type]
    if names := _fields.get(kind):
        return _first_problem([getattr(value, name) for name in names])
    match value:
        case Enum():
            return None
        case str():
            return _text_problem(value)
        case int():
            return "number_too_large" if abs(value) > LARGEST_NUMBER else None
        case Money():
            if value.currency not in EXPONENTS:
                return "currency_unknown"
            return "number_too_large" if abs(value.minor) > LARGEST_AMOUNT else None
        case datetime() | date():
            return None if value.year in YEARS else "time_too_far"
        case Decimal():
            fits = value.is_finite() and abs(value) <= LARGEST_NUMBER
            return None if fits else "number_too_large"
        case bytes():
            return "file_too_large" if len(value) > LARGEST_FILE else None
        case dict():
            return _first_problem([*value.keys(), *value.values()])
        case list() | tuple() | set() | frozenset():
            return _first_problem(list(value))
    if kind not in _fields:
        _fields[kind] = tuple(f.name for f in fields(kind)) if is_dataclass(kind) else ()
    return _first_problem([getattr(value, name) for name in _fields[kind]])


def _text_problem(text: str) -> str | None:
    if len(text) > LONGEST_TEXT:
        return "text_too_long"
    return "text_unprintable" if _UNPRINTABLE.search(text) else None


def _first_problem(values: list[object]) -> str | None:
    if len(values) > 2 * MOST_ITEMS:
        return "too_many"
    for value in values:
        problem = _problem(value)
        if problem is not None:
            return problem
    return None
