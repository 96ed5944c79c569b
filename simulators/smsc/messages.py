"""Messages on their way through the centre, and the receipts that tell of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal

from simulators.smsc import alphabet
from simulators.smsc.outbox import Outbox
from simulators.smsc.parts import part_of
from simulators.smsc.pdus import Body, Parameters, Pdu, Tag

State = Literal["ENROUTE", "DELIVRD", "EXPIRED", "DELETED", "UNDELIV"]
STATES: Final[dict[State, int]] = {
    "ENROUTE": 1,
    "DELIVRD": 2,
    "EXPIRED": 3,
    "DELETED": 4,
    "UNDELIV": 5,
}
_ERRORS: Final[dict[State, int]] = {"EXPIRED": 27, "DELETED": 0, "UNDELIV": 1}
"""Errors of the mobile network (3GPP TS 29.002): absent subscriber, unknown subscriber."""

RECEIPT: Final = 0x04
"""esm_class of a delivery receipt."""


@dataclass(slots=True, eq=False)
class Message:
    """From an application to a phone."""

    number: int
    """From 1, rising over all of them."""
    message_id: str
    outbox: Outbox
    pdu: Pdu
    destination: str
    at: datetime
    valid_s: float
    state: State = "ENROUTE"
    done_at: datetime | None = None

    @property
    def error(self) -> int:
        return _ERRORS.get(self.state, 0)

    @property
    def wants_receipt(self) -> bool:
        """Whether this end of it is to be reported (5.2.17)."""
        wanted = self.pdu.body.get("registered_delivery", 0) & 0x03
        return wanted == 1 or (wanted == 2 and self.state != "DELIVRD")

    def shown(self) -> dict[str, object]:
        """As the back door tells it."""
        body = {
            name: value.hex() if isinstance(value, bytes) else value
            for name, value in self.pdu.body.items()
        }
        _, octets = part_of(self.pdu)
        return {
            "number": self.number,
            "message_id": self.message_id,
            "system_id": self.outbox.account.system_id,
            "command": self.pdu.command,
            "destination": self.destination,
            "state": self.state,
            "text": alphabet.decode(octets, self.pdu.body["data_coding"]),
            "body": body,
            "parameters": [[f"{tag:#06x}", octets.hex()] for tag, octets in self.pdu.parameters],
        }


def receipt(message: Message) -> tuple[Body, Parameters]:
    """Appendix B's text, and the same in optional parameters."""
    body = message.pdu.body
    done = message.done_at or message.at
    _, octets = part_of(message.pdu)
    delivered = message.state == "DELIVRD"
    # The text is for people; what one octet a character cannot say is left out.
    text = alphabet.decode(octets[:40], body["data_coding"])[:20]
    told = (
        f"id:{message.message_id} sub:001 dlvrd:{delivered:03d}"
        f" submit date:{message.at:%y%m%d%H%M} done date:{done:%y%m%d%H%M}"
        f" stat:{message.state} err:{message.error:03d} Text:"
    )
    return (
        {
            "service_type": body.get("service_type", ""),
            "source_addr_ton": body.get("dest_addr_ton", 0),
            "source_addr_npi": body.get("dest_addr_npi", 0),
            "source_addr": message.destination,
            "dest_addr_ton": body.get("source_addr_ton", 0),
            "dest_addr_npi": body.get("source_addr_npi", 0),
            "destination_addr": body.get("source_addr", ""),
            "esm_class": RECEIPT,
            "short_message": told.encode() + text.encode("ascii", "ignore"),
        },
        [
            (Tag.RECEIPTED_MESSAGE_ID, message.message_id.encode() + b"\0"),
            (Tag.MESSAGE_STATE, bytes([STATES[message.state]])),
            (Tag.NETWORK_ERROR_CODE, bytes([3]) + message.error.to_bytes(2, "big")),
        ],
    )


@dataclass(slots=True, eq=False)
class Sent:
    """From a phone to an application."""

    message_id: int
    sender: str
    to: str
    parts: int
    statuses: list[int] = field(default_factory=list)
    """Of the parts that were answered for good; 0: taken."""

    @property
    def state(self) -> Literal["waiting", "taken", "refused"]:
        if len(self.statuses) < self.parts:
            return "waiting"
        return "refused" if any(self.statuses) else "taken"

    def shown(self) -> dict[str, object]:
        """As the back door tells it."""
        return {
            "id": self.message_id,
            "from": self.sender,
            "to": self.to,
            "parts": self.parts,
            "state": self.state,
            "statuses": self.statuses,
        }
