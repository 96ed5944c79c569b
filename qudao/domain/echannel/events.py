"""What the configuration of fronts announces."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class MenuPublished:
    """A version became, or will become, what a front shows."""

    front: str
    branch: str
    """Code of the branch; empty: all that have nothing of their own."""
    group: str
    number: int


@dataclass(frozen=True, slots=True)
class FrontSwitched:
    """A front was switched off, or on again."""

    front: str
    branch: str
    group: str
    on: bool
