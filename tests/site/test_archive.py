"""A backup brings back the database, the vault and the keys; a damaged one changes nothing."""

from __future__ import annotations

import hashlib
import shutil
import tarfile
import tempfile
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import click
import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from qudao.platform.lake.files import MANIFEST, folder_of
from qudao.platform.lake.manifests import Input, Manifest, Part, inputs_of, to_json
from qudao.site import archive, paths
from qudao.site.postgres.home import prepare, socket_directory
from qudao.site.postgres.server import Server

FAST = {"fsync": "off", "shared_buffers": "16MB", "max_connections": "20"}


@pytest.fixture(scope="module")
def served() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="qudao-bk-"))
    folder.chmod(0o711)
    server = Server(prepare(folder), FAST)
    server.start()
    yield folder
    server.stop()
    shutil.rmtree(folder)


@pytest.fixture
def data(served: Path) -> Iterator[Path]:
    """A data folder with an empty database, and nothing else of another test."""
    before = set(served.iterdir())
    yield served
    maintenance = make_conninfo(dsn(served), dbname="postgres")
    with psycopg.connect(maintenance, autocommit=True) as connection:
        connection.execute("DROP DATABASE qudao WITH (FORCE)")
        connection.execute("CREATE DATABASE qudao")
    for path in set(served.iterdir()) - before:
        shutil.rmtree(path) if path.is_dir() else path.unlink()


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


def version_of(lake: Path, number: int, rows: bytes = b"rows") -> Manifest:
    """A version of sales, as the store leaves it."""
    made = Manifest(
        dataset="sales",
        month=date(2026, 10, 1),
        branch="4101",
        number=number,
        parts=(),
        rows=1,
        totals={},
        source="test",
        made_at=datetime(2026, 11, 1, tzinfo=UTC),
    )
    folder = folder_of(lake, made.version)
    folder.mkdir(parents=True)
    (folder / "part-000.parquet").write_bytes(rows)
    path = str((folder / "part-000.parquet").relative_to(lake))
    part = Part(path, 1, {}, len(rows), hashlib.sha256(rows).hexdigest())
    made = Manifest(**{name: getattr(made, name) for name in made.__slots__} | {"parts": (part,)})
    (folder / MANIFEST).write_bytes(to_json(made))
    return made


def settled(data: Path, *versions: Manifest) -> None:
    """A settlement that names versions of the lake."""
    run(data, "CREATE TABLE IF NOT EXISTS commission_settlement (versions text, inputs text)")
    text = to_json(inputs_of(Input(one.version, one.digest) for one in versions)).decode()
    with psycopg.connect(dsn(data)) as connection:
        connection.execute("INSERT INTO commission_settlement VALUES (%s, '')", [text])


def files_in(lake: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(lake)): path.read_bytes() for path in lake.rglob("*") if path.is_file()
    }


def test_the_lake_goes_there_and_back(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake = tmp_path / "elsewhere"
    monkeypatch.setenv("QUDAO_LAKE", str(lake))
    settled(data, version_of(lake, 1))
    (lake / "quarantine").mkdir()
    (lake / "quarantine/rows.csv").write_text("3,torn\n")
    before = files_in(lake)
    draft = lake / "sales/month=2026-10/branch=4101/.v0002-17-abc"
    draft.mkdir()
    (draft / "part-000.parquet").write_bytes(b"half")
    file = tmp_path / "backup.tar"
    archive.write(data, dsn(data), file, keys=False)
    version_of(lake, 2)
    (lake / "quarantine/rows.csv").unlink()
    assert archive.read(data, dsn(data), file) == []
    assert files_in(lake) == before
    assert sorted(path.name for path in lake.iterdir()) == ["quarantine", "sales"]


def test_what_comes_into_the_lake_during_the_dump_belongs_to_the_next_backup(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_program = archive._program
    settled(data, version_of(data / "lake", 1))

    def slow(name: str, *arguments: str) -> None:
        settled(data, version_of(data / "lake", 2))
        run_program(name, *arguments)

    monkeypatch.setattr(archive, "_program", slow)
    file = tmp_path / "backup.tar"
    archive.write(data, dsn(data), file, keys=False)
    monkeypatch.setattr(archive, "_program", run_program)
    assert archive.read(data, dsn(data), file) == []
    assert run(data, "SELECT count(*) FROM commission_settlement") == [(1,)]
    assert not any("v0002" in name for name in files_in(data / "lake"))


@pytest.mark.parametrize("wrong", ["altered", "missing"])
def test_a_lake_that_is_not_whole_changes_nothing(data: Path, tmp_path: Path, wrong: str) -> None:
    settled(data, version_of(data / "lake", 1))
    file, other = tmp_path / "backup.tar", tmp_path / "other.tar"
    archive.write(data, dsn(data), file, keys=False)
    part = data / "lake/sales/month=2026-10/branch=4101/v0001/part-000.parquet"
    with tarfile.open(file) as source, tarfile.open(other, "w") as target:
        for entry in source.getmembers():
            if "v0001" in entry.name and wrong == "missing":
                continue
            content = source.extractfile(entry)
            if entry.name.endswith(".parquet"):
                part.write_bytes(b"ROWS")
                content = part.open("rb")
            target.addfile(entry, content)
    part.write_bytes(b"now")
    with pytest.raises(click.ClickException, match=wrong):
        archive.read(data, dsn(data), other)
    assert part.read_bytes() == b"now"
    assert run(data, "SELECT count(*) FROM commission_settlement") == [(1,)]
    assert [path for path in data.rglob(".qudao-*")] == []


def test_without_the_lake_the_present_one_stays_and_what_it_misses_is_told(
    data: Path, tmp_path: Path
) -> None:
    settled(data, version_of(data / "lake", 1), version_of(data / "lake", 2))
    file = tmp_path / "backup.tar"
    archive.write(data, dsn(data), file, keys=False, lake=False)
    shutil.rmtree(data / "lake/sales/month=2026-10/branch=4101/v0002")
    assert archive.read(data, dsn(data), file) == [
        "the lake's version sales 2026-10 4101 v2 is missing, and settlements name it"
    ]
    assert len(files_in(data / "lake")) == 2


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
