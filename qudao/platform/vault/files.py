"""
Put files into the vault, get them, delete them, and look after what lies there.

A file's name is its id, in a folder of the id's day (UTC): `2026/11/22/<id>`. What is written is
`KeyRing.seal`: format, name of the key, nonce, and AES-256-GCM over the content, bound to the id,
so that neither a changed file opens nor one that was put in another's place.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Final
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction

from qudao.kernel.ids import new_id
from qudao.platform.identity.personal import Unreadable, key_ring
from qudao.platform.vault.models import VaultFile
from qudao.platform.vault.types import FileDamaged, FileId, FileNotFound

LARGEST: Final = 5 << 20
"""Octets of one file."""
IN_PROGRESS: Final = timedelta(hours=1)
"""A file so young may belong to a transaction that has not ended."""
_BATCH: Final = 500


def put(content: bytes, *, purpose: str, at: datetime) -> FileId:
    """
    Store a file and return its id; inside the transaction of what refers to it.

    It is on the disk for good when this returns. If the transaction fails, `sweep` removes it.
    """
    assert 0 < len(content) <= LARGEST, len(content)
    assert connection.in_atomic_block, "a file belongs to a transaction"
    file = FileId(new_id(at))
    ring = key_ring()
    _write(_path(file), ring.seal(content, _place(file)))
    VaultFile.objects.create(
        id=file,
        purpose=purpose,
        size=len(content),
        sha256=sha256(content).digest(),
        key=ring.primary,
        created_at=at,
    )
    return file


def get(file: FileId) -> bytes:
    """
    Return a file's content.

    :raises FileNotFound: if there is none.
    :raises FileDamaged: if it is missing on the disk or was altered.
    """
    row = VaultFile.objects.filter(id=file).first()
    if row is None:
        raise FileNotFound(file)
    return _open(row)


def delete(files: Iterable[FileId]) -> None:
    """Delete files: the rows now, what is on the disk once the transaction is committed."""
    wanted = list(files)
    if wanted:
        VaultFile.objects.filter(id__in=wanted).delete()
        transaction.on_commit(partial(_unlink, wanted))


def sweep(at: datetime) -> int:
    """Remove what crashes left behind: files without a row; return how many."""
    swept = 0
    for folder, names in _folders():
        known = _ids(names)
        rows = set(VaultFile.objects.filter(id__in=known.values()).values_list("id", flat=True))
        for name in names:
            path = folder / name
            if known.get(name) in rows:
                continue
            try:
                changed = datetime.fromtimestamp(path.stat().st_mtime, UTC)
            except FileNotFoundError:
                continue  # deleted meanwhile
            if at - changed > IN_PROGRESS:
                path.unlink(missing_ok=True)
                swept += 1
    return swept


def rewrap() -> int:
    """
    Encrypt with the primary key what older keys encrypted; return how many files were changed.

    Works file by file and may be interrupted and repeated: a file names its own key, so it opens
    whether or not its row was already changed.
    """
    ring, changed = key_ring(), 0
    while True:
        batch = VaultFile.objects.exclude(key=ring.primary).order_by("id")[:_BATCH]
        files = list(batch.values_list("id", flat=True))
        if not files:
            return changed
        for file in files:
            with transaction.atomic():
                row = VaultFile.objects.select_for_update().filter(id=file).first()
                if row is None:
                    continue  # deleted meanwhile
                path = _path(FileId(file))
                draft = path.with_name(f".{secrets.token_hex(16)}")
                _write(draft, ring.seal(_open(row), _place(FileId(file))))
                draft.replace(path)
                _sync(path.parent)
                row.key = ring.primary
                row.save(update_fields=["key"])
                changed += 1


def unsound(*, read: bool = True) -> list[str]:
    """
    Return which files are missing or altered, in words; nothing when all is sound.

    With `read` every file is opened; without, it is only seen that each is there, and as long as it
    must be. To be asked outside of a transaction: what is deleted meanwhile is no fault.
    """
    problems: list[str] = []
    for row in VaultFile.objects.order_by("id").iterator(_BATCH):
        try:
            if read:
                _open(row)
            else:
                _see(row)
        except FileDamaged as fault:
            if VaultFile.objects.filter(id=row.id).exists():
                problems.append(str(fault))
    return problems


def _open(row: VaultFile) -> bytes:
    file = FileId(row.id)
    try:
        content = key_ring().unseal(_path(file).read_bytes(), _place(file))
    except FileNotFoundError as error:
        raise FileDamaged(f"vault: file {file} ({row.purpose}) is missing") from error
    except Unreadable as error:
        raise FileDamaged(f"vault: file {file} ({row.purpose}) does not open: {error}") from error
    if len(content) != row.size or sha256(content).digest() != bytes(row.sha256):
        raise FileDamaged(f"vault: file {file} ({row.purpose}) is not the one that was put there")
    return content


def _see(row: VaultFile) -> None:
    file = FileId(row.id)
    try:
        length = _path(file).stat().st_size
    except FileNotFoundError as error:
        raise FileDamaged(f"vault: file {file} ({row.purpose}) is missing") from error
    if length != row.size + key_ring().overhead(row.key):
        raise FileDamaged(f"vault: file {file} ({row.purpose}) has another length")


def _root() -> Path:
    return Path(settings.VAULT_DIR)


def _path(file: FileId) -> Path:
    # The first 48 bits of a UUIDv7 are the milliseconds of its time.
    day = datetime.fromtimestamp((file.int >> 80) / 1000, UTC)
    return _root() / f"{day:%Y}" / f"{day:%m}" / f"{day:%d}" / file.hex


def _place(file: FileId) -> str:
    return f"vault_file.{file.hex}"


def _write(path: Path, value: bytes) -> None:
    missing = [folder for folder in path.parents if not folder.exists()]
    for folder in reversed(missing):
        folder.mkdir(mode=0o700, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as out:
        out.write(value)
        out.flush()
        os.fsync(out.fileno())
    for folder in (path.parent, *(folder.parent for folder in missing)):
        _sync(folder)


def _sync(folder: Path) -> None:
    """Make the names in a folder outlive a crash of the machine."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _unlink(files: list[FileId]) -> None:
    for file in files:
        _path(file).unlink(missing_ok=True)


def _folders() -> Iterator[tuple[Path, list[str]]]:
    for folder in sorted(_root().glob("[0-9]*/[0-9]*/[0-9]*")):
        names = os.listdir(folder)
        for start in range(0, len(names), _BATCH):
            yield folder, names[start : start + _BATCH]


def _ids(names: Iterable[str]) -> dict[str, UUID]:
    found = {}
    for name in names:
        try:
            found[name] = UUID(hex=name)
        except ValueError:
            continue  # a draft
    return found
