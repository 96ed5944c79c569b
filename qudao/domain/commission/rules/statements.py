"""What a statement comes to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from qudao.domain.commission.rules.taxes import tax
from qudao.domain.commission.types.settlements import TaxBand


@dataclass(frozen=True, slots=True)
class Outcome:
    """How what is due is divided; the three add up to it."""

    net: int
    tax: int
    carried: int
    """What the outlet owes, and the next month begins with: zero or negative."""


def outcome(due: int, bands: Sequence[TaxBand]) -> Outcome:
    """Return what is paid, withheld and carried of an amount due, in fen."""
    if due <= 0:
        return Outcome(0, 0, due)
    withheld = tax(due, bands)
    return Outcome(due - withheld, withheld, 0)


def deviates(now: int, before: int, *, share_ppm: int, least: int) -> bool:
    """Say whether an outlet's month differs so much from the one before that somebody looks."""
    change = abs(now - before)
    return change >= least and change * 1_000_000 > abs(before) * share_ppm
