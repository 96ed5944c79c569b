"""The test stand: a PostgreSQL server of its own, durable as in production, thrown away after."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from qudao.site import paths
from qudao.site.cli import django_setup
from qudao.site.postgres.home import prepare
from qudao.site.postgres.server import DATABASE, OWNER, Server
from qudao.site.processes import processes_in

SQL = Path(__file__).parent / "sql"
FIRST_OUTLET = 100_000_000_001
"""The outlets' ids end in these numbers, counted on from here."""
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Stand:
    """A server with outlets that can sell."""

    server: Server
    outlets: int

    @property
    def sockets(self) -> str:
        return str(self.server.home.sockets)

    def connect(self) -> psycopg.Connection[tuple[object, ...]]:
        return psycopg.connect(host=self.sockets, user=OWNER, dbname=DATABASE, autocommit=True)

    def settle_down(self) -> None:
        """Let each measurement begin alike: statistics fresh, nothing left to be written."""
        with self.connect() as connection:
            connection.execute("ANALYZE")
            connection.execute("CHECKPOINT")

    def cpu_s(self) -> float:
        """CPU seconds that the server has used, those of its ended processes included."""
        postmaster = self.server.process.pid
        deadline = time.monotonic() + 2
        with self.connect() as looking:
            while self._leaving(looking) and time.monotonic() < deadline:
                time.sleep(0.005)  # a process counts for the postmaster when it has been reaped
        fields = _fields(postmaster)
        used = sum(fields[11:15])
        for pid in processes_in(self.server.home.cluster):
            if pid != postmaster:
                try:
                    used += sum(_fields(pid)[11:13])
                except (FileNotFoundError, ProcessLookupError):
                    continue  # it has ended since: the postmaster's sum has it by the next look
        return used / _TICKS

    def _leaving(self, looking: psycopg.Connection[tuple[object, ...]]) -> bool:
        """Whether there are server processes of clients that are gone."""
        rows = looking.execute("SELECT pid FROM pg_stat_activity").fetchall()
        known = {row[0] for row in rows} | {self.server.process.pid}
        return any(
            pid not in known and "logger" not in _title(pid)  # which is not in that view
            for pid in processes_in(self.server.home.cluster)
        )


def cpu_of(pid: int) -> float:
    """CPU seconds that a process and its ended children have used."""
    return sum(_fields(pid)[11:15]) / _TICKS


def tree_cpu(pid: int) -> float:
    """CPU seconds of a process and of all below it."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return cpu_of(pid) + sum(tree_cpu(int(child)) for child in children)


def _title(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text()
    except OSError:
        return ""  # gone meanwhile


def _fields(pid: int) -> list[int]:
    text = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2]
    return [int(field) if field.lstrip("-").isdigit() else 0 for field in text.split()]


@contextmanager
def stand(outlets: int, say: Callable[[str], None]) -> Iterator[Stand]:
    """A fresh server with the platform's tables and so many outlets; gone when the block ends.

    This process, and those that it starts, use it from now on instead of the installation's. Who
    measures again and again may name a server's folder that has the tables and reference data of
    this version, in QUDAO_BENCH_CLUSTER: it is copied, which is faster than to make them.

    :raises DatabaseTrouble: when it cannot be started
    """
    # Beside the real data: the same disk. 0711, so that the server's own user may pass through.
    folder = Path(tempfile.mkdtemp(prefix="bench-", dir=paths.data_directory()))
    folder.chmod(0o711)
    os.environ["QUDAO_DATA"] = str(folder)
    os.environ.pop("DATABASE_URL", None)
    server = Server(prepare(folder))
    made_before = os.environ.get("QUDAO_BENCH_CLUSTER")
    try:
        if made_before is not None:
            command = ["cp", "-a", "--reflink=auto", made_before, str(server.home.cluster)]
            subprocess.run(command, check=True)
        say("Starting a PostgreSQL server of its own (fsync on, synchronous_commit on)")
        server.start(say)
        django_setup()
        if made_before is None:
            say("Making the tables")
            _tables()
        say(f"Adding {outlets} outlets with wallets and tokens")
        made = Stand(server, outlets)
        with made.connect() as connection:
            for script in fill(outlets):
                connection.execute(script)
        yield made
    finally:
        server.stop()
        shutil.rmtree(server.home.path, ignore_errors=True)
        shutil.rmtree(folder, ignore_errors=True)


def fill(outlets: int) -> Iterator[str]:
    """The scripts that add outlets and the yardstick's function, one after the other."""
    for name in ("seed.sql", "one_sale.sql"):
        yield (SQL / name).read_text("utf-8").replace(":outlets", str(outlets))


def _tables() -> None:
    from django.core.management import call_command
    from django.db import connection

    from qudao.site.reference import load

    call_command("migrate", verbosity=0, interactive=False, skip_checks=True)
    for _ in load():
        pass
    connection.close()
