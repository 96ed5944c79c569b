"""A commission policy as a form: what was typed, rows added and dropped, read back as a draft."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Final

import msgspec
from django.utils.translation import gettext as _

from qudao.domain.commission.queries import forms
from qudao.domain.commission.types import (
    Plan,
    PolicyDraft,
    PolicyKind,
    PolicyProblem,
    RuleDraft,
    Selector,
    Term,
    TermKind,
    Unit,
    terms_of,
)
from qudao.fronts.backoffice.term_fields import (
    Faults,
    Sent,
    first,
    places,
    read,
    sent_terms,
    typed_of,
)
from qudao.fronts.wording import commission_terms
from qudao.kernel.money import Money, Rounding

MOST: Final = 20
SETS: Final = ("branches", "kinds", "ownership", "markets", "stars", "tiers")
"""What is ticked of a selector."""
LISTS: Final = ("districts", "outlets")
"""What is written of it."""

_BETWEEN = re.compile(r"[\s,，、;；]+")
_ROW = re.compile(r"p(\d+)(?:\.r(\d+)(?:\.t\.([a-z_.]+?)(?:\.(\d+))?)?)?")


@dataclass
class RuleSheet:
    """A rule as it is typed."""

    scheme: str
    code: str = ""
    name_zh: str = ""
    name_en: str = ""
    rounding: str = "half_up"
    unit: str = "fen"
    terms: dict[str, Any] = field(default_factory=dict)

    @property
    def asked(self) -> tuple[Term, ...]:
        found = forms().get(self.scheme)
        return found.terms if found else ()


@dataclass
class PlanSheet:
    """A plan as it is typed."""

    name_zh: str = ""
    name_en: str = ""
    sets: dict[str, list[str]] = field(default_factory=dict)
    lists: dict[str, str] = field(default_factory=dict)
    rules: list[RuleSheet] = field(default_factory=list)


@dataclass
class Sheet:
    """A policy as it is typed."""

    name_zh: str = ""
    name_en: str = ""
    kind: str = "basic"
    first_day: str = ""
    last_day: str = ""
    budget: str = ""
    branches: list[str] = field(default_factory=list)
    on_top_of: str = ""
    purpose: str = ""
    plans: list[PlanSheet] = field(default_factory=list)


# ------------------------------------------------------------------ from a draft, from a request


def of_draft(draft: PolicyDraft) -> Sheet:
    """Return a draft as it is typed."""
    last = draft.valid_until - timedelta(days=1) if draft.valid_until else None
    return Sheet(
        name_zh=draft.name_zh,
        name_en=draft.name_en,
        kind=draft.kind,
        first_day=draft.valid_from.isoformat(),
        last_day=last.isoformat() if last else "",
        budget=str(draft.budget) if draft.budget else "",
        branches=list(draft.branches),
        on_top_of=", ".join(draft.on_top_of),
        purpose=draft.purpose,
        plans=sheets_of(draft.plans),
    )


def sheets_of(plans: Sequence[Plan]) -> list[PlanSheet]:
    """Return plans as they are typed."""
    return [_plan_of(plan) for plan in plans]


def _plan_of(plan: Plan) -> PlanSheet:
    one = plan.selector
    return PlanSheet(
        plan.name_zh,
        plan.name_en,
        {name: [str(code) for code in getattr(one, name)] for name in SETS},
        {name: ", ".join(map(str, getattr(one, name))) for name in LISTS},
        [_rule_of(rule) for rule in plan.rules],
    )


def _rule_of(rule: RuleDraft) -> RuleSheet:
    made = RuleSheet(rule.scheme, rule.code, rule.name_zh, rule.name_en, rule.rounding, rule.unit)
    made.terms = typed_of(made.asked, rule.terms)
    return made


def sent(data: Sent) -> Sheet:
    """Return what a form carried."""
    return Sheet(
        **{
            name: first(data, name)
            for name in (
                *("name_zh", "name_en", "kind", "first_day", "last_day", "budget"),
                *("on_top_of", "purpose"),
            )
        },
        branches=_ticked(data, "branches"),
        plans=[_sent_plan(data, f"p{n}") for n in range(_count(data, "plans"))],
    )


def _sent_plan(data: Sent, at: str) -> PlanSheet:
    return PlanSheet(
        first(data, f"{at}.name_zh"),
        first(data, f"{at}.name_en"),
        {name: _ticked(data, f"{at}.{name}") for name in SETS},
        {name: first(data, f"{at}.{name}") for name in LISTS},
        [_sent_rule(data, f"{at}.r{n}") for n in range(_count(data, f"{at}.rules"))],
    )


def _sent_rule(data: Sent, at: str) -> RuleSheet:
    names = ("scheme", "code", "name_zh", "name_en", "rounding", "unit")
    made = RuleSheet("")
    for name in names:
        setattr(made, name, first(data, f"{at}.{name}"))
    made.terms = sent_terms(made.asked, data, f"{at}.t")
    return made


def _ticked(data: Sent, name: str) -> list[str]:
    return [one[:64] for one in data.get(name, ())][:200]


def _count(data: Sent, name: str) -> int:
    text = first(data, name)
    return min(int(text), MOST) if text.isascii() and text.isdigit() else 0


# ------------------------------------------------------------------ rows added and dropped


def arranged(sheet: Sheet, order: str, scheme: str) -> str:
    """
    Do an order to the sheet; return the name of the part that has the keyboard then.

    `add:plan`; `add:p0` (a rule of a scheme); `add:p0.r1.t.bands` (a row); `drop:` with the name of
    a plan, a rule or a row. What cannot be done changes nothing.
    """
    what, _colon, at = order.partition(":")
    if (what, at) == ("add", "plan") and len(sheet.plans) < MOST:
        sheet.plans.append(PlanSheet())
        return f"p{len(sheet.plans) - 1}"
    match = _ROW.fullmatch(at)
    if match is None or int(match[1]) >= len(sheet.plans):
        return ""
    plan = sheet.plans[int(match[1])]
    if match[2] is None:
        if what == "drop":
            del sheet.plans[int(match[1])]
        elif scheme in forms() and len(plan.rules) < MOST:
            plan.rules.append(_new_rule(sheet, scheme))
            return f"{at}.r{len(plan.rules) - 1}"
        return ""
    if int(match[2]) >= len(plan.rules):
        return ""
    rule = plan.rules[int(match[2])]
    if match[3] is None:
        if what == "drop":
            del plan.rules[int(match[2])]
        return ""
    return _arrange_rows(rule, what, match[3], match[4], at)


def _arrange_rows(rule: RuleSheet, what: str, path: str, row: str | None, at: str) -> str:
    terms, typed = rule.asked, rule.terms
    *parts, last = path.split(".")
    for name in parts:
        part = next((one for one in terms if one.name == name and one.record), None)
        if part is None or part.kind is not TermKind.PART or part.record is None:
            return ""
        terms, typed = terms_of(part.record), typed[name]
    term = next((one for one in terms if one.name == last), None)
    if term is None or term.kind is not TermKind.ROWS or term.record is None:
        return ""
    rows = typed[last]
    if what == "add" and len(rows) < 2 * MOST:
        rows.append(typed_of(terms_of(term.record), {}))
        return f"{at}.{len(rows) - 1}"
    if what == "drop" and row is not None and int(row) < len(rows):
        del rows[int(row)]
    return ""


def _new_rule(sheet: Sheet, scheme: str) -> RuleSheet:
    form = forms()[scheme]
    taken = {rule.code for plan in sheet.plans for rule in plan.rules}
    number = next(n for n in range(1, 1000) if f"{scheme}-{n}" not in taken)
    made = RuleSheet(scheme, f"{scheme}-{number}", form.name_zh, form.name_en)
    made.unit = Unit.POINT if scheme == "points" else Unit.FEN
    made.terms = typed_of(form.terms, {})
    return made


# ------------------------------------------------------------------ the draft that was typed


def draft_of(sheet: Sheet, faults: Faults) -> PolicyDraft | None:
    """Return the draft; None if a field cannot be read: its fault is noted."""
    start = _day(sheet.first_day, "first_day", faults, needed=True)
    last = _day(sheet.last_day, "last_day", faults)
    budget = None
    if sheet.budget:
        try:
            budget = Money.parse(sheet.budget.lstrip("¥￥").replace("，", ","))
        except ValueError:
            faults["budget"] = _("Enter an amount in yuan, with at most two decimals.")
    plans = tuple(_plan(plan, f"p{n}", faults) for n, plan in enumerate(sheet.plans))
    if faults or start is None:
        return None
    return PolicyDraft(
        name_zh=sheet.name_zh,
        name_en=sheet.name_en,
        kind=PolicyKind.STAGED if sheet.kind == PolicyKind.STAGED else PolicyKind.BASIC,
        valid_from=start,
        valid_until=last + timedelta(days=1) if last else None,
        plans=plans,
        budget=budget,
        branches=tuple(sheet.branches),
        on_top_of=split(sheet.on_top_of),
        purpose=sheet.purpose,
    )


def _plan(plan: PlanSheet, at: str, faults: Faults) -> Plan:
    made: dict[str, Any] = {name: plan.sets.get(name, []) for name in SETS}
    made["districts"] = list(split(plan.lists.get("districts", "")))
    made["outlets"] = list(split(plan.lists.get("outlets", "")))
    try:
        selector = msgspec.convert(made, Selector, strict=False)
    except msgspec.ValidationError:
        faults[f"{at}.outlets"] = _("Enter whole numbers with commas between them.")
        selector = Selector()
    rules = tuple(_rule(rule, f"{at}.r{n}", faults) for n, rule in enumerate(plan.rules))
    return Plan(plan.name_zh, plan.name_en, selector, rules)


def _rule(rule: RuleSheet, at: str, faults: Faults) -> RuleDraft:
    return RuleDraft(
        code=rule.code,
        scheme=rule.scheme,
        terms=read(rule.asked, rule.terms, f"{at}.t", faults),
        name_zh=rule.name_zh,
        name_en=rule.name_en,
        rounding=Rounding(rule.rounding) if rule.rounding in list(Rounding) else Rounding.HALF_UP,
        unit=Unit.POINT if rule.unit == Unit.POINT else Unit.FEN,
    )


def _day(text: str, name: str, faults: Faults, *, needed: bool = False) -> date | None:
    if not text:
        if needed:
            faults[name] = _("Fill this in.")
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = date.min
    if not 2000 <= day.year < 2100:
        faults[name] = _("Enter a date such as 2026-12-01.")
        return None
    return day


def split(text: str) -> tuple[str, ...]:
    """Return what stands between blanks and commas."""
    return tuple(one for one in _BETWEEN.split(text) if one)


# ------------------------------------------------------------------ problems beside their fields


def place_problems(sheet: Sheet, problems: tuple[PolicyProblem, ...], faults: Faults) -> list[str]:
    """Note each problem at its field; return those that belong to none, in words."""
    names = _names(sheet)
    left = []
    for problem in problems:
        at = _place(sheet, problem)
        here = next((one for one in places(at) if one in names), "")
        text = commission_terms.problem(problem, placed=False)
        if here:
            faults[here] = f"{faults[here]} {text}" if here in faults else text
        else:
            left.append(commission_terms.problem(problem))
    return left


def _place(sheet: Sheet, problem: PolicyProblem) -> str:
    field_name = {"valid_from": "first_day", "valid_until": "last_day"}
    for n, plan in enumerate(sheet.plans):
        for m, rule in enumerate(plan.rules):
            if problem.rule and rule.code == problem.rule:
                at = f"p{n}.r{m}"
                if problem.field.startswith("rule."):
                    return f"{at}.{problem.field.removeprefix('rule.')}"
                if problem.field in ("", "code", "scheme"):
                    return f"{at}.code"
                head, *rest = problem.field.split(".")
                row = [] if problem.row is None else [str(problem.row)]
                return ".".join([at, "t", head, *row, *rest])
    if problem.field.startswith(("selector.", "plan.")) or problem.field == "plan":
        name = problem.field.partition(".")[2] or "name_zh"
        for n, plan in enumerate(sheet.plans):
            if _meant(plan, name, problem):
                return f"p{n}.{name}"
        return ""
    return field_name.get(problem.field, problem.field)


def _meant(plan: PlanSheet, name: str, problem: PolicyProblem) -> bool:
    """Say whether it is this plan that a problem of a plan is about."""
    code = problem.values.get("code")
    if name in SETS:
        return code in plan.sets.get(name, [])
    if name in LISTS:
        return str(code) in split(plan.lists.get(name, ""))
    if problem.code == "no_rules":
        return not plan.rules
    return not getattr(plan, name, "x").strip()


def _names(sheet: Sheet) -> Mapping[str, None]:
    """Return every field's name; a row's and a part's as well, for what is about it as a whole."""
    found = ["name_zh", "name_en", "first_day", "last_day", "budget", "branches", "purpose"]
    for n, plan in enumerate(sheet.plans):
        at = f"p{n}"
        found += [f"{at}.{name}" for name in ("name_zh", "name_en", *SETS, *LISTS)]
        for m, rule in enumerate(plan.rules):
            found += [f"{at}.r{m}.{name}" for name in ("code", "name_zh", "name_en")]
            found += _term_names(rule.asked, rule.terms, f"{at}.r{m}.t")
    return dict.fromkeys(found)


def _term_names(terms: tuple[Term, ...], typed: Mapping[str, Any], at: str) -> list[str]:
    found = []
    for term in terms:
        name = f"{at}.{term.name}"
        found.append(name)
        if term.kind is TermKind.PART and term.record:
            found += _term_names(terms_of(term.record), typed[term.name], name)
        elif term.kind is TermKind.ROWS and term.record:
            for n, row in enumerate(typed[term.name]):
                found += _term_names(terms_of(term.record), row, f"{name}.{n}")
    return found
