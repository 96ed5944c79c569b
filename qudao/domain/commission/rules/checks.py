"""What stands against a policy as it is written."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from qudao.domain.commission.types import (
    Plan,
    PolicyDraft,
    PolicyKind,
    PolicyProblem,
    RuleDraft,
    Scheme,
    Selector,
    TermKind,
    terms_of,
)
from qudao.kernel.money import Money

MOST_PLANS: Final = 20
MOST_RULES: Final = 60
MOST_NAMED: Final = 5_000
"""Outlets, branches, districts that a selector names."""
LONGEST_NAME: Final = 100
LONGEST_PURPOSE: Final = 4_000
LARGEST_BUDGET: Final = 10**13
YEARS: Final = range(2000, 2100)

_CODE: Final = re.compile(r"[a-z][a-z0-9_.-]{0,39}")
_LARGEST_TERMS: Final = 64 * 1024
_UNREADABLE: Final = (
    KeyError,  # an unknown scheme
    msgspec.ValidationError,
    TypeError,
    ValueError,
    OverflowError,
    RecursionError,
)


@dataclass(frozen=True, slots=True)
class Known:
    """What a policy may name."""

    branches: Collection[str]
    districts: Collection[str]
    kinds: Collection[str]
    ownership: Collection[str]
    businesses: Collection[str]
    outlets: Callable[[Collection[int]], Collection[int]]
    """Which of these outlets there are, where the author may look."""
    taken: Callable[[Collection[str]], Collection[str]]
    """Which of these codes are rules of other policies."""
    upon: Callable[[Collection[str]], Mapping[str, Collection[str]]]
    """Of these codes, those of other policies' rules, with the rules that each stands upon."""
    read: Callable[[str, Any], Scheme]
    """Terms from JSON; a KeyError for an unknown scheme."""


def problems_of(draft: PolicyDraft, known: Known) -> tuple[PolicyProblem, ...]:
    """Return all that is wrong with a draft: none may be proposed with a problem."""
    found = [*_policy(draft, known)]
    rules = [rule for plan in draft.plans for rule in plan.rules]
    if len(rules) > MOST_RULES or len(draft.plans) > MOST_PLANS:
        return (*found, PolicyProblem("too_many_rules", values={"most": MOST_RULES}))
    codes = Counter(rule.code for rule in rules)
    found += [PolicyProblem("code_twice", rule=code) for code, n in codes.items() if n > 1]
    found += [PolicyProblem("code_taken", rule=code) for code in sorted(known.taken(tuple(codes)))]
    for plan in draft.plans:
        found += _plan(plan, known)
        for rule in plan.rules:
            found += _rule(rule, known, frozenset(codes))
    found += _circles(rules, known)
    return tuple(found)


def _circles(rules: Sequence[RuleDraft], known: Known) -> Iterator[PolicyProblem]:
    """Find rules that stand upon themselves, at once or by others: nobody could compute them."""
    own: dict[str, Scheme] = {}
    for rule in rules:
        with suppress(*_UNREADABLE):
            own[rule.code] = known.read(rule.scheme, rule.terms)
    upon: dict[str, Collection[str]] = {code: terms.upon() for code, terms in own.items()}
    while others := {code for codes in upon.values() for code in codes} - upon.keys():
        upon |= {**dict.fromkeys(others, ()), **known.upon(others)}
    for rule in rules:
        reached: set[str] = set()
        ahead = set(upon.get(rule.code, ()))
        while ahead:
            reached |= ahead
            ahead = {code for one in ahead for code in upon[one]} - reached
        if rule.code in reached:
            yield PolicyProblem("circle", rule.code, _naming(own[rule.code]), scheme=rule.scheme)


def _naming(terms: Scheme) -> str:
    """Return the term in which a scheme names other rules."""
    return next((one.name for one in terms_of(type(terms)) if one.kind is TermKind.RULES), "")


def _policy(draft: PolicyDraft, known: Known) -> Iterator[PolicyProblem]:
    yield from _names(draft.name_zh, draft.name_en, "")
    if len(draft.purpose) > LONGEST_PURPOSE:
        yield PolicyProblem("too_long", field="purpose", values={"most": LONGEST_PURPOSE})
    if draft.valid_from.year not in YEARS:
        yield PolicyProblem("day_too_far", field="valid_from")
    until = draft.valid_until
    if until is None and draft.kind is PolicyKind.STAGED:
        yield PolicyProblem("end_missing", field="valid_until")
    if until is not None and (until.year not in YEARS or until <= draft.valid_from):
        yield PolicyProblem("ends_before_start", field="valid_until")
    if draft.budget is not None and not Money.zero() < draft.budget <= Money(LARGEST_BUDGET):
        yield PolicyProblem("budget_out_of_range", field="budget")
    yield from _codes(draft.branches, known.branches, "branches", "")
    if not draft.plans:
        yield PolicyProblem("no_plans")


def _plan(plan: Plan, known: Known) -> Iterator[PolicyProblem]:
    yield from _names(plan.name_zh, plan.name_en, "plan")
    if not plan.rules:
        yield PolicyProblem("no_rules", field="plan", values={"plan": plan.name_zh[:LONGEST_NAME]})
    yield from _selector(plan.selector, known)


def _selector(selector: Selector, known: Known) -> Iterator[PolicyProblem]:
    yield from _codes(selector.branches, known.branches, "branches", "selector")
    yield from _codes(selector.districts, known.districts, "districts", "selector")
    yield from _codes(selector.kinds, known.kinds, "kinds", "selector")
    yield from _codes(selector.ownership, known.ownership, "ownership", "selector")
    yield from _codes(selector.markets, ("city", "rural"), "markets", "selector")
    yield from _codes(selector.stars, range(6), "stars", "selector")
    yield from _codes(selector.tiers, range(1, 5), "tiers", "selector")
    named = selector.outlets
    if len(named) > MOST_NAMED:
        yield PolicyProblem("too_many_named", field="outlets", values={"most": MOST_NAMED})
    else:
        yield from _codes(named, known.outlets(named) if named else (), "outlets", "selector")


def _rule(rule: RuleDraft, known: Known, codes: Collection[str]) -> Iterator[PolicyProblem]:
    if not _CODE.fullmatch(rule.code):
        yield PolicyProblem("code_unusable", rule=rule.code[:40], field="code")
    for one in _names(rule.name_zh, rule.name_en, "rule"):
        yield PolicyProblem(one.code, rule=rule.code, field=one.field, values=one.values)
    try:
        if len(msgspec.json.encode(rule.terms)) > _LARGEST_TERMS:
            yield PolicyProblem("terms_unreadable", rule=rule.code, scheme=rule.scheme)
            return
        terms = known.read(rule.scheme, rule.terms)
    except KeyError:
        yield PolicyProblem(
            "scheme_unknown", rule=rule.code, field="scheme", values={"scheme": rule.scheme[:40]}
        )
        return
    except _UNREADABLE as error:
        path = re.search(r"`\$\.?([\w.\[\]]*)`", str(error))
        yield PolicyProblem(
            "terms_unreadable",
            rule=rule.code,
            field=path[1][:60] if path else "",
            scheme=rule.scheme,
        )
        return
    for found in terms.problems():
        yield PolicyProblem(
            found.kind, rule.code, found.term, found.row, found.values, scheme=rule.scheme
        )
    for code in set(terms.concerns()) - set(known.businesses):
        yield PolicyProblem(
            "unknown_code", rule.code, "businesses", values={"code": code[:40]}, scheme=rule.scheme
        )
    for code in set(terms.upon()) - set(codes) - set(known.taken(terms.upon())):
        yield PolicyProblem(
            "unknown_rule",
            rule.code,
            _naming(terms),
            values={"code": code[:40]},
            scheme=rule.scheme,
        )
    for row, one in enumerate(getattr(terms, "districts", ())):
        if one.district not in known.districts:
            yield PolicyProblem(
                "unknown_code",
                rule.code,
                "districts.district",
                row,
                {"code": one.district[:40]},
                rule.scheme,
            )


def _names(zh: str, en: str, what: str) -> Iterator[PolicyProblem]:
    for field, text in (("name_zh", zh), ("name_en", en)):
        where = f"{what}.{field}" if what else field
        if not text.strip():
            yield PolicyProblem("name_missing", field=where)
        elif len(text) > LONGEST_NAME:
            yield PolicyProblem("too_long", field=where, values={"most": LONGEST_NAME})


def _codes(
    given: Collection[Any], known: Collection[Any], field: str, what: str
) -> Iterator[PolicyProblem]:
    where = f"{what}.{field}" if what else field
    if len(given) > MOST_NAMED:
        yield PolicyProblem("too_many_named", field=where, values={"most": MOST_NAMED})
        return
    for code in sorted(set(map(str, set(given) - set(known))))[:5]:
        yield PolicyProblem("unknown_code", field=where, values={"code": code[:40]})
