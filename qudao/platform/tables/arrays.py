"""
Arrays as PostgreSQL reads them from text.

A set-based statement carries its requests as a dozen arrays. The driver adapts every element of
each by itself, which costs more than the sale; written as one text per column, and cast by the
statement, they cost next to nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from uuid import UUID


def uuids(values: Iterable[UUID]) -> str:
    """Return the text of a `uuid[]`."""
    return "{" + ",".join([f"{value.int:032x}" for value in values]) + "}"


def numbers(values: Iterable[int | None]) -> str:
    """Return the text of a `bigint[]`."""
    return "{" + ",".join(["NULL" if value is None else str(value) for value in values]) + "}"


def texts(values: Iterable[str]) -> str:
    """Return the text of a `text[]`, of whatever the strings hold."""
    return (
        "{"
        + ",".join(
            ['"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"' for value in values]
        )
        + "}"
    )


def octets(values: Iterable[bytes]) -> str:
    """Return the text of a `bytea[]`."""
    return "{" + ",".join(['"\\\\x' + value.hex() + '"' for value in values]) + "}"


def times(values: Iterable[datetime] | Iterable[date]) -> str:
    """Return the text of a `timestamptz[]` or a `date[]`."""
    return "{" + ",".join([value.isoformat() for value in values]) + "}"
