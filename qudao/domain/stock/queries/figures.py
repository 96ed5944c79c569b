"""Figures of goods: how old, how fast, what they bring."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

from django.db import connection

from qudao.domain.stock.queries.levels import VALUES
from qudao.domain.stock.types import AgeingRow, BatchRow, MarginRow, TurnoverRow
from qudao.kernel.money import Money
from qudao.kernel.page import Page, PageRequest
from qudao.kernel.period import business_date
from qudao.kernel.scope import ROOT_PATH
from qudao.platform.commands.context import Context
from qudao.platform.tables import arrays


def ageing(ctx: Context, *, below: str = "") -> tuple[AgeingRow, ...]:
    """
    Return the units on shelves of the actor's scope by item and days since they came there.

    :raises NotPermitted: without `stock.read`.
    """
    ctx.require("stock.read")
    rows = _ask(ctx, _AGEING, below, at=ctx.at, values=VALUES in ctx.grants)
    return tuple(AgeingRow(*(*row[:-1], _money(row[-1]))) for row in rows)


def turnover(ctx: Context, *, first: date, last: date, below: str = "") -> tuple[TurnoverRow, ...]:
    """
    Return for each item what there was, what there is and what was sold from `first` to `last`,
    both included; opening and closing count what the books have at the places.

    :raises NotPermitted: without `stock.read`.
    """
    ctx.require("stock.read")
    days = (last - first).days + 1
    rows = _ask(ctx, _TURNOVER, below, first=first, last=last)
    return tuple(
        TurnoverRow(*(*row, row[4] * days // row[5] if row[5] > 0 else None)) for row in rows
    )


def margins(
    ctx: Context, *, first: date, last: date, by: str = "item", below: str = ""
) -> tuple[MarginRow, ...]:
    """
    Return what goods brought and cost in a period, by `item` or `branch`, dearest margin first.

    Sales to customers count at what their orders asked, purchases of outlets at wholesale; what
    came back counts the other way. Goods that outlets own bring the operator nothing more.

    :raises NotPermitted: without `stock.read_value`.
    """
    ctx.require(VALUES)
    assert by in {"item", "branch"}, by
    rows = _ask(ctx, _MARGINS, below, first=first, last=last, by=by)
    return tuple(MarginRow(*(*row[:-2], *map(Money, row[-2:]))) for row in rows)


def batches(ctx: Context, *, page: PageRequest, item: str = "") -> Page[BatchRow]:
    """
    Return batches with units in the actor's scope, the newest first.

    :raises NotPermitted: without `stock.read`.
    """
    ctx.require("stock.read")
    rows = _ask(ctx, _BATCHES, "", item=item, limit=page.limit, offset=page.offset)
    return Page(tuple(BatchRow(*row[:-1]) for row in rows), rows[0][-1] if rows else 0, page)


def _ask(ctx: Context, statement: str, below: str, **more: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(
            statement,
            {
                "paths": arrays.texts(sorted(ctx.scope.paths)),
                "below": below or ROOT_PATH,
                "today": business_date(ctx.at),
                **more,
            },
        )
        return list(cursor.fetchall())


def _money(fen: Any) -> Money | None:
    return None if fen is None else Money(int(fen))


HERE: Final = """
WITH here AS MATERIALIZED (
    SELECT o.id, o.path FROM party_organization o
    WHERE (o.path = %(below)s OR starts_with(o.path, %(below)s || '.'))
      AND EXISTS (SELECT 1 FROM unnest(%(paths)s::text[]) AS s(path)
                  WHERE o.path = s.path OR starts_with(o.path, s.path || '.'))
)"""

_AGEING: Final = (
    HERE
    + """
SELECT i.code, i.name_zh, i.name_en,
       count(*) FILTER (WHERE u.moved_at > %(at)s::timestamptz - interval '30 days'),
       count(*) FILTER (WHERE u.moved_at <= %(at)s::timestamptz - interval '30 days'
                          AND u.moved_at > %(at)s::timestamptz - interval '90 days'),
       count(*) FILTER (WHERE u.moved_at <= %(at)s::timestamptz - interval '90 days'
                          AND u.moved_at > %(at)s::timestamptz - interval '180 days'),
       count(*) FILTER (WHERE u.moved_at <= %(at)s::timestamptz - interval '180 days'),
       CASE WHEN %(values)s
            THEN coalesce(sum(u.cost) FILTER (WHERE u.terms = 'consignment'), 0) END
FROM stock_unit u JOIN here h ON h.id = u.place_id JOIN stock_item i ON i.code = u.item_id
WHERE u.state = 'in_stock'
GROUP BY i.code, i.name_zh, i.name_en, i.kind
ORDER BY i.kind, i.code
"""
)

# What the books have now, less what has moved since: no history of levels is kept.
_TURNOVER: Final = (
    HERE
    + """
, now AS (
    SELECT item_id, count(*) AS n FROM stock_unit u JOIN here h ON h.id = u.place_id
    WHERE u.state IN ('in_stock', 'in_transit', 'held', 'defective', 'missing', 'expired')
    GROUP BY item_id
    UNION ALL
    SELECT item_id, sum(in_stock + in_transit + held + defective + missing)
    FROM stock_quantity q JOIN here h ON h.id = q.place_id GROUP BY item_id
), moved AS (
    SELECT l.item_id,
           sum(CASE WHEN t.id IS NOT NULL THEN l.quantity ELSE 0 END
               - CASE WHEN s.id IS NOT NULL THEN l.quantity ELSE 0 END)
               FILTER (WHERE m.business_date > %(last)s) AS after,
           sum(CASE WHEN t.id IS NOT NULL THEN l.quantity ELSE 0 END
               - CASE WHEN s.id IS NOT NULL THEN l.quantity ELSE 0 END) AS since,
           sum(CASE WHEN m.kind = 'sale' THEN l.quantity
                    WHEN m.kind = 'customer_return' THEN -l.quantity ELSE 0 END)
               FILTER (WHERE m.business_date <= %(last)s) AS sold
    FROM stock_movement m JOIN stock_movement_line l ON l.movement_id = m.id
    LEFT JOIN here s ON s.id = m.source_id LEFT JOIN here t ON t.id = m.target_id
    WHERE m.business_date >= %(first)s AND (s.id IS NOT NULL OR t.id IS NOT NULL)
    GROUP BY l.item_id
), held AS (SELECT item_id, sum(n) AS n FROM now GROUP BY item_id)
SELECT i.code, i.name_zh, i.name_en,
       (coalesce(h.n, 0) - coalesce(m.since, 0))::bigint,
       (coalesce(h.n, 0) - coalesce(m.after, 0))::bigint, coalesce(m.sold, 0)::bigint
FROM held h FULL JOIN moved m USING (item_id) JOIN stock_item i ON i.code = item_id
WHERE coalesce(h.n, 0) <> 0 OR coalesce(m.since, 0) <> 0 OR coalesce(m.sold, 0) <> 0
ORDER BY i.kind, i.code
"""
)

_MARGINS: Final = (
    HERE
    + """
, line AS (
    SELECT l.item_id, p.path, l.quantity, l.price, l.value,
           CASE WHEN m.kind IN ('customer_return', 'purchase_return')
                  OR (m.kind = 'replace' AND m.source_id IS NULL) THEN -1 ELSE 1 END AS sign
    FROM stock_movement m JOIN stock_movement_line l ON l.movement_id = m.id
    JOIN here p ON p.id = coalesce(m.source_id, m.target_id)
    WHERE m.business_date BETWEEN %(first)s AND %(last)s
      AND m.kind IN ('sale', 'customer_return', 'replace', 'purchase', 'purchase_return')
), named AS (
    SELECT n.code, n.name_zh, n.name_en, l.*
    FROM line l
    CROSS JOIN LATERAL (
        SELECT i.code, i.name_zh, i.name_en FROM stock_item i
        WHERE %(by)s = 'item' AND i.code = l.item_id
        UNION ALL
        (SELECT o.code, o.name_zh, o.name_en FROM party_organization o
         WHERE %(by)s = 'branch' AND o.kind IN ('branch', 'province')
           AND (l.path = o.path OR starts_with(l.path, o.path || '.'))
         ORDER BY length(o.path) DESC LIMIT 1)) n
)
SELECT code, name_zh, name_en, sum(sign * quantity)::bigint, sum(sign * price)::bigint,
       sum(sign * value)::bigint
FROM named GROUP BY code, name_zh, name_en
ORDER BY sum(sign * (price - value)) DESC, code
"""
)

_BATCHES: Final = (
    HERE
    + """
SELECT u.batch, i.code, i.name_zh, i.name_en, count(*),
       count(*) FILTER (WHERE u.state = 'in_stock'),
       count(*) FILTER (WHERE u.state IN ('sold', 'used')), min(u.expires_on),
       count(*) OVER ()
FROM stock_unit u JOIN here h ON h.id = u.place_id JOIN stock_item i ON i.code = u.item_id
WHERE u.batch <> '' AND (%(item)s = '' OR u.item_id = %(item)s)
GROUP BY u.batch, i.code, i.name_zh, i.name_en
ORDER BY max(u.id::text) DESC, u.batch, i.code
LIMIT %(limit)s OFFSET %(offset)s
"""
)
