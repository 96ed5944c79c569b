"""Which rules of two policies pay the same outlets for the same, at the same time."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from qudao.domain.commission.types import Finding, PolicyKind, Selector


@dataclass(frozen=True, slots=True)
class Paid:
    """A rule as far as overlaps go: what it pays for, whom, and when."""

    policy: str
    """Code."""
    kind: str
    """Of the policy."""
    rule: str
    scheme: str
    concerns: tuple[str, ...]
    """Businesses; (): all."""
    selector: Selector
    branches: tuple[str, ...]
    """Of the policy; (): the whole province."""
    from_day: date
    until_day: date | None
    on_top_of: tuple[str, ...] = ()


def findings_of(new: Iterable[Paid], others: Iterable[Paid]) -> tuple[Finding, ...]:
    """
    Return where rules of a policy meet those of others, or one another.

    A staged incentive is meant to come on top of what is basic; otherwise one of the two policies
    has to say so. Two rules of one policy always stand against each other.
    """
    rules = tuple(new)
    found = []
    for place, rule in enumerate(rules):
        for other in (*rules[place + 1 :], *others):
            if meet(rule, other):
                own = rule.policy == other.policy
                meant = (
                    rule.kind == PolicyKind.STAGED and other.kind == PolicyKind.BASIC
                    or other.kind == PolicyKind.STAGED and rule.kind == PolicyKind.BASIC
                    or other.policy in rule.on_top_of
                    or rule.policy in other.on_top_of
                )  # fmt: skip
                found.append(
                    Finding(rule.rule, other.policy, other.rule, rule.scheme, own or not meant)
                )
    return tuple(found)


def meet(one: Paid, other: Paid) -> bool:
    """Say whether there may be a fact for which both rules pay."""
    return (
        one.scheme == other.scheme
        and _same_days(one, other)
        and _shared(one.concerns, other.concerns)
        and _shared(_branches(one), _branches(other), none=_NOWHERE)
        and all(
            _shared(getattr(one.selector, name), getattr(other.selector, name))
            for name in ("kinds", "ownership", "markets", "stars", "tiers", "districts", "outlets")
        )
    )


_NOWHERE = ("",)


def _branches(one: Paid) -> tuple[str, ...]:
    """Return where a rule pays: (): everywhere."""
    if one.branches and one.selector.branches:
        return tuple(set(one.branches) & set(one.selector.branches)) or _NOWHERE
    return one.branches or one.selector.branches


def _shared(one: Collection[Any], other: Collection[Any], none: Collection[Any] = ()) -> bool:
    """Say whether two sets have something in common; an empty one has everything."""
    if none and (one == none or other == none):
        return False
    return not one or not other or not set(one).isdisjoint(other)


def _same_days(one: Paid, other: Paid) -> bool:
    return (other.until_day is None or one.from_day < other.until_day) and (
        one.until_day is None or other.from_day < one.until_day
    )
