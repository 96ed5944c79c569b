"""Which database this installation uses: `DATABASE_URL`, or the embedded server's socket."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from psycopg.conninfo import conninfo_to_dict, make_conninfo

from qudao.site.postgres.home import socket_directory
from qudao.site.postgres.server import DATABASE, OWNER


def parameters(data: Path) -> dict[str, str]:
    """The connection's parameters as libpq names them."""
    url = os.environ.get("DATABASE_URL")
    if url:
        return {key: str(value) for key, value in conninfo_to_dict(url).items()}
    return {"host": str(socket_directory(data)), "user": OWNER, "dbname": DATABASE}


def dsn(data: Path) -> str:
    """The connection string for libpq's programs (psql, pgbench) and for drivers."""
    return make_conninfo(**parameters(data))


def settings(data: Path) -> dict[str, Any]:
    """Django's `DATABASES["default"]`."""
    given = parameters(data)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "HOST": given.pop("host", ""),
        "PORT": given.pop("port", ""),
        "USER": given.pop("user", ""),
        "PASSWORD": given.pop("password", ""),
        "NAME": given.pop("dbname", DATABASE),
        "CONN_MAX_AGE": 300,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": given,
    }
