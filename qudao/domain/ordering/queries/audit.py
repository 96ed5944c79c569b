"""Prove that orders, the ledger and the things that orders move agree."""

from __future__ import annotations

from django.db import connection


def unsound() -> list[str]:
    """
    Return what is wrong between orders, the ledger, and the things that orders move, in words;
    nothing when all is sound.
    """
    problems: list[str] = []
    with connection.cursor() as cursor:
        for query in (_FLIGHT, _UNRESOLVED, _UNQUEUED, _THINGS, _THINGLESS):
            cursor.execute(query)
            problems += [row[0] for row in cursor.fetchall()]
    return problems


_FLIGHT = """
WITH flight AS (
    SELECT coalesce(sum(p.amount) FILTER (WHERE p.target_id = a.id), 0)
         - coalesce(sum(p.amount) FILTER (WHERE p.source_id = a.id), 0) AS amount
    FROM ledger_account a
    LEFT JOIN ledger_posting p ON a.id IN (p.source_id, p.target_id)
    WHERE a.kind = 'in_flight'
), open AS (
    SELECT coalesce(sum(debit), 0) AS amount FROM ordering_order
    WHERE state IN ('acknowledged', 'inProgress', 'pending') AND hold_id IS NOT NULL
)
SELECT format('in flight are %s fen, the open orders say %s', flight.amount, open.amount)
FROM flight, open WHERE flight.amount <> open.amount
"""

_UNRESOLVED = """
SELECT format('order %s is %s, its money is %s', o.id, o.state, coalesce(r.phase, 'in flight'))
FROM ordering_order o
JOIN ledger_posting p ON p.id = o.hold_id
LEFT JOIN ledger_posting r ON r.resolves_id = p.id
LEFT JOIN ledger_posting back ON back.resolves_id = r.id
WHERE p.amount <> o.debit OR p.cause <> o.id OR NOT CASE o.state
    WHEN 'completed' THEN r.phase = 'post' AND back.id IS NULL
    WHEN 'assessingCancellation' THEN r.phase = 'post' AND back.id IS NULL
    WHEN 'cancelled' THEN r.phase = 'post' AND coalesce(back.phase = 'reverse', false)
    WHEN 'failed' THEN r.phase = 'void'
    ELSE r.id IS NULL END
LIMIT 20
"""

_UNQUEUED = """
SELECT format('order %s is %s and %s in the queue', o.id, o.state,
              CASE WHEN d.order_id IS NULL THEN 'not' ELSE 'still' END)
FROM ordering_order o LEFT JOIN ordering_dispatch d ON d.order_id = o.id
WHERE (o.state IN ('acknowledged', 'inProgress', 'pending')) <> (d.order_id IS NOT NULL)
LIMIT 20
"""

# Whatever is bound to an order is bound to an open one, and what was handed over to a completed
# one: number, unit, counted goods, used card, dossier.
_THINGS = """
WITH thing(name, cause, allowed) AS (
    SELECT format('number %s, bound,', number), cause, 'open' FROM resource_number
    WHERE state = 'bound' AND cause IS NOT NULL
    UNION ALL
    SELECT format('%s %s, %s,', kind, serial, state), cause,
           CASE state WHEN 'held' THEN 'open' ELSE 'done' END FROM stock_unit
    WHERE state = 'held' OR (state = 'sold' AND cause IS NOT NULL)
    UNION ALL
    SELECT format('card %s, used,', serial), used_by, 'either' FROM stock_unit
    WHERE state = 'used' AND used_by IS NOT NULL
    UNION ALL
    SELECT format('%s of %s, held,', quantity, item_id), "order", 'open' FROM stock_hold
    UNION ALL
    SELECT format('dossier %s, %s,', agreement, state), "order",
           CASE state WHEN 'submitted' THEN 'open' WHEN 'completed' THEN 'done' ELSE 'failed' END
    FROM customer_dossier WHERE state IN ('submitted', 'completed', 'failed')
), judged AS (
    SELECT t.*, o.state,
           CASE WHEN o.state IN ('acknowledged', 'inProgress', 'pending') THEN 'open'
                WHEN o.state IN ('completed', 'assessingCancellation') THEN 'done'
                ELSE o.state END AS stage
    FROM thing t LEFT JOIN ordering_order o ON o.id = t.cause
)
SELECT format('%s belongs to order %s, which is %s', name, cause, coalesce(state, 'not there'))
FROM judged
WHERE stage IS NULL OR NOT (stage = allowed OR (allowed = 'either' AND stage IN ('open', 'done')))
LIMIT 20
"""

_THINGLESS = """
SELECT format('order %s for %s is %s and binds no number', o.id, o.business, o.state)
FROM ordering_order o
WHERE o.business IN ('account_opening', 'number_change') AND o.reverses_id IS NULL
  AND o.state IN ('acknowledged', 'inProgress', 'pending')
  AND NOT EXISTS (SELECT FROM resource_number n WHERE n.cause = o.id AND n.state = 'bound')
UNION ALL
SELECT format('order %s for %s is %s and holds nothing', o.id, o.business, o.state)
FROM ordering_order o
WHERE o.business IN ('account_opening', 'sim_swap', 'recharge_card', 'goods', 'own_goods',
                     'contract_handset') AND o.reverses_id IS NULL
  AND o.state IN ('acknowledged', 'inProgress', 'pending')
  AND NOT EXISTS (SELECT FROM stock_unit u WHERE u.cause = o.id AND u.state = 'held')
  AND NOT EXISTS (SELECT FROM stock_hold h WHERE h."order" = o.id)
LIMIT 20
"""
