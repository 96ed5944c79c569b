"""
Delivery receipts: what became of a message that was submitted.

The specification leaves the text to the vendor and shows one (appendix B): "id:… sub:… dlvrd:…
submit date:… done date:… stat:… err:… text:…". All write it, each a little otherwise; so it is read
leniently, and the optional parameters receipted_message_id, message_state and network_error_code
count for more where they are.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from typing import Final

from qudao.platform.smpp.codes import Tag
from qudao.platform.smpp.parts import carried
from qudao.platform.smpp.pdu import DataSm, DeliverSm

_TYPES: Final = frozenset({0x04, 0x20})
"""esm_class, bits 5 to 2: a receipt, and word of what goes on (5.2.12)."""


class MessageState(IntEnum):
    """Where a message is (5.2.28)."""

    ENROUTE = 1
    DELIVERED = 2
    EXPIRED = 3
    DELETED = 4
    UNDELIVERABLE = 5
    ACCEPTED = 6
    UNKNOWN = 7
    REJECTED = 8


_STATES: Final = {
    "ENRO": MessageState.ENROUTE,
    "DELI": MessageState.DELIVERED,
    "EXPI": MessageState.EXPIRED,
    "DELE": MessageState.DELETED,
    "UNDE": MessageState.UNDELIVERABLE,
    "ACCE": MessageState.ACCEPTED,
    "UNKN": MessageState.UNKNOWN,
    "REJE": MessageState.REJECTED,
}
"""By the beginning of `stat`: DELIVRD, DELIVERED, UNDELIV, …"""

_FIELDS: Final = re.compile(
    r"\b(id|sub|dlvrd|submit[ _]?date|done[ _]?date|stat|err) ?: ?([^\s:]*)(?=\s|$)", re.IGNORECASE
)
_TEXT: Final = re.compile(r"\btext ?:", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a message."""

    message_id: str
    """as the receipt writes it; "" if it does not. Some centres write the id of submit_sm_resp in
    hexadecimal and that of the receipt in decimal digits."""
    state: MessageState
    error: str = ""
    """the vendor's or the network's number"""
    submitted: datetime | None = None
    """by the centre's clock, which does not tell its zone; so is `done`"""
    done: datetime | None = None
    text: str = ""
    """the beginning of the message, if the centre repeats it"""

    @property
    def final(self) -> bool:
        """Whether nothing more will come."""
        return self.state not in (MessageState.ENROUTE, MessageState.ACCEPTED)


def receipt(pdu: DeliverSm | DataSm) -> Receipt | None:
    """Return the receipt that a message is; None if it is none."""
    message_id = pdu.text(Tag.RECEIPTED_MESSAGE_ID)
    state = pdu.number(Tag.MESSAGE_STATE)
    if pdu.esm_class & 0x3C not in _TYPES and (message_id is None or state is None):
        return None
    there = carried(pdu)
    said = there.text()
    if said is None:
        said = there.segment.octets.decode("latin-1")
    cut = _TEXT.search(said)
    head, text = (said, "") if cut is None else (said[: cut.start()], said[cut.end() :])
    fields = {
        name.lower().replace("_", "").replace(" ", ""): value
        for name, value in _FIELDS.findall(head)
    }
    # An octet that says which network, and two of its number (5.3.2.31).
    code = pdu.octets(Tag.NETWORK_ERROR_CODE) or b""
    network = str(int.from_bytes(code[1:], "big")) if len(code) == 3 else None
    return Receipt(
        message_id=message_id or fields.get("id", ""),
        state=_state(state, fields.get("stat", "")),
        error=fields.get("err", "") if network is None else network,
        submitted=_moment(fields.get("submitdate", "")),
        done=_moment(fields.get("donedate", "")),
        text=text.strip(),
    )


def _state(number: int | None, stat: str) -> MessageState:
    if number is not None and 1 <= number <= MessageState.REJECTED:
        return MessageState(number)
    return _STATES.get(stat[:4].upper(), MessageState.UNKNOWN)


def _moment(digits: str) -> datetime | None:
    """Read YYMMDDhhmm, with or without seconds or a century; what is no date is none."""
    form = {10: "%y%m%d%H%M", 12: "%y%m%d%H%M%S", 14: "%Y%m%d%H%M%S"}.get(len(digits))
    if form is None or not digits.isascii() or not digits.isdigit():
        return None
    try:
        return datetime.strptime(digits, form)
    except ValueError:
        return None
