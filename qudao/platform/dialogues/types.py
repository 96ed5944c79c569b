"""What the store shows to the floors above."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Kept:
    """A dialogue as it is kept."""

    id: UUID
    front: str
    caller: bytes | None
    """Keyed hash of who talks; None while nobody knows."""
    sole: bool
    """The caller has one dialogue at a time on this front."""
    state: str
    """JSON of the engine, readable."""
    version: int
    changed_at: datetime
    expires_at: datetime
