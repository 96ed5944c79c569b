"""What commission announces."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class PolicyEffective:
    """A version of a policy earns from a day on."""

    policy: str
    """Code."""
    number: int
    from_day: date


@dataclass(frozen=True, slots=True)
class PolicyWithdrawn:
    """A policy was withdrawn; it earns nothing from the day on."""

    policy: str
    number: int
    day: date
