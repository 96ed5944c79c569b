"""Single numbers: what they are, who has them, what became of them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import connection

from qudao.domain.party.types import OrganizationId
from qudao.domain.resource.models import Change
from qudao.domain.resource.types import (
    Held,
    HoldId,
    HoldUnknown,
    NumberChange,
    NumberRecord,
    NumberUnknown,
)
from qudao.kernel.money import Money
from qudao.kernel.numbers import valid_msisdn
from qudao.kernel.scope import Scope
from qudao.platform.commands.context import Context
from qudao.platform.tables.project import project

HISTORY = 500
"""Steps of a number's history that are shown."""


def number(ctx: Context, *, msisdn: str) -> NumberRecord:
    """
    Return a number of the actor's branch, or of one in the actor's scope.

    :raises NotPermitted: without `resource.read`.
    :raises NumberUnknown: if there is none.
    """
    ctx.require("resource.read")
    if valid_msisdn(msisdn):
        found = _records("n.number = %(number)s", {"number": int(msisdn)}, ctx.at)
        for path, record in found:
            if related(ctx.scope, path):
                return record
    raise NumberUnknown(msisdn)


def number_of_order(ctx: Context, *, order: Any) -> NumberRecord | None:
    """
    Return the number that is paid for by an order, or bound to it; None if there is none.

    :raises NotPermitted: without `resource.read`.
    """
    ctx.require("resource.read")
    found = _records(
        "n.cause = %(order)s AND n.state IN ('paid', 'bound')", {"order": order}, ctx.at
    )
    return next((record for path, record in found if related(ctx.scope, path)), None)


def held(ctx: Context, *, hold: HoldId) -> Held:
    """
    Return a hold of an outlet in the actor's scope, even if its time is over, as long as nobody
    else has taken the number.

    :raises NotPermitted: without `resource.read`.
    :raises HoldUnknown: if there is none; it may have been released.
    """
    ctx.require("resource.read")
    found = held_by("n.hold = %(hold)s", {"hold": hold}, ctx.at, ctx.scope)
    if not found:
        raise HoldUnknown(hold)
    return found[0]


def holds(ctx: Context, *, outlet: OrganizationId) -> tuple[Held, ...]:
    """
    Return what an outlet in the actor's scope holds now, what ends first at the top.

    :raises NotPermitted: without `resource.read`.
    """
    ctx.require("resource.read")
    return held_by(
        "n.holder_id = %(outlet)s AND n.state IN ('reserved', 'paid') AND n.until > %(at)s",
        {"outlet": outlet},
        ctx.at,
        ctx.scope,
    )


def history(ctx: Context, *, msisdn: str) -> tuple[NumberChange, ...]:
    """
    Return what became of a number since it was loaded, oldest first.

    :raises NotPermitted: without `resource.read`.
    :raises NumberUnknown: if there is none in the actor's branch or scope.
    """
    number(ctx, msisdn=msisdn)
    rows = Change.objects.filter(number=int(msisdn)).order_by("-id")[:HISTORY]
    return project(rows, NumberChange)[::-1]


def related(scope: Scope, path: str) -> bool:
    """Say whether a branch lies in a scope, or the scope in the branch."""
    return scope.covers(path) or any(own.startswith(f"{path}.") for own in scope.paths)


def held_by(
    condition: str, values: dict[str, Any], at: datetime, scope: Scope | None = None
) -> tuple[Held, ...]:
    """Return the holds that a condition on `n` names, of outlets in a scope; None: whoever's."""
    with connection.cursor() as cursor:
        cursor.execute(_HELD.format(condition=condition), {**values, "at": at})
        return tuple(
            Held(row[0], row[1], row[2], row[3], row[4], row[5], Money(row[6]), Money(row[7]))
            for row in cursor.fetchall()
            if scope is None or scope.covers(row[8])
        )


_HELD = """
SELECT n.number::text, n.hold, n.holder_id, coalesce(n.until, n.changed_at), t.code, t.grade,
       t.price, t.monthly_floor, o.path
FROM resource_number n
JOIN party_organization o ON o.id = n.holder_id
CROSS JOIN LATERAL resource_terms(n.pool_id, %(at)s) t
WHERE n.hold IS NOT NULL AND t.id = n.pattern_id AND ({condition})
ORDER BY n.until, n.number
"""


def _records(
    condition: str, values: dict[str, Any], at: datetime
) -> tuple[tuple[str, NumberRecord], ...]:
    """Return numbers, each with the path of its branch."""
    with connection.cursor() as cursor:
        cursor.execute(_RECORDS.format(condition=condition), {**values, "at": at})
        return tuple(
            (
                row[0],
                NumberRecord(
                    row[1], row[2], row[3], row[4], row[5], Money(row[6]), Money(row[7]), *row[8:]
                ),
            )
            for row in cursor.fetchall()
        )


_RECORDS = """
SELECT b.path, n.number::text, b.id, t.code, NOT n.has4, t.grade, t.price, t.monthly_floor,
       n.state, n.holder_id, n.hold, n.until, n.cause, n.packed, n.changed_at
FROM resource_number n
JOIN resource_pool p ON p.id = n.pool_id
JOIN party_organization b ON b.id = p.branch_id
CROSS JOIN LATERAL resource_terms(n.pool_id, %(at)s) t
WHERE t.id = n.pattern_id AND {condition}
"""
