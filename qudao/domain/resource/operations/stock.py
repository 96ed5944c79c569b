"""Where numbers come from and where they go: loading, grading anew, retiring."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection

from qudao.domain.party import queries as organizations
from qudao.domain.party.operations import OrganizationNotFound
from qudao.domain.party.types import OrganizationId
from qudao.domain.resource import data, rules
from qudao.domain.resource.models import Pattern, Pool, Segment
from qudao.domain.resource.operations.shift import _digits, _shift, _Step
from qudao.domain.resource.types import (
    REST_DAYS,
    BranchNeeded,
    NumberState,
    PrefixElsewhere,
    PrefixUnknown,
    SegmentLoaded,
    SegmentUnknown,
)
from qudao.kernel.numbers import valid_msisdn
from qudao.platform.commands.command import command
from qudao.platform.commands.context import Context
from qudao.platform.commands.set_command import journalled
from qudao.platform.tables import arrays


@command("resource.load_segments")
def load_segments(ctx: Context, *, branch: OrganizationId, prefixes: Sequence[str]) -> int:
    """
    Load and grade the ten thousand numbers of each seven-digit prefix into a branch's pool.

    Numbers that are there already stay as they are. Returns how many were added.

    :raises OrganizationNotFound: if the branch is not in the actor's scope.
    :raises BranchNeeded: if the organization is no branch.
    :raises PrefixUnknown: for a prefix with which no number of the operator begins.
    :raises PrefixElsewhere: for one that belongs to another city or branch.
    :raises SegmentLoaded: for one whose numbers are all there.
    """
    pool = _pool_of(ctx, branch)
    grading = _grading()
    added = 0
    for prefix in sorted(set(prefixes)):
        segment = _segment(ctx, pool, prefix, grading)
        if segment.whole:
            raise SegmentLoaded(prefix)
        places = rules.grade_segment(prefix, grading.off)
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT resource_load(%s, %s::smallint, %s, %s::smallint[], %s)",
                [int(prefix), pool.id, places, arrays.numbers(grading.ids), ctx.at],
            )
            added += cursor.fetchone()[0]
        Segment.objects.unscoped("the segment that was just loaded").filter(
            prefix=segment.prefix
        ).update(whole=True)
    return added


@command("resource.load_numbers")
def load_numbers(ctx: Context, *, branch: OrganizationId, numbers: Sequence[str]) -> int:
    """
    Load and grade single numbers into a branch's pool, free.

    Numbers that are there already stay as they are. Returns how many were added.

    :raises OrganizationNotFound: if the branch is not in the actor's scope.
    :raises BranchNeeded: if the organization is no branch.
    :raises PrefixUnknown: if one is no number of the operator.
    :raises PrefixElsewhere: if one belongs to another city or branch.
    """
    pool = _pool_of(ctx, branch)
    grading = _grading()
    for number in numbers:
        if not valid_msisdn(number):
            raise PrefixUnknown(number)
    for prefix in sorted({number[:7] for number in numbers}):
        _segment(ctx, pool, prefix, grading)
    return _insert(ctx, numbers, NumberState.FREE, "resource.load_numbers", grading)


@command("resource.adopt")
def adopt(ctx: Context, *, numbers: Sequence[str]) -> int:
    """
    Mark numbers as in use that live in the BOSS: free ones, and those not loaded yet whose
    segment is ours. Others stay as they are. Returns how many became active.
    """
    command = "resource.adopt"
    moved = _shift(
        ctx,
        command,
        _Step(NumberState.ACTIVE),
        "n.number = ANY(%(numbers)s) AND n.state = 'free'",
        {"numbers": _digits(numbers)},
    )
    return len(moved) + _insert(ctx, numbers, NumberState.ACTIVE, command, _grading())


@command("resource.retire")
def retire(ctx: Context, *, numbers: Sequence[str]) -> int:
    """
    The BOSS has given up these lines: their numbers are cancelled, and will rest.

    One that nobody had told us of (free, or not loaded though its segment is ours) is cancelled
    all the same; of other operators' numbers we know nothing. Returns how many were cancelled.
    """
    command = "resource.retire"
    moved = _shift(
        ctx,
        command,
        _Step(NumberState.CANCELLED),
        "n.number = ANY(%(numbers)s) AND n.state IN ('active', 'free')",
        {"numbers": _digits(numbers)},
    )
    return len(moved) + _insert(ctx, numbers, NumberState.CANCELLED, command, _grading())


@journalled("resource.rest")
def rest(ctx: Context, *, before: datetime, most: int = 10_000) -> int:
    """Lay numbers to rest that were cancelled before an instant, for 90 days from now."""
    return len(
        _shift(
            ctx,
            "resource.rest",
            _Step(NumberState.RESTING, until=ctx.at + timedelta(days=REST_DAYS)),
            "n.state = 'cancelled' AND n.changed_at < %(before)s",
            {"before": before},
            most=most,
        )
    )


@command("resource.regrade")
def regrade(ctx: Context, *, prefix: str) -> int:
    """
    Grade a segment's numbers by the rules as they are now; returns how many changed.

    :raises SegmentUnknown: if there is none in the actor's scope.
    """
    if not (prefix.isascii() and prefix.isdigit() and len(prefix) == 7):
        raise SegmentUnknown(prefix)
    if not Segment.objects.within(ctx.scope).filter(prefix=int(prefix)).exists():
        raise SegmentUnknown(prefix)
    return _regrade(prefix, _grading())


@journalled("resource.regrade_stale")
def regrade_stale(ctx: Context, *, most: int = 20) -> int:
    """
    Grade anew what was graded by other rules than those of now; returns how many segments.
    """
    grading = _grading()
    stale = (
        Segment.objects.within(ctx.scope)
        .exclude(graded=grading.mark)
        .order_by("prefix")
        .values_list("prefix", flat=True)[:most]
    )
    prefixes = [str(prefix) for prefix in stale]
    for prefix in prefixes:
        _regrade(prefix, grading)
    return len(prefixes)


@journalled("resource.count")
def count(ctx: Context) -> int:
    """Count all numbers by pool, state and pattern, for lists and previews; returns the groups."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM resource_figure")
        cursor.execute(
            "INSERT INTO resource_figure (pool_id, state, pattern_id, count, counted_at)"
            " SELECT pool_id, state, pattern_id, count(*), %s FROM resource_number"
            " GROUP BY pool_id, state, pattern_id",
            [ctx.at],
        )
        return int(cursor.rowcount)


@dataclass(frozen=True, slots=True)
class _Grading:
    """The rules in force: which are off, and the key of each rule's pattern, in their order."""

    off: frozenset[str]
    ids: tuple[int, ...]
    mark: str

    def pattern(self, number: str) -> int:
        codes = [rule.code for rule in rules.ordered()]
        return self.ids[codes.index(rules.pattern_of(number, self.off))]


def _grading() -> _Grading:
    known = {row.code: row for row in Pattern.objects.all()}
    off = frozenset(code for code, row in known.items() if not row.enabled)
    ids = tuple(known[rule.code].id for rule in rules.ordered())
    return _Grading(off, ids, rules.fingerprint(off))


def _pool_of(ctx: Context, branch: OrganizationId) -> Pool:
    """Return the pool of a branch in the actor's scope, made if it has none yet."""
    found = organizations.organization(ctx, branch)
    if found is None:
        raise OrganizationNotFound(branch)
    if found.kind != "branch":
        raise BranchNeeded(branch)
    area = data.areas().get(found.division_code)
    row = Pool.objects.within(ctx.scope).filter(branch_id=branch).select_related("branch").first()
    if row is None:
        row = Pool.objects.create(branch_id=branch, area_code=area.area_code if area else "")
    return row


def _segment(ctx: Context, pool: Pool, prefix: str, grading: _Grading) -> Segment:
    """Return the segment of a prefix, made if it is new; refuse what is not this branch's."""
    division = pool.branch.division_code
    problem = rules.prefix_problem(prefix, division)
    if problem == "prefix_unknown":
        raise PrefixUnknown(prefix)
    if problem is not None:
        raise PrefixElsewhere(prefix)
    rows = Segment.objects.unscoped("a prefix belongs to one branch of all")
    row, _new = rows.get_or_create(
        prefix=int(prefix),
        defaults={
            "pool": pool,
            "hlr": rules.hlr_for(prefix, division),
            "loaded_at": ctx.at,
            "whole": False,
            "graded": grading.mark,
        },
    )
    if row.pool_id != pool.id:
        raise PrefixElsewhere(prefix)
    return row


def _insert(
    ctx: Context, numbers: Sequence[str], state: NumberState, command: str, grading: _Grading
) -> int:
    """Add numbers that are not there yet and whose segment is, and note each in its history."""
    wanted = _digits(numbers)
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH added AS (
                INSERT INTO resource_number (number, pool_id, pattern_id, state, changed_at)
                SELECT r.number, s.pool_id, r.pattern, %(state)s, %(at)s
                FROM unnest(%(numbers)s::bigint[], %(patterns)s::smallint[]) AS r(number, pattern)
                JOIN resource_segment s ON s.prefix = r.number / 10000
                ORDER BY r.number
                ON CONFLICT (number) DO NOTHING RETURNING number
            ), noted AS (
                INSERT INTO resource_change (number, at, was, state, actor, command)
                SELECT number, %(at)s, '', %(state)s, %(actor)s, %(command)s FROM added
            )
            SELECT count(*) FROM added
            """,
            {
                "numbers": arrays.numbers(wanted),
                "patterns": arrays.numbers(grading.pattern(str(number)) for number in wanted),
                "state": state.value,
                "at": ctx.at,
                "actor": ctx.actor,
                "command": command,
            },
        )
        return int(cursor.fetchone()[0])


def _regrade(prefix: str, grading: _Grading) -> int:
    places = rules.grade_segment(prefix, grading.off)
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE resource_number n SET pattern_id = w.pattern
            FROM (
                SELECT %(prefix)s::bigint * 10000 + i AS number,
                       (%(ids)s::smallint[])[get_byte(%(places)s::bytea, i) + 1] AS pattern
                FROM generate_series(0, 9999) i
            ) w
            WHERE n.number = w.number AND n.pattern_id <> w.pattern
            """,
            {"prefix": int(prefix), "ids": arrays.numbers(grading.ids), "places": places},
        )
        changed = int(cursor.rowcount)
    rows = Segment.objects.unscoped("the segment that was just graded")
    rows.filter(prefix=int(prefix)).update(graded=grading.mark)
    return changed
