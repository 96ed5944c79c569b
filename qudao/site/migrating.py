"""Applies migrations so that a kill between two statements leaves none half-recorded."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.core.management.commands import migrate
from django.db import transaction
from django.db.migrations import Migration
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.state import ProjectState

from qudao.kernel.period import business_date
from qudao.platform.tables import months


class WholeExecutor(MigrationExecutor):
    """Records a migration in the transaction that applies it.

    Django does so in a second one when statements were put off to the migration's end (foreign
    keys); a kill between the two leaves tables that the next run tries to make again.
    """

    def apply_migration(
        self, state: ProjectState, migration: Migration, *args: Any, **kwargs: Any
    ) -> ProjectState:
        if not migration.atomic:
            return super().apply_migration(state, migration, *args, **kwargs)
        with transaction.atomic(using=self.connection.alias):
            return super().apply_migration(state, migration, *args, **kwargs)


class Command(migrate.Command):
    """`migrate` with that executor, and with the next months of tables that are kept by months."""

    def handle(self, *args: Any, **options: Any) -> Any:
        migrate.MigrationExecutor = WholeExecutor  # type: ignore[attr-defined]
        try:
            done = super().handle(*args, **options)
        finally:
            migrate.MigrationExecutor = MigrationExecutor  # type: ignore[attr-defined]
        months.ensure(business_date(datetime.now(UTC)))
        return done
