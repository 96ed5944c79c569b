"""What numbers cost: the grades of patterns, and the prices of grades."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q

from qudao.domain.party import queries as organizations
from qudao.domain.party.operations import OrganizationNotFound
from qudao.domain.party.types import OrganizationId
from qudao.domain.resource import rules
from qudao.domain.resource.models import Grade, GradePrice, Pattern
from qudao.domain.resource.types import (
    BranchNeeded,
    GradeInvalid,
    GradeUnknown,
    PatternUnknown,
    PriceBackdated,
    ProvinceNeeded,
)
from qudao.kernel.ids import new_id
from qudao.kernel.money import Money
from qudao.platform.commands.command import command
from qudao.platform.commands.context import Context


@command("resource.set_pattern")
def set_pattern(
    ctx: Context, *, pattern: str, grade: str | None = None, on: bool | None = None
) -> None:
    """
    Decide what numbers of a pattern are sold as, and whether the pattern counts at all.

    Both hold at once for every free number, and touch none: a pattern that is off costs what
    plain numbers do. Which pattern its numbers belong to instead is found when their segments
    are graded anew, which the platform does within minutes.

    :raises ProvinceNeeded: if the actor's scope is less than the province.
    :raises PatternUnknown: if there is no such rule.
    :raises GradeUnknown: if there is no such grade.
    :raises GradeInvalid: if the plain pattern is to be switched off.
    """
    _for_the_province(ctx)
    row = Pattern.objects.select_for_update().filter(code=pattern).first()
    if row is None:
        raise PatternUnknown(pattern)
    if grade is not None:
        row.grade = _grade_of(grade)
    if on is not None:
        if pattern == rules.PLAIN and not on:
            raise GradeInvalid("on")
        row.enabled = on
    row.save()


@command("resource.set_grade")
def set_grade(
    ctx: Context,
    *,
    code: str,
    name_zh: str,
    name_en: str,
    position: int,
    price: Money | None = None,
    monthly_floor: Money | None = None,
) -> None:
    """
    Add a grade, with what it costs in all branches, or change its names and its place in lists.

    :raises ProvinceNeeded: if the actor's scope is less than the province.
    :raises GradeInvalid: for a code, name, place or price without sense; a new grade has both
        prices, for one that is there `set_grade_price` sets them.
    """
    _for_the_province(ctx)
    if not (code.isascii() and code.isidentifier() and code.islower() and len(code) <= 32):
        raise GradeInvalid("code")
    for field, value in (("name_zh", name_zh), ("name_en", name_en)):
        if not value.strip() or len(value) > 60:
            raise GradeInvalid(field)
    if not 0 <= position <= 1000:
        raise GradeInvalid("position")
    row = Grade.objects.select_for_update().filter(code=code).first()
    is_new = row is None
    if is_new != (price is not None) or is_new != (monthly_floor is not None):
        raise GradeInvalid("price")
    row = row or Grade(code=code)
    row.name_zh, row.name_en, row.position = name_zh.strip(), name_en.strip(), position
    row.save(force_insert=is_new)
    if price is not None and monthly_floor is not None:
        _set_price(ctx, row, None, price, monthly_floor, ctx.at, None)


@command("resource.set_grade_price")
def set_grade_price(
    ctx: Context,
    *,
    grade: str,
    price: Money,
    monthly_floor: Money,
    branch: OrganizationId | None = None,
    valid_from: datetime | None = None,
    valid_until: datetime | None = None,
) -> None:
    """
    Set a grade's prepayment and monthly floor, in a branch or in all that have none of their own,
    from now or a later instant on.

    What was set for the same stretch of time before is replaced; the past stays. Numbers on hold
    cost what holds when they are sold.

    :raises GradeUnknown: if there is no such grade.
    :raises GradeInvalid: if an amount is negative.
    :raises ProvinceNeeded: for all branches, if the actor's scope is less than the province.
    :raises OrganizationNotFound: if the branch is not in the actor's scope.
    :raises BranchNeeded: if the organization is no branch.
    :raises PriceBackdated: if it begins before now, or ends before it begins.
    """
    if branch is None:
        _for_the_province(ctx)
    else:
        _check_branch(ctx, branch)
    start = valid_from or ctx.at
    if start < ctx.at or (valid_until is not None and valid_until <= start):
        raise PriceBackdated(start)
    _set_price(ctx, _grade_of(grade), branch, price, monthly_floor, start, valid_until)


@command("resource.end_grade_price")
def end_grade_price(ctx: Context, *, grade: str, branch: OrganizationId) -> None:
    """
    Let a grade cost in a branch what it costs in all, from now on.

    :raises GradeUnknown: if there is no such grade.
    :raises OrganizationNotFound: if the branch is not in the actor's scope.
    :raises BranchNeeded: if the organization is no branch.
    """
    _check_branch(ctx, branch)
    _carve(ctx, _grade_of(grade), branch, ctx.at, None)


def _set_price(
    ctx: Context,
    grade: Grade,
    branch: OrganizationId | None,
    price: Money,
    monthly_floor: Money,
    start: datetime,
    end: datetime | None,
) -> None:
    for field, amount in (("price", price), ("monthly_floor", monthly_floor)):
        if amount.minor < 0:
            raise GradeInvalid(field)
    _carve(ctx, grade, branch, start, end)
    GradePrice.objects.create(
        id=new_id(ctx.at),
        grade=grade,
        branch_id=branch,
        price=price.minor,
        monthly_floor=monthly_floor.minor,
        valid_from=start,
        valid_until=end,
    )


def _carve(
    ctx: Context,
    grade: Grade,
    branch: OrganizationId | None,
    start: datetime,
    end: datetime | None,
) -> None:
    """Make room in [start, end): shorten, split or remove the prices that reach into it."""
    reaching = GradePrice.objects.filter(
        Q(valid_until__isnull=True) | Q(valid_until__gt=start), grade=grade, branch_id=branch
    )
    if end is not None:
        reaching = reaching.filter(valid_from__lt=end)
    for row in reaching:
        first, last = row.valid_from, row.valid_until
        if first < start:
            row.valid_until = start
            row.save()
        else:
            row.delete()
        if end is not None and (last is None or last > end):
            row.pk, row.valid_from, row.valid_until = new_id(ctx.at), end, last
            row.save(force_insert=True)


def _grade_of(code: str) -> Grade:
    row = Grade.objects.select_for_update().filter(code=code).first()
    if row is None:
        raise GradeUnknown(code)
    return row


def _check_branch(ctx: Context, branch: OrganizationId) -> None:
    found = organizations.organization(ctx, branch)
    if found is None:
        raise OrganizationNotFound(branch)
    if found.kind != "branch":
        raise BranchNeeded(branch)


def _for_the_province(ctx: Context) -> None:
    if not any(path.count(".") < rules.BRANCH_DEPTH for path in ctx.scope.paths):
        raise ProvinceNeeded
