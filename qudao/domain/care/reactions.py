"""Keep the hourly figures: from the journal, in commit order, each row exactly once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from qudao.kernel.period import MARKET_ZONE, business_date
from qudao.platform.events.relay import Entry, consumer
from qudao.platform.tables import arrays, prepared

Key = tuple[UUID, date, int, str, str, str]
"""Place, business date, hour, channel, item, outcome."""

CONTACTS, SECONDS, ORDERS = range(3)


@consumer("care.hourly_contacts", commands=["care.record_interactions"])
def count_contacts(entries: Sequence[Entry]) -> None:
    """Add contacts, how long they lasted and what was ordered to the hour in which they began."""
    sums: dict[Key, list[int]] = defaultdict(lambda: [0] * 3)
    for entry in entries:
        said = entry.arguments
        begun = datetime.fromisoformat(said["started_at"])
        lasted = datetime.fromisoformat(said["ended_at"]) - begun
        key = (
            UUID(said["place"]),
            business_date(begun),
            begun.astimezone(MARKET_ZONE).hour,
            entry.channel,
            said["item"],
            said["outcome"],
        )
        sums[key][CONTACTS] += 1
        sums[key][SECONDS] += round(lasted.total_seconds())
        sums[key][ORDERS] += said["order"] is not None
    # In one order, as others may be counted at the same time.
    keys, counted = zip(*sorted(sums.items()), strict=True)
    places, days, hours, channels, items, outcomes = zip(*keys, strict=True)
    prepared.run(
        _ADD,
        [
            arrays.uuids(places),
            arrays.times(days),
            arrays.numbers(hours),
            arrays.texts(channels),
            arrays.texts(items),
            arrays.texts(outcomes),
            *(arrays.numbers(figures) for figures in zip(*counted, strict=True)),
        ],
    )


_ADD = """
INSERT INTO care_hourly_contacts AS s
    (place_id, business_date, hour, channel, item, outcome, contacts, seconds, orders)
SELECT * FROM unnest(
    %s::uuid[], %s::date[], %s::integer[], %s::text[], %s::text[], %s::text[], %s::bigint[],
    %s::bigint[], %s::bigint[])
ON CONFLICT (place_id, business_date, hour, channel, item, outcome) DO UPDATE SET
    contacts = s.contacts + excluded.contacts,
    seconds = s.seconds + excluded.seconds,
    orders = s.orders + excluded.orders
"""
