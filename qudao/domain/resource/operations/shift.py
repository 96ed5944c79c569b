"""The one way in which numbers change state: lock, move, note."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from qudao.domain.resource.types import NumberState
from qudao.platform.commands.context import Context


@dataclass(frozen=True, slots=True)
class _Step:
    """What numbers become. `same` keeps the holder and the hold that they have."""

    state: NumberState
    same: bool = False
    until: datetime | None = None
    cause: UUID | None = None
    keep_cause: bool = False
    packed: bool = False


def _shift(
    ctx: Context,
    command: str,
    step: _Step,
    where: str,
    values: dict[str, Any],
    *,
    most: int | None = None,
) -> list[tuple[int, str, UUID | None]]:
    """
    Move the numbers that a condition on `n` names, and note each in its history.

    One statement: locked in the order of the numbers, looked at again once locked. With `most`,
    those that others hold locked are left for the next time. Returns number, former state and
    former hold.
    """
    limit = "" if most is None else "LIMIT %(most)s"
    skip = "" if most is None else "SKIP LOCKED"
    with connection.cursor() as cursor:
        cursor.execute(
            _SHIFT.format(where=where, limit=limit, skip=skip),
            {
                **values,
                "to_state": step.state.value,
                "same": step.same,
                "to_until": step.until,
                "to_cause": step.cause,
                "keep_cause": step.keep_cause,
                "to_packed": step.packed,
                "at": ctx.at,
                "actor": ctx.actor,
                "command": command,
                "most": most,
            },
        )
        return cursor.fetchall()  # type: ignore[no-any-return]


_SHIFT = """
WITH was AS MATERIALIZED (
    SELECT n.number, n.state, n.holder_id, n.hold, n.cause
    FROM resource_number n WHERE {where}
    ORDER BY n.number {limit} FOR NO KEY UPDATE {skip}
), moved AS (
    UPDATE resource_number n
    SET state = %(to_state)s,
        holder_id = CASE WHEN %(same)s THEN n.holder_id END,
        hold = CASE WHEN %(same)s THEN n.hold END,
        until = %(to_until)s::timestamptz,
        cause = CASE WHEN %(keep_cause)s THEN n.cause ELSE %(to_cause)s::uuid END,
        packed = %(to_packed)s,
        changed_at = %(at)s
    FROM was WHERE n.number = was.number
), noted AS (
    INSERT INTO resource_change (number, at, was, state, holder, cause, actor, command)
    SELECT w.number, %(at)s, w.state, %(to_state)s, w.holder_id,
           coalesce(%(to_cause)s::uuid, w.cause), %(actor)s, %(command)s
    FROM was w ORDER BY w.number
)
SELECT w.number, w.state, w.hold FROM was w ORDER BY w.number
"""


def _held_within(ctx: Context) -> tuple[str, dict[str, Any]]:
    """Return the condition that the holder of `n` lies in the actor's scope, and its values."""
    paths = sorted(ctx.scope.paths)
    return (
        "EXISTS (SELECT 1 FROM party_organization o WHERE o.id = n.holder_id"
        " AND (o.path = ANY(%(paths)s) OR o.path LIKE ANY(%(below)s)))",
        {"paths": paths, "below": [f"{path}.%" for path in paths]},
    )


def _digits(numbers: Iterable[str]) -> list[int]:
    """Return the numbers as the table has them; what has not 11 digits is none of ours."""
    return sorted({int(n) for n in numbers if len(n) == 11 and n.isascii() and n.isdigit()})
