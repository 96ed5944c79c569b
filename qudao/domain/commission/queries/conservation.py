"""Lines, statements, postings and payouts say the same: for closing a month and `qudao check`."""

from __future__ import annotations

from django.db import connection

from qudao.domain.commission.types.settlements import SettlementId


def unsound() -> list[str]:
    """Return what does not agree in any settlement, in words; nothing when all is sound."""
    return _faults(None)


def faults_of(settlement: SettlementId) -> list[str]:
    """Return what does not agree in one settlement."""
    return _faults(settlement)


def _faults(settlement: SettlementId | None) -> list[str]:
    problems: list[str] = []
    with connection.cursor() as cursor:
        for query in _FAULTS:
            cursor.execute(query, {"settlement": settlement})
            problems += [str(row[0]) for row in cursor.fetchall()]
    return problems


# Statements of the edition that counts.
_STATEMENTS = """(
    SELECT t.* FROM commission_statement t
    JOIN commission_settlement c ON (c.id, c.edition) = (t.settlement_id, t.edition)
)"""
_OF = "(%(settlement)s::uuid IS NULL OR t.settlement_id = %(settlement)s::uuid)"

# A statement earns what its rules add up to.
_SUMS = f"""
SELECT format('statement %%s earns %%s and %%s points, its rules say %%s and %%s', t.id, t.earned,
              t.points, coalesce(s.earned, 0), coalesce(s.points, 0))
FROM {_STATEMENTS} t
LEFT JOIN (
    SELECT statement_id, sum(amount) FILTER (WHERE unit = 'fen') AS earned,
           sum(amount) FILTER (WHERE unit = 'point') AS points, sum(lines) AS lines
    FROM commission_statement_sum GROUP BY statement_id
) s ON s.statement_id = t.id
WHERE {_OF} AND (t.earned <> coalesce(s.earned, 0) OR t.points <> coalesce(s.points, 0)
                 OR t.lines <> coalesce(s.lines, 0))
LIMIT 20
"""

# A settlement is what its statements add up to.
_TOTALS = f"""
SELECT format('settlement %%s does not equal its statements', c.id)
FROM commission_settlement c
JOIN (
    SELECT t.settlement_id, count(*) AS statements, sum(earned) AS earned,
           sum(adjusted) AS adjusted, sum(brought) AS brought, sum(tax) AS tax, sum(net) AS net,
           sum(carried) AS carried, sum(points) AS points, sum(lines) AS lines
    FROM {_STATEMENTS} t WHERE {_OF} GROUP BY t.settlement_id
) s ON s.settlement_id = c.id
WHERE (c.statements, c.earned, c.adjusted, c.brought, c.tax, c.net, c.carried, c.points, c.lines)
   <> (s.statements, s.earned, s.adjusted, s.brought, s.tax, s.net, s.carried, s.points, s.lines)
LIMIT 20
"""

# What the ledger has posted for a statement, once it is not open any more: out of its branch's
# expense exactly what is due, and no more for what is open.
_POSTED = f"""
WITH posted AS (
    SELECT p.cause,
           sum(p.amount) FILTER (WHERE p.kind = 'commission') AS net,
           sum(p.amount) FILTER (WHERE p.kind = 'commission_tax') AS tax,
           bool_and(a.kind = 'commission_expense' AND a.owner = t.branch_id) AS own
    FROM ledger_posting p
    JOIN {_STATEMENTS} t ON t.id = p.cause
    JOIN ledger_account a ON a.id = p.source_id
    WHERE p.kind IN ('commission', 'commission_tax') AND {_OF}
    GROUP BY p.cause
)
SELECT format('statement %%s pays %%s and withholds %%s, the ledger says %%s and %%s', t.id, t.net,
              t.tax, coalesce(p.net, 0), coalesce(p.tax, 0))
FROM {_STATEMENTS} t LEFT JOIN posted p ON p.cause = t.id
JOIN commission_settlement c ON c.id = t.settlement_id
WHERE {_OF} AND (
    coalesce(p.net, 0) <> CASE WHEN t.state = 'open' THEN 0 ELSE t.net END
    OR coalesce(p.tax, 0) <> CASE WHEN t.state = 'open' THEN 0 ELSE t.tax END
    OR NOT coalesce(p.own, true))
  AND NOT EXISTS (SELECT FROM ledger_carried l WHERE l.period >= date_trunc('month', c.posted_at))
LIMIT 20
"""

# What a statement brings is what the month before has carried.
_CARRIED = f"""
SELECT format('statement %%s brings %%s, the month before carried %%s', t.id, t.brought,
              coalesce(b.carried, 0))
FROM {_STATEMENTS} t
JOIN commission_settlement c ON c.id = t.settlement_id
LEFT JOIN commission_settlement bc
       ON bc.province_id = c.province_id AND bc.month = c.month - interval '1 month'
LEFT JOIN {_STATEMENTS} b ON b.settlement_id = bc.id AND b.outlet_id = t.outlet_id
WHERE {_OF} AND c.state IN ('approved', 'posted', 'closed') AND t.brought <> coalesce(b.carried, 0)
LIMIT 20
"""

# A payout file adds up to its payments, and these are their statements' amounts.
_PAYOUTS = f"""
SELECT format('payout %%s does not equal its payments', o.number)
FROM commission_payout o
JOIN (
    SELECT i.payout_id, count(*) AS items, sum(i.amount) AS total,
           bool_and(i.amount = t.net) AS equal
    FROM commission_payout_item i JOIN {_STATEMENTS} t ON t.id = i.statement_id
    WHERE {_OF} GROUP BY i.payout_id
) s ON s.payout_id = o.id
WHERE o.items <> s.items OR o.total <> s.total OR NOT s.equal
UNION ALL
SELECT format('statement %%s is %%s, its payments say otherwise', t.id, t.state)
FROM {_STATEMENTS} t
JOIN LATERAL (
    SELECT bool_or(i.state = 'sent') AS sent, bool_or(i.state = 'paid') AS paid
    FROM commission_payout_item i WHERE i.statement_id = t.id
) i ON i.sent IS NOT NULL
WHERE {_OF} AND t.state <> CASE WHEN i.paid THEN 'paid' WHEN i.sent THEN 'sent' ELSE 'payable' END
LIMIT 20
"""

_FAULTS = (_SUMS, _TOTALS, _POSTED, _CARRIED, _PAYOUTS)
