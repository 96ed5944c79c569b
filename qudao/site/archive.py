"""
Backups: one tar file with PostgreSQL's own dump, the vault, the lake and the installation's keys.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
import subprocess
import tarfile
import tempfile
import time
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import click
import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from qudao.platform.lake import files as lakes
from qudao.platform.lake.manifests import Inputs, inputs_from
from qudao.site import paths
from qudao.site.postgres.home import client_program

FORMAT = 1
DUMP = "database.dump"
KEY_FILES = ("secret", "keys", "sign-ins.txt")
VAULT = "vault"
LAKE = "lake"
DRAFT = ".qudao-restore-"
# Older servers do not know a setting that newer dumps begin with; nothing else may fail.
HARMLESS = "transaction_timeout"


def write(data: Path, dsn: str, file: Path, *, keys: bool, lake: bool = True) -> int:
    """Writes the backup beside `file` and then moves it there; gives its size in octets."""
    file = file.resolve()
    with tempfile.TemporaryDirectory(dir=file.parent, prefix=".qudao-backup-") as folder:
        dump = Path(folder, DUMP)
        draft = Path(folder, "draft")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as stream, tarfile.open(fileobj=stream, mode="w") as tar:
            about = {
                "format": FORMAT,
                "qudao": version("qudao"),
                "made_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            }
            content = json.dumps(about).encode()
            entry = tarfile.TarInfo("about.json")
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))
            # A file is in the vault before its row, so what there is before the dump and what came
            # while it was made holds every file of which the dump has a row.
            before = _add_vault(tar, data / VAULT, frozenset())
            # So is a version of the lake before the settlement that names it: what there is when
            # the dump's moment has come holds all of them, and nothing that was made later.
            with _moment(dsn) as snapshot:
                of_lake = lakes.all_files(paths.lake_folder(data)) if lake else []
                _program(
                    *("pg_dump", "--format=custom", "--no-owner", f"--snapshot={snapshot}"),
                    *(f"--file={dump}", f"--dbname={dsn}"),
                )
            tar.add(dump, DUMP)
            _add_vault(tar, data / VAULT, before)
            if lake:
                _add_folder(tar, LAKE)
            for path in of_lake:
                tar.add(path, f"data/{LAKE}/{path.relative_to(paths.lake_folder(data))}")
            for name in KEY_FILES if keys else ():
                if (data / name).exists():
                    tar.add(data / name, f"data/{name}")
            stream.flush()
        draft.replace(file)
    return file.stat().st_size


@contextlib.contextmanager
def _moment(dsn: str) -> Iterator[str]:
    """Gives the name of a snapshot that lasts as long as the block."""
    with psycopg.connect(dsn) as connection:
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        row = connection.execute("SELECT pg_export_snapshot()").fetchone()
        assert row is not None
        yield str(row[0])


def read(data: Path, dsn: str, file: Path) -> list[str]:
    """
    Puts a backup in the place of the present database, vault, lake and keys.

    Returns in words which of the lake's versions the restored settlements miss. That can only be
    with a backup that has no lake: the present one stays then.

    :raises click.ClickException: somebody uses the database, or the file is no whole backup
    """
    target = conninfo_to_dict(dsn)
    name = str(target["dbname"])
    fresh, old = f"{name}_restored", f"{name}_replaced"
    maintenance = make_conninfo(**{**target, "dbname": "postgres"})  # type: ignore[arg-type]
    lake = paths.lake_folder(data)
    lake.mkdir(mode=0o750, parents=True, exist_ok=True)
    # Beside the data: vault and lake are moved, not copied, to their places.
    with (
        tempfile.TemporaryDirectory(dir=data, prefix=DRAFT) as folder,
        tempfile.TemporaryDirectory(dir=lake, prefix=DRAFT) as lake_folder,
    ):
        unpacked = Path(lake_folder, "data", LAKE)
        _unpack(file, Path(folder), Path(lake_folder))
        with psycopg.connect(maintenance, autocommit=True) as connection:
            _refuse_when_used(connection, name)
            for leftover in (fresh, old):
                _execute(connection, "DROP DATABASE IF EXISTS {}", leftover)
            _execute(connection, "CREATE DATABASE {}", fresh)
            try:
                into = make_conninfo(**{**target, "dbname": fresh})  # type: ignore[arg-type]
                _restore(into, Path(folder, DUMP), connection.info.server_version)
                missing = lakes.unpinned(unpacked if unpacked.is_dir() else lake, _pinned(into))
                if unpacked.is_dir():
                    _refuse_when_damaged(file, [*lakes.damaged(unpacked), *missing])
            except BaseException:
                _execute(connection, "DROP DATABASE IF EXISTS {}", fresh)
                raise
            _refuse_when_used(connection, name)
            _execute(connection, "ALTER DATABASE {} RENAME TO {}", name, old)
            _execute(connection, "ALTER DATABASE {} RENAME TO {}", fresh, name)
            for key_file in KEY_FILES:
                source = Path(folder, "data", key_file)
                if source.exists():
                    source.chmod(0o600)
                    (data / f".{key_file}.new").write_bytes(source.read_bytes())
                    (data / f".{key_file}.new").chmod(0o600)
                    (data / f".{key_file}.new").replace(data / key_file)
            _replace_vault(data, Path(folder))
            _replace_lake(lake, unpacked)
            _execute(connection, "DROP DATABASE {}", old)
    return missing


def _add_vault(tar: tarfile.TarFile, vault: Path, known: frozenset[str]) -> frozenset[str]:
    """Adds the vault's files but those that are known to be in the archive; returns all names."""
    if not known:
        _add_folder(tar, VAULT)
    found = set(known)
    for path in sorted(vault.rglob("*")):
        name = str(path.relative_to(vault))
        if name in known or not path.is_file() or path.name.startswith("."):
            continue
        with contextlib.suppress(FileNotFoundError):  # deleted meanwhile
            tar.add(path, f"data/{VAULT}/{name}")
            found.add(name)
    return frozenset(found)


def _add_folder(tar: tarfile.TarFile, name: str) -> None:
    """So that a backup of an empty folder is told from one that leaves it out."""
    folder = tarfile.TarInfo(f"data/{name}")
    folder.type, folder.mode = tarfile.DIRTYPE, 0o700
    tar.addfile(folder)


def _pinned(dsn: str) -> Iterator[Inputs]:
    """Gives what the settlements of a database name of the lake."""
    with psycopg.connect(dsn) as connection:
        known = connection.execute("SELECT to_regclass('commission_settlement')").fetchone()
        if known == (None,):
            return
        rows = connection.execute("SELECT versions, inputs FROM commission_settlement")
        for text in (text for row in rows for text in row if text):
            yield inputs_from(text)


def _refuse_when_damaged(file: Path, problems: list[str]) -> None:
    if problems:
        raise click.ClickException(
            f"{file} is no whole backup of Qudao ({problems[0]}; {len(problems)} such); nothing"
            " was changed."
        )


def _replace_lake(lake: Path, unpacked: Path) -> None:
    """Puts the archive's lake in the place of the present one, which may be a disk of its own."""
    if not unpacked.is_dir():
        return
    replaced = unpacked.parent / "replaced"
    replaced.mkdir()
    for present in sorted(lake.iterdir()):
        if not present.name.startswith(DRAFT):
            present.rename(replaced / present.name)
    for restored in sorted(unpacked.iterdir()):
        restored.rename(lake / restored.name)


def _replace_vault(data: Path, folder: Path) -> None:
    """Puts the archive's vault in the place of the present one; older archives hold none."""
    source, vault = folder / "data" / VAULT, data / VAULT
    if source.is_dir():
        replaced = folder / "replaced"
        if vault.exists():
            vault.rename(replaced)
        source.chmod(0o700)
        source.rename(vault)
        shutil.rmtree(replaced, ignore_errors=True)


def _unpack(file: Path, folder: Path, lake: Path) -> None:
    try:
        with tarfile.open(file) as tar:
            about = tar.extractfile("about.json")
            if about is None or json.load(about).get("format") != FORMAT:
                raise click.ClickException(f"{file} was written by another version of Qudao.")
            for entry in tar:
                of_lake = Path(entry.name).parts[:2] == ("data", LAKE)
                tar.extract(entry, lake if of_lake else folder, filter="data")
    except (tarfile.TarError, KeyError, ValueError, OSError) as error:
        why = str(error).splitlines()[0].rstrip(":") if str(error) else "it is cut off"
        raise click.ClickException(f"{file} is no whole backup of Qudao ({why}).") from None


def _restore(dsn: str, dump: Path, server_version: int) -> None:
    options = ["--no-owner", "--no-privileges"]
    if server_version >= 170000:
        _program("pg_restore", *options, "--exit-on-error", f"--dbname={dsn}", str(dump))
        return
    done = _run("pg_restore", *options, f"--dbname={dsn}", str(dump))
    errors = [line for line in done.stderr.splitlines() if "error:" in line.lower()]
    if any(HARMLESS not in line for line in errors):
        raise click.ClickException(f"the backup could not be read: {errors[0]}")


def _refuse_when_used(connection: psycopg.Connection[tuple[object, ...]], name: str) -> None:
    row = connection.execute(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = %s", [name]
    ).fetchone()
    if row is not None and row[0]:
        raise click.ClickException(
            f"{row[0]} sessions use the database: stop Qudao (Ctrl-C in its terminal) and then"
            " restore; nothing was changed."
        )


def _execute(
    connection: psycopg.Connection[tuple[object, ...]], statement: str, *names: str
) -> None:
    quoted = [sql.Identifier(name) for name in names]
    connection.execute(sql.SQL(statement).format(*quoted))


def _program(name: str, *arguments: str) -> None:
    done = _run(name, *arguments)
    if done.returncode != 0:
        lines = done.stderr.strip().splitlines() or [f"{name} failed"]
        raise click.ClickException(lines[-1])


def _run(name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [client_program(name), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)
