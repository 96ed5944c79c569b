"""One request that waits for its batch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final
from uuid import UUID

from qudao.domain.ordering.types import Sale, Sold
from qudao.journeys.seats import Seat
from qudao.kernel.refusals import Refusal


class Unsure:
    """The database went away: whether it was done is not known. The same key tells."""


class Late:
    """Its time was over before it was begun: certainly not done."""


class Full:
    """No room in the queue, or this outlet's share of it is used up: certainly not done."""


class Unknown:
    """The token was revoked, or has ended, on the way: certainly not done."""


class Broken:
    """An error of ours; it is in the log."""


Answer = Sold | Refusal | Unsure | Late | Full | Unknown | Broken
Reply = Callable[[Answer], None]


class Ticket:
    """A sale, who asked for it, and how to answer. Only the event loop changes it."""

    __slots__ = (
        "alike",
        "away",
        "came_s",
        "deadline_s",
        "gone",
        "key",
        "outlet",
        "reply",
        "rivals",
        "sale",
        "seat",
        "seats",
        "secret",
        "tries",
    )

    def __init__(
        self,
        seat: Seat,
        secret: str,
        key: str,
        sale: Sale,
        came_s: float,
        deadline_s: float,
        reply: Reply,
    ) -> None:
        self.seat = seat
        self.secret: Final = secret
        """The token, for when its seat must be read again."""
        self.key: Final = key
        self.sale: Final = sale
        self.outlet: Final[UUID] = sale.outlet
        self.came_s: Final = came_s
        """On the event loop's clock."""
        self.deadline_s = deadline_s
        """On the same clock: what has not begun by then is not done."""
        self.reply: Final = reply
        self.tries = 0
        """How often others held its wallet."""
        self.seats = 1
        """How many readings of its seat there were."""
        self.away = False
        """It is part of a batch that has left."""
        self.gone = False
        """Nobody waits for the answer any more."""
        self.alike: list[Ticket] = NONE
        """The same request once more: each gets the same answer."""
        self.rivals: list[Ticket] = NONE
        """Other requests under the same key: they have their turn after this one."""


NONE: Final[list[Ticket]] = []
"""In place of an empty list for each ticket; never changed."""
