"""What the BOSS understands of a request, whichever API it came through."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

JSON = dict[str, Any]

PREFIXES: Final = {"productOrder": "PO", "payment": "PA", "refund": "RF", "topupBalance": "TB"}
"""The APIs that write, and how their ids begin."""


@dataclass(frozen=True, slots=True)
class Order:
    """One request for work, read from its JSON."""

    api: str
    external_id: str
    body: JSON
    digest: bytes
    """Of the content: the same external id with another digest is a conflict."""
    business: str
    """`bill_payment`, `top_up`, `plan_change`, `add_on` or `reversal`."""
    msisdn: str
    amount: int
    product: str
    outlet: str
    reverses: str
    """The BOSS's own id of the work to take back, for a reversal."""


@dataclass(frozen=True, slots=True)
class Rejected:
    """A rule says no, for good."""

    code: str
    reason: str


class Malformed(Exception):
    """The request cannot be read: nothing was done and nothing is kept."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def instant(at: datetime) -> str:
    """A moment as TM Forum writes it: UTC to the millisecond, ending in `Z`."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def business_day(at: datetime) -> date:
    """The day that a moment falls on in China, which has no summer time."""
    return (at.astimezone(UTC) + timedelta(hours=8)).date()
