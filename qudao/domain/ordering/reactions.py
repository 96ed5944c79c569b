"""Keep the hourly figures: from the journal, in commit order, each row exactly once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from qudao.domain.ordering.events import OrderSettled
from qudao.kernel.period import MARKET_ZONE
from qudao.platform.events.relay import Entry, consumer
from qudao.platform.tables import arrays, prepared

Key = tuple[UUID, date, int, str, str]
"""Outlet, business date, hour, business, channel."""

TAKEN, TAKEN_AMOUNT, COMPLETED, COMPLETED_AMOUNT, DEBITED, FAILED, REVERSED = range(7)


@consumer("ordering.hourly_sales", commands=["ordering.sell", "ordering.settle"])
def count_sales(entries: Sequence[Entry]) -> None:
    """Add sales taken, completed, failed and reversed to the hour in which they were sold."""
    sums: dict[Key, list[int]] = defaultdict(lambda: [0] * 7)
    for entry in entries:
        if entry.command == "ordering.sell":
            answer = entry.answer
            key = _key(
                UUID(entry.arguments["outlet"]),
                date.fromisoformat(answer["day"]),
                entry.at,
                answer["business"],
                entry.channel,
            )
            sums[key][TAKEN] += 1
            sums[key][TAKEN_AMOUNT] += answer["amount"]
        for fact in entry.facts(OrderSettled):
            key = _key(
                fact.outlet, fact.business_date, fact.ordered_at, fact.business, fact.channel
            )
            if fact.state == "failed":
                sums[key][FAILED] += fact.reverses is None
                continue
            sign = 1 if fact.reverses is None else -1
            sums[key][COMPLETED] += sign
            sums[key][COMPLETED_AMOUNT] += sign * fact.amount
            sums[key][DEBITED] += sign * fact.debit
            sums[key][REVERSED] += fact.reverses is not None
    if not sums:
        return
    keys, counted = zip(*sorted(sums.items()), strict=True)
    outlets, days, hours, businesses, channels = zip(*keys, strict=True)
    prepared.run(
        _ADD,
        [
            arrays.uuids(outlets),
            arrays.times(days),
            arrays.numbers(hours),
            arrays.texts(businesses),
            arrays.texts(channels),
            *(arrays.numbers(figures) for figures in zip(*counted, strict=True)),
        ],
    )


def _key(outlet: UUID, day: date, at: datetime, business: str, channel: str) -> Key:
    return outlet, day, at.astimezone(MARKET_ZONE).hour, business, channel


_ADD = """
INSERT INTO ordering_hourly_sales AS s
    (outlet_id, business_date, hour, business, channel, taken, taken_amount, completed,
     completed_amount, debited, failed, reversed)
SELECT * FROM unnest(
    %s::uuid[], %s::date[], %s::integer[], %s::text[], %s::text[], %s::bigint[], %s::bigint[],
    %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[])
ON CONFLICT (outlet_id, business_date, hour, business, channel) DO UPDATE SET
    taken = s.taken + excluded.taken,
    taken_amount = s.taken_amount + excluded.taken_amount,
    completed = s.completed + excluded.completed,
    completed_amount = s.completed_amount + excluded.completed_amount,
    debited = s.debited + excluded.debited,
    failed = s.failed + excluded.failed,
    reversed = s.reversed + excluded.reversed
"""
