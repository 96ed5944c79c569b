"""Each run of the tests has a PostgreSQL of its own, unless DATABASE_URL names one."""

import os
import shutil
from pathlib import Path

import pytest
from django.db import connection
from psycopg.conninfo import make_conninfo

from qudao.site.postgres.home import prepare
from qudao.site.postgres.server import Server

pytest_plugins = ["tests.province"]

# Tests throw their data away: nothing must reach the disk. Crash tests kill processes, not the
# machine, and a killed server's writes are safe in the kernel's memory all the same.
CONFIGURATION = {
    "fsync": "off",
    "full_page_writes": "off",
    "shared_buffers": "256MB",
    "max_wal_size": "1GB",
    "max_connections": "300",
    "log_min_duration_statement": "-1",
}
SERVER = pytest.StashKey[Server]()


def pytest_configure(config: pytest.Config) -> None:
    if hasattr(config, "workerinput") or os.environ.get("DATABASE_URL"):
        return
    server = Server(prepare(Path(os.environ["QUDAO_TEST_DATA"])), CONFIGURATION)
    server.start()
    config.stash[SERVER] = server


def pytest_unconfigure(config: pytest.Config) -> None:
    if SERVER in config.stash:
        config.stash[SERVER].stop()
    if not hasattr(config, "workerinput"):
        shutil.rmtree(os.environ["QUDAO_TEST_DATA"], ignore_errors=True)


@pytest.fixture
def server_environment(db: None) -> dict[str, str]:
    """The environment that puts a child process (web server, worker) on this test's database.

    What the test wants the child to see must be committed: use `transaction=True`.
    """
    at = connection.settings_dict
    url = make_conninfo(
        host=at["HOST"],
        port=str(at["PORT"]) or None,
        user=at["USER"],
        password=at["PASSWORD"] or None,
        dbname=at["NAME"],
    )
    return {
        **os.environ,
        "DATABASE_URL": url,
        "DJANGO_SETTINGS_MODULE": "qudao.site.settings",
    }
