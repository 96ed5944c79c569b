"""The vault: what was put there comes back, and nothing else; what is wrong with it is found."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import transaction

from qudao.platform.identity import personal
from qudao.platform.vault import files
from qudao.platform.vault.models import VaultFile
from qudao.platform.vault.types import FileDamaged, FileId, FileNotFound
from tests.province import NOON

CONTENT = b"\xff\xd8a picture of somebody's document" * 100


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(settings, "VAULT_DIR", tmp_path / "vault")
    return tmp_path / "vault"


@pytest.fixture
def with_keys(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """Change the key ring within a test."""

    def set_keys(**keys: bytes) -> None:
        monkeypatch.setattr(settings, "PERSONAL_KEYS", {**keys, "index": b"i" * 32})
        personal.key_ring.cache_clear()

    set_keys(k1=b"1" * 32)
    yield set_keys
    monkeypatch.undo()
    personal.key_ring.cache_clear()


def stored(content: bytes = CONTENT) -> FileId:
    with transaction.atomic():
        return files.put(content, purpose="test", at=NOON)


def paths(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


@pytest.mark.django_db
def test_what_is_put_comes_back_and_lies_there_encrypted(folder: Path) -> None:
    file = stored()
    assert files.get(file) == CONTENT
    (path,) = paths(folder)
    assert path == folder / "2026/11/20" / file.hex
    assert CONTENT[2:40] not in path.read_bytes()
    assert path.stat().st_mode & 0o777 == 0o600
    assert (folder / "2026").stat().st_mode & 0o077 == 0
    assert files.unsound() == []


@pytest.mark.django_db(transaction=True)
def test_a_file_belongs_to_a_transaction(folder: Path) -> None:
    with pytest.raises(AssertionError):
        files.put(CONTENT, purpose="test", at=NOON)
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        files.put(CONTENT, purpose="test", at=NOON)
        _ = 1 / 0
    assert not VaultFile.objects.exists()
    assert len(paths(folder)) == 1
    assert files.sweep(NOON) == 0, "a transaction might still be under way"
    (orphan,) = paths(folder)
    os.utime(orphan, (NOON.timestamp(), NOON.timestamp()))
    assert files.sweep(NOON + timedelta(minutes=59)) == 0
    assert files.sweep(NOON + timedelta(minutes=61)) == 1
    assert paths(folder) == []


@pytest.mark.django_db(transaction=True)
def test_a_deleted_file_leaves_the_disk_once_that_is_certain(folder: Path) -> None:
    file = stored()
    with transaction.atomic():
        files.delete([file])
        assert len(paths(folder)) == 1
        transaction.set_rollback(True)
    assert files.get(file) == CONTENT
    with transaction.atomic():
        files.delete([file])
    assert paths(folder) == []
    with pytest.raises(FileNotFound):
        files.get(file)


@pytest.mark.django_db
def test_a_missing_file_is_found(folder: Path) -> None:
    file = stored()
    paths(folder)[0].unlink()
    with pytest.raises(FileDamaged, match="missing"):
        files.get(file)
    for read in (True, False):
        assert files.unsound(read=read) == [f"vault: file {file} (test) is missing"]


@pytest.mark.django_db
@pytest.mark.parametrize("place", [0, 1, 2, 6, 30, -1])
def test_an_altered_file_is_found(folder: Path, place: int) -> None:
    file = stored()
    (path,) = paths(folder)
    value = bytearray(path.read_bytes())
    value[place] ^= 1
    path.write_bytes(value)
    with pytest.raises(FileDamaged):
        files.get(file)
    (fault,) = files.unsound()
    assert str(file) in fault


@pytest.mark.django_db
def test_a_quick_look_finds_what_has_another_length(folder: Path) -> None:
    file = stored()
    assert files.unsound(read=False) == []
    (path,) = paths(folder)
    path.write_bytes(path.read_bytes()[:-1])
    assert files.unsound(read=False) == [f"vault: file {file} (test) has another length"]


@pytest.mark.django_db
def test_a_file_does_not_open_in_the_place_of_another(folder: Path) -> None:
    one, other = stored(), stored(CONTENT[::-1])
    places = {path.name: path for path in paths(folder)}
    places[one.hex].write_bytes(places[other.hex].read_bytes())
    with pytest.raises(FileDamaged):
        files.get(one)
    assert files.get(other) == CONTENT[::-1]


@pytest.mark.django_db
def test_keys_are_changed_while_files_are_read(
    folder: Path, with_keys: Callable[..., None]
) -> None:
    one, other = stored(), stored(CONTENT[::-1])
    with_keys(k2=b"2" * 32, k1=b"1" * 32)
    third = stored(b"newer")
    assert files.rewrap() == 2
    assert files.rewrap() == 0
    with_keys(k2=b"2" * 32)  # the old key is gone
    assert (files.get(one), files.get(other), files.get(third)) == (
        CONTENT,
        CONTENT[::-1],
        b"newer",
    )
    assert set(VaultFile.objects.values_list("key", flat=True)) == {"k2"}
    assert len(paths(folder)) == 3 and files.unsound() == []


@pytest.mark.django_db
def test_a_rewrapping_that_was_cut_off_is_taken_up_again(with_keys: Callable[..., None]) -> None:
    file = stored()
    with_keys(k2=b"2" * 32, k1=b"1" * 32)
    files.rewrap()
    VaultFile.objects.update(key="k1")  # the file was written, the row was not
    assert files.get(file) == CONTENT
    assert files.rewrap() == 1
    assert files.get(file) == CONTENT


@pytest.mark.django_db
def test_without_its_key_a_file_is_told_to_be_unreadable(with_keys: Callable[..., None]) -> None:
    file = stored()
    with_keys(k9=b"9" * 32)
    with pytest.raises(FileDamaged, match="k1"):
        files.get(file)
    with pytest.raises(ImproperlyConfigured):
        with_keys()
        files.get(file)


KILLED = """
import os, signal, sys
import django
django.setup()
from datetime import UTC, datetime
from django.db import transaction
from qudao.platform.vault import files
with transaction.atomic():
    if sys.argv[1] == "file":
        files.VaultFile.objects.create = lambda **_: os.kill(os.getpid(), signal.SIGKILL)
    files.put(b"half way", purpose="test", at=datetime(2026, 11, 20, 4, tzinfo=UTC))
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("after", ["file", "row"])
def test_a_kill_leaves_a_file_without_a_row_and_never_a_row_without_a_file(
    server_environment: dict[str, str], after: str
) -> None:
    folder = Path(os.environ["QUDAO_DATA"]) / "vault"
    settings.VAULT_DIR = folder
    before = set(paths(folder))
    done = subprocess.run(
        [sys.executable, "-c", KILLED, after], env=server_environment, check=False, timeout=60
    )
    assert done.returncode == -signal.SIGKILL
    (orphan,) = set(paths(folder)) - before
    assert VaultFile.objects.count() == 0
    os.utime(orphan, (NOON.timestamp(), NOON.timestamp()))
    assert files.sweep(NOON + timedelta(hours=2)) >= 1
    assert not orphan.exists()
