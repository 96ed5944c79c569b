"""What holds in a month: the rules, whose they are, and the policies' budgets."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import date, timedelta

import msgspec
from django.db.models import F, Q, QuerySet

from qudao.domain.commission import rules
from qudao.domain.commission.models import PolicyRule, PolicyVersion
from qudao.domain.commission.schemes import read_terms
from qudao.domain.commission.types import (
    Plan,
    PolicyId,
    PolicyOfMonth,
    Rounding,
    Rule,
    RuleRecord,
    Selector,
    Unit,
)
from qudao.domain.commission.types.policies import RuleDraft
from qudao.kernel.money import Money


def next_month(month: date) -> date:
    """Return the first day of the month after a day's."""
    return (month.replace(day=1) + timedelta(days=32)).replace(day=1)


def _of_month(month: date) -> QuerySet[PolicyVersion]:
    first = month.replace(day=1)
    return _between(first, next_month(first))


def _between(first: date, until: date) -> QuerySet[PolicyVersion]:
    return PolicyVersion.objects.filter(
        Q(effective_until__isnull=True)
        | Q(effective_until__gt=first) & Q(effective_until__gt=F("effective_from")),
        effective_from__lt=until,
    )


def rules_of(month: date) -> tuple[Rule, ...]:
    """
    Return every rule that holds on a day of the month, by number: for all branches, and not of
    somebody's area, for a month is computed as a whole.
    """
    return rules_between(month.replace(day=1), next_month(month))


def rules_between(first: date, until: date) -> tuple[Rule, ...]:
    """Return every rule that holds on a day from the first on and before the other, by number."""
    rows = PolicyRule.objects.filter(version__in=_between(first, until)).select_related("version")
    return tuple(rule for row in rows.order_by("number") if (rule := _rule(row)) is not None)


def rules_by_number(numbers: Iterable[int]) -> dict[int, RuleRecord]:
    """Return which rules the numbers in lines mean, whether they still hold or not."""
    rows = PolicyRule.objects.filter(number__in=set(numbers)).select_related("version__policy")
    return {
        row.number: RuleRecord(
            row.number,
            row.code,
            row.name_zh,
            row.name_en,
            row.scheme,
            row.plan_zh,
            row.plan_en,
            PolicyId(row.version.policy_id),
            row.version.policy.code,
            row.version.policy.name_zh,
            row.version.policy.name_en,
            row.version.number,
            row.unit,
            row.rounding,
            row.terms,
            row.version.effective_from,
            row.version.effective_until,
        )
        for row in rows
    }


def codes_by_number() -> dict[int, str]:
    """Return the codes of all rules that ever took effect, by the numbers of their versions."""
    rows = PolicyRule.objects.filter(version__effective_from__isnull=False)
    return dict(rows.values_list("number", "code"))


def policies_of(month: date) -> tuple[PolicyOfMonth, ...]:
    """Return the policies that hold on a day of the month, with their budgets and rules."""
    rows = _of_month(month).select_related("policy__branch").prefetch_related("rules")
    return tuple(
        PolicyOfMonth(
            PolicyId(row.policy_id),
            row.policy.code,
            row.policy.name_zh,
            row.policy.name_en,
            row.policy.branch.code if row.policy.branch else None,
            row.number,
            None if row.budget is None else Money(row.budget),
            tuple(rule.number for rule in row.rules.all()),
        )
        for row in rows.order_by("policy__code", "number")
    )


def rules_drafted(
    plans: Collection[Plan],
    branches: tuple[str, ...],
    from_day: date,
    until_day: date | None,
    first_number: int,
) -> tuple[Rule, ...]:
    """
    Return the rules of plans that are not effective, numbered from a number on: for trials, whose
    lines nobody keeps.
    """
    drafted = [(plan, rule) for plan in plans for rule in plan.rules]
    made = (
        _made(number, rule, plan.selector, branches, from_day, until_day)
        for number, (plan, rule) in enumerate(drafted, first_number)
    )
    return tuple(rule for rule in made if rule is not None)


def _rule(row: PolicyRule) -> Rule | None:
    version = row.version
    assert version.effective_from is not None
    return _made(
        row.number,
        RuleDraft(
            row.code,
            row.scheme,
            row.terms,
            row.name_zh,
            row.name_en,
            Rounding(row.rounding),
            Unit(row.unit),
        ),
        msgspec.convert(row.selector, Selector),
        rules.draft_of(version.content).branches,
        version.effective_from,
        version.effective_until,
    )


def _made(
    number: int,
    rule: RuleDraft,
    selector: Selector,
    branches: tuple[str, ...],
    from_day: date,
    until_day: date | None,
) -> Rule | None:
    """Return a rule narrowed to its policy's branches; None if it then pays nowhere."""
    if branches and selector.branches:
        both = tuple(sorted(set(branches) & set(selector.branches)))
        if not both:
            return None
    else:
        both = branches or selector.branches
    return Rule(
        number=number,
        code=rule.code,
        scheme=rule.scheme,
        terms=read_terms(rule.scheme, rule.terms),
        selector=replace(selector, branches=both),
        from_day=from_day,
        until_day=until_day or date.max,
        rounding=rule.rounding,
        unit=rule.unit,
    )
