"""
PDUs to octets and back, and the stream of octets cut into PDUs.

`decode(encode(pdu)) == pdu`. Reading is lenient: see `fields`; and what is missing at the end has
its default. Writing is strict: what the specification does not allow is a ValueError.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Any, Final

from qudao.platform.smpp.codes import RESPONSE, Status
from qudao.platform.smpp.fields import ProtocolError, read_tlvs, write_tlvs
from qudao.platform.smpp.pdu import PDUS, GenericNack, Pdu

HEADER: Final = 16
LARGEST: Final = 80 << 10
"""Octets of a PDU: room for a message_payload of 64 KiB and the rest."""
READ_OCTETS: Final = 64 << 10
"""Octets that are read at once."""

_HEADER: Final = struct.Struct(">IIII")


def encode(pdu: Pdu, sequence: int | None = None) -> bytes:
    """
    Return the octets of a PDU, under another sequence number if one is given.

    :raises ValueError: if a field does not keep to the specification; says which.
    """
    sequence = pdu.sequence if sequence is None else sequence
    written = [b""]
    # "The body is not returned if the status is not zero" (4.4.2), unless there is something in it.
    if not (pdu.status and pdu.command & RESPONSE and _says_nothing(pdu)):
        for name, field in pdu.layout:
            try:
                written.append(field.write(getattr(pdu, name)))
            except ValueError as e:
                raise ValueError(f"{pdu.command.name.lower()}.{name}: {e}") from None
    if pdu.tlvs:
        written.append(write_tlvs(pdu.tlvs))
    length = HEADER + sum(map(len, written))
    if length > LARGEST:
        raise ValueError(f"{pdu.command.name.lower()}: {length} octets, at most {LARGEST}")
    written[0] = _HEADER.pack(length, pdu.command, pdu.status, sequence)
    return b"".join(written)


def decode(octets: bytes) -> Pdu:
    """
    Return the PDU that octets, from its length to its end, are.

    :raises ProtocolError: if they are none; with command and sequence if there are so many.
    """
    if len(octets) < HEADER:
        raise ProtocolError(Status.RINVCMDLEN, f"{len(octets)} octets are no header", fatal=True)
    length, command, status, sequence = _HEADER.unpack_from(octets)
    try:
        if length != len(octets):
            raise ProtocolError(
                Status.RINVCMDLEN, f"command_length says {length}, it is {len(octets)}"
            )
        cls = PDUS.get(command)
        if cls is None:
            raise ProtocolError(Status.RINVCMDID, f"unknown command 0x{command:08X}")
        values: dict[str, Any] = {}
        at = HEADER
        for name, field in cls.layout:
            if at >= length:
                break
            try:
                values[name], at = field.read(octets, at)
            except ProtocolError as e:
                raise ProtocolError(
                    e.status, f"{cls.command.name.lower()}.{name}: {e.what}"
                ) from None
        if at < length:
            values["tlvs"] = read_tlvs(octets, at)
    except ProtocolError as e:
        e.command, e.sequence = command, sequence
        raise
    return cls(status=status, sequence=sequence, **values)


class Frames:
    """
    Cuts a stream into PDUs. Iterate after each `feed`: gives each PDU's octets once it is whole.

    Keeps less than one PDU (`largest` octets) and what was fed last.
    """

    def __init__(self, largest: int = LARGEST) -> None:
        self._largest = largest
        self._kept = bytearray()

    def __len__(self) -> int:
        return len(self._kept)

    def feed(self, octets: bytes) -> None:
        self._kept += octets

    def __iter__(self) -> Iterator[bytes]:
        """:raises ProtocolError: a fatal one, at a length that cannot be one."""
        kept, at = self._kept, 0
        try:
            while len(kept) - at >= HEADER:
                length, command, _, sequence = _HEADER.unpack_from(kept, at)
                if not HEADER <= length <= self._largest:
                    raise ProtocolError(
                        Status.RINVCMDLEN,
                        f"command_length is {length}, not {HEADER} to {self._largest}",
                        command=command,
                        sequence=sequence,
                        fatal=True,
                    )
                if len(kept) - at < length:
                    return
                whole = bytes(kept[at : at + length])
                at += length
                yield whole
        finally:
            del kept[:at]


def reply(request: Pdu, status: int = Status.ROK, **values: Any) -> Pdu:
    """
    Return the answer to a request: its response with these fields, a generic_nack if it has none.

    :raises TypeError: if the response has no such field.
    """
    cls = PDUS.get(request.command | RESPONSE)
    if cls is None:
        return GenericNack(status=status or Status.RINVCMDID, sequence=request.sequence)
    return cls(status=status, sequence=request.sequence, **values)


def _says_nothing(pdu: Pdu) -> bool:
    return not any(getattr(pdu, name) for name, _ in pdu.layout) and not pdu.tlvs
