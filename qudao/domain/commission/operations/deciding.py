"""Marketing and finance approve; whoever finds a fault rejects."""

from __future__ import annotations

from typing import Final

from qudao.domain.commission.models import PolicyStep, PolicyVersion
from qudao.domain.commission.operations.versions import _at, _move, _reason, _require_province
from qudao.domain.commission.types import (
    Approval,
    PolicyId,
    PolicyState,
    Rejection,
    SamePerson,
)
from qudao.platform.commands.command import command
from qudao.platform.commands.context import Context

_APPROVALS: Final = {
    Approval.MARKETING: (PolicyState.PROPOSED, PolicyState.ENDORSED),
    Approval.FINANCE: (PolicyState.ENDORSED, PolicyState.APPROVED),
}
_REJECTIONS: Final = {
    Rejection.MARKETING: (PolicyState.PROPOSED, PolicyState.DRAFT),
    Rejection.FINANCE: (PolicyState.ENDORSED, PolicyState.DRAFT),
    Rejection.CONFIGURATION: (PolicyState.APPROVED, PolicyState.DRAFT),
    Rejection.VERIFICATION: (PolicyState.CONFIGURED, PolicyState.APPROVED),
}


@command("commission.approve_policy", subject="policy", led=True)
def approve_policy(ctx: Context, *, policy: PolicyId, step: Approval, remark: str = "") -> None:
    """
    Approve a policy for the province's marketing, or after it for the province's finance.

    :raises NotPermitted: without `commission.decide_marketing` or `commission.decide_finance`.
    :raises ProvinceDecides: if the actor's area is less than the province.
    :raises PolicyUnknown: if there is none in the actor's area.
    :raises PolicyNotSo: if this is not the step that it waits for.
    :raises SamePerson: if the actor has written, proposed or approved it.
    """
    ctx.require(f"commission.decide_{step}")
    _require_province(ctx)
    before, after = _APPROVALS[step]
    _row, version = _at(ctx, policy, [before])
    earlier = ["proposed"] if step is Approval.MARKETING else ["proposed", "approved_marketing"]
    if ctx.actor == version.author or _did(ctx, version, *earlier):
        raise SamePerson
    _move(ctx, version, f"approved_{step}", after, remark)
    version.save(update_fields=["state", "state_since"])


@command("commission.reject_policy", subject="policy", led=True)
def reject_policy(ctx: Context, *, policy: PolicyId, step: Rejection, reason: str) -> None:
    """
    Send a policy back, with the reason: to its author, or from the verification to the support
    centre.

    :raises NotPermitted: of marketing and finance, without the permission to decide for them; of
        the others without `commission.configure_policy`, `commission.verify_policy`.
    :raises ProvinceDecides: of marketing and finance, if the actor's area is less.
    :raises PolicyUnknown: if there is none in the actor's area.
    :raises PolicyNotSo: if this is not the step that it waits for.
    :raises ReasonMissing: without a reason.
    """
    match step:
        case Rejection.MARKETING | Rejection.FINANCE:
            ctx.require(f"commission.decide_{step}")
            _require_province(ctx)
        case Rejection.CONFIGURATION:
            ctx.require("commission.configure_policy")
        case Rejection.VERIFICATION:
            ctx.require("commission.verify_policy")
    before, after = _REJECTIONS[step]
    _row, version = _at(ctx, policy, [before])
    _move(ctx, version, f"rejected_{step}", after, _reason(reason))
    version.save(update_fields=["state", "state_since"])


def _did(ctx: Context, version: PolicyVersion, *steps: str) -> bool:
    """Say whether the actor has done one of these steps with the version as it is now."""
    done = PolicyStep.objects.filter(version=version, edition=version.edition, by=ctx.actor)
    return done.filter(step__in=steps).exists()
