"""`qudao postgres`, `qudao backup`, `qudao restore`, `qudao check`."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
import psycopg

from qudao.site import archive, paths
from qudao.site.cli import django_setup
from qudao.site.database import dsn
from qudao.site.postgres.home import DatabaseTrouble, client_program, prepare, socket_directory
from qudao.site.postgres.server import Server
from qudao.site.supervision import Database, Supervisor


@contextmanager
def running_database(data: Path) -> Iterator[None]:
    """While inside, the database answers: the one that runs, else one started for us."""
    if "DATABASE_URL" in os.environ or _answers(data):
        yield
        return
    server = Server(prepare(data))
    server.acquire()
    try:
        server.start(click.echo)
        yield
    finally:
        server.stop()


def _answers(data: Path) -> bool:
    try:
        psycopg.connect(dsn(data), connect_timeout=5).close()
    except psycopg.OperationalError:
        return False
    return True


@click.group()
def postgres() -> None:
    """Start, stop and enter the database.

    `qudao run` starts the embedded PostgreSQL by itself. These commands are for working with
    the database while Qudao does not run.
    """


@postgres.command()
def serve() -> None:
    """Run the embedded server in the foreground until Ctrl-C."""
    server = Server(prepare(paths.data_directory()))
    server.acquire()
    supervisor = Supervisor(lambda text: click.echo(text))
    with supervisor.signals():
        supervisor.add(Database(server, supervisor.say))
        supervisor.say("database ready")
        while not supervisor.stopping:
            supervisor.tick(60)


@postgres.command()
def start() -> None:
    """Start the embedded server in the background; `qudao postgres stop` ends it."""
    data = paths.data_directory()
    if _answers(data):
        click.echo("the database runs already")
        return
    log = data / "log" / "database.log"
    log.parent.mkdir(exist_ok=True)
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "qudao.site.cli", "postgres", "serve"],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    while process.poll() is None:
        if _answers(data):
            click.echo(f"the database runs (supervisor {process.pid}, log {log})")
            return
        time.sleep(0.1)
    raise DatabaseTrouble(log.read_text(errors="replace").strip().removeprefix("qudao: "))


@postgres.command()
def stop() -> None:
    """Stop the server that `qudao postgres start` started."""
    lock = socket_directory(paths.data_directory()).parent / "supervisor.lock"
    lock = (paths.data_directory() / "postgres").resolve() / lock.name
    try:
        holder = int(lock.read_text())
        command = Path(f"/proc/{holder}/cmdline").read_bytes()
    except (OSError, ValueError):
        click.echo("the database does not run")
        return
    if b"serve" not in command.split(b"\0"):
        raise click.ClickException(f"process {holder} runs Qudao as a whole: end it with Ctrl-C.")
    os.kill(holder, signal.SIGTERM)
    while Path(f"/proc/{holder}").exists():
        time.sleep(0.05)
    click.echo("the database is stopped")


@postgres.command()
def status() -> None:
    """Tell whether the database answers, which it is, and how large it has grown."""
    data = paths.data_directory()
    if not _answers(data):
        click.echo("the database does not answer")
        sys.exit(1)
    with psycopg.connect(dsn(data)) as connection:
        row = connection.execute(
            "SELECT split_part(version(), ' on ', 1), current_database(),"
            " pg_size_pretty(pg_database_size(current_database())),"
            " (SELECT count(*) FROM pg_stat_activity WHERE datname = current_database())"
        ).fetchone()
    assert row is not None
    click.echo(f"{row[0]}, database {row[1]}, {row[2]}, {row[3]} sessions")
    click.echo(dsn(data) if "DATABASE_URL" not in os.environ else "the server of DATABASE_URL")


@postgres.command(context_settings={"ignore_unknown_options": True, "allow_extra_args": True})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def psql(arguments: tuple[str, ...]) -> None:
    """Open PostgreSQL's own prompt, or run what ARGUMENTS say: qudao postgres psql -c 'SELECT 1'"""
    with running_database(paths.data_directory()):
        command = [client_program("psql"), dsn(paths.data_directory()), *arguments]
        sys.exit(subprocess.run(command, check=False).returncode)


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--without-keys", is_flag=True, help="Leave out the keys of personal data.")
@click.option("--without-lake", is_flag=True, help="Leave out the lake: it is copied elsewhere.")
def backup(file: Path, without_keys: bool, without_lake: bool) -> None:
    """Write database, vault, lake and keys into FILE, while Qudao runs or not.

    The file opens what is encrypted in it: keep it as you keep the keys, or use --without-keys
    and keep the file `keys` of the data folder elsewhere.
    """
    data = paths.data_directory()
    with running_database(data):
        size = archive.write(data, dsn(data), file, keys=not without_keys, lake=not without_lake)
    click.echo(f"{file}: {size >> 10} KiB written")


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--yes", is_flag=True, help="Do not ask before the present data is replaced.")
def restore(file: Path, yes: bool) -> None:
    """Bring back what `qudao backup` wrote, in place of the present data.

    Stop Qudao first. The backup is read into a new database, which takes the old one's place
    only when all of it was read; a file that is damaged changes nothing.
    """
    data = paths.data_directory()
    if not yes:
        click.confirm(f"Replace the database, the files and the keys in {data}?", abort=True)
    with running_database(data):
        missing = archive.read(data, dsn(data), file)
    for problem in missing:
        click.echo(f"the backup has no lake, and {problem}")
    click.echo(f"restored from {file}; `qudao run` starts on it and applies newer migrations")


@click.command()
@click.option(
    "--quick", is_flag=True, help="Do not read the vault's files, only see that they are there."
)
def check(quick: bool) -> None:
    """Check that the books balance; exit code 1 and a line for each fault when they do not.

    It reads the database at one moment, so it may run while sales go on, and then every file of
    the vault, which takes its time where there are many.
    """
    django_setup()
    from qudao.site.integrity import faults

    found = 0
    with running_database(paths.data_directory()):
        for fault in faults(read_files=not quick):
            found += 1
            click.echo(fault)
    if found:
        sys.exit(1)
    click.echo("everything balances")
