"""An installation that has old months in its archive gets contacts, and still brings them back."""

from __future__ import annotations

from datetime import date
from importlib import import_module

import pytest
from django.db import connection

from qudao.platform.tables import months

pytestmark = pytest.mark.django_db

ARCHIVED = date(2031, 11, 1)


def test_an_archived_month_comes_back(db: None) -> None:
    months.ensure(ARCHIVED)
    months.detach(ARCHIVED)
    with connection.cursor() as cursor:
        cursor.execute(
            "DROP TABLE archive.care_interaction_2031_11; DROP TABLE care_interaction;"
            "DROP SEQUENCE care_complaint_number"
        )
        cursor.execute(import_module("qudao.domain.care.migrations.0001_initial").TABLE)
    assert ARCHIVED in months.archived()
    months.attach(ARCHIVED)
    assert ARCHIVED in months.attached()
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('care_interaction_2031_11') IS NOT NULL")
        assert cursor.fetchone() == (True,)
