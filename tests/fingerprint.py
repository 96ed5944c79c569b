"""A number for what each table holds: shows whether anything at all was changed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import connection


def fingerprint() -> dict[str, str]:
    """A number for what each table holds."""
    with connection.cursor() as cursor:
        cursor.execute(
            # A partitioned table stands for its parts.
            "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace"
            " AND relkind IN ('r', 'p') AND NOT relispartition ORDER BY relname"
        )
        return _of(name for (name,) in cursor.fetchall())


def _of(tables: Iterable[str]) -> dict[str, str]:
    parts = [
        f"SELECT '{name}', count(*) || ':' || coalesce("
        f'sum(hashtextextended(t::text, 0)::numeric), 0) FROM "{name}" t'
        for name in tables
    ]
    if not parts:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts))
        return dict(cursor.fetchall())


@dataclass(frozen=True)
class Watch:
    """
    What each table held at a moment of this transaction, and how often it had been written to.

    The server counts a write whether or not it is taken back to a savepoint: who was not counted
    since then holds what it held. Nobody else may write meanwhile, and nothing may be taken back
    to a savepoint from before that moment.
    """

    held: dict[str, str]
    written: dict[str, str]

    @classmethod
    def begin(cls, held: dict[str, str] | None = None) -> Watch:
        """Begin to watch; what is held need not be looked up when it is known."""
        return cls(fingerprint() if held is None else held, _written())

    def now(self) -> Watch:
        """The same a while later, reading only what was written to."""
        written = _written()
        return Watch(self.held | _of(changed(self.written, written)), written)


def _written() -> dict[str, str]:
    with connection.cursor() as cursor:
        cursor.execute(WRITTEN)
        return dict(cursor.fetchall())


# TRUNCATE begins to count anew, but gives the table another file.
WRITTEN = """
SELECT relname, string_agg(concat_ws(':', file, inserted, updated, deleted), ',' ORDER BY part)
FROM (
    SELECT
        coalesce(pg_partition_root(oid), oid) AS root, oid AS part,
        pg_relation_filenode(oid) AS file,
        pg_stat_get_xact_tuples_inserted(oid) AS inserted,
        pg_stat_get_xact_tuples_updated(oid) AS updated,
        pg_stat_get_xact_tuples_deleted(oid) AS deleted
    FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
) AS counted JOIN pg_class ON pg_class.oid = root
GROUP BY relname
"""


def changed(before: dict[str, str], after: dict[str, str]) -> set[str]:
    """The tables that are not as they were."""
    return {name for name in before if before[name] != after[name]}


@contextmanager
def nothing_changes() -> Iterator[None]:
    """Whatever is done inside leaves no trace."""
    before = fingerprint()
    yield
    assert changed(before, fingerprint()) == set()
