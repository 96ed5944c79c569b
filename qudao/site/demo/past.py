"""
The one short cut of the build: what the BOSS said of many orders, each at its own moment.

`claim` and `settle` know one moment for a whole set, for they run as it happens. A test holds
`sql/settle_past.sql` against them, one order after the other.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from django.db import connection

from qudao.domain.ordering.ports import Completed, Refused
from qudao.kernel.period import business_date
from qudao.platform.commands.context import SYSTEM
from qudao.platform.tables import arrays


def prepare() -> None:
    """Make the function that `settle` calls, for this session."""
    with connection.cursor() as cursor:
        cursor.execute((Path(__file__).parent / "sql" / "settle_past.sql").read_text("utf-8"))


def settle(rows: Iterable[tuple[Completed | Refused, datetime]]) -> None:
    """
    Write down what the BOSS said of orders: (outcome, when the answer came).

    Each order as if it had been claimed and settled alone, at this moment.
    """
    outcomes, answered = zip(*rows, strict=True)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_temp.settle_past(%s::uuid[], %s::text[], %s::text[], %s::text[],"
            " %s::text[], %s::timestamptz[], %s::date[], %s)",
            [
                arrays.uuids(outcome.order for outcome in outcomes),
                arrays.texts(
                    "completed" if isinstance(outcome, Completed) else "refused"
                    for outcome in outcomes
                ),
                arrays.texts(
                    outcome.reference if isinstance(outcome, Completed) else ""
                    for outcome in outcomes
                ),
                arrays.texts(
                    outcome.code if isinstance(outcome, Refused) else "" for outcome in outcomes
                ),
                arrays.texts(
                    outcome.reason if isinstance(outcome, Refused) else "" for outcome in outcomes
                ),
                arrays.times(answered),
                arrays.times(business_date(at) for at in answered),
                SYSTEM,
            ],
        )
