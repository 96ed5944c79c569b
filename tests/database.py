"""The database of the tests.

Each process of a run has a PostgreSQL of its own (unless DATABASE_URL names one): the relay reads
only what no open transaction of the server can still precede, so a server that is shared would let
one process's tests hold up another's. A migrated server is kept for the next run, and made anew
when a migration, an SQL file or a package changes.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from psycopg import sql
from psycopg.conninfo import make_conninfo

from qudao.site.paths import CHECKOUT
from qudao.site.postgres.home import prepare
from qudao.site.postgres.server import Server

# Tests throw their data away: nothing must reach the disk. Crash tests kill processes, not the
# machine, and a killed server's writes are safe in the kernel's memory all the same.
CONFIGURATION = {
    "fsync": "off",
    "full_page_writes": "off",
    "shared_buffers": "256MB",
    "min_wal_size": "32MB",
    "max_wal_size": "1GB",
    "max_connections": "300",
    "log_min_duration_statement": "-1",
}
TEMPLATE = "test_qudao_template"
KEPT = CHECKOUT / ".qudao" / "tests"
MIGRATED = ("django_content_type", "auth_permission", "django_site", "django_migrations")
"""Tables that hold what migrations put there, and nobody changes."""
SCHEMA = "kept"
"""Beside the tables: what tests keep there."""
CLEAR = f"{SCHEMA}.clear()"
SERVER = pytest.StashKey[Server]()


def set_up(config: pytest.Config) -> None:
    """Called in the process that controls the run, and then in each worker if there are any."""
    controls = not hasattr(config, "workerinput")
    if os.environ.get("DATABASE_URL"):
        if controls:
            _drop(TEMPLATE)
            _migrate(config)
        return
    home = prepare(Path(os.environ["QUDAO_DATA"]))
    server = config.stash[SERVER] = Server(home, CONFIGURATION)
    kept = KEPT / mark()
    if not kept.exists():
        _make(config, server, kept)
    if controls and config.getoption("numprocesses", None):
        return  # the workers run the tests
    if not home.cluster.exists():
        copied(kept, home.cluster)
    server.start()


def _make(config: pytest.Config, server: Server, kept: Path) -> None:
    """Makes a migrated server and keeps a copy of it."""
    server.start()
    _migrate(config)
    server.stop()
    KEPT.mkdir(parents=True, exist_ok=True)
    for older in sorted(KEPT.iterdir(), key=lambda path: path.stat().st_mtime)[:-2]:
        shutil.rmtree(older, ignore_errors=True)
    draft = KEPT / f"draft-{os.getpid()}"
    copied(server.home.cluster, draft)
    try:
        draft.rename(kept)
    except OSError:  # another run was first
        shutil.rmtree(draft)


def tear_down(config: pytest.Config) -> None:
    """Called at the end of the same processes."""
    if SERVER in config.stash:
        config.stash[SERVER].stop()


@contextmanager
def copy(of: str = TEMPLATE, part: str = "") -> Iterator[str]:
    """
    While inside, this process has a database of its own: a migrated one, or a copy of another,
    which nobody may be connected to. Gives its name; `part` makes it another one.
    """
    name = f"test_qudao_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}{part}"
    before = connection.settings_dict["NAME"]
    connection.close()
    _drop(name)
    _execute("CREATE DATABASE {} TEMPLATE {}", name, of)
    _use(name)
    yield name
    _use(before)
    _drop(name)


def clear() -> None:
    """Empties the tables that a test has committed something to, and the lake made from them."""
    shutil.rmtree(settings.DATA / "lake", ignore_errors=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regprocedure(%s)", [CLEAR])
        if cursor.fetchone() != (None,):
            cursor.execute(f"SELECT {CLEAR}")
            return
        rows = sql.SQL(" UNION ALL ").join(
            sql.SQL("SELECT {} WHERE EXISTS (SELECT FROM {})").format(table.as_string(), table)
            for table in map(sql.Identifier, tables())
        )
        cursor.execute(rows.as_string())
        filled = [name for (name,) in cursor.fetchall()]
        if filled:
            cursor.execute(f"TRUNCATE {', '.join(filled)} CASCADE")


def _make_clear() -> None:
    """
    Makes a function that empties all tables: a few rows are deleted in some milliseconds, where
    TRUNCATE makes new files for each table and each of its indexes.
    """
    deletes = [sql.SQL("DELETE FROM {};").format(sql.Identifier("public", one)) for one in tables()]
    body = sql.SQL("BEGIN {} END").format(sql.SQL("\n").join(deletes)).as_string()
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE SCHEMA {SCHEMA}")
        cursor.execute(
            f"CREATE FUNCTION {CLEAR} RETURNS void LANGUAGE plpgsql"
            f" SET session_replication_role = replica AS {sql.Literal(body).as_string()}"
        )


def tables() -> list[str]:
    """The tables that tests put something into."""
    names = connection.introspection.django_table_names(only_existing=True, include_views=False)
    jobs = ("procrastinate_events", "procrastinate_periodic_defers", "procrastinate_jobs")
    return [name for name in (*names, *jobs) if name not in MIGRATED]


@contextmanager
def empty(name: str) -> Iterator[None]:
    """While inside, this process has an empty database of its own."""
    before = connection.settings_dict["NAME"]
    _drop(name)
    _execute("CREATE DATABASE {} TEMPLATE template0", name)
    _use(name)
    try:
        yield
    finally:
        _use(before)
        _drop(name)


def mark() -> str:
    """What the migrated database was made of."""
    digest = hashlib.sha256()
    files = [*CHECKOUT.glob("qudao/**/migrations/*.py"), *CHECKOUT.glob("qudao/**/*.sql")]
    files += [CHECKOUT / "requirements/dev.lock", Path(__file__)]
    for path in sorted(files):
        digest.update(f"{path.relative_to(CHECKOUT)}\n".encode() + path.read_bytes())
    digest.update("\n".join(settings.INSTALLED_APPS).encode())
    return digest.hexdigest()[:16]


def _migrate(config: pytest.Config) -> None:
    from pytest_django.plugin import blocking_manager_key

    before = connection.settings_dict["NAME"]
    with config.stash[blocking_manager_key].unblock():
        _execute("CREATE DATABASE {}", TEMPLATE)
        _use(TEMPLATE)
        call_command("migrate", verbosity=0, interactive=False)
        if may_skip_triggers():
            _make_clear()
        _use(before)


def copied(source: Path, target: Path) -> None:
    """Copies a server's files, with their owners."""
    subprocess.run(["cp", "-a", "--reflink=auto", str(source), str(target)], check=True)
    (target / "postmaster.pid").unlink(missing_ok=True)


def _use(name: str) -> None:
    connection.close()
    settings.DATABASES["default"]["NAME"] = connection.settings_dict["NAME"] = name


def _drop(name: str) -> None:
    _execute("DROP DATABASE IF EXISTS {} WITH (FORCE)", name)


def _execute(statement: str, *names: str) -> None:
    quoted = [sql.Identifier(name) for name in names]
    with psycopg.connect(dsn("postgres"), autocommit=True) as maintenance:
        maintenance.execute(sql.SQL(statement).format(*quoted))


def name() -> str:
    """The name of the database that this process uses."""
    return str(connection.settings_dict["NAME"])


def may_skip_triggers() -> bool:
    """Whether this process may put rows into tables without asking their triggers."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('is_superuser')::bool")
        return bool(cursor.fetchone()[0])


def dsn(name: str | None = None) -> str:
    """The connection string of the database that this process uses, or of another one."""
    at = connection.settings_dict
    return make_conninfo(
        host=at["HOST"] or None,
        port=str(at["PORT"]) or None,
        user=at["USER"] or None,
        password=at["PASSWORD"] or None,
        dbname=name or at["NAME"],
    )
