"""What `qudao check` asks, in one snapshot of the database."""

from __future__ import annotations

from django.db import connection, transaction

from qudao.domain.ledger import queries as ledger
from qudao.domain.ordering import queries as ordering


def faults() -> list[str]:
    """Return what does not balance, in words; nothing when all is sound."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        return [*ledger.unbalanced(), *ordering.unsound()]
