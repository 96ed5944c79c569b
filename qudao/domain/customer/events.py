"""What customer announces."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from qudao.domain.customer.types import CustomerId, DossierId, PersonalField


@dataclass(frozen=True, slots=True)
class PersonalDataRevealed:
    """Somebody looked at what is otherwise masked."""

    customer: CustomerId
    field: PersonalField
    reason: str


@dataclass(frozen=True, slots=True)
class FileRevealed:
    """Somebody looked at a picture, a signature or a contract."""

    dossier: DossierId
    kind: str
    reason: str


@dataclass(frozen=True, slots=True)
class LineOpened:
    """The BOSS has opened a line; its customer is known to us."""

    number: str
    customer: CustomerId
    order: UUID


@dataclass(frozen=True, slots=True)
class LineEnded:
    """A line that we knew is no more."""

    number: str
    customer: CustomerId
