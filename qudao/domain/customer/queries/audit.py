"""What `qudao check` asks of customers: counts equal lines, dossiers have what they say."""

from __future__ import annotations

from typing import Final

from django.db import connection

_COUNTS: Final = """
    SELECT format('document %s: %s lines counted, %s there', left(encode(document_hash, 'hex'), 8),
                  coalesce(counted.lines, 0), coalesce(live.lines, 0))
    FROM customer_document counted
    FULL JOIN (
        SELECT customer.document_hash, count(*) AS lines
        FROM customer_line line JOIN customer_customer customer ON customer.id = line.customer_id
        WHERE line.state IN ('pending', 'active')
        GROUP BY customer.document_hash
    ) live USING (document_hash)
    WHERE coalesce(counted.lines, 0) <> coalesce(live.lines, 0)
"""
_NUMBERS: Final = """
    SELECT format('number %s has %s live lines', number, count(*))
    FROM customer_line WHERE state IN ('pending', 'active')
    GROUP BY number HAVING count(*) > 1
"""
_LINES: Final = """
    SELECT format('dossier %s is %s, its line %s', dossier.agreement, dossier.state,
                  coalesce('is ' || line.state, 'is missing'))
    FROM customer_dossier dossier LEFT JOIN customer_line line ON line."order" = dossier."order"
    WHERE dossier.purpose = 'account_opening'
      AND ((dossier.state = 'submitted' AND line.state IS DISTINCT FROM 'pending')
        OR (dossier.state = 'completed' AND coalesce(line.state, 'pending') = 'pending')
        OR (dossier.state = 'failed' AND line.state IS DISTINCT FROM 'ended'))
"""
_PENDING: Final = """
    SELECT format('line %s is pending without a dossier', line.number)
    FROM customer_line line
    WHERE line.state = 'pending' AND NOT EXISTS (
        SELECT FROM customer_dossier dossier
        WHERE dossier."order" = line."order" AND dossier.state = 'submitted')
"""
_SIGNED: Final = """
    SELECT format('dossier %s was submitted without an agreement', dossier.agreement)
    FROM customer_dossier dossier
    WHERE dossier.purpose = 'account_opening'
      AND dossier.state IN ('submitted', 'completed', 'failed')
      AND NOT EXISTS (SELECT FROM customer_agreement signed WHERE signed.dossier_id = dossier.id)
"""
_LEFT: Final = """
    SELECT format('dossier %s was given up and holds a picture', dossier.agreement)
    FROM customer_dossier dossier
    WHERE dossier.state = 'abandoned'
      AND (EXISTS (SELECT FROM customer_picture one WHERE one.dossier_id = dossier.id)
        OR EXISTS (SELECT FROM customer_agreement one WHERE one.dossier_id = dossier.id))
"""
_FILES: Final = """
    SELECT format('vault: file %s (%s) belongs to nothing', file.id, file.purpose)
    FROM vault_file file
    WHERE file.purpose LIKE 'customer.%'
      AND NOT EXISTS (SELECT FROM customer_picture one WHERE one.file_id = file.id)
      AND NOT EXISTS (SELECT FROM customer_agreement one
                      WHERE one.contract_id = file.id OR one.signature_id = file.id)
"""


def unsound() -> list[str]:
    """Return what is wrong with customers, in words; nothing when all is sound."""
    problems: list[str] = []
    with connection.cursor() as cursor:
        for query in (_COUNTS, _NUMBERS, _LINES, _PENDING, _SIGNED, _LEFT, _FILES):
            cursor.execute(query)
            problems += [row[0] for row in cursor.fetchall()]
    return problems
