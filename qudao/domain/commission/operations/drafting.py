"""Write a policy, change it, put it up for decision."""

from __future__ import annotations

from dataclasses import replace

from django.db import connection

from qudao.domain.commission import rules
from qudao.domain.commission.models import Policy, PolicyVersion, Trial
from qudao.domain.commission.operations.versions import _at, _branch, _held, _move
from qudao.domain.commission.queries.overlaps import findings
from qudao.domain.commission.queries.periods import earliest_day
from qudao.domain.commission.queries.policies import problems
from qudao.domain.commission.types import (
    BranchesNotYours,
    BudgetTooSmall,
    Drafted,
    PolicyChanged,
    PolicyDraft,
    PolicyId,
    PolicyInvalid,
    PolicyKind,
    PolicyNotSo,
    PolicyOverlaps,
    PolicyRetroactive,
    PolicyState,
)
from qudao.domain.party.types import OrganizationId
from qudao.kernel.ids import new_id
from qudao.kernel.money import Money
from qudao.kernel.period import business_date
from qudao.platform.commands.command import command, record_subject
from qudao.platform.commands.context import Context


@command("commission.draft_policy")
def draft_policy(ctx: Context, *, branch: OrganizationId | None, draft: PolicyDraft) -> Drafted:
    """
    Write a new policy of a branch, or (None) of the province; nobody is paid by a draft.

    The answer names the policies that pay the same outlets for the same already.

    :raises ProvinceDecides: for the province, if the actor's area is less.
    :raises OrganizationNotFound: if the branch is not in the actor's area.
    :raises BranchNeeded: if the organization is no branch.
    :raises BranchesNotYours: if a branch's policy names others.
    :raises PolicyInvalid: if it cannot be paid as it is written.
    """
    place = _branch(ctx, branch)
    draft = _narrowed(draft, place.code if place else None)
    _check(ctx, draft, None)
    row = Policy.objects.create(
        id=new_id(ctx.at),
        code=_code(ctx, place.code if place else "P"),
        branch_id=branch,
        kind=draft.kind,
        name_zh=draft.name_zh.strip(),
        name_en=draft.name_en.strip(),
        created_at=ctx.at,
        created_by=ctx.actor,
    )
    record_subject(row.id)
    version = PolicyVersion(id=new_id(ctx.at), policy=row, number=1, edition=0, created_at=ctx.at)
    return _save(ctx, row, version, draft)


@command("commission.change_policy", subject="policy")
def change_policy(ctx: Context, *, policy: PolicyId, draft: PolicyDraft, edition: int) -> Drafted:
    """
    Save the draft of a policy; of one that is effective or withdrawn, begin its next version.

    `edition` is that of the draft as it was read, 0 to begin a version.

    :raises PolicyUnknown: if there is none in the actor's area.
    :raises ProvinceDecides: if it is the province's, and the actor's area is less.
    :raises PolicyNotSo: if its version is being decided on.
    :raises PolicyChanged: if somebody else has saved it since.
    :raises BranchesNotYours: if a branch's policy names others.
    :raises PolicyInvalid: if it cannot be paid as it is written.
    """
    row, version = _held(ctx, policy)
    if version.state in {PolicyState.EFFECTIVE, PolicyState.WITHDRAWN}:
        if edition:
            raise PolicyChanged(0)
        version = PolicyVersion(
            id=new_id(ctx.at), policy=row, number=version.number + 1, edition=0, created_at=ctx.at
        )
    elif version.state != PolicyState.DRAFT:
        raise PolicyNotSo(version.state)
    elif version.edition != edition:
        raise PolicyChanged(version.edition)
    draft = _narrowed(draft, row.branch.code if row.branch else None)
    draft = replace(draft, kind=PolicyKind(row.kind))
    _check(ctx, draft, policy)
    row.name_zh, row.name_en = draft.name_zh.strip(), draft.name_en.strip()
    row.save(update_fields=["name_zh", "name_en"])
    return _save(ctx, row, version, draft)


@command("commission.propose_policy", subject="policy", led=True)
def propose_policy(ctx: Context, *, policy: PolicyId, remark: str = "") -> None:
    """
    Put a draft up for decision: by marketing, then by finance.

    :raises PolicyUnknown: if there is none in the actor's area.
    :raises ProvinceDecides: if it is the province's, and the actor's area is less.
    :raises PolicyNotSo: if it is no draft.
    :raises PolicyInvalid: if it cannot be paid as it is written.
    :raises PolicyRetroactive: if it begins too early.
    :raises PolicyOverlaps: if others pay the same, and it was not said that both shall.
    :raises BudgetTooSmall: if the last what-if of this draft cost more than the budget.
    """
    row, version = _at(ctx, policy, [PolicyState.DRAFT])
    draft = rules.draft_of(version.content)
    _check(ctx, draft, policy)
    _check_time(ctx, draft)
    _check_overlaps(row, draft)
    _check_budget(version, draft)
    _move(ctx, version, "proposed", PolicyState.PROPOSED, remark)
    version.save(update_fields=["state", "state_since"])


def _check(ctx: Context, draft: PolicyDraft, policy: PolicyId | None) -> None:
    found = problems(ctx, draft, policy)
    if found:
        raise PolicyInvalid(found)


def _check_time(ctx: Context, draft: PolicyDraft) -> None:
    earliest = earliest_day(business_date(ctx.at))
    if draft.valid_from < earliest:
        raise PolicyRetroactive(draft.valid_from, earliest)


def _check_overlaps(row: Policy, draft: PolicyDraft) -> None:
    against = [one for one in findings(row.code, draft) if one.stands_against]
    if against:
        raise PolicyOverlaps(
            tuple(sorted({one.policy for one in against})),
            tuple(sorted({one.rule for one in against})),
        )


def _check_budget(version: PolicyVersion, draft: PolicyDraft) -> None:
    last = Trial.objects.filter(
        version=version, edition=version.edition, kind="what_if", state="done"
    ).first()
    if last is None or draft.budget is None:
        return
    # a trial that was answered by an earlier release knows of all policies together only
    costs = (month.get("own", month["draft"]) for month in last.result["months"])
    cost = Money(max(costs, default=0))
    if cost > draft.budget:
        raise BudgetTooSmall(cost, draft.budget)


def _narrowed(draft: PolicyDraft, branch: str | None) -> PolicyDraft:
    """Return the draft with the branch's own code as the only one, for a branch's policy."""
    if branch is None:
        return draft
    if set(draft.branches) - {branch}:
        raise BranchesNotYours(draft.branches)
    return replace(draft, branches=(branch,))


def _code(ctx: Context, place: str) -> str:
    """Return the next code of a branch (or `P`) and year; who asks at the same time, waits."""
    start = f"{place}-{business_date(ctx.at).year}-"
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"commission:{start}"])
    taken = Policy.objects.filter(code__startswith=start).values_list("code", flat=True)
    last = max((int(code.removeprefix(start)) for code in taken), default=0)
    return f"{start}{last + 1:03d}"


def _save(ctx: Context, row: Policy, version: PolicyVersion, draft: PolicyDraft) -> Drafted:
    version.edition += 1
    version.content = rules.stored(draft)
    version.valid_from, version.valid_until = draft.valid_from, draft.valid_until
    version.budget = draft.budget.minor if draft.budget else None
    version.author = ctx.actor
    if not version.state:
        version.state, version.state_since = PolicyState.DRAFT, ctx.at
    version.save()
    found = findings(row.code, draft)
    return Drafted(PolicyId(row.id), version.number, version.edition, found)
