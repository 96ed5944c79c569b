"""A number for what each table holds: shows whether anything at all was changed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection


def fingerprint() -> dict[str, str]:
    """A number for what each table holds."""
    with connection.cursor() as cursor:
        cursor.execute(
            # A partitioned table stands for its parts.
            "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace"
            " AND relkind IN ('r', 'p') AND NOT relispartition ORDER BY relname"
        )
        parts = [
            f"SELECT '{name}', count(*) || ':' || coalesce("
            f'sum(hashtextextended(t::text, 0)::numeric), 0) FROM "{name}" t'
            for (name,) in cursor.fetchall()
        ]
        cursor.execute(" UNION ALL ".join(parts))
        return dict(cursor.fetchall())


def changed(before: dict[str, str], after: dict[str, str]) -> set[str]:
    """The tables that are not as they were."""
    return {name for name in before if before[name] != after[name]}


@contextmanager
def nothing_changes() -> Iterator[None]:
    """Whatever is done inside leaves no trace."""
    before = fingerprint()
    yield
    assert changed(before, fingerprint()) == set()
