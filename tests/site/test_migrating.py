"""A migration and its record are one transaction."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.db import connection, migrations, models
from django.db.migrations.recorder import MigrationRecorder
from django.db.migrations.state import ProjectState

from qudao.site.migrating import WholeExecutor


class Killed(Exception):
    """The process ends here."""


class Dying(WholeExecutor):
    def record_migration(self, migration: migrations.Migration) -> None:
        raise Killed


@pytest.mark.django_db(transaction=True)
def test_what_is_not_recorded_is_not_applied() -> None:
    migration = migrations.Migration("9999_tests", "party")
    migration.operations = [
        migrations.CreateModel(
            "Kept",
            [
                ("id", models.BigAutoField(primary_key=True)),
                ("of", models.ForeignKey("party.Organization", models.PROTECT, related_name="+")),
            ],
            {"db_table": "party_kept"},
        )
    ]
    with pytest.raises(Killed):
        Dying(connection).apply_migration(ProjectState.from_apps(apps), migration)
    assert "party_kept" not in connection.introspection.table_names()
    assert ("party", "9999_tests") not in MigrationRecorder(connection).applied_migrations()
