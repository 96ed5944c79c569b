"""Pure rules of numbers: what may follow what, and how numbers are graded in bulk."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import cache, lru_cache
from typing import Final

from qudao.domain.resource import data
from qudao.domain.resource.patterns import patterns
from qudao.domain.resource.types import NumberState, PatternRule

PLAIN: Final = "plain"
PER_SEGMENT: Final = 10_000
BRANCH_DEPTH: Final = 2
"""Dots in the path of a branch: group, province, branch."""
SAMPLE: Final = ("1383711", "1583860")
"""Prefixes whose numbers stand for all when shares are estimated."""
NONE: Final = 255
"""In the place of a rule: none of this reach. So there may be 255 rules."""

TRANSITIONS: Final[Mapping[NumberState, frozenset[NumberState]]] = {
    # To active and cancelled: lines of which the BOSS knew before we did.
    NumberState.FREE: frozenset(
        {
            NumberState.RESERVED,
            NumberState.BOUND,
            NumberState.ACTIVE,
            NumberState.CANCELLED,
        }
    ),
    # To reserved again: a hold that is over is taken by another.
    NumberState.RESERVED: frozenset(
        {NumberState.FREE, NumberState.RESERVED, NumberState.PAID, NumberState.BOUND}
    ),
    NumberState.PAID: frozenset({NumberState.FREE, NumberState.RESERVED, NumberState.BOUND}),
    # To bound again: a number in a pack is sold with it, or comes back with it.
    NumberState.BOUND: frozenset({NumberState.FREE, NumberState.BOUND, NumberState.ACTIVE}),
    NumberState.ACTIVE: frozenset({NumberState.CANCELLED}),
    NumberState.CANCELLED: frozenset({NumberState.RESTING}),
    NumberState.RESTING: frozenset({NumberState.FREE}),
}
"""What may follow each state; `docs/resource.md` draws it."""


@cache
def ordered() -> tuple[PatternRule, ...]:
    """Return the registered rules, the first to be asked first; the plain one is the last."""
    return tuple(sorted(patterns.values(), key=lambda rule: rule.priority))


def pattern_of(number: str, off: frozenset[str] = frozenset()) -> str:
    """Return the code of the first rule that matches a number of 11 digits."""
    return next(r.code for r in ordered() if r.code not in off and r.matches(number))


def fingerprint(off: frozenset[str]) -> str:
    """Return a mark of the rules in force: numbers graded under another one may be graded anew."""
    said = "|".join(f"{r.code}:{r.priority}:{r.reach}" for r in ordered() if r.code not in off)
    return hashlib.sha256(said.encode()).hexdigest()[:16]


def grade_segment(prefix: str, off: frozenset[str]) -> bytes:
    """
    Return the pattern of each of a segment's ten thousand numbers, in order, as places in
    `ordered()`.

    Rules look at a few digits from the end, so most of what they say is the same for many
    segments: it is found once for each reach and kept.
    """
    layers = [
        _layer(reach, prefix[len(prefix) - max(0, reach - 4) :], off)
        for reach in sorted({rule.reach for rule in ordered()})
    ]
    return bytes(map(min, *layers)) if len(layers) > 1 else layers[0]


@cache
def share_of(code: str) -> float:
    """
    Return about which part of all numbers belongs to a pattern, for whoever must choose what to
    look through first: never nothing.
    """
    return max(_sample().get(code, 0), 1) / (len(SAMPLE) * PER_SEGMENT)


@cache
def _sample() -> Mapping[str, int]:
    counted = Counter(place for prefix in SAMPLE for place in grade_segment(prefix, frozenset()))
    return {rule.code: counted[place] for place, rule in enumerate(ordered())}


@lru_cache(maxsize=1024)
def _layer(reach: int, before: str, off: frozenset[str]) -> bytes:
    """Return what the rules of one reach say of each ending, behind the digits before it."""
    rules = [
        (place, rule.match)
        for place, rule in enumerate(ordered())
        if rule.reach == reach and rule.code not in off
    ]
    return bytes(_first(rules, (before + ending)[-reach:]) for ending in _endings())


def _first(rules: Sequence[tuple[int, Callable[[str], bool]]], digits: str) -> int:
    return next((place for place, match in rules if match(digits)), NONE)


@lru_cache(maxsize=1)
def _endings() -> tuple[str, ...]:
    return tuple(f"{ending:04d}" for ending in range(PER_SEGMENT))


def prefix_problem(prefix: str, division: str) -> str | None:
    """Say why the branch of a division may not have a prefix; None if it may."""
    if not data.is_prefix(prefix):
        return "prefix_unknown"
    listed, area = data.hlr_of(prefix), data.areas().get(division)
    if listed is not None and area is not None and listed != area.hlr:
        return "prefix_elsewhere"
    return None


def hlr_for(prefix: str, division: str) -> str:
    """Return the HLR that serves a prefix of a branch; empty if nobody knows."""
    area = data.areas().get(division)
    return data.hlr_of(prefix) or (area.hlr if area else "")
