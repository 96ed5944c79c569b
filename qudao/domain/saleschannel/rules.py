"""Pure rules of outlets: node codes, states, opening hours, and who may sell."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from datetime import datetime
from decimal import Decimal
from math import asin, cos, radians, sin, sqrt
from typing import Final

from qudao.domain.saleschannel.types import (
    BusinessNotAllowed,
    ContractNotValid,
    OpeningHours,
    OutletNotActive,
    OutletRecord,
    OutletShut,
    OutletState,
    Ownership,
    SaleAboveLimit,
    SellingPoint,
)
from qudao.kernel.money import Money
from qudao.kernel.numbers import luhn_digit, luhn_ok
from qudao.kernel.period import MARKET_ZONE
from qudao.kernel.refusals import Refusal

WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

TRANSITIONS: Final[Mapping[str, Mapping[str, str]]] = {
    "activate": {OutletState.DRAFT: OutletState.ACTIVE},
    "suspend": {OutletState.ACTIVE: OutletState.SUSPENDED},
    "resume": {OutletState.SUSPENDED: OutletState.ACTIVE},
    "close": {
        OutletState.DRAFT: OutletState.CLOSED,
        OutletState.ACTIVE: OutletState.CLOSED,
        OutletState.SUSPENDED: OutletState.CLOSED,
    },
}
"""Verb → state before → state after. What is not listed is refused."""

NEEDS_CONTRACT: Final = frozenset({Ownership.SOCIAL, Ownership.INTERNET})
"""Outlets of these ownerships belong to others, and sell only under a contract."""

OWNERSHIP_DIGIT: Final[Mapping[str, str]] = {
    Ownership.OWN: "1",
    Ownership.SOCIAL: "2",
    Ownership.ELECTRONIC: "3",
    Ownership.DIRECT: "4",
    Ownership.INTERNET: "5",
}

NODE_CODE_LENGTH: Final = 12
LAST_SEQUENCE: Final = 9999

_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d|24:00", re.ASCII)
_SPAN = re.compile(r"(\d{2}:\d{2})-(\d{2}:\d{2})", re.ASCII)


def node_prefix(division: str, ownership: str) -> str:
    """Return the seven digits that the outlets of one place and ownership share."""
    return division.ljust(6, "0") + OWNERSHIP_DIGIT[ownership]


def node_code(prefix: str, sequence: int) -> str:
    """
    Return a node code: division (6), ownership (1), sequence (4), check digit (1, Luhn).

    The division is the county's code, or a branch's or the province's filled up with zeros;
    ownership is 1 own, 2 social, 3 electronic, 4 direct, 5 internet.
    """
    assert 0 < sequence <= LAST_SEQUENCE, sequence
    digits = f"{prefix}{sequence:04d}"
    return digits + luhn_digit(digits)


def node_code_ok(code: str, prefix: str) -> bool:
    """Say whether a code chosen by a person belongs to the place and checks."""
    return (
        len(code) == NODE_CODE_LENGTH
        and luhn_ok(code)
        and code.startswith(prefix)
        and code[7:11] != "0000"
    )


def free_node_codes(prefix: str, used: Collection[int], most: int) -> tuple[str, ...]:
    """
    Return node codes of a place and ownership that are free, at most so many.

    `used` are the sequence numbers that are given. Those after the last one come first, in order;
    then numbers that were skipped.
    """
    last = max(used, default=0)
    after = [n for n in range(last + 1, min(last + most, LAST_SEQUENCE) + 1)]
    given = set(used)
    skipped = (n for n in range(1, last) if n not in given)
    found = after + [n for n, _more in zip(skipped, range(most - len(after)), strict=False)]
    return tuple(node_code(prefix, sequence) for sequence in found)


def distance_m(place: tuple[Decimal, Decimal], other: tuple[Decimal, Decimal]) -> int:
    """
    Return how far two places are from each other, as (longitude, latitude), in metres.

    Haversine on a sphere: at most half a per cent off.
    """
    east, north, far_east, far_north = (radians(float(one)) for one in (*place, *other))
    half = sin((far_north - north) / 2) ** 2
    half += cos(north) * cos(far_north) * sin((far_east - east) / 2) ** 2
    return round(2 * 6_371_000 * asin(sqrt(half)))


def opening_hours_problem(hours: OpeningHours) -> str | None:
    """Return the first thing wrong with opening hours, as a short code; None when sound."""
    for day, spans in hours.items():
        if day not in WEEKDAYS:
            return "weekday"
        before = ""
        for span in spans:
            if len(span) != 2 or not all(_TIME.fullmatch(time) for time in span):
                return "time"
            if not span[0] < span[1]:
                return "order"
            if span[0] < before:
                return "overlap"
            before = span[1]
    return None


def is_open(hours: OpeningHours, at: datetime) -> bool:
    """Say whether an instant falls within the opening hours; unknown hours are always open."""
    if not hours:
        return True
    local = at.astimezone(MARKET_ZONE)
    time = f"{local:%H:%M}"
    return any(start <= time < end for start, end in hours.get(WEEKDAYS[local.weekday()], []))


def hours_as_text(hours: OpeningHours) -> str:
    """Return opening hours as lines: `mon-fri 08:30-12:00 13:30-18:00`."""
    lines: list[tuple[str, str, str]] = []
    for day in WEEKDAYS:
        spans = " ".join(f"{start}-{end}" for start, end in hours.get(day, []))
        if not spans:
            continue
        follows = (
            lines
            and lines[-1][2] == spans
            and WEEKDAYS.index(lines[-1][1]) + 1 == WEEKDAYS.index(day)
        )
        if follows:
            lines[-1] = (lines[-1][0], day, spans)
        else:
            lines.append((day, day, spans))
    return "\n".join(
        f"{first} {spans}" if first == last else f"{first}-{last} {spans}"
        for first, last, spans in lines
    )


def hours_from_text(text: str) -> OpeningHours:
    """
    Return the opening hours that lines like `mon-fri 08:30-18:00` mean.

    :raises ValueError: if a line means nothing.
    """
    hours: OpeningHours = {}
    for line in filter(None, (line.strip().lower() for line in text.splitlines())):
        days, _blank, spans = line.partition(" ")
        first, _dash, last = days.partition("-")
        found = _SPAN.findall(spans)
        if first not in WEEKDAYS or (last or first) not in WEEKDAYS or not found:
            raise ValueError(line)
        if _SPAN.sub("", spans).strip():
            raise ValueError(line)
        for day in WEEKDAYS[WEEKDAYS.index(first) : WEEKDAYS.index(last or first) + 1]:
            hours[day] = [list(span) for span in found]
    return hours


def may_sell(outlet: OutletRecord | SellingPoint, business: str, at: datetime) -> Refusal | None:
    """
    Return why an outlet may not sell a business at an instant, or None when it may.

    An outlet sells while it is active and within its contract; opening hours stop a sale only
    where the outlet's setting says so, and are otherwise for information.
    """
    if outlet.state != OutletState.ACTIVE:
        return OutletNotActive(outlet.state)
    if (outlet.contract_from is not None and at < outlet.contract_from) or (
        outlet.contract_until is not None and at >= outlet.contract_until
    ):
        return ContractNotValid(outlet.contract_from, outlet.contract_until)
    if outlet.businesses is not None and business not in outlet.businesses:
        return BusinessNotAllowed(business)
    if outlet.hours_enforced and not is_open(outlet.opening_hours, at):
        return OutletShut(outlet.opening_hours)
    return None


def above_sale_limit(outlet: OutletRecord | SellingPoint, amount: Money) -> Refusal | None:
    """Return why one sale is worth too much for an outlet, or None."""
    if outlet.sale_limit is not None and amount > outlet.sale_limit:
        return SaleAboveLimit(outlet.sale_limit)
    return None
