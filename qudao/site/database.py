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


LOCK_TIMEOUT_S = 5
"""Who waits longer for what others hold is told that they are busy."""


def settings(data: Path) -> dict[str, Any]:
    """Django's `DATABASES["default"]`.

    QUDAO_STATEMENT_TIMEOUT_S ends what takes longer, and transactions that stand idle so long:
    the web server sets it, for nobody waits for a page that long; jobs may take their time.
    """
    given = parameters(data)
    limits = {"lock_timeout": LOCK_TIMEOUT_S}
    if patience := os.environ.get("QUDAO_STATEMENT_TIMEOUT_S"):
        limits["statement_timeout"] = int(patience)
        limits["idle_in_transaction_session_timeout"] = int(patience)
    options = [f"-c {name}={seconds}s" for name, seconds in limits.items()]
    given["options"] = " ".join([*options, given.get("options", "")]).strip()
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
