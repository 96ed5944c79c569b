"""What the commands share: whose a policy is, which version is at work, what was done with it."""

from __future__ import annotations

from collections.abc import Iterable

from qudao.domain.commission.models import Policy, PolicyStep, PolicyVersion
from qudao.domain.commission.queries.policies import within_scope
from qudao.domain.commission.types import (
    BranchNeeded,
    PolicyId,
    PolicyNotSo,
    PolicyState,
    PolicyUnknown,
    ProvinceDecides,
    ReasonMissing,
)
from qudao.domain.party import queries as organizations
from qudao.domain.party.operations import OrganizationNotFound
from qudao.domain.party.types import OrganizationId, OrganizationRow
from qudao.platform.commands.command import record_subject
from qudao.platform.commands.context import Context

LONGEST_REASON = 500


def _of_province(ctx: Context) -> bool:
    """Say whether the actor's area is a whole province, or more."""
    return any(path.count(".") < 2 for path in ctx.scope.paths)


def _require_province(ctx: Context) -> None:
    if not _of_province(ctx):
        raise ProvinceDecides


def _branch(ctx: Context, branch: OrganizationId | None) -> OrganizationRow | None:
    """Return the branch that a policy is for, if the actor may write one for it."""
    if branch is None:
        _require_province(ctx)
        return None
    found = organizations.organization(ctx, branch)
    if found is None:
        raise OrganizationNotFound(branch)
    if found.kind != "branch":
        raise BranchNeeded(found.kind)
    return found


def _held(ctx: Context, policy: PolicyId) -> tuple[Policy, PolicyVersion]:
    """Return a policy that the actor may change, with its newest version, held until the end."""
    rows = within_scope(ctx).select_for_update(of=("self",), no_key=True)
    found = rows.filter(id=policy).first()
    if found is None:
        raise PolicyUnknown(str(policy))
    if found.branch_id is None:
        _require_province(ctx)
    record_subject(found.id)
    newest = PolicyVersion.objects.filter(policy=found).order_by("-number").first()
    assert newest is not None, "a policy is made with a version"
    return found, newest


def _at(
    ctx: Context, policy: PolicyId, states: Iterable[PolicyState]
) -> tuple[Policy, PolicyVersion]:
    """The same, if its newest version is in one of these states."""
    row, version = _held(ctx, policy)
    if version.state not in set(states):
        raise PolicyNotSo(version.state)
    return row, version


def _move(
    ctx: Context, version: PolicyVersion, step: str, state: PolicyState, remark: str = ""
) -> None:
    """Put a version into a state, and write down who did that; the caller saves the version."""
    version.state, version.state_since = state, ctx.at
    PolicyStep.objects.create(
        version=version,
        step=step,
        edition=version.edition,
        at=ctx.at,
        by=ctx.actor,
        approved_by=ctx.approved_by,
        remark=remark.strip()[:LONGEST_REASON],
    )


def _reason(reason: str) -> str:
    if len(reason.strip()) < 2:
        raise ReasonMissing
    return reason
