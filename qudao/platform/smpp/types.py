"""What a session is told, what it counts, and how it fails."""

from __future__ import annotations

import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

from qudao.platform.smpp.codes import Command, status_name
from qudao.platform.smpp.pdu import Bind, BindReceiver, BindTransceiver, BindTransmitter, Pdu


class Side(Enum):
    """Who we are."""

    ESME = "esme"
    SMSC = "smsc"

    @property
    def other(self) -> Side:
        return Side.ESME if self is Side.SMSC else Side.SMSC


class Mode(Enum):
    """Which way messages go: to the ESME, from it, or both."""

    RECEIVER = BindReceiver
    TRANSMITTER = BindTransmitter
    TRANSCEIVER = BindTransceiver


_FROM_ESME: Final = frozenset(
    {
        Command.SUBMIT_SM,
        Command.SUBMIT_MULTI,
        Command.DATA_SM,
        Command.QUERY_SM,
        Command.CANCEL_SM,
        Command.REPLACE_SM,
    }
)
_FROM_SMSC: Final = frozenset({Command.DELIVER_SM, Command.DATA_SM, Command.ALERT_NOTIFICATION})


def may_send(command: Command, side: Side, bound: Mode | None) -> bool:
    """Return whether a side may send a request in a session so bound (2.3, table 2-1)."""
    if side is Side.ESME:
        return bound in (Mode.TRANSMITTER, Mode.TRANSCEIVER) and command in _FROM_ESME
    return bound in (Mode.RECEIVER, Mode.TRANSCEIVER) and command in _FROM_SMSC


@dataclass(frozen=True, slots=True)
class Binding:
    """Where and as whom an ESME binds."""

    host: str
    port: int
    system_id: str
    password: str = field(repr=False)
    mode: Mode = Mode.TRANSCEIVER
    system_type: str = ""
    addr_ton: int = 0
    addr_npi: int = 0
    address_range: str = ""
    tls: ssl.SSLContext | None = None

    def pdu(self) -> Bind:
        """Return the request to be bound."""
        cls: type[Bind] = self.mode.value
        return cls(
            system_id=self.system_id,
            password=self.password,
            system_type=self.system_type,
            addr_ton=self.addr_ton,
            addr_npi=self.addr_npi,
            address_range=self.address_range,
        )


@dataclass(frozen=True, slots=True)
class Limits:
    """How much at once, and how long."""

    window: int = 10
    """requests of ours without an answer; who wants to send more waits"""
    handling: int = 64
    """requests of theirs that are handled at once"""
    waiting: int = 1_000
    """requests of theirs that wait for that; more are refused for now"""
    waiting_octets: int = 4 << 20
    unread_octets: int = 1 << 20
    """what they have not taken from us; with more, nothing more is read from them"""
    bind_s: float = 10.0
    """to connect, and to be bound"""
    response_s: float = 10.0
    """for an answer; for an orderly end"""
    enquire_s: float = 30.0
    """after so long without a word they are asked whether they live"""
    repeat_s: float = 60.0
    """a message that came too early for them is sent again for so long"""


@dataclass(slots=True)
class Counts:
    """What has happened, for metrics."""

    sent: int = 0
    """requests of ours"""
    received: int = 0
    """requests of theirs"""
    failed: int = 0
    """of those, what our handler failed at"""
    turned_away: int = 0
    """of those, what there was no room for"""
    throttled: int = 0
    """of ours, what came too early for them"""
    unanswered: int = 0
    """of ours"""
    late: int = 0
    """answers that nobody waited for"""
    bad: int = 0
    """PDUs that were none"""


Handler = Callable[[Pdu], Awaitable[Pdu | None]]
"""
Takes a request of the other side; it is answered when this has returned, so keep first what must
not be lost. Returns the answer, None for a plain yes; raises Refused to give another status.
"""


class Refused(Exception):
    """A handler's no: the status goes into the answer."""

    def __init__(self, status: int) -> None:
        super().__init__(status_name(status))
        self.status = status


class NotSent(Exception):
    """Nothing was sent: it may be sent again."""


class BindRefused(NotSent):
    """The SMSC does not let us in."""

    def __init__(self, status: int) -> None:
        super().__init__(f"the bind was refused: {status_name(status)}")
        self.status = status


class Unanswered(Exception):
    """It was sent, and no answer came that could be read: nobody knows whether it arrived."""


class Nacked(Exception):
    """It was sent, and was not understood."""

    def __init__(self, status: int) -> None:
        super().__init__(f"generic_nack: {status_name(status)}")
        self.status = status
