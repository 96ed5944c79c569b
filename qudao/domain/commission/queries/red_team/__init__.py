"""How a draft can be gamed: ploys are computed by its real rules, and looked for in history."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import asdict
from typing import Any, Final

from qudao.domain.commission.queries.effective import rules_between, rules_by_number
from qudao.domain.commission.queries.red_team.alike import alike
from qudao.domain.commission.queries.red_team.closing import KINDS, lowered, stricter
from qudao.domain.commission.queries.red_team.place import Where, where
from qudao.domain.commission.queries.red_team.play import Play, least_use, shifted
from qudao.domain.commission.rules.gaming import LONGEST, Gain, Outcome, Ploy, search
from qudao.domain.commission.schemes import read_terms
from qudao.domain.commission.types import Plan, PolicyDraft, Prices, Rule
from qudao.platform.lake.engine import Engine, connect

__all__ = ["alike", "beside", "red_team"]

BEGIN: Final = 20
"""Ploys that a search of changed rules begins with: the best by the rules as they are."""


def beside(policy: str, draft: PolicyDraft) -> tuple[Rule, ...]:
    """Return the rules of other policies that hold while ploys by a draft go on."""
    first = draft.valid_from.replace(day=1)
    rules = rules_between(first, shifted(first, LONGEST))
    whose = rules_by_number(rule.number for rule in rules)
    return tuple(rule for rule in rules if whose[rule.number].policy_code != policy)


def red_team(
    draft: PolicyDraft,
    plans: Sequence[Plan],
    prices: Prices,
    progress: Callable[[int, int], None] = lambda done, total: None,
    others: Sequence[Rule] = (),
    kinds: Collection[str] = KINDS,
) -> tuple[dict[str, Any], Ploy | None]:
    """
    Look for the cheapest way to earn more by a draft than it costs, as an outlet of each plan.

    `others` are rules of other policies that hold at the same time: what one earns by all of them
    counts, as long as the draft's own pay something. Of what closes a hole, only `kinds` of gates
    are tried. The answer is the finding, as JSON, and the
    best ploy of all plans.
    """
    found, best = [], None
    progress(0, len(plans) + 1)
    for place, plan in enumerate(plans):
        engine = connect()
        try:
            search = _Search(engine, draft, plans, where(draft, plan, others), prices)
            outcome = search(plans)
            calls = search.use["calls"]
            gates = stricter(plans, plan, outcome, prices, calls, search, kinds)
        finally:
            engine.close()
        found.append({**_as_json(plan, outcome), "gates": gates, "others": search.others})
        if outcome.best and (best is None or outcome.best.gain > best.gain):
            best = outcome.best
        progress(place + 1, len(plans) + 1)
    return {"prices": asdict(prices), "plans": found}, best.ploy if best else None


class _Search:
    """Searches a draft's plans, and again when they were changed."""

    def __init__(
        self,
        engine: Engine,
        draft: PolicyDraft,
        plans: Sequence[Plan],
        at: Where,
        prices: Prices,
    ) -> None:
        self._engine, self._draft, self._at, self._prices = engine, draft, at, prices
        drafted = [read_terms(rule.scheme, rule.terms) for plan in plans for rule in plan.rules]
        self.use = least_use([*drafted, *(rule.terms for rule in at.others)])
        """Of a month, by the gates as they are: what one pays for once."""
        self._begin: list[Ploy] = []
        self.others = sorted({rule.code for rule in at.others})

    def __call__(
        self, plans: Sequence[Plan], uses: tuple[int, ...] = (), *, enough: bool = False
    ) -> Outcome:
        play = Play(self._engine, self._draft, plans, self._at, self.use, uses)
        try:
            found = search(play.marks, self._prices, play.earn, play.own, self._begin, enough)
        finally:
            play.close()
        self._begin = self._begin or [one.ploy for one in found.gains[:BEGIN]]
        return found


def _as_json(plan: Plan, outcome: Outcome) -> dict[str, Any]:
    drafted = {rule.code: rule for rule in plan.rules}
    return {
        "plan_zh": plan.name_zh,
        "plan_en": plan.name_en,
        "tried": outcome.tried,
        "best": _gain(outcome.best),
        "cheapest": _gain(outcome.cheapest),
        "break_even_month": outcome.break_even_month,
        "break_even_card": outcome.break_even_card,
        "gains": [_gain(one) for one in outcome.gains],
        "closing": [
            {"rule": code, "share_ppm": share, "terms": lowered(drafted.get(code), share)}
            for code, share in outcome.closing
        ],
    }


def _gain(one: Gain | None) -> dict[str, Any] | None:
    if one is None:
        return None
    return {
        **asdict(one.ploy),
        "cost": one.cost,
        "earned": one.earned.total,
        "gain": one.gain,
        "own": one.own,
        "months": list(one.earned.months),
        "rules": dict(one.earned.rules),
    }
