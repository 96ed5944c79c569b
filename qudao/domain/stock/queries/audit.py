"""Prove that the books of goods are sound: places, states, documents and the ledger agree."""

from __future__ import annotations

from typing import Final

from django.db import connection

from qudao.domain.ledger import queries as ledger
from qudao.kernel.money import Money

VALUE: Final = "stock_value"


def unsound() -> list[str]:
    """
    Return what is wrong with the goods of the whole database, in words; nothing when all is sound.

    What lies at a place is what moved in less what moved out, for each item; each unit's last
    document ends where its state says it is; what orders hold, what is on its way and what is
    missing agree with holds and deliveries; the ledger has each branch's stock at its cost.
    """
    problems: list[str] = []
    with connection.cursor() as cursor:
        for query in (_PLACES, _LAST_MOVES, _ENDS, _HOLDS, _DELIVERIES, _LINES):
            cursor.execute(query)
            problems += [row[0] for row in cursor.fetchall()]
        cursor.execute(VALUES_OF_BRANCHES)
        values = cursor.fetchall()
    for branch, code, value in values:
        account = ledger.account_of(branch, VALUE)
        booked = Money(0) if account is None else ledger.derived_balance(account)
        if booked != Money(int(value)):
            problems.append(f"branch {code} has goods for {Money(int(value))}, booked {booked}")
    return problems


_PLACES: Final = """
WITH moved AS (
    SELECT place, item_id, sum(n) AS n FROM (
        SELECT m.target_id AS place, l.item_id, l.quantity AS n
        FROM stock_movement m JOIN stock_movement_line l ON l.movement_id = m.id
        WHERE m.target_id IS NOT NULL
        UNION ALL
        SELECT m.source_id, l.item_id, -l.quantity
        FROM stock_movement m JOIN stock_movement_line l ON l.movement_id = m.id
        WHERE m.source_id IS NOT NULL) leg
    GROUP BY place, item_id
), lying AS (
    SELECT place_id AS place, item_id, sum(n) AS n FROM (
        SELECT place_id, item_id, 1 AS n FROM stock_unit
        WHERE state NOT IN ('sold', 'used', 'written_off')
        UNION ALL
        SELECT place_id, item_id, in_stock + in_transit + held + defective + missing
        FROM stock_quantity) shelf
    GROUP BY place_id, item_id
)
SELECT format('%s at %s: %s lie there, documents say %s', item_id, place, coalesce(l.n, 0),
              coalesce(m.n, 0))
FROM moved m FULL JOIN lying l USING (place, item_id)
WHERE coalesce(m.n, 0) <> coalesce(l.n, 0)
LIMIT 20
"""

# Documents of one transaction carry one time: among those the units' lines are in their order.
_LAST_MOVES: Final = """
WITH last_line AS MATERIALIZED (
    SELECT max(id) AS id FROM stock_movement_line WHERE unit_id IS NOT NULL GROUP BY unit_id
), last AS MATERIALIZED (
    SELECT l.unit_id, m.kind, m.source_id, m.target_id, m.target_end
    FROM last_line JOIN stock_movement_line l USING (id)
    JOIN stock_movement m ON m.id = l.movement_id
)
SELECT format('%s %s is %s at %s, its last document is %s', u.kind, u.serial, u.state, u.place_id,
              coalesce(last.kind, 'none'))
FROM stock_unit u LEFT JOIN last ON last.unit_id = u.id
WHERE last.kind IS NULL
   OR CASE WHEN u.state IN ('sold', 'used')
           THEN last.target_end <> 'customer' OR last.source_id <> u.place_id
           WHEN u.state = 'written_off'
           THEN last.target_end <> 'scrap' OR last.source_id <> u.place_id
           ELSE last.target_id IS DISTINCT FROM u.place_id END
LIMIT 20
"""

_ENDS: Final = """
WITH outside AS (
    SELECT l.item_id, sum(CASE WHEN m.target_id IS NULL THEN l.quantity ELSE 0 END
                          - CASE WHEN m.source_id IS NULL THEN l.quantity ELSE 0 END) AS n
    FROM stock_movement m JOIN stock_movement_line l ON l.movement_id = m.id
    GROUP BY l.item_id
), inside AS (
    SELECT item_id, sum(n) AS n FROM (
        SELECT item_id, 1 AS n FROM stock_unit
        WHERE state NOT IN ('sold', 'used', 'written_off')
        UNION ALL
        SELECT item_id, in_stock + in_transit + held + defective + missing FROM stock_quantity) s
    GROUP BY item_id
)
SELECT format('%s: %s lie at places, but %s came in more than went out', item_id,
              coalesce(i.n, 0), -coalesce(o.n, 0))
FROM outside o FULL JOIN inside i USING (item_id)
WHERE coalesce(o.n, 0) + coalesce(i.n, 0) <> 0
LIMIT 20
"""

_HOLDS: Final = """
WITH held AS (
    SELECT place_id, item_id, terms, sum(quantity) AS n FROM stock_hold
    GROUP BY place_id, item_id, terms)
SELECT format('%s at %s on %s: %s are held, orders hold %s', item_id, place_id, terms,
              coalesce(q.held, 0), coalesce(h.n, 0))
FROM stock_quantity q FULL JOIN held h USING (place_id, item_id, terms)
WHERE coalesce(q.held, 0) <> coalesce(h.n, 0)
LIMIT 20
"""

_DELIVERIES: Final = """
WITH counted AS (
    SELECT u.document AS id, u.item_id, count(*) FILTER (WHERE u.state = 'in_transit') AS transit,
           count(*) FILTER (WHERE u.state = 'missing') AS missing
    FROM stock_unit u WHERE u.document IS NOT NULL GROUP BY u.document, u.item_id
), told AS (
    SELECT l.requisition_id AS id, l.item_id,
           CASE WHEN r.state = 'dispatched' THEN l.dispatched ELSE 0 END AS transit, l.missing
    FROM stock_requisition_line l JOIN stock_requisition r ON r.id = l.requisition_id
    JOIN stock_item i ON i.code = l.item_id AND i.serialised
), goods AS (
    SELECT r.target_id, l.item_id, sum(l.dispatched) AS n
    FROM stock_requisition_line l JOIN stock_requisition r ON r.id = l.requisition_id
    JOIN stock_item i ON i.code = l.item_id AND NOT i.serialised
    WHERE r.state = 'dispatched' GROUP BY r.target_id, l.item_id
), under_way AS (
    SELECT place_id AS target_id, item_id, sum(in_transit) AS n FROM stock_quantity
    GROUP BY place_id, item_id
)
SELECT format('delivery %s of %s: %s on their way and %s missing, told are %s and %s', id,
              item_id, coalesce(c.transit, 0), coalesce(c.missing, 0), coalesce(t.transit, 0),
              coalesce(t.missing, 0))
FROM counted c FULL JOIN told t USING (id, item_id)
WHERE coalesce(c.transit, 0) <> coalesce(t.transit, 0)
   OR coalesce(c.missing, 0) <> coalesce(t.missing, 0)
UNION ALL
SELECT format('%s on its way to %s: %s, deliveries say %s', item_id, target_id,
              coalesce(u.n, 0), coalesce(g.n, 0))
FROM goods g FULL JOIN under_way u USING (target_id, item_id)
WHERE coalesce(g.n, 0) <> coalesce(u.n, 0)
LIMIT 20
"""

_LINES: Final = """
SELECT format('movement %s has no lines', m.id) FROM stock_movement m
WHERE NOT EXISTS (SELECT 1 FROM stock_movement_line l WHERE l.movement_id = m.id)
LIMIT 20
"""

VALUES_OF_BRANCHES: Final = """
WITH branch AS (
    SELECT id, code, path FROM party_organization WHERE kind IN ('branch', 'province')
), lying AS (
    SELECT place_id, sum(value) AS value FROM (
        SELECT place_id, cost AS value FROM stock_unit
        WHERE terms = 'consignment' AND state NOT IN ('sold', 'used', 'written_off')
        UNION ALL
        SELECT place_id, value FROM stock_quantity WHERE terms = 'consignment') shelf
    GROUP BY place_id
), home AS (
    SELECT l.value, (SELECT b.id FROM branch b JOIN party_organization o ON o.id = l.place_id
                     WHERE o.path = b.path OR starts_with(o.path, b.path || '.')
                     ORDER BY length(b.path) DESC LIMIT 1) AS branch
    FROM lying l
)
SELECT b.id, b.code, coalesce(sum(h.value), 0)
FROM branch b LEFT JOIN home h ON h.branch = b.id
GROUP BY b.id, b.code
ORDER BY b.code
"""
