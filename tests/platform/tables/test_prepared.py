"""Statements that the server keeps prepared."""

from __future__ import annotations

import pytest
from django.db import DataError, connection, transaction

from qudao.platform.tables import prepared

pytestmark = pytest.mark.django_db(transaction=True)


class Undone(Exception):
    """Whatever ends a transaction."""


def names(statement: str) -> set[str]:
    """What the server keeps of a statement."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT name FROM pg_prepared_statements WHERE statement = %s",
            [statement.replace("%s", "$1")],
        )
        return {name for (name,) in cursor.fetchall()}


def keys() -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT value FROM toy_kept ORDER BY value")
        return [value for (value,) in cursor.fetchall()]


@pytest.fixture(autouse=True)
def table() -> None:
    """A table of this connection's own."""
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS pg_temp.toy_kept")
        cursor.execute("CREATE TEMPORARY TABLE toy_kept (value int PRIMARY KEY)")


INSERT = "INSERT INTO toy_kept VALUES (%s::int)"


def test_what_is_prepared_outlasts_what_is_undone() -> None:
    prepared.run(INSERT, ["1"])
    before = names(INSERT)
    assert len(before) == 1
    with pytest.raises(Undone), prepared.transaction():
        prepared.run(INSERT, ["2"])
        raise Undone
    with prepared.transaction():
        prepared.run(INSERT, ["3"])
        transaction.set_rollback(True)
    with prepared.transaction():
        prepared.run(INSERT, ["4"])
    assert keys() == [1, 4]
    assert names(INSERT) == before


def test_nothing_is_done_at_the_end_of_what_is_undone() -> None:
    done: list[str] = []
    with pytest.raises(Undone), prepared.transaction():
        transaction.on_commit(lambda: done.append("undone"))
        raise Undone
    with prepared.transaction():
        transaction.on_commit(lambda: done.append("done"))
    assert done == ["done"]


def test_within_another_transaction_only_its_own_part_is_undone() -> None:
    with prepared.transaction():
        prepared.run(INSERT, ["1"])
        with pytest.raises(Undone), prepared.transaction():
            prepared.run(INSERT, ["2"])
            raise Undone
        prepared.run(INSERT, ["3"])
    assert keys() == [1, 3]


def test_what_the_server_refuses_is_undone_as_ever_and_forgotten() -> None:
    prepared.run(INSERT, ["1"])
    statement = "SELECT 1 / %s::int AS refused"
    for _nth in range(3):
        with pytest.raises(DataError), prepared.transaction():
            prepared.run(INSERT, ["2"])
            prepared.fetch(statement, ["0"])
    assert keys() == [1]
    assert len(names(statement)) <= 1
    assert prepared.fetch(statement, ["1"]) == [(1,)]
