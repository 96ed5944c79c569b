"""Prove that customers' payments, orders and the books agree."""

from __future__ import annotations

from django.db import connection


def unsound() -> list[str]:
    """Return what is wrong between payments, orders and wallets, in words; nothing if all is."""
    problems: list[str] = []
    with connection.cursor() as cursor:
        for query in (_PAID_IN, _NOT_PAID_IN, _ORDERS, _WALLETS):
            cursor.execute(query)
            problems += [row[0] for row in cursor.fetchall()]
    return problems


# What lies in the archive was looked at before it went there: a payment's id tells its month.
_PAYMENT = """
WITH payment AS (
    SELECT p.* FROM checkout_payment p WHERE NOT EXISTS (
        SELECT FROM ledger_carried k WHERE k.period = period_of(p.changed_at)
            OR k.period = period_of(p.opened_at))
), paid_in AS (
    SELECT l.cause, l.id, l.amount, l.target_id, l.period, l.home,
           EXISTS (SELECT FROM ledger_posting b WHERE b.resolves_id = l.id
                   AND b.period = l.period AND b.home = l.home) AS taken_back
    FROM ledger_posting l
    WHERE l.kind = 'pay_in' AND l.phase = 'single'
      AND l.cause IN (SELECT id FROM payment)
)
"""

_PAID_IN = (
    _PAYMENT
    + """
SELECT format('payment %s is %s, what was paid in for it is %s', p.id, p.state,
              CASE WHEN i.id IS NULL THEN 'not there' WHEN i.taken_back THEN 'taken back'
                   ELSE 'there' END)
FROM payment p LEFT JOIN paid_in i ON i.cause = p.id
WHERE (p."order" IS NOT NULL) <> (i.id IS NOT NULL)
   OR i.taken_back <> (p.state NOT IN ('sold', 'captured', 'unpaid', 'returning'))
LIMIT 20
"""
)

_NOT_PAID_IN = (
    _PAYMENT
    + """
SELECT format('payment %s of %s fen: %s fen were paid in for it', p.id, p.amount, i.amount)
FROM payment p JOIN paid_in i ON i.cause = p.id
JOIN wallet_wallet w ON w.outlet_id = p.hall_id
WHERE i.amount <> p.amount OR i.target_id <> w.account_id
UNION ALL
SELECT format('for payment %s was paid in %s times', cause, count(*)) FROM paid_in
GROUP BY cause HAVING count(*) > 1
LIMIT 20
"""
)

_ORDERS = (
    _PAYMENT
    + """
SELECT format('payment %s is %s, its order %s is %s', p.id, p.state, p."order",
              coalesce(o.state, 'not there'))
FROM payment p LEFT JOIN ordering_order o ON o.id = p."order"
WHERE p."order" IS NOT NULL
  AND (o.id IS NULL OR o.outlet_id <> p.hall_id OR o.amount <> p.amount
       OR (p.state IN ('returning', 'refunding', 'refunded', 'owed', 'released', 'releasing')
           AND o.state NOT IN ('failed', 'cancelled')))
LIMIT 20
"""
)

# What customers pay goes through a hall's wallet and leaves nothing behind: but for discounts, and
# for what orders that came to nothing have brought back and is about to be taken out.
_WALLETS = """
WITH held AS (
    SELECT p.hall_id, sum(CASE WHEN o.state IN ('failed', 'cancelled') THEN p.amount
                               ELSE p.amount - o.debit END) AS amount
    FROM checkout_payment p JOIN ordering_order o ON o.id = p."order"
    WHERE p.state IN ('sold', 'captured', 'unpaid', 'returning')
      AND (o.state IN ('failed', 'cancelled') OR o.debit <> p.amount)
    GROUP BY p.hall_id
), hall AS (
    SELECT DISTINCT hall_id FROM checkout_payment
)
SELECT format('the wallet of %s holds %s fen, customers'' payments leave %s', g.code, b.balance,
              coalesce(h.amount, 0))
FROM hall
JOIN wallet_wallet w ON w.outlet_id = hall.hall_id
JOIN ledger_balance b ON b.account_id = w.account_id AND b.home = w.home
JOIN party_organization g ON g.id = hall.hall_id
LEFT JOIN held h ON h.hall_id = hall.hall_id
WHERE b.balance <> coalesce(h.amount, 0)
LIMIT 20
"""
