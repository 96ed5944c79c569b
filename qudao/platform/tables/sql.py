"""Functions and settings of tables that migrations write as SQL."""

from __future__ import annotations

from pathlib import Path

from django.db.migrations import RunSQL


def run_file(migration: str, name: str = "functions") -> RunSQL:
    """
    Return the operation that runs `sql/<name>.sql` of the migration's package.

    The files only create or replace, so that a later migration may run a changed one again.
    """
    path = Path(migration).parent.parent / "sql" / f"{name}.sql"
    return RunSQL(path.read_text(encoding="utf-8"), RunSQL.noop)
