"""Read policies: lists, versions, what is wrong with a draft."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from django.db.models import Q, QuerySet

from qudao.domain.catalog import queries as catalog
from qudao.domain.commission import rules
from qudao.domain.commission.models import Policy, PolicyCase, PolicyRule, PolicyStep, PolicyVersion
from qudao.domain.commission.schemes import read_terms
from qudao.domain.commission.types import (
    Case,
    CaseLine,
    Difference,
    PolicyDraft,
    PolicyId,
    PolicyProblem,
    PolicyRow,
    PolicyState,
    PolicyUnknown,
    StepRecord,
    VersionRecord,
)
from qudao.domain.party import queries as party
from qudao.domain.party.types import OrganizationId
from qudao.domain.saleschannel import queries as saleschannel
from qudao.domain.saleschannel.types import Ownership
from qudao.kernel.money import Money
from qudao.kernel.page import MAX_LIMIT, Page, PageRequest
from qudao.platform.commands.context import Context
from qudao.platform.tables.project import project
from qudao.platform.tables.scoped import within

_DISTRICTS = frozenset({"district", "county", "county_city", "zone"})


def within_scope(ctx: Context) -> QuerySet[Policy]:
    """Return the policies of the province, and those of the branches in the actor's area."""
    own = within("branch__path", ctx.scope)
    whole = Q(branch__isnull=True) if ctx.scope.paths else Q(pk__in=())
    return Policy.objects.filter(whole | own).select_related("branch")


def policies(ctx: Context, *, page: PageRequest, states: Collection[str] = ()) -> Page[PolicyRow]:
    """
    Return policies with their newest version, the newest first.

    :raises NotPermitted: without `commission.read`.
    """
    ctx.require("commission.read")
    newest = PolicyVersion.objects.order_by("policy_id", "-number").distinct("policy_id")
    rows = PolicyVersion.objects.filter(pk__in=newest.values("pk")).filter(
        policy__in=within_scope(ctx)
    )
    if states:
        rows = rows.filter(state__in=states)
    rows = rows.select_related("policy__branch").order_by("-policy__created_at")
    found = tuple(
        PolicyRow(
            PolicyId(row.policy_id),
            row.policy.code,
            _branch(row),
            row.policy.branch.code if row.policy.branch else None,
            row.policy.kind,
            row.policy.name_zh,
            row.policy.name_en,
            row.number,
            row.state,
            row.valid_from,
            row.valid_until,
            None if row.budget is None else Money(row.budget),
        )
        for row in rows[page.offset : page.offset + page.limit]
    )
    return Page(found, rows.count(), page)


def version(ctx: Context, policy: PolicyId, number: int | None = None) -> VersionRecord:
    """
    Return a version of a policy; without a number, the newest.

    :raises NotPermitted: without `commission.read`.
    :raises PolicyUnknown: if there is none in the actor's area.
    """
    ctx.require("commission.read")
    rows = PolicyVersion.objects.filter(policy__in=within_scope(ctx).filter(id=policy))
    rows = rows if number is None else rows.filter(number=number)
    row = rows.select_related("policy__branch").order_by("-number").first()
    if row is None:
        raise PolicyUnknown(str(policy))
    branch = row.policy.branch
    return VersionRecord(
        PolicyId(row.policy_id),
        row.policy.code,
        _branch(row),
        branch.code if branch else None,
        branch.path if branch else None,
        row.number,
        row.edition,
        PolicyState(row.state),
        row.state_since,
        rules.draft_of(row.content),
        None if row.configured is None else rules.plans_of(row.configured),
        row.author,
        row.configured_by,
        row.effective_from,
        row.effective_until,
    )


def _branch(row: PolicyVersion) -> OrganizationId | None:
    branch = row.policy.branch_id
    return None if branch is None else OrganizationId(branch)


def versions(ctx: Context, policy: PolicyId) -> tuple[VersionRecord, ...]:
    """Return all versions of a policy, the newest first."""
    newest = version(ctx, policy)
    return tuple(version(ctx, policy, number) for number in range(newest.number, 0, -1))


def policy_by_code(ctx: Context, code: str) -> PolicyId:
    """
    Return the policy of a code.

    :raises PolicyUnknown: if there is none in the actor's area.
    """
    found = within_scope(ctx).filter(code=code).values_list("id", flat=True).first()
    if found is None:
        raise PolicyUnknown(code[:40])
    return PolicyId(found)


def steps(ctx: Context, policy: PolicyId) -> tuple[StepRecord, ...]:
    """Return what was done with a policy, the oldest first."""
    ctx.require("commission.read")
    rows = PolicyStep.objects.filter(version__policy__in=within_scope(ctx).filter(id=policy))
    return project(rows.order_by("id"), StepRecord, number="version__number")


def deviations(record: VersionRecord) -> tuple[Difference, ...]:
    """Return in what a version was configured otherwise than it was approved."""
    if record.configured is None:
        return ()
    return rules.differences(record.draft.plans, record.configured)


def changes(before: VersionRecord, after: VersionRecord) -> tuple[Difference, ...]:
    """Return in what the rules of two versions differ."""
    return rules.differences(before.draft.plans, after.draft.plans)


def cases(
    ctx: Context, policy: PolicyId, number: int
) -> tuple[tuple[Case, tuple[CaseLine, ...]], ...]:
    """Return the test cases on which a version was verified, with the lines that came out."""
    ctx.require("commission.read")
    rows = PolicyCase.objects.filter(
        version__policy__in=within_scope(ctx).filter(id=policy), version__number=number
    ).order_by("position")
    return tuple(
        (rules.case_of(content), rules.lines_of(computed))
        for content, computed in rows.values_list("content", "computed")
    )


def problems(
    ctx: Context, draft: PolicyDraft, policy: PolicyId | None = None
) -> tuple[PolicyProblem, ...]:
    """Return all that is wrong with a draft; `policy` is the one whose version it is."""
    branches = party.organizations(ctx, PageRequest(MAX_LIMIT), kinds=["branch"]).items

    def taken(codes: Collection[str]) -> Collection[str]:
        others = PolicyRule.objects.filter(code__in=list(codes)).exclude(version__policy=policy)
        return set(others.values_list("code", flat=True))

    def upon(codes: Collection[str]) -> Mapping[str, Collection[str]]:
        found: dict[str, set[str]] = {}
        others = PolicyRule.objects.filter(code__in=list(codes)).exclude(version__policy=policy)
        for code, scheme, terms in others.values_list("code", "scheme", "terms"):
            found.setdefault(code, set()).update(read_terms(scheme, terms).upon())
        return found

    def outlets(numbers: Collection[int]) -> Collection[int]:
        usable = [one for one in numbers if 0 < one < 1 << 31]
        return set(saleschannel.numbers_of(ctx, numbers=usable).values())

    return rules.problems_of(
        draft,
        rules.Known(
            branches=[row.code for row in branches],
            districts=[one.code for one in saleschannel.divisions() if one.kind in _DISTRICTS],
            kinds=[one.code for one in saleschannel.kinds()],
            ownership=list(Ownership),
            businesses=list(catalog.businesses()),
            outlets=outlets,
            taken=taken,
            upon=upon,
            read=read_terms,
        ),
    )
