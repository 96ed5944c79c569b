"""
What many tests begin with, made once in each process and put back by one statement.

Its rows lie in a schema of the tests' own database, beside the tables that they came from, so they
are put back in a transaction that is rolled back as well as after everything was cleared. Other
databases (`database.copy`, `database.empty`) have none: there it is made as it was the first time.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import TypeVar

from django.db import connection, transaction
from psycopg import sql

from tests import database

T = TypeVar("T")

_made: dict[tuple[str, str], object] = {}
"""What the makers returned, by database and name."""

# Neither numbers nor notices of what caches compare with come from triggers here: so the accounts,
# outlets and the catalogue say that they have changed. Their ids are those of the test before.
CHANGED = """
UPDATE identity_user SET stamp = stamp + 1;
UPDATE saleschannel_outlet SET stamp = stamp + 1;
UPDATE catalog_revision SET value = nextval('catalog_revision_number');
"""


def keep(name: str, make: Callable[[], T]) -> T:
    """Make something, committed, and keep every row that came into being with it."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_current_xact_id()::xid::text::bigint")
        (first,) = cursor.fetchone()
        made = make()
        body = []
        for table in database.tables():
            new = sql.SQL("WHERE xmin::text::bigint >= {}").format(first)
            source = sql.SQL("FROM {} {}").format(sql.Identifier("public", table), new)
            cursor.execute(sql.SQL("SELECT EXISTS (SELECT {})").format(source))
            if cursor.fetchone() == (False,):
                continue
            cursor.execute(_COLUMNS, [f"public.{table}"])
            columns = sql.SQL(", ").join(sql.Identifier(column) for (column,) in cursor.fetchall())
            kept = sql.Identifier(database.SCHEMA, f"{name}_{table}")
            cursor.execute(sql.SQL("CREATE TABLE {} AS SELECT {} {}").format(kept, columns, source))
            body.append(
                sql.SQL("INSERT INTO {} ({}) OVERRIDING SYSTEM VALUE SELECT {} FROM {};").format(
                    sql.Identifier("public", table), columns, columns, kept
                )
            )
        # All of it was checked when it was made; triggers have done their work.
        cursor.execute(
            sql.SQL(
                "CREATE FUNCTION {}() RETURNS void LANGUAGE plpgsql"
                " SET session_replication_role = replica AS {}"
            ).format(
                sql.Identifier(database.SCHEMA, name),
                sql.Literal(sql.SQL("BEGIN {} END").format(sql.SQL("\n").join(body)).as_string()),
            )
        )
    _made[database.name(), name] = made
    return made


def is_kept(name: str) -> bool:
    """Whether it can be put into the database that this process uses."""
    return (database.name(), name) in _made


def put(name: str, kind: type[T]) -> T:
    """Put it back, and give a copy of what its maker returned."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {database.SCHEMA}.{name}(); {CHANGED}")
    made = deepcopy(_made[database.name(), name])
    assert isinstance(made, kind)
    return made


_COLUMNS = """
SELECT attname FROM pg_attribute
WHERE attrelid = %s::regclass AND attnum > 0 AND attgenerated = '' AND NOT attisdropped
ORDER BY attnum
"""
