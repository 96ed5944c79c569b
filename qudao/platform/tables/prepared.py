"""
Statements that the server keeps prepared, their values sent beside them.

Django's cursors write the values into the statement's text, which is then read and planned anew
each time: of a set of two hundred sales that is a hundred kilobytes.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import connection
from psycopg import Cursor


def fetch(statement: str, values: Sequence[str]) -> list[Any]:
    """
    Run a statement on Django's connection, prepared once per connection; return its rows.

    The values are text that the statement casts (`%s::bigint`): their types, and so the prepared
    statement, are always the same. Seen by whoever watches or counts the connection's statements,
    part of its transaction, and failing with its exceptions, as any other.
    """
    with _done(statement, values) as cursor:
        return list(cursor.fetchall())


def run(statement: str, values: Sequence[str]) -> None:
    """Run a statement that returns nothing, as `fetch` does."""
    with _done(statement, values):
        pass


@contextmanager
def _done(statement: str, values: Sequence[str]) -> Iterator[Any]:
    connection.close_if_health_check_failed()
    connection.ensure_connection()
    connection.validate_thread_sharing()
    driver: Any = connection.connection
    driver.prepare_threshold = 0  # from the first time on; Django's own cursors never prepare
    own: Any = Cursor(driver)
    with connection.wrap_database_errors, connection.make_cursor(own) as cursor:
        began = time.monotonic()
        cursor.execute(statement, values)
        if connection.queries_logged:
            took = f"{time.monotonic() - began:.3f}"
            connection.queries_log.append({"sql": statement, "time": took})
        yield cursor
