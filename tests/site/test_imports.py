"""What makes a start slow, and only the lake's own processes need, is loaded when it is used."""

from __future__ import annotations

import os
import subprocess
import sys

HEAVY = {"duckdb", "ibis", "numpy", "pandas", "pyarrow", "pyspark", "sqlglot"}

START = """
import sys, django
from qudao.site import cli
print(*sys.modules.keys() & {"psycopg", "procrastinate", "lxml"})
django.setup()
from qudao.site import asgi, counter, halls, kiosks, sms, urls, ussd, voice, worker
print(*{name.partition(".")[0] for name in sys.modules})
"""


def test_programs_start_without_the_lakes_libraries() -> None:
    done = subprocess.run(
        [sys.executable, "-c", START],
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "qudao.site.settings"},
        capture_output=True,
        text=True,
        check=True,
    )
    first, loaded = done.stdout.splitlines()
    assert first == "", "help needs none of these"
    assert "qudao" in loaded.split()
    assert HEAVY & set(loaded.split()) == set()
