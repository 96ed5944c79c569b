"""Where ploys are played: an outlet that a plan is for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from qudao.domain.commission.types import Plan, PolicyDraft, Rule, Selector
from qudao.domain.saleschannel import queries as saleschannel
from qudao.domain.saleschannel.types import KindRecord


@dataclass(frozen=True)
class Where:
    """An outlet that a plan is for, chosen so that as many other rules as can be pay it, too."""

    branch: str
    outlet: Mapping[str, Any]
    others: tuple[Rule, ...]
    named: tuple[int, ...] = ()
    """The outlets that the plan names: of these it is one."""


def where(draft: PolicyDraft, plan: Plan, others: Sequence[Rule]) -> Where:
    """Return where a plan meets most of the rules that hold beside it."""
    branches = set(plan.selector.branches or draft.branches)
    if plan.selector.branches and draft.branches:
        branches &= set(draft.branches)
    named = Counter(one for rule in others for one in rule.selector.branches)
    choice = sorted(branches or named or {"4101"}, key=lambda one: (-named[one], one))
    branch = choice[0] if choice else "4101"
    met, paying = replace(plan.selector, branches=()), []
    kinds = saleschannel.kinds()
    for rule in others:
        if rule.selector.branches and branch not in rule.selector.branches:
            continue
        both = _both(met, replace(rule.selector, branches=()))
        if both is not None and _kinds(both, kinds):
            met = both
            paying.append(replace(rule, selector=Selector()))
    return Where(branch, _outlet(met, kinds), tuple(paying), plan.selector.outlets)


def _both(one: Selector, other: Selector) -> Selector | None:
    """Return whom both are for; None: nobody."""
    found: dict[str, tuple[Any, ...]] = {}
    for name in Selector.__dataclass_fields__:
        mine, theirs = getattr(one, name), getattr(other, name)
        if mine and theirs:
            found[name] = tuple(value for value in mine if value in theirs)
            if not found[name]:
                return None
        else:
            found[name] = mine or theirs
    return Selector(**found)


def _kinds(one: Selector, known: Iterable[KindRecord]) -> list[KindRecord]:
    return [
        kind
        for kind in known
        if (not one.kinds or kind.code in one.kinds)
        and (not one.ownership or kind.ownership in one.ownership)
    ]


def _outlet(one: Selector, known: Iterable[KindRecord]) -> dict[str, Any]:
    """Return an outlet as a selector wants it, the best one where it leaves that open."""
    kinds = _kinds(one, known) or list(known)
    kind = next((kind for kind in kinds if kind.ownership == "social"), kinds[0])
    return {
        "kind": kind.code,
        "ownership": kind.ownership,
        "market": next(iter(one.markets), "city"),
        "district": next(iter(one.districts), ""),
        "star": max(one.stars, default=5),
        "tier": min(one.tiers, default=1),
    }
