"""
The PDUs of a session. `wire` makes octets of them, and them of octets.

Each is a header (`status`, `sequence`), the fields that it declares, in their order, and optional
parameters (`tlvs`), which are kept as they came: exact, in their order, unknown and repeated too.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, fields
from typing import Annotated, ClassVar, Final, TypeVar, get_type_hints

from qudao.platform.smpp.codes import Command
from qudao.platform.smpp.fields import (
    Destination,
    Destinations,
    DistributionList,
    Field,
    Message,
    Moment,
    Number,
    Text,
    Tlv,
    Unsuccess,
    Unsuccesses,
)

Octet = Annotated[int, Number(1)]
Service = Annotated[str, Text(6)]
Addr = Annotated[str, Text(21)]
LongAddr = Annotated[str, Text(65)]
MessageId = Annotated[str, Text(65)]
When = Annotated[str, Moment()]
Octets = Annotated[bytes, Message()]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pdu:
    """What all have. `sequence` is given by the session that sends it."""

    command: ClassVar[Command]
    layout: ClassVar[tuple[tuple[str, Field], ...]] = ()

    status: int = 0
    sequence: int = 0
    tlvs: tuple[Tlv, ...] = ()

    def octets(self, tag: int) -> bytes | None:
        """Return the value of an optional parameter, the first if it is repeated."""
        for found, value in self.tlvs:
            if found == tag:
                return value
        return None

    def number(self, tag: int) -> int | None:
        """Return an optional parameter as a number, of as many octets as came."""
        value = self.octets(tag)
        return None if value is None else int.from_bytes(value, "big")

    def text(self, tag: int) -> str | None:
        """Return an optional parameter as a text: Latin-1, up to a NUL."""
        value = self.octets(tag)
        return None if value is None else value.partition(b"\0")[0].decode("latin-1")


P = TypeVar("P", bound=Pdu)

PDUS: Final[dict[int, type[Pdu]]] = {}
"""By command."""


def _wired(command: Command) -> Callable[[type[P]], type[P]]:
    """Tell a PDU its command; its fields follow each other on the wire as they are declared."""

    def wire(cls: type[P]) -> type[P]:
        hints = get_type_hints(cls, include_extras=True)
        cls.command = command
        cls.layout = tuple(
            (one.name, hints[one.name].__metadata__[0])
            for one in fields(cls)
            if hasattr(hints[one.name], "__metadata__")
        )
        PDUS[command] = cls
        return cls

    return wire


@dataclass(frozen=True, slots=True, kw_only=True)
class Bind(Pdu):
    """An ESME asks to be bound."""

    system_id: Annotated[str, Text(16)] = ""
    password: Annotated[str, Text(9)] = field(default="", repr=False)
    system_type: Annotated[str, Text(13)] = ""
    interface_version: Octet = 0x34
    addr_ton: Octet = 0
    addr_npi: Octet = 0
    address_range: Annotated[str, Text(41)] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BindResp(Pdu):
    """The SMSC says whether, and who it is."""

    system_id: Annotated[str, Text(16)] = ""


@_wired(Command.BIND_RECEIVER)
@dataclass(frozen=True, slots=True, kw_only=True)
class BindReceiver(Bind):
    pass


@_wired(Command.BIND_RECEIVER_RESP)
@dataclass(frozen=True, slots=True, kw_only=True)
class BindReceiverResp(BindResp):
    pass


@_wired(Command.BIND_TRANSMITTER)
@dataclass(frozen=True, slots=True, kw_only=True)
class BindTransmitter(Bind):
    pass


@_wired(Command.BIND_TRANSMITTER_RESP)
@dataclass(frozen=True, slots=True, kw_only=True)
class BindTransmitterResp(BindResp):
    pass


@_wired(Command.BIND_TRANSCEIVER)
@dataclass(frozen=True, slots=True, kw_only=True)
class BindTransceiver(Bind):
    pass


@_wired(Command.BIND_TRANSCEIVER_RESP)
@dataclass(frozen=True, slots=True, kw_only=True)
class BindTransceiverResp(BindResp):
    pass


@_wired(Command.OUTBIND)
@dataclass(frozen=True, slots=True, kw_only=True)
class Outbind(Pdu):
    system_id: Annotated[str, Text(16)] = ""
    password: Annotated[str, Text(9)] = field(default="", repr=False)


@_wired(Command.UNBIND)
@dataclass(frozen=True, slots=True, kw_only=True)
class Unbind(Pdu):
    pass


@_wired(Command.UNBIND_RESP)
@dataclass(frozen=True, slots=True, kw_only=True)
class UnbindResp(Pdu):
    pass


@_wired(Command.ENQUIRE_LINK)
@dataclass(frozen=True, slots=True, kw_only=True)
class EnquireLink(Pdu):
    pass


@_wired(Command.ENQUIRE_LINK_RESP)
@dataclass(frozen=True, slots=True, kw_only=True)
class EnquireLinkResp(Pdu):
    pass


@_wired(Command.GENERIC_NACK)
@dataclass(frozen=True, slots=True, kw_only=True)
class GenericNack(Pdu):
    """What came was not understood."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShortMessage(Pdu):
    """What a submit_sm and a deliver_sm have in common."""

    service_type: Service = ""
    source_addr_ton: Octet = 0
    source_addr_npi: Octet = 0
    source_addr: Addr = ""
    dest_addr_ton: Octet = 0
    dest_addr_npi: Octet = 0
    destination_addr: Addr = ""
    esm_class: Octet = 0
    protocol_id: Octet = 0
    priority_flag: Octet = 0
    schedule_delivery_time: When = ""
    validity_period: When = ""
    registered_delivery: Octet = 0
    replace_if_present_flag: Octet = 0
    data_coding: Octet = 0
    sm_default_msg_id: Octet = 0
    short_message: Octets = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageResp(Pdu):
    """The message was taken, and is known by this id."""

    message_id: MessageId = ""


@_wired(Command.SUBMIT_SM)
@dataclass(frozen=True, slots=True, kw_only=True)
class SubmitSm(ShortMessage):
    pass


@_wired(Command.SUBMIT_SM_RESP)
@dataclass(frozen=True, slots=True, kw_only=True)
class SubmitSmResp(MessageResp):
    pass


@_wired(Command.DELIVER_SM)
@dataclass(frozen=True, slots=True, kw_only=True)
class DeliverSm(ShortMessage):
    pass


@_wired(Command.DELIVER_SM_RESP)
@dataclass(frozen=True, slots=True, kw_only=True)
class DeliverSmResp(MessageResp):
    """The id is not used."""


@_wired(Command.SUBMIT_MULTI)
@dataclass(frozen=True, slots=True, kw_only=True)
class SubmitMulti(Pdu):
    service_type: Service = ""
    source_addr_ton: Octet = 0
    source_addr_npi: Octet = 0
    source_addr: Addr = ""
    destinations: Annotated[tuple[Destination | DistributionList, ...], Destinations()] = ()
    esm_class: Octet = 0
    protocol_id: Octet = 0
    priority_flag: Octet = 0
    schedule_delivery_time: When = ""
    validity_period: When = ""
    registered_delivery: Octet = 0
    replace_if_present_flag: Octet = 0
    data_coding: Octet = 0
    sm_default_msg_id: Octet = 0
    short_message: Octets = b""


@_wired(Command.SUBMIT_MULTI_RESP)
@dataclass(frozen=True, slots=True, kw_only=True)
class SubmitMultiResp(Pdu):
    message_id: MessageId = ""
    unsuccesses: Annotated[tuple[Unsuccess, ...], Unsuccesses()] = ()


@_wired(Command.DATA_SM)
@dataclass(frozen=True, slots=True, kw_only=True)
class DataSm(Pdu):
    """Its text is in the parameter message_payload."""

    service_type: Service = ""
    source_addr_ton: Octet = 0
    source_addr_npi: Octet = 0
    source_addr: LongAddr = ""
    dest_addr_ton: Octet = 0
    dest_addr_npi: Octet = 0
    destination_addr: LongAddr = ""
    esm_class: Octet = 0
    registered_delivery: Octet = 0
    data_coding: Octet = 0


@_wired(Command.DATA_SM_RESP)
@dataclass(frozen=True, slots=True, kw_only=True)
class DataSmResp(MessageResp):
    pass


@_wired(Command.QUERY_SM)
@dataclass(frozen=True, slots=True, kw_only=True)
class QuerySm(Pdu):
    message_id: MessageId = ""
    source_addr_ton: Octet = 0
    source_addr_npi: Octet = 0
    source_addr: Addr = ""


@_wired(Command.QUERY_SM_RESP)
@dataclass(frozen=True, slots=True, kw_only=True)
class QuerySmResp(Pdu):
    message_id: MessageId = ""
    final_date: When = ""
    message_state: Octet = 0
    error_code: Octet = 0


@_wired(Command.CANCEL_SM)
@dataclass(frozen=True, slots=True, kw_only=True)
class CancelSm(Pdu):
    service_type: Service = ""
    message_id: MessageId = ""
    source_addr_ton: Octet = 0
    source_addr_npi: Octet = 0
    source_addr: Addr = ""
    dest_addr_ton: Octet = 0
    dest_addr_npi: Octet = 0
    destination_addr: Addr = ""


@_wired(Command.CANCEL_SM_RESP)
@dataclass(frozen=True, slots=True, kw_only=True)
class CancelSmResp(Pdu):
    pass


@_wired(Command.REPLACE_SM)
@dataclass(frozen=True, slots=True, kw_only=True)
class ReplaceSm(Pdu):
    message_id: MessageId = ""
    source_addr_ton: Octet = 0
    source_addr_npi: Octet = 0
    source_addr: Addr = ""
    schedule_delivery_time: When = ""
    validity_period: When = ""
    registered_delivery: Octet = 0
    sm_default_msg_id: Octet = 0
    short_message: Octets = b""


@_wired(Command.REPLACE_SM_RESP)
@dataclass(frozen=True, slots=True, kw_only=True)
class ReplaceSmResp(Pdu):
    pass


@_wired(Command.ALERT_NOTIFICATION)
@dataclass(frozen=True, slots=True, kw_only=True)
class AlertNotification(Pdu):
    """A phone can be reached again. It is not answered."""

    source_addr_ton: Octet = 0
    source_addr_npi: Octet = 0
    source_addr: LongAddr = ""
    esme_addr_ton: Octet = 0
    esme_addr_npi: Octet = 0
    esme_addr: LongAddr = ""
