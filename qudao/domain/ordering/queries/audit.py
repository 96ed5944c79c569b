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
        for query in (_FLIGHT, _UNRESOLVED, _UNQUEUED, _ASTRAY, _THINGS, _THINGLESS):
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
JOIN ledger_posting p ON p.id = o.hold_id AND p.period = o.period AND p.home = o.home
LEFT JOIN ledger_posting r ON r.resolves_id = p.id AND r.period = p.period AND r.home = p.home
LEFT JOIN ledger_posting back
  ON back.resolves_id = r.id AND back.period = r.period AND back.home = r.home
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
FROM ordering_order o LEFT JOIN ordering_dispatch d
  ON d.order_id = o.id AND d.period = o.period AND d.home = o.home
WHERE (o.state IN ('acknowledged', 'inProgress', 'pending')) <> (d.order_id IS NOT NULL)
UNION ALL
SELECT format('order %s is in the queue and not there', d.order_id)
FROM ordering_dispatch d LEFT JOIN ordering_order o
  ON o.id = d.order_id AND o.period = d.period AND o.home = d.home
WHERE o.id IS NULL
LIMIT 20
"""

# What foreign keys would have refused.
_ASTRAY = """
SELECT format('order %s: %s', o.id, fault.what)
FROM ordering_order o
LEFT JOIN wallet_wallet w ON w.outlet_id = o.outlet_id
LEFT JOIN catalog_offering_version v ON v.id = o.version_id
LEFT JOIN ledger_posting h ON h.id = o.hold_id AND h.period = o.period AND h.home = o.home
LEFT JOIN ledger_posting p ON p.id = o.post_id AND p.period = o.period AND p.home = o.home
LEFT JOIN ordering_order s ON s.id = o.reverses_id AND s.period = o.period AND s.home = o.home
CROSS JOIN LATERAL (VALUES
    (w.outlet_id IS NULL, 'its outlet has no wallet'),
    (w.home <> o.home, 'it is filed at another home than its outlet'),
    (v.id IS NULL, 'its offering is not there'),
    (o.hold_id IS NOT NULL AND h.id IS NULL, 'the posting that paid for it is not there'),
    (o.post_id IS NOT NULL AND p.id IS NULL, 'the posting that resolved it is not there'),
    (o.reverses_id IS NOT NULL AND s.id IS NULL, 'the sale that it reverses is not there')
) fault(wrong, what)
WHERE fault.wrong
UNION ALL
SELECT format('order %s is there %s times', id, count(*)) FROM ordering_order
GROUP BY id HAVING count(*) > 1
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
                -- An order's id tells when it was made. None that is open gets into the archive.
                WHEN o.id IS NULL AND t.allowed <> 'open' AND EXISTS (
                    SELECT FROM ledger_carried k WHERE k.period = period_of(to_timestamp(
                        ('x' || left(replace(t.cause::text, '-', ''), 12))::bit(48)::bigint
                        / 1000.0))) THEN t.allowed
                ELSE o.state END AS stage
    FROM thing t LEFT JOIN ordering_order o ON o.id = t.cause
)
SELECT format('%s belongs to order %s, which is %s', name, cause, coalesce(state, 'not there'))
FROM judged
WHERE stage IS NULL
   OR NOT (stage = allowed OR (allowed = 'either' AND stage IN ('open', 'done')))
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
