"""What the BOSS understands of a request, whichever API it came through."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

JSON = dict[str, Any]

PREFIXES: Final = {"productOrder": "PO", "payment": "PA", "refund": "RF", "topupBalance": "TB"}
"""The APIs that write, and how their ids begin."""

PAYMENTS: Final = frozenset({"bill_payment", "top_up", "card_recharge"})
"""The businesses that come as payments; all others are product orders."""

FINAL: Final = frozenset(
    {
        "account_opening",
        "sim_swap",
        "number_change",
        "cancellation",
        "suspend",
        "resume",
        "add_on_cancel",
        "recharge_card",
        "card_recharge",
    }
)
"""The businesses that are never taken back."""


@dataclass(frozen=True, slots=True)
class Holder:
    """Who a new line will belong to."""

    name: str
    document: str
    """A digest of the document's kind and number: the BOSS compares documents, no more."""


@dataclass(frozen=True, slots=True)
class Parts:
    """What an order moves besides money."""

    number: str = ""
    """The new number of a line."""
    iccid: str = ""
    imsi: str = ""
    add_ons: tuple[str, ...] = ()
    credit: int = 0
    """Of the amount, what becomes the line's balance (fen)."""
    holder: Holder | None = None
    card: str = ""
    """Serial of a recharge card."""
    value: int = 0
    """What the card is worth (fen)."""


@dataclass(frozen=True, slots=True)
class Order:
    """One request for work, read from its JSON."""

    api: str
    external_id: str
    body: JSON
    digest: bytes
    """Of the content: the same external id with another digest is a conflict."""
    business: str
    """
    `bill_payment`, `top_up`, `plan_change`, `add_on`, `account_opening`, `sim_swap`,
    `number_change`, `cancellation`, `suspend`, `resume`, `add_on_cancel`, `recharge_card`,
    `card_recharge` or `reversal`.
    """
    msisdn: str
    """The number of the line; of a `recharge_card`, which has none, the card's serial."""
    amount: int
    product: str
    outlet: str
    reverses: str = ""
    """The BOSS's own id of the work to take back, for a reversal."""
    parts: Parts = Parts()


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


def api_of(business: str) -> str:
    """The API that a business comes through."""
    return "payment" if business in PAYMENTS else "productOrder"


def instant(at: datetime) -> str:
    """A moment as TM Forum writes it: UTC to the millisecond, ending in `Z`."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def business_day(at: datetime) -> date:
    """The day that a moment falls on in China, which has no summer time."""
    return (at.astimezone(UTC) + timedelta(hours=8)).date()
