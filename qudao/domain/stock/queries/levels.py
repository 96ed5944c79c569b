"""How much there is, live: at a place, below it, by area; what runs low."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

from django.db import connection

from qudao.domain.party.types import OrganizationId
from qudao.domain.stock.models import Threshold
from qudao.domain.stock.queries.places import place as place_row
from qudao.domain.stock.types import AreaSum, Shortage, StockLevel, ThresholdRow
from qudao.kernel.money import Money
from qudao.kernel.page import Page, PageRequest
from qudao.kernel.scope import ROOT_PATH
from qudao.platform.commands.context import Context
from qudao.platform.tables import arrays
from qudao.platform.tables.project import page_of

VALUES: Final = "stock.read_value"


def stock_at(ctx: Context, *, place: OrganizationId, kind: str = "") -> tuple[StockLevel, ...]:
    """
    Return what lies at one place, by item; with items that have a threshold there and nothing.

    :raises NotPermitted: without `stock.read`.
    :raises PlaceUnknown: if the place is not in the actor's scope.
    """
    ctx.require("stock.read")
    row = place_row(ctx, place=place)
    return _levels(ctx, below=row.path, exactly=True, kind=kind)[0]


def levels(
    ctx: Context,
    *,
    page: PageRequest,
    below: str = "",
    item: str = "",
    kind: str = "",
    low: bool = False,
) -> Page[StockLevel]:
    """
    Return what lies at each place of the actor's scope, or of the part of it below a path, by
    place and item; only where it runs `low`.

    :raises NotPermitted: without `stock.read`.
    """
    ctx.require("stock.read")
    found, total = _levels(ctx, below=below or ROOT_PATH, item=item, kind=kind, low=low, page=page)
    if not found and page.offset:
        first = PageRequest(page.limit)
        total = levels(ctx, page=first, below=below, item=item, kind=kind, low=low).total
    return Page(found, total, page)


def totals(ctx: Context, *, below: str, kind: str = "") -> tuple[StockLevel, ...]:
    """
    Return what lies at a place and everywhere below it, by item; `place` is that place.

    :raises NotPermitted: without `stock.read`.
    """
    ctx.require("stock.read")
    with connection.cursor() as cursor:
        cursor.execute(
            _TOTALS, {**_parameters(ctx, below, kind=kind), "values": VALUES in ctx.grants}
        )
        return tuple(_level(row) for row in cursor.fetchall())


def areas(
    ctx: Context, *, kind: str = "branch", below: str = "", item: str = "", goods: str = ""
) -> tuple[AreaSum, ...]:
    """
    Return sums over each branch or county (`kind`) of the actor's scope, for a map; of one item,
    or of one kind of `goods`.

    :raises NotPermitted: without `stock.read`.
    """
    ctx.require("stock.read")
    with connection.cursor() as cursor:
        cursor.execute(
            _AREAS,
            {
                **_parameters(ctx, below or ROOT_PATH, item=item, kind=goods),
                "area": kind,
                "values": VALUES in ctx.grants,
            },
        )
        rows = cursor.fetchall()
    return tuple(AreaSum(*(*row[:7], _money(row[7]), row[8])) for row in rows)


def thresholds(
    ctx: Context, *, page: PageRequest, place: OrganizationId | None = None
) -> Page[ThresholdRow]:
    """
    Return the thresholds of the actor's scope, by place and item.

    :raises NotPermitted: without `stock.read`.
    """
    ctx.require("stock.read")
    rows = Threshold.objects.within(ctx.scope).order_by("place__path", "item")
    if place is not None:
        rows = rows.filter(place=place)
    return page_of(
        rows,
        ThresholdRow,
        page,
        place="place_id",
        place_code="place__code",
        place_name_zh="place__name_zh",
        place_name_en="place__name_en",
        item="item_id",
        item_name_zh="item__name_zh",
        item_name_en="item__name_en",
    )


def shortages(ctx: Context, *, page: PageRequest, below: str = "") -> Page[Shortage]:
    """
    Return where the stock is below its threshold, the barest first.

    :raises NotPermitted: without `stock.read`.
    """
    ctx.require("stock.read")
    with connection.cursor() as cursor:
        cursor.execute(
            _SHORTAGES,
            {
                **_parameters(ctx, below or ROOT_PATH),
                "places": None,
                "items": None,
                "limit": page.limit,
                "offset": page.offset,
            },
        )
        rows = cursor.fetchall()
    items = tuple(_shortage(row) for row in rows)
    total = rows[0][-1] if rows else 0
    if not rows and page.offset:
        total = shortages(ctx, page=PageRequest(page.limit), below=below).total
    return Page(items, total, page)


def shortages_of(
    pairs: Iterable[tuple[OrganizationId, str]],
) -> dict[tuple[OrganizationId, str], Shortage]:
    """Return which of these places run low of these items now, in one statement, for reactions."""
    wanted = sorted(set(pairs), key=str)
    if not wanted:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            _SHORTAGES,
            {
                "paths": arrays.texts([ROOT_PATH]),
                "below": ROOT_PATH,
                "item": "",
                "kind": "",
                "exactly": False,
                "places": arrays.uuids(place for place, _ in wanted),
                "items": arrays.texts(item for _, item in wanted),
                "limit": len(wanted),
                "offset": 0,
            },
        )
        found = [_shortage(row) for row in cursor.fetchall()]
    return {(one.place, one.item): one for one in found}


def _levels(
    ctx: Context,
    *,
    below: str,
    exactly: bool = False,
    item: str = "",
    kind: str = "",
    low: bool = False,
    page: PageRequest | None = None,
) -> tuple[tuple[StockLevel, ...], int]:
    """Return the rows of a list, and how many there are without its page."""
    with connection.cursor() as cursor:
        cursor.execute(
            _LEVELS,
            {
                **_parameters(ctx, below, item=item, kind=kind, exactly=exactly),
                "low": low,
                "values": VALUES in ctx.grants,
                "limit": page.limit if page else None,
                "offset": page.offset if page else 0,
            },
        )
        rows = cursor.fetchall()
    return tuple(_level(row[:-1]) for row in rows), rows[0][-1] if rows else 0


def _parameters(
    ctx: Context, below: str, *, item: str = "", kind: str = "", exactly: bool = False
) -> dict[str, Any]:
    return {
        "paths": arrays.texts(sorted(ctx.scope.paths)),
        "below": below,
        "exactly": exactly,
        "item": item,
        "kind": kind,
    }


def _level(row: Sequence[Any]) -> StockLevel:
    return StockLevel(*(*row[:-1], _money(row[-1])))


def _shortage(row: Sequence[Any]) -> Shortage:
    return Shortage(*row[:-1])


def _money(fen: Any) -> Money | None:
    return None if fen is None else Money(int(fen))


_HERE: Final = """
WITH here AS MATERIALIZED (
    SELECT o.id, o.code, o.name_zh, o.name_en, o.kind, o.path FROM party_organization o
    WHERE (o.path = %(below)s OR (NOT %(exactly)s AND starts_with(o.path, %(below)s || '.')))
      AND EXISTS (SELECT 1 FROM unnest(%(paths)s::text[]) AS s(path)
                  WHERE o.path = s.path OR starts_with(o.path, s.path || '.'))
), lying AS MATERIALIZED (
    SELECT u.place_id, u.item_id,
           count(*) FILTER (WHERE u.state = 'in_stock') AS in_stock,
           count(*) FILTER (WHERE u.state = 'in_transit') AS in_transit,
           count(*) FILTER (WHERE u.state = 'held') AS held,
           count(*) FILTER (WHERE u.state IN ('defective', 'missing', 'expired')) AS other,
           sum(u.cost) FILTER (WHERE u.terms = 'consignment') AS value
    FROM stock_unit u JOIN here h ON h.id = u.place_id
    WHERE u.state IN ('in_stock', 'in_transit', 'held', 'defective', 'missing', 'expired')
      AND (%(item)s = '' OR u.item_id = %(item)s) AND (%(kind)s = '' OR u.kind = %(kind)s)
    GROUP BY u.place_id, u.item_id
    UNION ALL
    SELECT q.place_id, q.item_id, sum(q.in_stock), sum(q.in_transit), sum(q.held),
           sum(q.defective + q.missing), sum(q.value) FILTER (WHERE q.terms = 'consignment')
    FROM stock_quantity q JOIN here h ON h.id = q.place_id
    JOIN stock_item i ON i.code = q.item_id
    WHERE (%(item)s = '' OR q.item_id = %(item)s) AND (%(kind)s = '' OR i.kind = %(kind)s)
    GROUP BY q.place_id, q.item_id
)"""

_LEVELS: Final = (
    _HERE
    + """
SELECT h.id, h.code, h.name_zh, h.name_en, h.kind, h.path, i.code, i.name_zh, i.name_en, i.kind,
       i.serialised, coalesce(l.in_stock, 0)::bigint, coalesce(l.in_transit, 0)::bigint,
       coalesce(l.held, 0)::bigint, coalesce(l.other, 0)::bigint, t.low,
       CASE WHEN %(values)s THEN coalesce(l.value, 0) END, count(*) OVER ()
FROM lying l
FULL JOIN (SELECT t.place_id, t.item_id, t.low FROM stock_threshold t
           JOIN here h ON h.id = t.place_id JOIN stock_item i ON i.code = t.item_id
           WHERE (%(item)s = '' OR t.item_id = %(item)s)
             AND (%(kind)s = '' OR i.kind = %(kind)s)) t
    USING (place_id, item_id)
JOIN here h ON h.id = place_id JOIN stock_item i ON i.code = item_id
WHERE (t.low IS NOT NULL OR l.in_stock + l.in_transit + l.held + l.other > 0)
  AND (NOT %(low)s OR coalesce(l.in_stock, 0) < t.low)
ORDER BY h.path, i.kind, i.code
LIMIT %(limit)s OFFSET %(offset)s
"""
)

_TOTALS: Final = (
    _HERE
    + """
SELECT top.id, top.code, top.name_zh, top.name_en, top.kind, top.path,
       i.code, i.name_zh, i.name_en, i.kind, i.serialised,
       sum(l.in_stock)::bigint, sum(l.in_transit)::bigint, sum(l.held)::bigint,
       sum(l.other)::bigint, NULL::bigint, CASE WHEN %(values)s THEN sum(coalesce(l.value, 0)) END
FROM lying l JOIN stock_item i ON i.code = l.item_id
CROSS JOIN (SELECT * FROM here ORDER BY length(path) LIMIT 1) top
GROUP BY top.id, top.code, top.name_zh, top.name_en, top.kind, top.path,
         i.code, i.name_zh, i.name_en, i.kind, i.serialised
HAVING sum(l.in_stock + l.in_transit + l.held + l.other) > 0
ORDER BY i.kind, i.code
"""
)

_AREAS: Final = (
    _HERE
    + """
, low AS (
    SELECT t.place_id, count(*) AS n FROM stock_threshold t JOIN here h ON h.id = t.place_id
    LEFT JOIN lying l ON l.place_id = t.place_id AND l.item_id = t.item_id
    WHERE coalesce(l.in_stock, 0) < t.low AND (%(item)s = '' OR t.item_id = %(item)s)
      AND (%(kind)s = '' OR t.item_id IN (SELECT code FROM stock_item WHERE kind = %(kind)s))
    GROUP BY t.place_id
), summed AS (
    SELECT place_id, sum(in_stock) AS in_stock, sum(in_transit) AS in_transit, sum(value) AS value
    FROM lying GROUP BY place_id
)
SELECT a.id, a.code, a.name_zh, a.name_en, a.path, coalesce(sum(s.in_stock), 0)::bigint,
       coalesce(sum(s.in_transit), 0)::bigint,
       CASE WHEN %(values)s THEN coalesce(sum(s.value), 0) END, coalesce(sum(low.n), 0)::bigint
FROM here a
JOIN here h ON h.path = a.path OR starts_with(h.path, a.path || '.')
LEFT JOIN summed s ON s.place_id = h.id
LEFT JOIN low ON low.place_id = h.id
WHERE a.kind = %(area)s
GROUP BY a.id, a.code, a.name_zh, a.name_en, a.path
ORDER BY a.path
"""
)

# Only the places and items that have a threshold are counted.
_SHORTAGES: Final = """
WITH low AS MATERIALIZED (
    SELECT t.place_id, t.item_id, t.low, o.code, o.name_zh, o.name_en, o.path
    FROM stock_threshold t JOIN party_organization o ON o.id = t.place_id
    WHERE (o.path = %(below)s OR starts_with(o.path, %(below)s || '.'))
      AND EXISTS (SELECT 1 FROM unnest(%(paths)s::text[]) AS s(path)
                  WHERE o.path = s.path OR starts_with(o.path, s.path || '.'))
      AND (%(places)s::uuid[] IS NULL OR (t.place_id, t.item_id) IN (
           SELECT * FROM unnest(%(places)s::uuid[], %(items)s::text[])))
), counted AS (
    SELECT l.*, coalesce(u.in_stock, 0) + coalesce(q.in_stock, 0) AS in_stock,
           coalesce(u.in_transit, 0) + coalesce(q.in_transit, 0) AS in_transit
    FROM low l
    LEFT JOIN LATERAL (
        SELECT count(*) FILTER (WHERE state = 'in_stock') AS in_stock,
               count(*) FILTER (WHERE state = 'in_transit') AS in_transit
        FROM stock_unit WHERE place_id = l.place_id AND item_id = l.item_id
          AND state IN ('in_stock', 'in_transit')) u ON true
    LEFT JOIN LATERAL (
        SELECT sum(in_stock) AS in_stock, sum(in_transit) AS in_transit
        FROM stock_quantity WHERE place_id = l.place_id AND item_id = l.item_id) q ON true
)
SELECT c.place_id, c.code, c.name_zh, c.name_en, c.path, i.code, i.name_zh, i.name_en,
       c.in_stock::bigint, c.in_transit::bigint, c.low, count(*) OVER ()
FROM counted c JOIN stock_item i ON i.code = c.item_id
WHERE c.in_stock < c.low
ORDER BY c.in_stock::numeric / c.low, c.path, i.code
LIMIT %(limit)s OFFSET %(offset)s
"""
