"""Reading only what was written to misses nothing that reading everything would show."""

from __future__ import annotations

import pytest
from django.db import connection, transaction

from tests.fingerprint import Watch, changed, fingerprint
from tests.province import Province

WRITES = {
    "update": "UPDATE django_content_type SET model = 'other' WHERE model = 'session'",
    "insert": "INSERT INTO django_content_type (app_label, model) VALUES ('a', 'b')",
    "delete": "DELETE FROM django_migrations WHERE app = 'sessions'",
    "truncate": "TRUNCATE django_migrations",
    "part": "DELETE FROM commands_journal",
}


@pytest.mark.parametrize("name", WRITES)
def test_what_is_written_is_seen(province: Province, name: str) -> None:
    watch = Watch.begin()
    with connection.cursor() as cursor:
        cursor.execute(WRITES[name])
        assert cursor.rowcount != 0
    seen = watch.now()
    assert len(changed(watch.held, seen.held)) == 1
    assert seen.held == fingerprint()


@pytest.mark.parametrize("name", WRITES)
def test_what_is_taken_back_was_never_there(province: Province, name: str) -> None:
    watch = Watch.begin()
    with connection.cursor() as cursor:
        with transaction.atomic():
            cursor.execute(WRITES[name])
            assert changed(watch.held, watch.now().held)
            transaction.set_rollback(True)
        assert watch.now().held == watch.held == fingerprint()
        cursor.execute("INSERT INTO django_content_type (app_label, model) VALUES ('c', 'd')")
    assert watch.now().held == fingerprint()
