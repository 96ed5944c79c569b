"""How rows of goods point to organizations."""

from __future__ import annotations

from typing import Any

from django.db import models


def place(**options: Any) -> models.ForeignKey[Any, Any]:
    """Return a column for an organization where goods lie."""
    return models.ForeignKey("party.Organization", models.PROTECT, related_name="+", **options)
