"""From which day on something may become effective."""

from __future__ import annotations

from datetime import date, timedelta

from django.db.models import Max

from qudao.domain.commission.models import Settlement
from qudao.domain.commission.queries.effective import next_month
from qudao.domain.commission.types.settlements import SettlementState


def earliest_day(today: date) -> date:
    """
    Return the first day from which a policy may hold: of the month before this one, which is
    settled in this one; or of the month after the last one that was computed, or is being.
    """
    start = (today.replace(day=1) - timedelta(days=1)).replace(day=1)
    rows = Settlement.objects.unscoped("nothing is retroactive, wherever it was settled")
    begun = rows.exclude(state=SettlementState.DRAFT, running="")
    last = begun.aggregate(month=Max("month"))["month"]
    return start if last is None else max(start, next_month(last))
