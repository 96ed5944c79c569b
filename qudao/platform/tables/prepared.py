"""
Statements that the server keeps prepared, their values sent beside them.

Django's cursors write the values into the statement's text, which is then read and planned anew
each time: of a set of two hundred sales that is a hundred kilobytes.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.db.transaction import atomic
from psycopg import Cursor
from psycopg.pq import TransactionStatus

_own: Final = threading.local()


def fetch(statement: str, values: Sequence[str | None]) -> list[Any]:
    """
    Run a statement on Django's connection, prepared once per connection; return its rows.

    The values are text that the statement casts (`%s::bigint`): their types, and so the prepared
    statement, are always the same. Seen by whoever watches or counts the connection's statements,
    part of its transaction, and failing with its exceptions, as any other.
    """
    return list(_done(statement, values).fetchall())


def run(statement: str, values: Sequence[str | None]) -> None:
    """Run a statement that returns nothing, as `fetch` does."""
    _done(statement, values)


@contextmanager
def transaction() -> Iterator[None]:
    """
    A transaction, as Django's `atomic`; one that is undone leaves prepared what is prepared.

    The driver forgets all of it when it rolls back, in case a table was made there. Commands make
    none, yet each sale that is tried out and each refusal is rolled back: to prepare everything
    anew after it cost more than the sale. The server itself keeps what it has prepared.
    """
    with atomic():
        try:
            yield
        except BaseException:
            _undo()
            raise
        if connection.needs_rollback:
            _undo()


def _undo() -> None:
    """
    Roll back past the driver, which then finds nothing to be rolled back. Not within another
    transaction; and not where a statement has failed, which the server may have prepared and the
    driver does not know of: that is better forgotten.
    """
    driver: Any = connection.connection
    if driver is None or connection.savepoint_ids:
        return
    if driver.pgconn.transaction_status == TransactionStatus.INTRANS:
        driver.pgconn.exec_(b"ROLLBACK")


def _done(statement: str, values: Sequence[str | None]) -> Any:
    """Return the cursor of a statement that was run; it is this thread's, and is used again."""
    django = connections[DEFAULT_DB_ALIAS]  # once: through `connection` each look finds it anew
    django.close_if_health_check_failed()
    django.ensure_connection()
    django.validate_thread_sharing()
    driver: Any = django.connection
    own: Any = getattr(_own, "cursor", None)
    if own is None or own.connection is not driver:
        driver.prepare_threshold = 0  # from the first time on; Django's own cursors never prepare
        own = _own.cursor = Cursor(driver)  # making one costs as much as sending a statement
    with django.wrap_database_errors:
        cursor = django.make_cursor(own)
        began = time.monotonic()
        cursor.execute(statement, values)
        if django.queries_logged:
            took = f"{time.monotonic() - began:.3f}"
            django.queries_log.append({"sql": statement, "time": took})
        return cursor
