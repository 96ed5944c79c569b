"""What closes a hole besides paying less: stricter gates, each tried by a search of its own."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Protocol

from qudao.domain.commission.queries.forms import forms
from qudao.domain.commission.rules.gaming import EDGES, Outcome, break_even
from qudao.domain.commission.schemes import read_terms, written_terms
from qudao.domain.commission.schemes.clawback import Clawback
from qudao.domain.commission.types import (
    Plan,
    Prices,
    RuleDraft,
    Source,
    Term,
    TermKind,
    Unit,
    terms_of,
)

LONGER: Final = tuple(range(1, 13))
"""Months that a gate is put later, or that a claw-back looks back."""
COLLECTED: Final = (5_00, 8_00, 10_00, 15_00, 20_00, 30_00, 50_00, 80_00, 100_00)
"""What a line has to have paid in the month, fen."""
TIMES: Final = (2, 3, 4, 6, 8, 12)
"""How often the least use of a month."""
NOT_ABOUT_LINES: Final = frozenset({"guarantee", "subsidy", "penalty", "clawback", "cap"})
WINDOW: Final = "claw-back"
KINDS: Final = ("retention", "collected", "use", "window")
"""Ways to make rules stricter."""


class Look(Protocol):
    """Searches changed plans; the numbers are how often the least use they ask for."""

    def __call__(
        self, plans: Sequence[Plan], uses: tuple[int, ...] = (), *, enough: bool = False
    ) -> Outcome: ...


@dataclass(frozen=True)
class Step:
    """One way to make a rule stricter, from the least change to the largest."""

    kind: str
    """One of `KINDS`."""
    rule: str
    values: Sequence[int]
    changed: Callable[[int], RuleDraft]
    uses: bool = False
    added: bool = False
    """The rule is not there yet."""


def stricter(
    plans: Sequence[Plan],
    plan: Plan,
    found: Outcome,
    prices: Prices,
    calls: int,
    look: Look,
    kinds: Collection[str],
) -> list[dict[str, Any]]:
    """
    Return, for each way to make the rules of a plan stricter, the least change that closes it.

    One that does not close it even at its strictest says what is gained then. `calls` are those of
    a month's least use.
    """
    steps = (step for step in _steps(plan, found, calls) if step.kind in kinds)
    return [_least(step, plans, plan, prices, look) for step in steps]


def _steps(plan: Plan, found: Outcome, calls: int) -> Iterator[Step]:
    paid = {rule for one in found.gains for rule, fen in one.earned.rules.items() if fen > 0}
    for rule in plan.rules:
        if rule.code not in paid or rule.unit is not Unit.FEN or rule.scheme not in forms():
            continue
        names = {one.name for one in terms_of(type(read_terms(rule.scheme, rule.terms)))}
        if {"ages", "active"} <= names:
            yield Step("retention", rule.code, LONGER, _later(rule))
        elif rule.scheme == "activation":
            yield Step("retention", rule.code, LONGER, _kept(rule))
        if "gate" in names and forms()[rule.scheme].source is Source.SUBSCRIBERS:
            now = (rule.terms.get("gate") or {}).get("collected", 0)
            more = [one for one in COLLECTED if one > now]
            if more:
                paid_in = _gated(rule, lambda fen: {"collected": fen})
                yield Step("collected", rule.code, more, paid_in)
            often = _gated(rule, lambda times: {"calls": calls * times})
            yield Step("use", rule.code, TIMES, often, uses=True)
    if found.best and found.best.ploy.lines:
        yield _window(plan)


def _later(rule: RuleDraft) -> Callable[[int], RuleDraft]:
    """Pay so many months later, if the line was in use in every month until then."""

    def changed(months: int) -> RuleDraft:
        ages = [age + months for age in rule.terms["ages"]]
        active = list(range(min([1, *rule.terms.get("active", ())]), min(ages)))
        gate = rule.terms.get("gate") or {"calls": 1}
        return replace(rule, terms={**rule.terms, "ages": ages, "active": active, "gate": gate})

    return changed


def _kept(rule: RuleDraft) -> Callable[[int], RuleDraft]:
    """Pay an activation fee when the line was in use so many months more."""

    def changed(months: int) -> RuleDraft:
        terms = {
            "ages": [months],
            "bands": [{"least": 0, "below": None, "fee": rule.terms["fee"]}],
            "gate": rule.terms.get("gate") or {"calls": 1},
            "active": list(range(min(1, months - 1), months)),
        }
        return replace(rule, scheme="instalments", terms=terms)

    return changed


def _gated(rule: RuleDraft, gate: Callable[[int], dict[str, int]]) -> Callable[[int], RuleDraft]:
    def changed(value: int) -> RuleDraft:
        asked = {**(rule.terms.get("gate") or {}), **gate(value)}
        return replace(rule, terms={**rule.terms, "gate": asked})

    return changed


def _window(plan: Plan) -> Step:
    """Take back what was paid for every line that shows nothing within so many months."""
    there = next((rule for rule in plan.rules if rule.scheme == "clawback"), None)
    of = [
        rule.code
        for rule in plan.rules
        if rule.unit is Unit.FEN and rule.scheme not in NOT_ABOUT_LINES
    ]

    def changed(months: int) -> RuleDraft:
        if there is not None:
            longer = max(months, there.terms.get("months", 0))
            strict = {"months": longer, "more_than": 0, "borne_ppm": 0}
            return replace(there, terms={**there.terms, **strict})
        terms = Clawback(of=tuple(of), borne_ppm=0, more_than=0, months=months)
        return RuleDraft(WINDOW, "clawback", written_terms(terms), "追扣", "Claw-back")

    code = WINDOW if there is None else there.code
    return Step("window", code, LONGER, changed, added=there is None)


def _least(
    step: Step, plans: Sequence[Plan], plan: Plan, prices: Prices, look: Look
) -> dict[str, Any]:
    known: dict[int, Outcome] = {}

    def closes(value: int) -> bool:
        if value not in known:
            rule = step.changed(value)
            uses = (value,) if step.uses else ()
            changed = [_with(one, plan, rule, step.added) for one in plans]
            last = value == step.values[-1]
            known[value] = look(changed, uses, enough=not last)
        return known[value].best is None

    low, high = 0, len(step.values) - 1
    if closes(step.values[high]):
        while low < high:
            middle = (low + high) // 2
            if closes(step.values[middle]):
                high = middle
            else:
                low = middle + 1
    value = step.values[high]
    closes(value)
    return _as_json(step, plan, value, known[value], prices)


def _with(one: Plan, plan: Plan, rule: RuleDraft, added: bool) -> Plan:
    if one is not plan:
        return one
    rules = [rule if each.code == rule.code else each for each in plan.rules]
    return replace(plan, rules=(*rules, rule) if added else tuple(rules))


def _as_json(
    step: Step, plan: Plan, value: int, outcome: Outcome, prices: Prices
) -> dict[str, Any]:
    rule = step.changed(value)
    before = next((one for one in plan.rules if one.code == rule.code), None)
    left = outcome.best or outcome.nearest
    # from this price of a card on the best that is left gains nothing
    card = left and left.ploy.lines and prices.card + left.gain // left.ploy.lines
    return {
        "kind": step.kind,
        "rule": step.rule,
        "scheme": rule.scheme if before is None or before.scheme != rule.scheme else "",
        "value": value,
        "terms": _differences(before, rule),
        "closes": outcome.best is None,
        "gain": None if left is None else left.gain,
        "card": None if not card else max(0, card),
        "month": break_even(left) if left is not None else None,
    }


def _differences(before: RuleDraft | None, after: RuleDraft) -> list[dict[str, Any]]:
    """Return what the terms are now, and what they have to be; of new rules, all terms."""
    found = []

    def walk(terms: Sequence[Term], now: Any, new: Any, at: str) -> None:
        for term in terms:
            old, value = (now or {}).get(term.name), new.get(term.name)
            if old is None and before is not None and before.scheme == after.scheme:
                old = term.default if isinstance(term.default, (int, tuple)) else None
            if value is None or (old is not None and _plain(old) == _plain(value)):
                continue
            if term.kind is TermKind.PART and term.record:
                inner = old if isinstance(old, dict) else {}
                walk(terms_of(term.record), inner, value, f"{at}{term.name}.")
            elif term.kind is not TermKind.ROWS and (value or old):
                found.append(
                    {
                        "term": f"{at}{term.name}",
                        "label_zh": term.zh,
                        "label_en": term.en,
                        "kind": term.kind.value,
                        "unit": term.unit,
                        "now": _plain(old),
                        "new": _plain(value),
                    }
                )

    same = before is not None and before.scheme == after.scheme
    terms = forms()[after.scheme].terms
    walk(terms, before.terms if before is not None and same else None, after.terms, "")
    return found


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, (list, tuple)) else value


def lowered(rule: RuleDraft | None, share_ppm: int) -> list[dict[str, Any]]:
    """Return what the rule pays, term by term, and what it may pay at most to close every ploy."""
    if rule is None:
        return []
    found: list[dict[str, Any]] = []

    def walk(terms: Sequence[Term], values: Any, at: str) -> None:
        for term in terms:
            value, name = values.get(term.name), f"{at}{term.name}"
            if term.kind is TermKind.ROWS and term.record:
                for n, row in enumerate(value or ()):
                    walk(terms_of(term.record), row, f"{name}.{n + 1}.")
            elif term.kind in (TermKind.MONEY, TermKind.RATE) and value and term.name not in EDGES:
                found.append(
                    {
                        "term": name,
                        "label_zh": term.zh,
                        "label_en": term.en,
                        "kind": term.kind.value,
                        "now": value,
                        "most": value * share_ppm // 1_000_000,
                    }
                )

    walk(forms()[rule.scheme].terms, rule.terms, "")
    return found
