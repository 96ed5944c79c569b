"""What may be entered into a task's fields."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Final

from qudao.platform.commands.codec import Json
from qudao.platform.processes.refusals import FieldRefused
from qudao.platform.processes.types import Field

LARGEST_AMOUNT: Final = 10**15
_POSITION: Final = re.compile(r"-?[0-9]{1,2}(\.[0-9]{1,7})?,-?[0-9]{1,3}(\.[0-9]{1,7})?")


def entered(fields: Sequence[Field], data: Mapping[str, Json]) -> dict[str, Json]:
    """
    Return what was entered, with every field: those left out are None.

    :raises FieldRefused: for the first that cannot be used.
    """
    known = {field.code for field in fields}
    for name in data:
        if name not in known:
            raise FieldRefused(name[:64], "unknown", name[:64])
    found: dict[str, Json] = {}
    for field in fields:
        value = data.get(field.code)
        empty = value is None or value == "" or value == []
        problem = ("missing" if wanted(field, data) else None) if empty else fault(field, value)
        if problem:
            raise FieldRefused(field.code, problem, str(field.words))
        found[field.code] = None if empty else value
    return found


def wanted(field: Field, data: Mapping[str, Json]) -> bool:
    """Say whether a field may not be left empty, given what the others hold."""
    if field.required_when is not None:
        other, value = field.required_when
        given = data.get(other)
        said = str(given).lower() if isinstance(given, int) else given
        return said != value[1:] if value.startswith("!") else said == value
    return field.required


def fault(field: Field, value: Json) -> str | None:
    """Return what is wrong with a value."""
    match field.kind, value:
        case (("string" | "text"), str()):
            return "too_long" if len(value) > field.longest else None
        case (("long" | "money"), int()) if not isinstance(value, bool):
            if value == 0 and not field.zero:
                return "zero"
            low = -LARGEST_AMOUNT if field.least is None else field.least
            high = LARGEST_AMOUNT if field.most is None else field.most
            return None if low <= value <= high else "out_of_range"
        case "boolean", bool():
            return None
        case "date", str():
            return None if _day(value) else "wrong"
        case "enum", str():
            return None if value in {one.code for one in field.choices} else "no_choice"
        case "position", str():
            return None if _place(value) else "wrong"
        case (("photos" | "files"), list()) if all(isinstance(one, str) for one in value):
            return "too_many" if len(value) > field.longest else None
    return "wrong"


def _day(text: str) -> bool:
    try:
        return 1900 <= date.fromisoformat(text).year < 2200
    except ValueError:
        return False


def _place(text: str) -> bool:
    if not _POSITION.fullmatch(text):
        return False
    latitude, longitude = (abs(Decimal(part)) for part in text.split(","))
    return latitude <= 90 and longitude <= 180
