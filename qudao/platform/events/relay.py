"""
Reads the journal in commit order and hands it to consumers.

Sequence numbers have gaps in flight: a row with a lower id may become visible after one with a
higher id. So the order is by transaction number, and only below the oldest transaction that is
still running (the snapshot's xmin); nothing can appear behind a cursor any more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

import msgspec
from django.db import connection, transaction

from qudao.platform.commands.codec import decode
from qudao.platform.commands.command import event_type

BATCH: Final = 2_000


@dataclass(frozen=True, slots=True)
class Entry:
    """One journal row as consumers see it."""

    id: int
    at: datetime
    actor: UUID
    channel: str
    command: str
    subject: UUID | None
    arguments: Any
    answer: Any
    events: Sequence[tuple[str, Any]]

    def facts(self, event: type[Any]) -> Iterable[Any]:
        """Return the announced events of one type, with their types."""
        name = event_type(event)
        return [decode(facts, event) for kind, facts in self.events if kind == name]


Handler = Callable[[Sequence[Entry]], None]

consumers: dict[str, Handler] = {}
"""Every consumer by name. `reactions.py` of each package registers its own."""

_commands: dict[str, frozenset[str]] = {}


def consumer(name: str, *, commands: Iterable[str]) -> Callable[[Handler], Handler]:
    """Register a function that takes journal rows of the named commands, in commit order."""

    def register(handler: Handler) -> Handler:
        assert name not in consumers, name
        consumers[name] = handler
        _commands[name] = frozenset(commands)
        return handler

    return register


def run_once(name: str, *, limit: int = BATCH) -> int:
    """
    Give a consumer the next rows, and move its cursor, in one transaction.

    Returns how many journal rows were passed; 0 when there is nothing new or another worker
    holds the cursor.
    """
    with connection.cursor() as cursor:
        cursor.execute(_ANY_NEWER, {"name": name})  # an idle relay writes nothing
        if cursor.fetchone() is None:
            return 0
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO events_cursor (consumer, xid, position) VALUES (%s, '0', 0)"
            " ON CONFLICT DO NOTHING",
            [name],
        )
        cursor.execute(
            "SELECT xid::text, position FROM events_cursor WHERE consumer = %s"
            " FOR UPDATE SKIP LOCKED",
            [name],
        )
        place = cursor.fetchone()
        if place is None:
            return 0
        cursor.execute(_PAGE, [*place, limit])
        page = cursor.fetchone()
        if page is None:
            return 0
        *upto, count = page
        # Below xmin nothing changes any more: the second look finds what the first one counted.
        cursor.execute(_WANTED, [*place, *upto, sorted(_commands[name])])
        entries = [
            Entry(
                id,
                at,
                actor,
                channel,
                command,
                subject,
                _load(arguments),
                _load(answer),
                _load(events) or [],
            )
            for id, at, actor, channel, command, subject, arguments, answer, events in (
                cursor.fetchall()
            )
        ]
        if entries:
            consumers[name](entries)
        cursor.execute(
            "UPDATE events_cursor SET xid = %s::xid8, position = %s WHERE consumer = %s",
            [*upto, name],
        )
        return int(count)


def run_all(*, limit: int = BATCH) -> int:
    """Run every consumer once; returns the rows passed in all."""
    return sum(run_once(name, limit=limit) for name in sorted(consumers))


def lag(now: datetime) -> Mapping[str, float]:
    """Return for each consumer the age in seconds of the oldest row it has not taken."""
    with connection.cursor() as cursor:
        ages: dict[str, float] = {}
        for name in sorted(consumers):
            cursor.execute(_OLDEST, {"name": name})
            row = cursor.fetchone()
            ages[name] = max(0.0, (now - row[0]).total_seconds()) if row else 0.0
    return ages


def behind(month: date) -> tuple[str, ...]:
    """Return the consumers that have not read the journal of a month (its first day) to its end."""
    with connection.cursor() as cursor:
        cursor.execute(_BEHIND, [month, sorted(consumers)])
        return tuple(row[0] for row in cursor.fetchall())


def _load(value: Any) -> Any:
    return msgspec.json.decode(value) if isinstance(value, str) else value


_ANY_NEWER = """
SELECT 1 FROM commands_journal j
WHERE (j.xid, j.id) > (
    coalesce((SELECT c.xid FROM events_cursor c WHERE c.consumer = %(name)s), '0'),
    coalesce((SELECT c.position FROM events_cursor c WHERE c.consumer = %(name)s), 0))
  AND j.xid < pg_snapshot_xmin(pg_current_snapshot())
LIMIT 1
"""

_PAGE = """
SELECT xid::text, id, count(*) OVER () FROM (
    SELECT xid, id FROM commands_journal
    WHERE (xid, id) > (%s::xid8, %s) AND xid < pg_snapshot_xmin(pg_current_snapshot())
    ORDER BY xid, id LIMIT %s) page
ORDER BY page.xid DESC, page.id DESC LIMIT 1
"""

_WANTED = """
SELECT id, at, actor, channel, command, subject, arguments::text, answer::text, events::text
FROM commands_journal
WHERE (xid, id) > (%s::xid8, %s) AND (xid, id) <= (%s::xid8, %s) AND command = ANY(%s)
ORDER BY xid, id
"""

_OLDEST = """
SELECT j.at FROM commands_journal j
WHERE (j.xid, j.id) > (
    coalesce((SELECT c.xid FROM events_cursor c WHERE c.consumer = %(name)s), '0'),
    coalesce((SELECT c.position FROM events_cursor c WHERE c.consumer = %(name)s), 0))
ORDER BY j.xid, j.id
LIMIT 1
"""

_BEHIND = """
WITH ending AS (
    SELECT j.xid, j.id FROM commands_journal j WHERE j.period = %s
    ORDER BY j.xid DESC, j.id DESC LIMIT 1
)
SELECT n FROM unnest(%s::text[]) n CROSS JOIN ending e
LEFT JOIN events_cursor c ON c.consumer = n
WHERE c.consumer IS NULL OR (c.xid, c.position) < (e.xid, e.id)
ORDER BY n
"""
