"""The support centre configures what was approved."""

from __future__ import annotations

from dataclasses import replace

from qudao.domain.commission import rules
from qudao.domain.commission.models import PolicyRule, PolicyVersion
from qudao.domain.commission.operations.versions import _at, _move
from qudao.domain.commission.queries.policies import problems
from qudao.domain.commission.types import (
    Difference,
    Plan,
    PolicyId,
    PolicyInvalid,
    PolicyState,
)
from qudao.platform.commands.command import command
from qudao.platform.commands.context import Context


@command("commission.configure_policy", subject="policy", led=True)
def configure_policy(
    ctx: Context, *, policy: PolicyId, plans: tuple[Plan, ...] | None = None, remark: str = ""
) -> tuple[Difference, ...]:
    """
    Make the rules of an approved policy; without `plans`, exactly as it was approved.

    The answer says in what the configuration differs from what was approved: who verifies it sees
    the same.

    :raises PolicyUnknown: if there is none in the actor's area.
    :raises ProvinceDecides: if it is the province's, and the actor's area is less.
    :raises PolicyNotSo: if it was not approved, or is verified already.
    :raises PolicyInvalid: if it cannot be paid as it is configured.
    """
    _row, version = _at(ctx, policy, [PolicyState.APPROVED, PolicyState.CONFIGURED])
    approved = rules.draft_of(version.content)
    chosen = approved.plans if plans is None else plans
    found = problems(ctx, replace(approved, plans=chosen), policy)
    if found:
        raise PolicyInvalid(found)
    version.configured = rules.stored(chosen)
    version.configured_by = ctx.actor
    _move(ctx, version, "configured", PolicyState.CONFIGURED, remark)
    version.save(update_fields=["configured", "configured_by", "state", "state_since"])
    _write_rules(version, chosen)
    return rules.differences(approved.plans, chosen)


def _write_rules(version: PolicyVersion, plans: tuple[Plan, ...]) -> None:
    """Give every rule a number of its own; numbers of an earlier configuration never come back."""
    PolicyRule.objects.filter(version=version).delete()
    drafted = [(plan, rule) for plan in plans for rule in plan.rules]
    PolicyRule.objects.bulk_create(
        PolicyRule(
            version=version,
            position=position,
            plan_zh=plan.name_zh.strip(),
            plan_en=plan.name_en.strip(),
            code=rule.code,
            name_zh=rule.name_zh.strip(),
            name_en=rule.name_en.strip(),
            scheme=rule.scheme,
            terms=rule.terms,
            selector=rules.stored(plan.selector),
            rounding=rule.rounding,
            unit=rule.unit,
        )
        for position, (plan, rule) in enumerate(drafted)
    )
