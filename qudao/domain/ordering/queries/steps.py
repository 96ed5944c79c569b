"""
What has become of orders since somebody last looked: read from the journal, in commit order.

Sequence numbers have gaps in flight, so a place is a transaction number and an id, and nothing at
or above the oldest transaction that still runs is shown: what is read once is complete.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import connection

from qudao.domain.ordering.types import OrderId, OrderState
from qudao.domain.party.types import OrganizationId
from qudao.kernel.period import business_date, month_of

MEMORY: Final = timedelta(days=35)
"""Orders older than this are not looked through for what a reader has missed."""
ABSENCE: Final = timedelta(days=7)
"""What was committed longer ago is not looked for."""

_STATES: Final = {
    "ordering.sell": OrderState.ACKNOWLEDGED,
    "ordering.reverse": OrderState.ASSESSING_CANCELLATION,
}
"""The state that a command leaves its order in, where its answer does not say so."""


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A place in the journal: everything before it has been read."""

    xid: int
    id: int

    def __str__(self) -> str:
        return f"{self.xid}-{self.id}"

    @classmethod
    def read(cls, text: str) -> Place | None:
        """Return the place that a text names; None if it names none."""
        parts = text.split("-")
        if len(parts) != 2 or not all(
            part.isascii() and part.isdigit() and len(part) <= 18 for part in parts
        ):
            return None
        return cls(int(parts[0]), int(parts[1]))


@dataclass(frozen=True, slots=True)
class Step:
    """One change of an order's state."""

    place: Place
    at: datetime
    outlet: OrganizationId
    order: OrderId
    state: str
    reverses: OrderId | None
    """Of a reversal: the sale, whose state changes with it when it is decided."""


@dataclass(frozen=True, slots=True)
class Steps:
    """Some steps, and where to go on."""

    items: tuple[Step, ...]
    upto: Place
    complete: bool
    """Nothing more has been committed yet; otherwise ask again."""


def journal_end() -> Place:
    """Return the place behind which everything is still to come."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
        return Place(cursor.fetchone()[0], 0)


def steps(
    *,
    after: Place,
    outlets: Collection[OrganizationId],
    also: dict[str, str] | None = None,
    most: int,
) -> Steps:
    """
    Return what has become of the orders of some outlets, from a place in the journal on.

    Two statements for however many outlets. `also` names further commands that have an order as
    their subject, and the state that they leave it in. For fronts that have checked who reads.
    """
    states = {**_STATES, **(also or {})}
    with connection.cursor() as cursor:
        cursor.execute(_PAGE, [str(after.xid), after.id, most])
        xmin, last_xid, last_id, count = cursor.fetchone()
        full = count == most
        upto = Place(last_xid, last_id) if full else Place(max(xmin, after.xid), 0)
        if not full and upto.xid == after.xid:
            upto = after
        if not count:
            return Steps((), upto, True)
        cursor.execute(
            _STEPS,
            [
                *(str(after.xid), after.id, str(last_xid), last_id),
                [*states, *_TELLING],
                list(outlets),
            ],
        )
        return Steps(_read(cursor.fetchall(), states), upto, not full)


def missed(
    *,
    after: Place,
    upto: Place,
    outlet: OrganizationId,
    at: datetime,
    also: dict[str, str] | None = None,
    most: int,
) -> Steps:
    """
    Return what has become of one outlet's orders between two places in the journal.

    Looks through the outlet's own orders, not through everybody's journal: those of the last
    days, and older ones that were decided since. So it reaches back a week. For fronts that have
    checked who reads.
    """
    states = {**_STATES, **(also or {})}
    with connection.cursor() as cursor:
        cursor.execute(
            _MISSED,
            {
                "outlet": outlet,
                "since": at - MEMORY,
                "recent": at - ABSENCE,
                "months": month_of(business_date(at - ABSENCE)),
                "first_month": month_of(business_date(at - MEMORY - timedelta(days=31))),
                "commands": [*states, *_TELLING],
                "after_xid": str(after.xid),
                "after_id": after.id,
                "upto_xid": str(upto.xid),
                "upto_id": upto.id,
                "most": most,
            },
        )
        rows = cursor.fetchall()
    found = _read(rows, states)
    if len(rows) < most:
        return Steps(found, upto, True)
    return Steps(found, Place(int(rows[-1][0]), rows[-1][1]), False)


_TELLING: Final = ("ordering.dispatch", "ordering.settle")
"""Commands whose answer says the new state."""


def _read(rows: Sequence[Any], states: dict[str, str]) -> tuple[Step, ...]:
    return tuple(
        Step(
            Place(int(xid), id),
            at,
            OrganizationId(outlet),
            OrderId(order),
            told or states[command],
            None if reverses is None else OrderId(UUID(str(reverses))),
        )
        for xid, id, at, command, told, order, outlet, reverses in rows
    )


# The page is cut first and joined later: its end is the place to go on from, whatever is in it.
_PAGE = """
SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint,
       max(page.xid::text::bigint), (array_agg(page.id ORDER BY page.xid DESC, page.id DESC))[1],
       count(*)
FROM (
    SELECT xid, id FROM commands_journal
    WHERE (xid, id) > (%s::xid8, %s) AND xid < pg_snapshot_xmin(pg_current_snapshot())
    ORDER BY xid, id LIMIT %s) page
"""

_STEPS = """
SELECT j.xid::text, j.id, j.at, j.command,
       CASE WHEN jsonb_typeof(j.answer) = 'object' THEN j.answer->>'state' END,
       o.id, o.outlet_id, o.reverses_id
FROM commands_journal j JOIN ordering_order o ON o.id = j.subject
 AND o.period IN (j.period, (j.period - interval '1 month')::date,
                  (j.period - interval '2 months')::date)
WHERE (j.xid, j.id) > (%s::xid8, %s) AND (j.xid, j.id) <= (%s::xid8, %s)
  AND j.command = ANY(%s) AND o.outlet_id = ANY(%s)
ORDER BY j.xid, j.id
"""

_MISSED = """
SELECT j.xid::text, j.id, j.at, j.command,
       CASE WHEN jsonb_typeof(j.answer) = 'object' THEN j.answer->>'state' END,
       o.id, o.outlet_id, o.reverses_id
FROM ordering_order o JOIN commands_journal j ON j.subject = o.id
WHERE o.outlet_id = %(outlet)s AND o.ordered_at > %(since)s AND o.period >= %(first_month)s
  AND j.period >= %(months)s
  AND (o.ordered_at > %(recent)s OR o.settled_at IS NULL OR o.settled_at > %(recent)s)
  AND j.command = ANY(%(commands)s)
  AND (j.xid, j.id) > (%(after_xid)s::xid8, %(after_id)s)
  AND (j.xid, j.id) <= (%(upto_xid)s::xid8, %(upto_id)s)
ORDER BY j.xid, j.id LIMIT %(most)s
"""
