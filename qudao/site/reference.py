"""Loads the reference data of every domain package, the lowest shelf first."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Iterator
from datetime import UTC, datetime

from qudao.platform.identity.roles import system_context

# As the shelves stand in pyproject.toml, from the bottom up.
PACKAGES = (
    "party",
    "saleschannel",
    "catalog",
    "ledger",
    "wallet",
    "payment",
    "resource",
    "stock",
    "ordering",
)


def load() -> Iterator[tuple[str, object]]:
    """Calls `operations.load_reference(ctx)` of each package that has one; gives the answers."""
    at = datetime.now(UTC)
    for package in PACKAGES:
        name = f"qudao.domain.{package}.operations"
        if importlib.util.find_spec(name) is None:
            continue
        operation = getattr(importlib.import_module(name), "load_reference", None)
        if operation is not None:
            key = f"reference.{package}.{at.isoformat()}"
            yield package, operation(system_context(at, key, channel="console"))
