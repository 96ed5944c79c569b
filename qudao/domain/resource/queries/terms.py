"""Patterns, grades and prices, and what a change of them would mean."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from django.db import connection
from django.db.models import Q, Sum

from qudao.domain.party.types import OrganizationId
from qudao.domain.resource import rules
from qudao.domain.resource.models import Figure, Grade, GradePrice, Pattern, Pool
from qudao.domain.resource.patterns import patterns as registry
from qudao.domain.resource.types import (
    GradePriceRecord,
    GradeRecord,
    GradeShift,
    GradeUnknown,
    PatternRecord,
    PatternUnknown,
)
from qudao.kernel.money import Money
from qudao.platform.commands.context import Context
from qudao.platform.tables.project import project


def grades(
    ctx: Context,
    *,
    outlet: OrganizationId | None = None,
    branch: OrganizationId | None = None,
) -> tuple[GradeRecord, ...]:
    """
    Return the grades, the best first, with what they cost now in a branch, in the branch of an
    outlet, or (without either) in all branches that have no price of their own.

    :raises NotPermitted: without `resource.read`.
    """
    ctx.require("resource.read")
    with connection.cursor() as cursor:
        cursor.execute(_GRADES, {"outlet": outlet, "branch": branch, "at": ctx.at})
        return tuple(
            GradeRecord(row[0], row[1], row[2], row[3], Money(row[4]), Money(row[5]))
            for row in cursor.fetchall()
        )


_GRADES = """
SELECT g.code, g.name_zh, g.name_en, g.position, c.price, c.monthly_floor
FROM resource_grade g
CROSS JOIN LATERAL (
    SELECT r.price, r.monthly_floor FROM resource_grade_price r
    WHERE r.grade_id = g.code AND r.valid_from <= %(at)s
      AND (r.valid_until IS NULL OR %(at)s < r.valid_until)
      AND (r.branch_id IS NULL OR r.branch_id = %(branch)s::uuid OR r.branch_id = (
            SELECT b.id FROM party_organization b, party_organization o
            WHERE o.id = %(outlet)s::uuid AND b.kind = 'branch'
              AND starts_with(o.path, b.path || '.')))
    ORDER BY r.branch_id IS NULL LIMIT 1
) c
ORDER BY g.position, g.code
"""


def price_history(ctx: Context, *, grade: str = "") -> tuple[GradePriceRecord, ...]:
    """
    Return the prices of a grade, or of all: those of all branches and of branches in the actor's
    scope, the newest first; the last 500.

    :raises NotPermitted: without `resource.read`.
    """
    ctx.require("resource.read")
    own = Pool.objects.within(ctx.scope).values("branch_id")
    rows = GradePrice.objects.filter(Q(branch__isnull=True) | Q(branch_id__in=own))
    if grade:
        rows = rows.filter(grade=grade)
    rows = rows.order_by("-valid_from", "-id")[:500]
    return project(rows, GradePriceRecord, grade="grade_id", branch="branch_id")


def patterns(ctx: Context) -> tuple[PatternRecord, ...]:
    """
    Return all patterns, the first to be asked first, with their numbers in the actor's scope as
    last counted.

    :raises NotPermitted: without `resource.read`.
    """
    ctx.require("resource.read")
    counted: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    figures = Figure.objects.within(ctx.scope).values("pattern__code", "state")
    for row in figures.annotate(numbers=Sum("count")):
        both = counted[row["pattern__code"]]
        both[0] += row["numbers"]
        both[1] += row["numbers"] if row["state"] == "free" else 0
    found = [_pattern(row, counted[row.code]) for row in Pattern.objects.all()]
    return tuple(sorted(found, key=lambda one: (one.priority, one.code)))


def _pattern(row: Any, counted: list[int]) -> PatternRecord:
    rule = registry.get(row.code)
    return PatternRecord(
        code=row.code,
        name_zh=rule.name_zh if rule else row.code,
        name_en=rule.name_en if rule else row.code,
        description_zh=rule.description_zh if rule else "",
        description_en=rule.description_en if rule else "",
        priority=rule.priority if rule else 0,
        examples=rule.examples if rule else (),
        grade=row.grade_id,
        on=row.enabled,
        registered=rule is not None,
        numbers=counted[0],
        free=counted[1],
    )


def preview_pattern(
    ctx: Context, *, pattern: str, grade: str | None = None, on: bool | None = None
) -> tuple[GradeShift, ...]:
    """
    Return what `set_pattern` with the same arguments would do to the free numbers of each branch
    in the actor's scope, as last counted; nothing where it changes nothing.

    :raises NotPermitted: without `resource.read`.
    :raises PatternUnknown: if there is no such rule.
    :raises GradeUnknown: if there is no such grade.
    """
    ctx.require("resource.read")
    known = {row.code: row for row in Pattern.objects.all()}
    row = known.get(pattern)
    if row is None:
        raise PatternUnknown(pattern)
    if grade is not None and not Grade.objects.filter(code=grade).exists():
        raise GradeUnknown(grade)
    plain = known[rules.PLAIN].grade_id
    was = row.grade_id if row.enabled else plain
    becomes = (grade or row.grade_id) if (row.enabled if on is None else on) else plain
    if was == becomes:
        return ()
    affected = {pattern}
    if pattern == rules.PLAIN:
        # What is off costs what plain numbers do: it goes with them.
        affected |= {code for code, one in known.items() if not one.enabled}
    return _shifts(ctx, affected, lambda costs: (costs[was], costs[becomes]), was, becomes)


def preview_price(
    ctx: Context,
    *,
    grade: str,
    price: Money,
    monthly_floor: Money,
    branch: OrganizationId | None = None,
) -> tuple[GradeShift, ...]:
    """
    Return what `set_grade_price` with the same arguments would do at once to the free numbers of
    each branch in the actor's scope, as last counted; nothing where it changes nothing.

    :raises NotPermitted: without `resource.read`.
    :raises GradeUnknown: if there is no such grade.
    """
    ctx.require("resource.read")
    if not Grade.objects.filter(code=grade).exists():
        raise GradeUnknown(grade)
    plain = Pattern.objects.get(code=rules.PLAIN).grade_id
    affected = {
        row.code
        for row in Pattern.objects.all()
        if (row.grade_id if row.enabled else plain) == grade
    }
    own = set(
        GradePrice.objects.filter(
            Q(valid_until__isnull=True) | Q(valid_until__gt=ctx.at),
            grade=grade,
            valid_from__lte=ctx.at,
            branch__isnull=False,
        ).values_list("branch_id", flat=True)
    )
    found = _shifts(
        ctx, affected, lambda costs: (costs[grade], (price, monthly_floor)), grade, grade
    )
    return tuple(
        one for one in found if (one.branch == branch if branch else one.branch not in own)
    )


_Cost = tuple[Money, Money]


def _shifts(
    ctx: Context,
    affected: set[str],
    costs: Any,
    was: str,
    becomes: str,
) -> tuple[GradeShift, ...]:
    free: dict[int, int] = defaultdict(int)
    rows = Figure.objects.within(ctx.scope).filter(state="free", pattern__code__in=affected)
    for pool, numbers in rows.values_list("pool").annotate(numbers=Sum("count")):
        free[pool] += numbers
    found = []
    pools = Pool.objects.within(ctx.scope).filter(id__in=free).select_related("branch")
    for pool in pools.order_by("branch__path"):
        prices = {
            one.code: (one.price, one.monthly_floor)
            for one in grades(ctx, branch=OrganizationId(pool.branch_id))
        }
        old, new = costs(prices)
        if was != becomes or old != new:
            branch = pool.branch
            found.append(
                GradeShift(
                    OrganizationId(branch.id),
                    branch.code,
                    branch.name_zh,
                    branch.name_en,
                    was,
                    becomes,
                    old[0],
                    new[0],
                    free[pool.id],
                )
            )
    return tuple(found)
