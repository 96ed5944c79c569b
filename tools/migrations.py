"""Says whether the models have changed without a migration; needs no database."""

from __future__ import annotations

import os
import sys

import django
from django.apps import apps
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ProjectState
from django.utils import translation


def main() -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "qudao.site.settings")
    django.setup()
    translation.deactivate_all()  # Django's own fields have translated names
    loader = MigrationLoader(None, ignore_no_migrations=True)
    conflicts = loader.detect_conflicts()
    for app, leaves in conflicts.items():
        print(f"{app}: more than one last migration: {', '.join(leaves)}")
    ours = {config.label for config in apps.get_app_configs() if config.name.startswith("qudao.")}
    detector = MigrationAutodetector(loader.project_state(), ProjectState.from_apps(apps))
    changes = detector.changes(graph=loader.graph)
    for label in sorted(ours & set(changes)):
        for migration in changes[label]:
            for operation in migration.operations:
                print(f"{label}: no migration for: {operation.describe()}")
    return bool(conflicts or ours & set(changes))


if __name__ == "__main__":
    sys.exit(main())
