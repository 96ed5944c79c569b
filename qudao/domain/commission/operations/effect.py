"""What was verified becomes effective; in an emergency it is withdrawn."""

from __future__ import annotations

from dataclasses import replace

from django.db.models import F, Q, QuerySet, Value
from django.db.models.functions import Greatest

from qudao.domain.commission import rules
from qudao.domain.commission.events import PolicyEffective, PolicyWithdrawn
from qudao.domain.commission.models import PolicyVersion
from qudao.domain.commission.operations.drafting import _check_overlaps, _check_time
from qudao.domain.commission.operations.versions import _at, _held, _move, _reason
from qudao.domain.commission.queries.periods import earliest_day
from qudao.domain.commission.types import PolicyId, PolicyNotSo, PolicyState
from qudao.kernel.period import business_date
from qudao.platform.commands.command import announce, command
from qudao.platform.commands.context import Context


@command("commission.make_policy_effective", subject="policy", led=True)
def make_policy_effective(ctx: Context, *, policy: PolicyId, remark: str = "") -> None:
    """
    Let a verified policy earn, from its day on; the version before it ends on that day.

    :raises PolicyUnknown: if there is none in the actor's area.
    :raises ProvinceDecides: if it is the province's, and the actor's area is less.
    :raises PolicyNotSo: if it was not verified.
    :raises PolicyRetroactive: if its first month was computed meanwhile.
    :raises PolicyOverlaps: if others pay the same by now, and it was not said that both shall.
    """
    row, version = _at(ctx, policy, [PolicyState.VERIFIED])
    draft = rules.draft_of(version.content)
    _check_time(ctx, draft)
    _check_overlaps(row, replace(draft, plans=rules.plans_of(version.configured)))
    _end_before(version)
    version.effective_from, version.effective_until = draft.valid_from, draft.valid_until
    _move(ctx, version, "effective", PolicyState.EFFECTIVE, remark)
    version.save(update_fields=["effective_from", "effective_until", "state", "state_since"])
    announce(PolicyEffective(row.code, version.number, draft.valid_from))


def _of_an_effective_one(ctx: Context, *, policy: PolicyId, reason: str) -> str | None:
    return "commission.policy_earns_no_more" if _earning(ctx, policy).exists() else None


def _earning(ctx: Context, policy: PolicyId) -> QuerySet[PolicyVersion]:
    """Return the versions that earn today, or will."""
    open_ended, ends_later = Q(effective_until__isnull=True), Q(effective_until__gt=F("began"))
    rows = PolicyVersion.objects.filter(policy=policy, state=PolicyState.EFFECTIVE)
    rows = rows.annotate(began=Greatest("effective_from", Value(business_date(ctx.at))))
    return rows.filter(open_ended | ends_later).order_by("number")


@command("commission.withdraw_policy", approval=_of_an_effective_one, subject="policy")
def withdraw_policy(ctx: Context, *, policy: PolicyId, reason: str) -> None:
    """
    Stop a policy: an effective one earns nothing from today on, one that is not yet never will;
    a next version that is on its way ends with it.

    What was earned until yesterday stays earned. Of an effective one a second person has to
    approve.

    :raises PolicyUnknown: if there is none in the actor's area.
    :raises ProvinceDecides: if it is the province's, and the actor's area is less.
    :raises PolicyNotSo: if it was withdrawn already.
    :raises ReasonMissing: without a reason.
    """
    row, newest = _held(ctx, policy)
    standing = [*_earning(ctx, policy).exclude(id=newest.id)]
    if newest.state != PolicyState.WITHDRAWN:
        standing.append(newest)
    if not standing:
        raise PolicyNotSo(newest.state)
    for version in standing:
        _withdraw(ctx, version, _reason(reason))
        announce(PolicyWithdrawn(row.code, version.number, business_date(ctx.at)))


@command("commission.drop_version", subject="policy")
def drop_version(ctx: Context, *, policy: PolicyId, reason: str) -> None:
    """
    Give up a version that is on its way; one that is effective stays as it is.

    :raises PolicyUnknown: if there is none in the actor's area.
    :raises ProvinceDecides: if it is the province's, and the actor's area is less.
    :raises PolicyNotSo: if none is on its way.
    :raises ReasonMissing: without a reason.
    """
    row, version = _held(ctx, policy)
    if version.state in {PolicyState.EFFECTIVE, PolicyState.WITHDRAWN}:
        raise PolicyNotSo(version.state)
    _withdraw(ctx, version, _reason(reason))
    announce(PolicyWithdrawn(row.code, version.number, business_date(ctx.at)))


def _withdraw(ctx: Context, version: PolicyVersion, reason: str) -> None:
    if version.effective_from is not None:
        today = business_date(ctx.at)
        end = max(version.effective_from, today, earliest_day(today))
        if version.effective_until is None or end < version.effective_until:
            version.effective_until = end
    _move(ctx, version, "withdrawn", PolicyState.WITHDRAWN, reason)
    version.save(update_fields=["effective_until", "state", "state_since"])


def _end_before(version: PolicyVersion) -> None:
    """End what is effective of earlier versions on the day on which this one begins."""
    day = version.valid_from
    earlier = PolicyVersion.objects.filter(policy=version.policy_id, number__lt=version.number)
    earlier = earlier.filter(Q(effective_until__isnull=True) | Q(effective_until__gt=day))
    earlier.filter(effective_from__lt=day).update(effective_until=day)
    earlier.filter(effective_from__gte=day).update(effective_until=F("effective_from"))
