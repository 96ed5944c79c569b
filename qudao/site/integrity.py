"""What `qudao check` asks: in one snapshot of the database, and then of the vault's files."""

from __future__ import annotations

from django.db import connection, transaction

from qudao.domain.customer import queries as customer
from qudao.domain.ledger import queries as ledger
from qudao.domain.ordering import queries as ordering
from qudao.domain.resource import queries as resource
from qudao.domain.stock import queries as stock
from qudao.platform.vault import files


def faults(*, read_files: bool = True) -> list[str]:
    """Return what does not balance, in words; nothing when all is sound."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        found = [
            *ledger.unbalanced(),
            *ordering.unsound(),
            *customer.unsound(),
            *resource.unsound(),
            *stock.unsound(),
        ]
    return [*found, *files.unsound(read=read_files)]
