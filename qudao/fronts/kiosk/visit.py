"""
A customer at a kiosk, from the first touch until nobody knows of them any more.

What is kept is in the session of the browser, and goes with the visit; who the customer is, is
known to the dialogue alone.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.http import HttpRequest

from qudao.domain.terminal.types import Part

KEY: Final = "kiosk_visit"
PATIENCE: Final = timedelta(seconds=150)
"""After so long without a touch a visit is over, whatever the page in the browser thinks. The page
itself asks after a minute, and ends it twenty seconds later."""


@dataclass(frozen=True, slots=True)
class Visit:
    dialogue: UUID
    node: str
    """Node code of the kiosk: its devices are known although it is admitted no more."""
    language: str
    touched_at: datetime
    parts: frozenset[Part]
    """Devices that worked when it began."""
    position: tuple[Decimal, Decimal] | None = None
    intake: str = ""
    """The notes that were put in; empty: the slot was not opened."""
    means: str = ""
    """The way of paying that is to be confirmed."""
    notice: str = ""
    """Said once on the next page."""
    printed: int = -1
    """The step whose slip was printed."""

    def over(self, at: datetime) -> bool:
        return at - self.touched_at > PATIENCE


def read(request: HttpRequest) -> Visit | None:
    """Return the visit that a request belongs to."""
    kept: dict[str, Any] | None = request.session.get(KEY)
    if kept is None:
        return None
    position = kept["position"]
    return Visit(
        dialogue=UUID(kept["dialogue"]),
        node=kept["node"],
        language=kept["language"],
        touched_at=datetime.fromisoformat(kept["touched_at"]),
        parts=frozenset(map(Part, kept["parts"])),
        position=(Decimal(position[0]), Decimal(position[1])) if position else None,
        intake=kept["intake"],
        means=kept["means"],
        notice=kept["notice"],
        printed=kept["printed"],
    )


def keep(request: HttpRequest, visit: Visit) -> None:
    """Keep a visit with the browser's session."""
    request.session[KEY] = {
        "dialogue": str(visit.dialogue),
        "node": visit.node,
        "language": visit.language,
        "touched_at": visit.touched_at.isoformat(),
        "parts": sorted(visit.parts),
        "position": [str(one) for one in visit.position] if visit.position else None,
        "intake": visit.intake,
        "means": visit.means,
        "notice": visit.notice,
        "printed": visit.printed,
    }


def forget(request: HttpRequest) -> None:
    """Forget the visit; the next one begins with another session."""
    if request.user.is_authenticated:
        request.session.pop(KEY, None)  # somebody who tries a kiosk out at their own desk
    else:
        request.session.flush()


def noted(visit: Visit, words: str) -> Visit:
    """Have something said on the next page."""
    return replace(visit, notice=words)
