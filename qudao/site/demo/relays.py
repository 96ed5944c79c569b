"""
The relay, beside the build: `python -m qudao.site.demo.relays` passes on what is committed, until
its standard input ends. The build does the rest itself; this only makes use of a second core.
"""

from __future__ import annotations

import select
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def beside() -> Iterator[None]:
    """Let a process of its own run the relay inside the block."""
    command = [sys.executable, "-m", "qudao.site.demo.relays"]
    child = subprocess.Popen(command, stdin=subprocess.PIPE)
    try:
        yield
    finally:
        assert child.stdin is not None
        child.stdin.close()
        child.wait()


def main() -> None:
    """The child."""
    from qudao.site.cli import django_setup

    django_setup()
    from django.db import connection

    from qudao.platform.events import relay

    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit = off")
    while True:
        passed = relay.run_all(limit=5_000)
        # With little to do, wait a little for more of it, or for the end.
        if select.select([sys.stdin], [], [], 0 if passed > 5_000 else 0.5)[0]:
            return


if __name__ == "__main__":
    main()
