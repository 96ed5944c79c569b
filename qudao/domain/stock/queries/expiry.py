"""What expires, and where it would still be sold."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from django.db import connection

from qudao.domain.party.types import OrganizationId
from qudao.domain.stock import rules
from qudao.domain.stock.queries.figures import HERE
from qudao.domain.stock.types import ExpiringRow, Proposal
from qudao.kernel.page import Page, PageRequest
from qudao.kernel.period import business_date
from qudao.kernel.scope import ROOT_PATH
from qudao.platform.commands.context import Context
from qudao.platform.tables import arrays

DAYS_BEFORE: Final = 30
"""Cards that expire within so many days are warned of and redistributed."""

DAYS_COUNTED: Final = 30
"""How far back sales are counted to tell what a place will sell."""


def expiring(
    ctx: Context, *, page: PageRequest, days: int = DAYS_BEFORE, below: str = ""
) -> Page[ExpiringRow]:
    """
    Return what lies on shelves of the actor's scope and expires within so many days, the
    soonest first.

    :raises NotPermitted: without `stock.read`.
    """
    ctx.require("stock.read")
    rows = _expiring(ctx, days, below, page)
    items = tuple(ExpiringRow(*row[:-2]) for row in rows)
    return Page(items, rows[0][-1] if rows else 0, page)


def expiring_count(ctx: Context, *, days: int = DAYS_BEFORE, below: str = "") -> int:
    """
    Return how many pieces `expiring` lists in all.

    :raises NotPermitted: without `stock.read`.
    """
    ctx.require("stock.read")
    return sum(row[8] for row in _expiring(ctx, days, below, None))


def proposals(
    ctx: Context, *, page: PageRequest, days: int = DAYS_BEFORE, below: str = ""
) -> Page[Proposal]:
    """
    Return where to bring what will not be sold before it expires: from places of the actor's
    scope to others of the same branch in it (`rules.redistribute`).

    :raises NotPermitted: without `stock.read`.
    """
    ctx.require("stock.read")
    today = business_date(ctx.at)
    rows = _expiring(ctx, days, below, None)
    with connection.cursor() as cursor:
        cursor.execute(
            _PACES,
            {
                **_parameters(ctx, days, below),
                "items": arrays.texts(sorted({row[4] for row in rows})),
                "since": today - timedelta(days=DAYS_COUNTED),
            },
        )
        paces = cursor.fetchall()
    names = {id: tuple(more) for id, *more in (pace[:4] for pace in paces)}
    shifts = rules.redistribute(
        [rules.Shelf(row[0], row[9], row[4], row[7], row[8]) for row in rows],
        [rules.Pace(pace[0], *pace[4:]) for pace in paces],
        today,
        DAYS_COUNTED,
    )
    items = tuple(
        Proposal(
            *(
                shift.item,
                shift.expires_on,
                OrganizationId(shift.source),
                *names[shift.source],
                OrganizationId(shift.target),
                *names[shift.target],
                shift.quantity,
            )
        )
        for shift in shifts
    )
    return Page(items[page.offset : page.offset + page.limit], len(items), page)


def _parameters(ctx: Context, days: int, below: str) -> dict[str, Any]:
    today = business_date(ctx.at)
    return {
        "paths": arrays.texts(sorted(ctx.scope.paths)),
        "below": below or ROOT_PATH,
        "today": today,
        "until": today + timedelta(days=days),
    }


def _expiring(
    ctx: Context, days: int, below: str, page: PageRequest | None
) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(
            _EXPIRING,
            {
                **_parameters(ctx, days, below),
                "limit": page.limit if page else None,
                "offset": page.offset if page else 0,
            },
        )
        return list(cursor.fetchall())


_BRANCH = """
    (SELECT b.path FROM party_organization b
     WHERE b.kind IN ('branch', 'province')
       AND (h.path = b.path OR starts_with(h.path, b.path || '.'))
     ORDER BY length(b.path) DESC LIMIT 1)"""

_EXPIRING: Final = (
    HERE
    + f"""
SELECT o.id, o.code, o.name_zh, o.name_en, i.code, i.name_zh, i.name_en, u.expires_on, count(*),
       {_BRANCH} AS branch, count(*) OVER ()
FROM stock_unit u JOIN here h ON h.id = u.place_id
JOIN party_organization o ON o.id = h.id JOIN stock_item i ON i.code = u.item_id
WHERE u.state = 'in_stock' AND u.expires_on BETWEEN %(today)s AND %(until)s
GROUP BY o.id, o.code, o.name_zh, o.name_en, i.code, i.name_zh, i.name_en, u.expires_on, h.path
ORDER BY u.expires_on, h.path, i.code
LIMIT %(limit)s OFFSET %(offset)s
"""
)

_PACES: Final = (
    HERE
    + f"""
, sold AS (
    SELECT m.source_id AS place_id, l.item_id, sum(l.quantity) AS n
    FROM stock_movement m JOIN stock_movement_line l ON l.movement_id = m.id
    WHERE m.kind = 'sale' AND m.business_date > %(since)s
      AND l.item_id = ANY(%(items)s::text[])
    GROUP BY m.source_id, l.item_id
), lying AS (
    SELECT u.place_id, u.item_id, count(*) AS n FROM stock_unit u
    WHERE u.state IN ('in_stock', 'in_transit') AND u.item_id = ANY(%(items)s::text[])
    GROUP BY u.place_id, u.item_id
)
SELECT h.id, o.code, o.name_zh, o.name_en, {_BRANCH}, item_id, coalesce(l.n, 0)::bigint,
       coalesce(s.n, 0)::bigint
FROM lying l FULL JOIN sold s USING (place_id, item_id)
JOIN here h ON h.id = place_id JOIN party_organization o ON o.id = h.id
"""
)
