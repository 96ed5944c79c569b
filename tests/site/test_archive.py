"""A backup brings back the database, the vault and the keys; a damaged one changes nothing."""

from __future__ import annotations

import shutil
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path

import click
import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from qudao.site import archive, paths
from qudao.site.postgres.home import prepare, socket_directory
from qudao.site.postgres.server import Server

FAST = {"fsync": "off", "shared_buffers": "16MB", "max_connections": "20"}


@pytest.fixture
def data() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="qudao-bk-"))
    folder.chmod(0o711)
    server = Server(prepare(folder), FAST)
    server.start()
    yield folder
    server.stop()
    shutil.rmtree(folder)


def dsn(data: Path) -> str:
    return make_conninfo(host=str(socket_directory(data)), user="qudao", dbname="qudao")


def run(data: Path, statement: str) -> list[tuple[object, ...]]:
    with psycopg.connect(dsn(data)) as connection:
        cursor = connection.execute(statement)
        return cursor.fetchall() if cursor.description else []


def test_there_and_back(data: Path, tmp_path: Path) -> None:
    run(data, "CREATE TABLE kept AS SELECT 1 AS number, '渠道' AS name")
    run(data, "CREATE SCHEMA archive")  # of months that were detached
    run(data, "CREATE TABLE archive.kept_2026_08 AS SELECT 8 AS number")
    secret, keys = paths.signing_secret(data), paths.key_ring(data)
    file = tmp_path / "backup.tar"
    assert archive.write(data, dsn(data), file, keys=True) == file.stat().st_size
    assert file.stat().st_mode & 0o077 == 0, "it holds keys"
    run(data, "UPDATE kept SET number = 2")
    run(data, "CREATE TABLE later (number int)")
    (data / "secret").unlink()
    (data / "keys").write_text("k1:none\n")
    archive.read(data, dsn(data), file)
    assert run(data, "SELECT number, name FROM kept") == [(1, "渠道")]
    assert run(data, "SELECT number FROM archive.kept_2026_08") == [(8,)]
    assert run(data, "SELECT to_regclass('later')") == [(None,)]
    assert (paths.signing_secret(data), paths.key_ring(data)) == (secret, keys)
    assert (data / "keys").stat().st_mode & 0o077 == 0
    assert run(data, "SELECT datname FROM pg_database WHERE datname LIKE 'qudao%'") == [("qudao",)]


def test_the_vault_goes_there_and_back(data: Path, tmp_path: Path) -> None:
    day = data / "vault/2026/11/22"
    day.mkdir(parents=True, mode=0o700)
    (day / "aa").write_bytes(b"sealed")
    (day / ".draft").write_bytes(b"half")
    file = tmp_path / "backup.tar"
    archive.write(data, dsn(data), file, keys=False)
    (day / "aa").write_bytes(b"changed")
    (day / "bb").write_bytes(b"later")
    archive.read(data, dsn(data), file)
    assert {path.name for path in (data / "vault").rglob("*") if path.is_file()} == {"aa"}
    assert (day / "aa").read_bytes() == b"sealed"
    assert (data / "vault").stat().st_mode & 0o077 == 0
    assert [path for path in data.iterdir() if path.name.startswith(".qudao-")] == []


def test_what_comes_into_the_vault_during_the_dump_is_there(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_program = archive._program

    def slow(name: str, *arguments: str) -> None:
        run_program(name, *arguments)
        (data / "vault").mkdir(exist_ok=True)
        (data / "vault/during").write_bytes(b"sealed")

    monkeypatch.setattr(archive, "_program", slow)
    file = tmp_path / "backup.tar"
    archive.write(data, dsn(data), file, keys=False)
    with tarfile.open(file) as tar:
        assert tar.getnames().count("data/vault/during") == 1


def test_a_backup_from_before_the_vault_leaves_it_alone(data: Path, tmp_path: Path) -> None:
    file = tmp_path / "backup.tar"
    archive.write(data, dsn(data), file, keys=False)
    old = tmp_path / "old.tar"
    with tarfile.open(file) as source, tarfile.open(old, "w") as target:
        for entry in source.getmembers():
            if not entry.name.startswith("data/vault"):
                target.addfile(entry, source.extractfile(entry))
    (data / "vault").mkdir()
    (data / "vault/kept").write_bytes(b"sealed")
    archive.read(data, dsn(data), old)
    assert (data / "vault/kept").read_bytes() == b"sealed"


def test_keys_may_be_left_out(data: Path, tmp_path: Path) -> None:
    paths.key_ring(data)
    file = tmp_path / "backup.tar"
    archive.write(data, dsn(data), file, keys=False)
    before = (data / "keys").read_text()
    (data / "keys").write_text(before + "# newer\n")
    archive.read(data, dsn(data), file)
    assert (data / "keys").read_text() == before + "# newer\n"


@pytest.mark.parametrize("length", [0, 100, 3000])
def test_a_damaged_file_changes_nothing(data: Path, tmp_path: Path, length: int) -> None:
    run(data, "CREATE TABLE kept AS SELECT generate_series(1, 1000) AS number")
    file = tmp_path / "backup.tar"
    archive.write(data, dsn(data), file, keys=True)
    whole = file.read_bytes()
    file.write_bytes(whole[:length])
    with pytest.raises(click.ClickException) as caught:
        archive.read(data, dsn(data), file)
    assert "\n" not in caught.value.message
    assert run(data, "SELECT count(*) FROM kept") == [(1000,)]
    assert run(data, "SELECT datname FROM pg_database WHERE datname LIKE 'qudao%'") == [("qudao",)]


def test_nobody_may_use_the_database_meanwhile(data: Path, tmp_path: Path) -> None:
    file = tmp_path / "backup.tar"
    archive.write(data, dsn(data), file, keys=True)
    with psycopg.connect(dsn(data)), pytest.raises(click.ClickException, match="1 sessions use"):
        archive.read(data, dsn(data), file)
