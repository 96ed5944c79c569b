"""Which other policies pay the same outlets for the same."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import msgspec

from qudao.domain.commission import rules
from qudao.domain.commission.models import PolicyVersion
from qudao.domain.commission.schemes import read_terms
from qudao.domain.commission.types import Finding, Plan, PolicyDraft, PolicyState


def findings(policy: str, draft: PolicyDraft) -> tuple[Finding, ...]:
    """
    Return where a draft meets other policies that are proposed, decided on or effective, of all
    branches; `policy` is its own code, empty as long as it has none.

    Terms that cannot be read meet nothing: they are refused for themselves.
    """
    taken = PolicyVersion.objects.exclude(policy__code=policy).exclude(
        state__in=[PolicyState.DRAFT, PolicyState.WITHDRAWN]
    )
    others = [one for row in taken.select_related("policy") for one in _of_version(row)]
    return rules.findings_of(_paid(policy, draft, draft.plans), others)


def _of_version(row: PolicyVersion) -> Iterator[rules.Paid]:
    draft = rules.draft_of(row.content)
    plans = draft.plans if row.configured is None else rules.plans_of(row.configured)
    if row.effective_from is not None:
        draft = replace(draft, valid_from=row.effective_from, valid_until=row.effective_until)
    if draft.valid_until is None or draft.valid_until > draft.valid_from:
        yield from _paid(row.policy.code, draft, plans)


def _paid(policy: str, draft: PolicyDraft, plans: tuple[Plan, ...]) -> Iterator[rules.Paid]:
    for plan in plans:
        for rule in plan.rules:
            try:
                terms = read_terms(rule.scheme, rule.terms)
            except (KeyError, msgspec.ValidationError):
                continue
            yield rules.Paid(
                policy=policy,
                kind=draft.kind,
                rule=rule.code,
                scheme=rule.scheme,
                concerns=terms.concerns(),
                selector=plan.selector,
                branches=draft.branches,
                from_day=draft.valid_from,
                until_day=draft.valid_until,
                on_top_of=draft.on_top_of,
            )
