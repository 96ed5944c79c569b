"""What a session is told and what it counts."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How much, how long and how often; where the specification names values, they are these."""

    window: int = 16
    """Requests of ours without an answer; who wants to send more waits."""
    response_s: float = 60.0
    """T: so long an answer may take."""
    attempts: int = 3
    """N: so often a request is sent in all."""
    test_every_s: float = 180.0
    """C: after so long a silence the other side is asked whether it is there."""
    connect_s: float = 10.0
    """To connect, and to be let in."""
    handlers: int = 64
    """Requests of theirs in our hands at once; more than a window, for some know no window."""
    room_s: float = 1.0
    """So long a request beyond these waits before it is refused."""
    throttled_s: float = 60.0
    """A message that is refused as too much is sent again for so long."""
    unread_octets: int = 1 << 20
    """What they have not taken from us; with more, nothing more is read from them."""


@dataclass(slots=True)
class Counts:
    """What has happened, for measurements."""

    sent: int = 0
    """Messages of any kind that were written, repetitions with them."""
    received: int = 0
    repeated: int = 0
    """Requests of ours that were sent again."""
    throttled: int = 0
    """Messages of ours that were refused as too much."""
    refused: int = 0
    """Messages of theirs that were refused as too much."""
    failed: int = 0
    """Requests of theirs at which our handler failed."""
    ill: int = 0
    """Messages of theirs that could not be read."""
    strays: int = 0
    """Answers to what was not asked, or not any more."""
