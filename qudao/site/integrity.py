"""What `qudao check` asks: in one snapshot of the database, and then of the vault's files."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from django.db import connection, transaction

from qudao.domain.commission.queries import conservation as commission
from qudao.domain.customer import queries as customer
from qudao.domain.ledger import queries as ledger
from qudao.domain.ordering import queries as ordering
from qudao.domain.resource import queries as resource
from qudao.domain.saleschannel import queries as saleschannel
from qudao.domain.stock import queries as stock
from qudao.journeys.paying import audit as paying
from qudao.kernel.period import business_date, month_of
from qudao.platform.processes import queries as processes
from qudao.platform.tables.months import months_on
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
            *saleschannel.unsound(),
            *commission.unsound(),
            *paying.unsound(),
            *processes.unsound(),
        ]
    return [*found, *files.unsound(read=read_files), *_lake()]


def _lake() -> list[str]:
    """What of the last two months the lake has otherwise than orders and ledger."""
    # whoever only asks for the database's books loads no engine
    from qudao.journeys import lake as journey
    from qudao.platform.lake.open import folder, lake

    if not any(folder().iterdir()):
        return []
    yesterday = business_date(datetime.now(UTC)) - timedelta(days=1)
    with lake() as opened:
        return journey.untied(opened, first=months_on(month_of(yesterday), -1), last=yesterday)
