"""
Tables that are kept by months.

Every table that is partitioned by a range of the column `period` (the first day of a month) is one
of them; they are found in the database's catalogue, so nobody has to register. Each has a DEFAULT
partition, which takes what no month was made for, and whose storage settings every new month gets.
A month that is detached lives on in the schema `archive`, as plain tables.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any, Final

from django.db import OperationalError, connection, transaction
from psycopg import sql

from qudao.kernel.period import month_of
from qudao.kernel.refusals import Kind, Refusal

ARCHIVE: Final = "archive"
"""The schema of detached months."""

AHEAD: Final = 2
"""Months made before they begin."""

PATIENCE: Final = timedelta(milliseconds=200)
"""How long a change of partitions waits for the tables, and everybody else behind it."""
TRIES: Final = 60
PAUSE: Final = timedelta(milliseconds=500)
"""Between two tries, so that those who waited behind the first one get on."""

_PASSING = {"55P03", "40P01"}


@dataclass(eq=False)
class TablesInUse(Refusal, kind=Kind.UNAVAILABLE):
    """Long statements held the tables at every try; nothing was changed."""

    tries: int


@dataclass(frozen=True, slots=True)
class Partition:
    """One month of one table."""

    table: str
    name: str
    month: date | None
    """Its first day; None for the DEFAULT partition."""
    attached: bool
    """Part of its table; else in the archive."""
    rows: int
    """By the statistics, not counted."""
    dead: int
    octets: int
    """With indexes and what is stored out of line."""
    vacuumed_at: datetime | None


def months_on(month: date, count: int) -> date:
    """Return the month so many after this one, or before it."""
    years, index = divmod(month.year * 12 + month.month - 1 + count, 12)
    return date(years, index + 1, 1)


def name_of(table: str, month: date) -> str:
    """Return what a month of a table is called."""
    return f"{table}_{month:%Y_%m}"


def tables() -> tuple[str, ...]:
    """Return the tables that are kept by months, by name."""
    with connection.cursor() as cursor:
        cursor.execute(_TABLES)
        return tuple(row[0] for row in cursor.fetchall())


def partitions() -> tuple[Partition, ...]:
    """Return all months of all tables with their sizes, the archive's too; oldest first."""
    with connection.cursor() as cursor:
        cursor.execute(_PARTITIONS, {"tables": list(tables()), "archive": ARCHIVE})
        found = [
            Partition(table, name, _month(bound, table, name), attached, *rest)
            for table, name, bound, attached, *rest in cursor.fetchall()
        ]
    return tuple(sorted(found, key=lambda one: (one.month or date.max, one.table)))


def attached() -> tuple[date, ...]:
    """Return the months that every table has, oldest first."""
    return _common(one for one in partitions() if one.attached)


def archived() -> tuple[date, ...]:
    """Return the months that lie in the archive whole, oldest first."""
    return _common(one for one in partitions() if not one.attached)


def ensure(today: date, *, ahead: int = AHEAD, since: date | None = None) -> tuple[str, ...]:
    """
    Make the month of `today` and so many after it, and those of rows that fell into DEFAULT, which
    are moved; each in all tables. Return the names of the partitions that were made.

    `since` makes the months from its own on, for a history that is going to be written. A month
    that lies in the archive is not made anew: rows of it stay in DEFAULT until it is attached.

    :raises TablesInUse: if long statements held the tables at every try.
    """
    known, names = partitions(), tables()
    wanted = {one.month for one in known if one.attached and one.month is not None}
    month = month_of(since or today)
    while month <= months_on(month_of(today), ahead):
        wanted.add(month)
        month = months_on(month, 1)
    for table in names:
        wanted |= _strays(table)
    made = []
    for table in names:
        own = {one.month for one in known if one.table == table}
        for month in sorted(wanted - own):
            _retry(partial(_make, table, month))
            made.append(name_of(table, month))
    return tuple(made)


def hold_still(month: date) -> None:
    """
    Let nobody write into a month until the transaction ends; reading goes on, and so does
    writing into all others.
    """
    with connection.cursor() as cursor:
        for table in tables():
            cursor.execute(_sql("LOCK TABLE {} IN SHARE MODE", _partition(table, month)))


def detach(month: date) -> None:
    """
    Take a month out of all tables, into the archive; the caller's transaction does it whole.

    It needs the tables for itself for some milliseconds. It waits for them no longer than
    `PATIENCE`, for behind it everybody waits, and then tries again.

    :raises TablesInUse: if long statements held the tables at every try.
    """
    all_of = [(table, _partition(table, month)) for table in tables()]

    def work() -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"CREATE SCHEMA IF NOT EXISTS {ARCHIVE}")
            _lock(cursor, [table for table, _ in all_of])
            for table, partition in all_of:
                cursor.execute(_sql("ALTER TABLE {} DETACH PARTITION {}", table, partition))
                if partition != name_of(table, month):
                    cursor.execute(
                        _sql("ALTER TABLE {} RENAME TO {}", partition, name_of(table, month))
                    )
                cursor.execute(
                    _sql(f"ALTER TABLE {{}} SET SCHEMA {ARCHIVE}", name_of(table, month))
                )

    _retry(work)


def attach(month: date) -> None:
    """
    Bring a month back from the archive; the caller's transaction does it whole.

    Rows of the month that fell into DEFAULT meanwhile are moved into it.

    :raises TablesInUse: if long statements held the tables at every try.
    """
    names = tables()
    with connection.cursor() as cursor:
        # Proved while nobody waits: attaching then need not read the month.
        for table in names:
            archived = (ARCHIVE, name_of(table, month))
            cursor.execute(
                _sql(
                    "ALTER TABLE {} ADD CONSTRAINT month_proved CHECK (period = {})",
                    archived,
                    month,
                )
            )

    def work() -> None:
        with connection.cursor() as cursor:
            _lock(cursor, names)
            for table in names:
                name = name_of(table, month)
                cursor.execute(_sql("ALTER TABLE {} SET SCHEMA {}", (ARCHIVE, name), _schema()))
                _take_in(cursor, table, name, month)
                cursor.execute(_sql("ALTER TABLE {} DROP CONSTRAINT month_proved", name))

    _retry(work)


def _make(table: str, month: date) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT months_ensure(%s, %s, %s)", [table, month, month])


def _take_in(cursor: Any, table: str, name: str, month: date) -> None:
    cursor.execute(
        _sql(
            "WITH moved AS (DELETE FROM {} WHERE period = {} RETURNING *)"
            " INSERT INTO {} SELECT * FROM moved",
            _default(table),
            month,
            name,
        )
    )
    # What foreign keys still have to look at stands in the way of altering the table.
    cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    cursor.execute(
        _sql(
            "ALTER TABLE {} ATTACH PARTITION {} FOR VALUES FROM ({}) TO ({})",
            table,
            name,
            month,
            months_on(month, 1),
        )
    )


def _lock(cursor: Any, names: Sequence[str]) -> None:
    for name in names:
        cursor.execute(_sql("LOCK TABLE ONLY {} IN ACCESS EXCLUSIVE MODE", name))


def _retry(work: Callable[[], None]) -> None:
    """Do what needs tables for itself, again and again, until it has got them."""
    for nth in range(TRIES):
        try:
            with transaction.atomic(), _impatient():
                work()
            return
        except OperationalError as error:
            if getattr(error.__cause__, "sqlstate", None) not in _PASSING:
                raise
        if nth < TRIES - 1:
            time.sleep(PAUSE.total_seconds())
    raise TablesInUse(TRIES)


@contextmanager
def _impatient() -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('lock_timeout')")
        (before,) = cursor.fetchone()
        milliseconds = PATIENCE // timedelta(milliseconds=1)
        cursor.execute("SELECT set_config('lock_timeout', %s, true)", [f"{milliseconds}ms"])
        yield
        cursor.execute("SELECT set_config('lock_timeout', %s, true)", [before])


def _strays(table: str) -> set[date]:
    """The months of rows that fell into DEFAULT, but those that are in the archive."""
    with connection.cursor() as cursor:
        cursor.execute(_sql("SELECT DISTINCT period FROM {}", _default(table)))
        return {row[0] for row in cursor.fetchall()}


def _default(table: str) -> str:
    return _partition(table, None)


def _partition(table: str, month: date | None) -> str:
    for one in partitions():
        if (one.table, one.month, one.attached) == (table, month, True):
            return one.name
    raise AssertionError(f"{table} has no partition for {month or 'the rest'}")


def _schema() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_schema()")
        return str(cursor.fetchone()[0])


def _common(found: Iterator[Partition]) -> tuple[date, ...]:
    of: dict[date, set[str]] = {}
    for one in found:
        if one.month is not None:
            of.setdefault(one.month, set()).add(one.table)
    return tuple(sorted(month for month, names in of.items() if names.issuperset(tables())))


def _month(bound: str | None, table: str, name: str) -> date | None:
    if bound is None:
        return date.fromisoformat(name.removeprefix(f"{table}_").replace("_", "-") + "-01")
    begins = re.search(r"FROM \('(\d{4}-\d\d-\d\d)'\)", bound)
    return date.fromisoformat(begins.group(1)) if begins else None


def _sql(text: str, *parts: str | tuple[str, str] | date) -> str:
    """Fill names and dates into a statement that takes no parameters."""
    filled = [
        sql.Literal(part.isoformat())
        if isinstance(part, date)
        else sql.Identifier(*part)
        if isinstance(part, tuple)
        else sql.Identifier(part)
        for part in parts
    ]
    return sql.SQL(text).format(*filled).as_string(connection.connection)


_TABLES = """
SELECT c.relname FROM pg_partitioned_table p
JOIN pg_class c ON c.oid = p.partrelid
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = p.partattrs[0]
WHERE p.partstrat = 'r' AND p.partnatts = 1 AND a.attname = 'period'
  AND c.relnamespace = current_schema()::regnamespace
ORDER BY c.relname
"""

_PARTITIONS = """
WITH own AS (
    SELECT t.relname AS "table", c.oid, c.relname, pg_get_expr(c.relpartbound, c.oid) AS bound,
           true AS attached
    FROM pg_class t JOIN pg_inherits i ON i.inhparent = t.oid JOIN pg_class c ON c.oid = i.inhrelid
    WHERE t.relname = ANY(%(tables)s::text[]) AND t.relnamespace = current_schema()::regnamespace
    UNION ALL
    SELECT t, c.oid, c.relname, NULL, false
    FROM unnest(%(tables)s::text[]) t
    JOIN pg_class c ON c.relname ~ ('^' || t || '_[0-9]{4}_[0-9]{2}$') AND c.relkind = 'r'
    JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = %(archive)s
)
SELECT o."table", o.relname, o.bound, o.attached,
       coalesce(s.n_live_tup, 0), coalesce(s.n_dead_tup, 0), pg_total_relation_size(o.oid),
       greatest(s.last_autovacuum, s.last_vacuum)
FROM own o LEFT JOIN pg_stat_all_tables s ON s.relid = o.oid
"""
