"""The supervisor verifies on test cases that what is configured pays what was approved."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from qudao.domain.commission import rules
from qudao.domain.commission.models import PolicyCase, PolicyVersion
from qudao.domain.commission.operations.versions import _at, _move
from qudao.domain.commission.queries.cases import check, evaluate
from qudao.domain.commission.queries.effective import rules_drafted
from qudao.domain.commission.types import (
    Case,
    CaseFails,
    CaseLine,
    CasesMissing,
    PolicyId,
    PolicyState,
    SamePerson,
)
from qudao.kernel.money import Money
from qudao.platform.commands.command import command
from qudao.platform.commands.context import Context


@command("commission.verify_policy", subject="policy", led=True)
def verify_policy(
    ctx: Context, *, policy: PolicyId, cases: tuple[Case, ...], remark: str = ""
) -> None:
    """
    Compute the test cases by the configured rules; if all comes out as expected, it is verified.

    :raises PolicyUnknown: if there is none in the actor's area.
    :raises ProvinceDecides: if it is the province's, and the actor's area is less.
    :raises PolicyNotSo: if it was not configured, or is verified already.
    :raises SamePerson: if the actor has configured it.
    :raises CaseInvalid: if a case says what cannot be.
    :raises CaseFails: if a row earns something else than is expected.
    :raises CasesMissing: without cases, or if no case shows what a rule pays.
    """
    _row, version = _at(ctx, policy, [PolicyState.CONFIGURED])
    if version.configured_by == ctx.actor:
        raise SamePerson
    made = rules_drafted(
        rules.plans_of(version.configured),
        rules.draft_of(version.content).branches,
        version.valid_from,
        version.valid_until,
        1,
    )
    if not cases or len(cases) > rules.MOST_CASES:
        raise CasesMissing(tuple(rule.code for rule in made))
    check(cases)
    computed = []
    for case in cases:
        lines = evaluate(case, made)
        difference = rules.first_difference(case, lines)
        if difference is not None:
            place, expected, found = difference
            raise CaseFails(case.name, place, Money(expected), Money(found))
        computed.append(lines)
    touched = {line.rule for lines in computed for line in lines}
    untouched = tuple(rule.code for rule in made if rule.code not in touched)
    if untouched:
        raise CasesMissing(untouched)
    _keep(version, cases, computed)
    _move(ctx, version, "verified", PolicyState.VERIFIED, remark)
    version.save(update_fields=["state", "state_since"])


def _keep(
    version: PolicyVersion, cases: Sequence[Case], computed: Sequence[tuple[CaseLine, ...]]
) -> None:
    PolicyCase.objects.filter(version=version).delete()
    PolicyCase.objects.bulk_create(
        PolicyCase(
            version=version,
            position=position,
            content=rules.stored(case),
            computed=msgspec.to_builtins(lines),
        )
        for position, (case, lines) in enumerate(zip(cases, computed, strict=True), 1)
    )
