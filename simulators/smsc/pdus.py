"""
SMPP 3.4 protocol data units: octets to fields and back.

A body is a dict of what the specification's tables name, in their order; optional parameters stay
the octets that they are, in the order in which they came. Decoding is strict, as a centre's is:
what is wrong is a `Bad` with the status that answers it.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any, Final

HEADER: Final = struct.Struct(">IIII")
LONGEST: Final = 70_000
"""Octets of one PDU: a `message_payload` has at most 65,535."""
RESPONSE: Final = 0x8000_0000


class Command(IntEnum):
    BIND_RECEIVER = 0x01
    BIND_TRANSMITTER = 0x02
    QUERY_SM = 0x03
    SUBMIT_SM = 0x04
    DELIVER_SM = 0x05
    UNBIND = 0x06
    REPLACE_SM = 0x07
    CANCEL_SM = 0x08
    BIND_TRANSCEIVER = 0x09
    OUTBIND = 0x0B
    ENQUIRE_LINK = 0x15
    SUBMIT_MULTI = 0x21
    ALERT_NOTIFICATION = 0x102
    DATA_SM = 0x103


GENERIC_NACK: Final = 0x8000_0000


class Status(IntEnum):
    """Table 5-2, as far as a centre says it."""

    OK = 0x00
    INVALID_MESSAGE_LENGTH = 0x01
    INVALID_COMMAND_LENGTH = 0x02
    INVALID_COMMAND_ID = 0x03
    INVALID_BIND_STATUS = 0x04
    ALREADY_BOUND = 0x05
    SYSTEM_ERROR = 0x08
    INVALID_SOURCE = 0x0A
    INVALID_DESTINATION = 0x0B
    INVALID_MESSAGE_ID = 0x0C
    BIND_FAILED = 0x0D
    INVALID_PASSWORD = 0x0E
    INVALID_SYSTEM_ID = 0x0F
    CANCEL_FAILED = 0x11
    REPLACE_FAILED = 0x13
    QUEUE_FULL = 0x14
    SUBMIT_FAILED = 0x45
    THROTTLED = 0x58
    INVALID_SCHEDULED_TIME = 0x61
    INVALID_EXPIRY_TIME = 0x62
    RECEIVER_TEMPORARY_ERROR = 0x64
    RECEIVER_PERMANENT_ERROR = 0x65
    RECEIVER_REJECTS = 0x66
    QUERY_FAILED = 0x67
    INVALID_PARAMETER_LENGTH = 0xC2


class Tag(IntEnum):
    """Optional parameters that a centre reads or writes itself (5.3.2)."""

    RECEIPTED_MESSAGE_ID = 0x001E
    USER_MESSAGE_REFERENCE = 0x0204
    SAR_REFERENCE = 0x020C
    SAR_TOTAL = 0x020E
    SAR_NUMBER = 0x020F
    SC_INTERFACE_VERSION = 0x0210
    NETWORK_ERROR_CODE = 0x0423
    MESSAGE_PAYLOAD = 0x0424
    MESSAGE_STATE = 0x0427
    USSD_SERVICE_OP = 0x0501
    ITS_SESSION_INFO = 0x1383


class Bad(Exception):
    """What came is not as the specification says."""

    def __init__(self, status: Status, reason: str) -> None:
        super().__init__(reason)
        self.status = status


Body = dict[str, Any]
Parameters = list[tuple[int, bytes]]


@dataclass(slots=True)
class Pdu:
    command: int
    sequence: int
    status: int = 0
    body: Body = field(default_factory=dict)
    parameters: Parameters = field(default_factory=list)

    def parameter(self, tag: int) -> bytes | None:
        """The first optional parameter of this tag."""
        return next((value for each, value in self.parameters if each == tag), None)

    @property
    def octets(self) -> bytes:
        """The message, wherever it is."""
        payload = self.parameter(Tag.MESSAGE_PAYLOAD)
        message: bytes = self.body.get("short_message", b"")
        return payload if payload is not None and not message else message


OCTET: Final = 0
MESSAGE: Final = -1
DESTINATIONS: Final = -2
Layout = tuple[tuple[str, int], ...]
"""Names with the longest C-octet string (its NUL included), or one of the three above."""

_BIND: Final[Layout] = (
    ("system_id", 16),
    ("password", 9),
    ("system_type", 13),
    ("interface_version", OCTET),
    ("addr_ton", OCTET),
    ("addr_npi", OCTET),
    ("address_range", 41),
)
_SOURCE: Final[Layout] = (
    ("source_addr_ton", OCTET),
    ("source_addr_npi", OCTET),
    ("source_addr", 21),
)
_TO: Final[Layout] = (("dest_addr_ton", OCTET), ("dest_addr_npi", OCTET), ("destination_addr", 21))
_TIMES: Final[Layout] = (("schedule_delivery_time", 17), ("validity_period", 17))
_DELIVERY: Final[Layout] = (
    ("esm_class", OCTET),
    ("protocol_id", OCTET),
    ("priority_flag", OCTET),
    *_TIMES,
    ("registered_delivery", OCTET),
    ("replace_if_present_flag", OCTET),
    ("data_coding", OCTET),
    ("sm_default_msg_id", OCTET),
    ("short_message", MESSAGE),
)
_MESSAGE: Final[Layout] = (("service_type", 6), *_SOURCE, *_TO, *_DELIVERY)
_ID: Final[Layout] = (("message_id", 65),)

LAYOUTS: Final[dict[int, Layout]] = {
    Command.BIND_RECEIVER: _BIND,
    Command.BIND_TRANSMITTER: _BIND,
    Command.BIND_TRANSCEIVER: _BIND,
    Command.BIND_RECEIVER | RESPONSE: (("system_id", 16),),
    Command.BIND_TRANSMITTER | RESPONSE: (("system_id", 16),),
    Command.BIND_TRANSCEIVER | RESPONSE: (("system_id", 16),),
    Command.OUTBIND: (("system_id", 16), ("password", 9)),
    Command.SUBMIT_SM: _MESSAGE,
    Command.DELIVER_SM: _MESSAGE,
    Command.SUBMIT_SM | RESPONSE: _ID,
    Command.DELIVER_SM | RESPONSE: _ID,
    Command.SUBMIT_MULTI: (
        ("service_type", 6),
        *_SOURCE,
        ("destinations", DESTINATIONS),
        *_DELIVERY,
    ),
    Command.SUBMIT_MULTI | RESPONSE: (*_ID, ("no_unsuccess", OCTET)),
    Command.DATA_SM: (
        ("service_type", 6),
        ("source_addr_ton", OCTET),
        ("source_addr_npi", OCTET),
        ("source_addr", 65),
        ("dest_addr_ton", OCTET),
        ("dest_addr_npi", OCTET),
        ("destination_addr", 65),
        ("esm_class", OCTET),
        ("registered_delivery", OCTET),
        ("data_coding", OCTET),
    ),
    Command.DATA_SM | RESPONSE: _ID,
    Command.QUERY_SM: (*_ID, *_SOURCE),
    Command.QUERY_SM | RESPONSE: (
        *_ID,
        ("final_date", 17),
        ("message_state", OCTET),
        ("error_code", OCTET),
    ),
    Command.CANCEL_SM: (("service_type", 6), *_ID, *_SOURCE, *_TO),
    Command.CANCEL_SM | RESPONSE: (),
    Command.REPLACE_SM: (
        *_ID,
        *_SOURCE,
        *_TIMES,
        ("registered_delivery", OCTET),
        ("sm_default_msg_id", OCTET),
        ("short_message", MESSAGE),
    ),
    Command.REPLACE_SM | RESPONSE: (),
    Command.UNBIND: (),
    Command.UNBIND | RESPONSE: (),
    Command.ENQUIRE_LINK: (),
    Command.ENQUIRE_LINK | RESPONSE: (),
    GENERIC_NACK: (),
}


def decode(octets: bytes) -> Pdu:
    """
    One whole PDU, header included.

    :raises Bad: if it is not as its layout says.
    """
    _, command, status, sequence = HEADER.unpack_from(octets)
    layout = LAYOUTS.get(command)
    if layout is None:
        raise Bad(Status.INVALID_COMMAND_ID, f"command {command:#x}")
    pdu = Pdu(command, sequence, status)
    if command & RESPONSE and len(octets) == HEADER.size:
        # A refusal has no body, and some leave out an empty id.
        return pdu
    at = HEADER.size
    try:
        for name, kind in layout:
            pdu.body[name], at = _read(octets, at, name, kind)
    except IndexError:
        raise Bad(Status.INVALID_COMMAND_LENGTH, "the body ends too early") from None
    while at < len(octets):
        if at + 4 > len(octets):
            raise Bad(Status.INVALID_PARAMETER_LENGTH, "an optional parameter is cut")
        tag, length = struct.unpack_from(">HH", octets, at)
        at += 4
        if at + length > len(octets):
            raise Bad(Status.INVALID_PARAMETER_LENGTH, f"optional parameter {tag:#06x} is cut")
        pdu.parameters.append((tag, octets[at : at + length]))
        at += length
    return pdu


def _read(octets: bytes, at: int, name: str, kind: int) -> tuple[Any, int]:
    if kind == OCTET:
        return octets[at], at + 1
    if kind == MESSAGE:
        end = at + 1 + octets[at]
        if end > len(octets):
            raise Bad(Status.INVALID_MESSAGE_LENGTH, "sm_length is more than there is")
        return octets[at + 1 : end], end
    if kind == DESTINATIONS:
        return _destinations(octets, at)
    end = octets.find(0, at, at + kind)
    if end < 0:
        raise Bad(Status.INVALID_COMMAND_LENGTH, f"{name} does not end")
    return octets[at:end].decode("latin-1"), end + 1


def _destinations(octets: bytes, at: int) -> tuple[list[str], int]:
    """Addresses (flag 1); a distribution list (flag 2) is none that this centre knows."""
    found: list[str] = []
    count, at = octets[at], at + 1
    for _ in range(count):
        flag, at = octets[at], at + 1
        if flag != 1:
            raise Bad(Status.INVALID_DESTINATION, "there are no distribution lists here")
        address, at = _read(octets, at + 2, "destination", 21)
        found.append(address)
    return found, at


def encode(pdu: Pdu) -> bytes:
    """Its octets. Lengths are not checked: a fault may want a string that is too long."""
    body = bytearray()
    layout = LAYOUTS[pdu.command]
    if pdu.command & RESPONSE and pdu.status:
        layout = ()
    for name, kind in layout:
        value = pdu.body.get(name)
        if kind == OCTET:
            body.append(value or 0)
        elif kind == MESSAGE:
            message: bytes = value or b""
            body.append(len(message))
            body += message
        else:
            body += (value or "").encode("latin-1") + b"\0"
    for tag, octets in pdu.parameters:
        body += struct.pack(">HH", tag, len(octets)) + octets
    return HEADER.pack(HEADER.size + len(body), pdu.command, pdu.status, pdu.sequence) + body


def answer(pdu: Pdu, status: int = Status.OK, **body: Any) -> Pdu:
    """The response to a request."""
    return Pdu(pdu.command | RESPONSE, pdu.sequence, status, body)
