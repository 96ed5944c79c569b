"""What lines and those who use them say to each other."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from qudao.platform.cmpp.parts import GB
from qudao.platform.shortmessages.config import Link
from qudao.platform.smpp.texts import Coding, Segment, decode


class Later(Exception):
    """There is no room for a message now: the centre is to send it again."""


class NotTaken(Exception):
    """The centre's no to a text; the message says its status."""


@dataclass(frozen=True, slots=True)
class Address:
    """A number as the centre writes it."""

    number: str
    ton: int = 0
    npi: int = 0


@dataclass(frozen=True, slots=True)
class Part:
    """A message of a phone, or a part of one."""

    sender: Address
    recipient: Address
    coding: str
    """For `text_of`; empty for octets that are no text."""
    segment: Segment
    id: str = ""
    """The centre's own, the same when it sends it again; empty where it has none."""
    tag: str = ""
    """What goes back with the answer."""
    automatic: bool = False
    """A phone or a machine sent it by itself: nobody waits for an answer."""


def text_of(coding: str, octets: bytes) -> str | None:
    """Return the text of octets; None for what is no text. What cannot be read is U+FFFD."""
    if not coding:
        return None
    return octets.decode(GB, "replace") if coding == GB else decode(octets, Coding[coding])


Taken = Callable[[Part], Awaitable[None]]
"""
Gets each part, and returns when it is kept: then the centre is told that it need not send it again.

:raises Later: if there is no room; whatever else is raised is a temporary no as well.
"""
Reported = Callable[[str, bool], None]
"""Gets what became of a message of ours, by the centre's word for it, and whether that is final."""


class Line(Protocol):
    """A link to a centre, in the event loop in which it was opened."""

    @property
    def link(self) -> Link:
        """What it was made of."""

    @property
    def up(self) -> bool:
        """Whether messages come and go now."""

    @property
    def reason(self) -> str:
        """Why it is not up, or was not the last time."""

    @property
    def era(self) -> int:
        """How often it was connected: what came in an earlier one may come again."""

    async def open(self) -> None:
        """Begin to stay connected."""

    async def close(self) -> None:
        """End in order, waiting for what is under way, and stay so."""

    async def say(
        self, text: str, *, to: Address, sender: Address, tag: str = "", wait_s: float = 0
    ) -> None:
        """
        Send a text, in as many parts as it takes; while not connected, wait for it for `wait_s`.

        :raises NotTaken: if the centre does not want it.
        :raises NotSent: if nothing was sent: it may be sent again.
        :raises Unanswered: if nobody knows whether all of it arrived.
        :raises ValueError: if it cannot be written, or is too long.
        """
