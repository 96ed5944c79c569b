"""Pools, segments, figures; what may be loaded; what is not as it should be."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from django.db import connection
from django.db.models import Count, Max, Sum

from qudao.domain.party import queries as organizations
from qudao.domain.party.types import OrganizationId
from qudao.domain.resource import data, rules
from qudao.domain.resource.models import Figure, Pattern, Pool, Segment
from qudao.domain.resource.types import (
    MOST_HOLDS,
    NumberFigure,
    PoolRecord,
    SegmentRecord,
)
from qudao.kernel.numbers import valid_msisdn
from qudao.kernel.page import Page, PageRequest
from qudao.platform.commands.context import Context
from qudao.platform.tables import arrays


def pools(ctx: Context) -> tuple[PoolRecord, ...]:
    """
    Return the pools of the branches in the actor's scope, with their numbers by state as last
    counted.

    :raises NotPermitted: without `resource.read`.
    """
    ctx.require("resource.read")
    counts: dict[int, dict[str, int]] = defaultdict(dict)
    figures = Figure.objects.within(ctx.scope)
    for pool, state, numbers in figures.values_list("pool", "state").annotate(n=Sum("count")):
        counts[pool][state] = numbers
    counted_at = figures.aggregate(at=Max("counted_at"))["at"]
    segments = dict(
        Segment.objects.within(ctx.scope).values_list("pool").annotate(n=Count("prefix"))
    )
    return tuple(
        PoolRecord(
            OrganizationId(row.branch_id),
            row.branch.code,
            row.branch.name_zh,
            row.branch.name_en,
            row.area_code,
            segments.get(row.id, 0),
            counted_at,
            counts[row.id],
        )
        for row in Pool.objects.within(ctx.scope).select_related("branch").order_by("branch__path")
    )


def segments(
    ctx: Context, *, branch: OrganizationId | None = None, page: PageRequest
) -> Page[SegmentRecord]:
    """
    Return the segments of a branch, or of all in the actor's scope, with their numbers by state
    as they are now.

    :raises NotPermitted: without `resource.read`.
    """
    ctx.require("resource.read")
    rows = Segment.objects.within(ctx.scope)
    if branch is not None:
        rows = rows.filter(pool__branch=branch)
    shown = rows.select_related("pool").order_by("pool__branch__path", "prefix")
    found = list(shown[page.offset : page.offset + page.limit])
    counts: dict[int, dict[str, int]] = defaultdict(dict)
    with connection.cursor() as cursor:
        cursor.execute(_SEGMENT_COUNTS, [arrays.numbers(row.prefix for row in found)])
        for prefix, state, numbers in cursor.fetchall():
            counts[prefix][state] = numbers
    off = frozenset(Pattern.objects.filter(enabled=False).values_list("code", flat=True))
    mark = rules.fingerprint(off)
    return Page(
        tuple(
            SegmentRecord(
                str(row.prefix),
                OrganizationId(row.pool.branch_id),
                row.pool.area_code,
                row.hlr,
                row.loaded_at,
                row.graded == mark,
                counts[row.prefix],
            )
            for row in found
        ),
        rows.count(),
        page,
    )


_SEGMENT_COUNTS = """
SELECT s.prefix, c.state, c.numbers FROM unnest(%s::int[]) AS s(prefix)
CROSS JOIN LATERAL (
    SELECT n.state, count(*) AS numbers FROM resource_number n
    WHERE n.number >= s.prefix * 10000::bigint AND n.number < (s.prefix + 1) * 10000::bigint
    GROUP BY n.state
) c
"""


def known_prefixes() -> dict[str, tuple[str, ...]]:
    """
    Return the seven-digit prefixes that ship, by the division code of the city they belong to.

    Nobody's secret: the platform needs no context to tell what numbers begin with.
    """
    return {
        division: known for division in data.areas() if (known := tuple(data.prefixes(division)))
    }


def figures(ctx: Context) -> tuple[NumberFigure, ...]:
    """
    Return how many numbers there are by branch, state and pattern in the actor's scope, as last
    counted.

    :raises NotPermitted: without `resource.read`.
    """
    ctx.require("resource.read")
    rows = Figure.objects.within(ctx.scope).values_list(
        "pool__branch", "state", "pattern__code", "count"
    )
    return tuple(
        NumberFigure(OrganizationId(branch), state, pattern, count)
        for branch, state, pattern, count in rows.order_by("pool__branch__path", "state", "pattern")
    )


def number_problems(
    ctx: Context, *, branch: OrganizationId, numbers: Sequence[str]
) -> dict[str, str]:
    """
    Return which numbers `load_numbers` would not add to a branch's pool, and why:
    `not_a_number`, `prefix_unknown`, `prefix_elsewhere` or `exists`.

    Two statements, however many numbers: for the preview of a file.

    :raises NotPermitted: without `resource.read`.
    """
    ctx.require("resource.read")
    found = organizations.organization(ctx, branch)
    division = found.division_code if found else ""
    problems = {}
    for number in numbers:
        if not valid_msisdn(number):
            problems[number] = "not_a_number"
        elif problem := rules.prefix_problem(number[:7], division):
            problems[number] = problem
    rest = [int(number) for number in numbers if number not in problems]
    with connection.cursor() as cursor:
        cursor.execute(_PROBLEMS, {"numbers": arrays.numbers(rest), "branch": branch})
        return problems | dict(cursor.fetchall())


_PROBLEMS = """
SELECT r.number::text, CASE WHEN p.branch_id <> %(branch)s THEN 'prefix_elsewhere'
                            ELSE 'exists' END
FROM unnest(%(numbers)s::bigint[]) AS r(number)
LEFT JOIN resource_segment s ON s.prefix = r.number / 10000
LEFT JOIN resource_pool p ON p.id = s.pool_id
LEFT JOIN resource_number n ON n.number = r.number
WHERE n.number IS NOT NULL OR p.branch_id <> %(branch)s
"""


def unsound() -> list[str]:
    """
    Return what is not as it should be with the numbers, in words: nothing, ever.

    What one number must say in each state stands in the table's own checks.
    """
    with connection.cursor() as cursor:
        cursor.execute(_UNSOUND, {"most": MOST_HOLDS})
        return [row[0] for row in cursor.fetchall()]


_UNSOUND = """
SELECT 'number ' || n.number || ' lies in another pool than its segment'
FROM resource_number n LEFT JOIN resource_segment s ON s.prefix = n.number / 10000
WHERE s.pool_id IS DISTINCT FROM n.pool_id
UNION ALL
SELECT 'outlet ' || holder_id || ' holds ' || count(*) || ' numbers'
FROM resource_number WHERE state = 'reserved' AND until > (
    SELECT coalesce(max(changed_at), now()) FROM resource_number WHERE state = 'reserved')
GROUP BY holder_id HAVING count(*) > %(most)s
UNION ALL
SELECT 'number ' || n.number || ' is ' || n.state || ' but its history ends with ' || c.state
FROM resource_number n JOIN (
    SELECT DISTINCT ON (number) number, state FROM resource_change ORDER BY number, id DESC
) c ON c.number = n.number
WHERE c.state <> n.state
"""
