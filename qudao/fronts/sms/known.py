"""
Which messages were taken before, of one link.

A centre sends a message again when it did not hear our yes. SMPP has no number that says so, and a
customer may well write "1" twice. So the same octets of the same phone are the same message only
where our yes may have got lost: while the first one is not answered yet, and, in a later
connection, if it was answered shortly before the earlier one ended.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Final
from uuid import UUID

LATELY_S: Final = 60.0
"""What we wrote longer ago has arrived, or the connection would have ended by now."""
DOUBTED_S: Final = 900.0
"""So long after its connection ended a message may come again."""


@dataclass(frozen=True, slots=True)
class Before:
    """What is known of a message that came before."""

    first: UUID
    """The id of the first one."""
    answer: bool
    """Whether to answer again: its answer may not have gone out either."""


class Known:
    """Times are seconds on a clock that only goes forward."""

    def __init__(self) -> None:
        self._open: dict[bytes, UUID] = {}
        self._answered: dict[bytes, UUID] = {}
        self._order: deque[tuple[float, bytes]] = deque()
        self._doubted: dict[bytes, tuple[UUID, float]] = {}

    def __len__(self) -> int:
        return len(self._open) + len(self._answered) + len(self._doubted)

    def before(self, digest: bytes, *, certain: bool, now: float) -> Before | None:
        """
        Say whether a message came before.

        :param certain: the digest is of the centre's own number: what has it twice came twice.
        """
        first = self._open.get(digest) or (self._answered.get(digest) if certain else None)
        if first is not None:
            return Before(first, answer=False)
        doubted = self._doubted.get(digest)
        if doubted is None or doubted[1] <= now:
            return None
        return Before(doubted[0], answer=True)

    def taken(self, digest: bytes, id: UUID) -> None:
        """A message is being kept; of the same one there is none, or one that is answered again."""
        self._open[digest] = id
        self._doubted.pop(digest, None)

    def dropped(self, digest: bytes) -> None:
        """It could not be kept: the centre was told so."""
        self._open.pop(digest, None)

    def answered(self, digest: bytes, now: float) -> None:
        """It needs no answer any more."""
        first = self._open.pop(digest, None)
        if first is not None:
            self._answered[digest] = first
            self._order.append((now, digest))
        self._forget(now)

    def broken(self, now: float) -> None:
        """The connection has ended: of what was answered lately our yes may be lost."""
        self._forget(now)
        for _at, digest in self._order:
            first = self._answered.pop(digest, None)
            if first is not None:
                self._doubted[digest] = (first, now + DOUBTED_S)
        self._order.clear()
        self._doubted = {key: one for key, one in self._doubted.items() if one[1] > now}

    def recalled(self, digest: bytes, id: UUID, *, answered: bool, now: float) -> None:
        """A process before this one had taken it."""
        if answered:
            self._doubted[digest] = (id, now + DOUBTED_S)
        else:
            self._open[digest] = id

    def _forget(self, now: float) -> None:
        while self._order and self._order[0][0] <= now - LATELY_S:
            self._answered.pop(self._order.popleft()[1], None)
