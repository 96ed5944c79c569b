"""What the vault shows to the floors above."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NewType
from uuid import UUID

from qudao.kernel.refusals import Kind, Refusal

FileId = NewType("FileId", UUID)


@dataclass(eq=False)
class FileNotFound(Refusal, kind=Kind.NOT_FOUND):
    """The vault has no such file, or it was deleted."""

    file: UUID


class FileDamaged(Exception):
    """A file of the vault is missing, or is not what was put there: restore it from a backup."""
