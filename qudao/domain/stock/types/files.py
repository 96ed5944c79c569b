"""Files of goods: what holds for their rows, what is wrong with them, how far they are."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from qudao.domain.party.types import OrganizationId
from qudao.kernel.money import Money


@dataclass(frozen=True, slots=True)
class BulkTerms:
    """What holds for all rows of a file that do not say it themselves."""

    item: str = ""
    cost: Money = Money(0)
    """Of one."""
    batch: str = ""
    expires_on: date | None = None


@dataclass(frozen=True, slots=True)
class RowFault:
    """What is wrong with a row of a file; row 0 is the file itself."""

    row: int
    column: str
    problem: str
    """A code: `missing`, `serial`, `imsi`, `pin`, `number`, `date`, `amount`, `quantity`,
    `item_unknown`, `item_other_kind`, `twice_in_file`, `known_already`, `elsewhere`, …"""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class BulkRecord:
    """A file of goods or numbers on its way in."""

    id: UUID
    kind: str
    file_name: str
    place: OrganizationId
    place_code: str
    place_name_zh: str
    place_name_en: str
    state: str
    by: UUID
    at: datetime
    total: int
    """Rows of the file, known once it was read."""
    done: int
    """Rows that the step under way has passed."""
    bad: int
    loaded_at: datetime | None
    counts: dict[str, int] = field(default_factory=dict)
    """Good rows by item (or by area code)."""
    columns: tuple[str, ...] = ()
    first: tuple[tuple[str, ...], ...] = ()
    """The first rows as they will be loaded, secrets masked."""
