"""What the catalogue announces."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CatalogChanged:
    """Something of the catalogue changed; snapshots of earlier revisions are out of date."""

    revision: int
