"""A line for each protocol."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from qudao.platform.shortmessages.cmpp import CmppLine
from qudao.platform.shortmessages.config import Link, SmppLink
from qudao.platform.shortmessages.smpp import SmppLine
from qudao.platform.shortmessages.types import Line, Reported, Taken


def line_of(link: Link, taken: Taken, reported: Reported, clock: Callable[[], datetime]) -> Line:
    """
    Return the line of a link, not opened yet.

    `clock` gives the time in the zone of the centre.

    :raises ValueError: if the link says what the protocol cannot.
    """
    if isinstance(link, SmppLink):
        return SmppLine(link, taken, reported)
    return CmppLine(link, taken, reported, clock)
