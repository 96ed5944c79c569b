"""What the commands of the catalogue share: the revision, the scope, periods."""

from __future__ import annotations

from datetime import datetime

from django.db import connection

from qudao.domain.catalog import rules
from qudao.domain.catalog.events import CatalogChanged
from qudao.domain.catalog.models import Offering
from qudao.domain.catalog.types import Backdated, BeyondOwnBranch, OfferingUnknown, PeriodEmpty
from qudao.platform.commands.command import announce
from qudao.platform.commands.context import Context


def _raise_revision() -> None:
    """Take the next number; writers queue on the row, so numbers follow the order of commits."""
    with connection.cursor() as cursor:
        # A sequence never gives a number twice, even when this transaction is rolled back: a
        # snapshot taken inside it can never be mistaken for a later state.
        cursor.execute(
            "INSERT INTO catalog_revision (id, value)"
            " VALUES (1, nextval('catalog_revision_number'))"
            " ON CONFLICT (id) DO UPDATE SET value = nextval('catalog_revision_number')"
            " RETURNING value"
        )
        announce(CatalogChanged(int(cursor.fetchone()[0])))


def _for_the_whole(ctx: Context) -> None:
    if not any(path.count(".") < rules.BRANCH_DEPTH - 1 for path in ctx.scope.paths):
        raise BeyondOwnBranch


def _period(
    ctx: Context, valid_from: datetime | None, valid_until: datetime | None
) -> tuple[datetime, datetime | None]:
    start = valid_from or ctx.at
    if start < ctx.at:
        raise Backdated(start)
    if valid_until is not None and valid_until <= start:
        raise PeriodEmpty(start, valid_until)
    return start, valid_until


def _offering_of(code: str) -> Offering:
    row = Offering.objects.select_for_update().filter(code=code).first()
    if row is None:
        raise OfferingUnknown(code)
    return row
