"""Reading values out of JSON: what is not there, or not as it should be, is `Malformed`."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from simulators.boss.orders import JSON, Malformed

MOST: Final = 20
"""Entries of one list."""


def at(body: JSON, *path: str) -> JSON:
    for name in path:
        found = body.get(name)
        if not isinstance(found, dict):
            raise Malformed(f"`{'.'.join(path)}` is missing")
        body = found
    return body


def first(body: JSON, name: str) -> JSON:
    found = body.get(name)
    if not isinstance(found, list) or len(found) != 1 or not isinstance(found[0], dict):
        raise Malformed(f"`{name}` must hold exactly one entry")
    return found[0]


def entries(body: JSON, name: str) -> list[JSON]:
    """A list of at least one object."""
    found = body.get(name)
    if (
        not isinstance(found, list)
        or not 0 < len(found) <= MOST
        or not all(isinstance(entry, dict) for entry in found)
    ):
        raise Malformed(f"`{name}` must hold one to {MOST} entries")
    return found


def some(body: JSON, name: str) -> list[JSON]:
    """A list of objects that may be missing."""
    return entries(body, name) if body.get(name) else []


def text(body: JSON, *path: str) -> str:
    found: Any = at(body, *path[:-1]).get(path[-1])
    if not isinstance(found, str) or not found:
        raise Malformed(f"`{'.'.join(path)}` is missing")
    return found


def optional(body: JSON, name: str) -> str:
    found = body.get(name) if isinstance(body, dict) else None
    if found is None:
        return ""
    if not isinstance(found, str) or len(found) > 200:
        raise Malformed(f"`{name}` must be a string of at most 200 characters")
    return found


def fen(money: JSON) -> int:
    value = money.get("value")
    if (
        money.get("unit") != "CNY"
        or isinstance(value, bool)
        or not isinstance(value, int | Decimal)
        or not 0 <= Decimal(value) < 10**12
    ):
        raise Malformed("an amount is a number of CNY, and not negative")
    minor = Decimal(value) * 100
    if minor != int(minor):
        raise Malformed("an amount has at most two decimals")
    return int(minor)


def tax_included(price: JSON) -> int:
    """The amount (fen) of one of 622's prices."""
    return fen(at(price, "price", "taxIncludedAmount"))
