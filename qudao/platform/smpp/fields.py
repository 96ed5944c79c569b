"""
What the fields of a PDU look like on the wire.

Reading is lenient where the meaning is plain: a text may be longer than the specification allows
(short-message centres send such service types), and its NUL may be missing at the end of the PDU.
Writing is strict.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, NamedTuple, Protocol

from qudao.platform.smpp.codes import TEXTS, WIDTHS, Status, Tag, status_name


class ProtocolError(Exception):
    """
    What came is not SMPP.

    `fatal` when nobody can say where the next PDU begins, so that the connection must end.
    `command` and `sequence` are those of the PDU, when they could be read.
    """

    def __init__(
        self,
        status: int,
        what: str,
        *,
        command: int = 0,
        sequence: int = 0,
        fatal: bool = False,
    ) -> None:
        super().__init__(f"{what} ({status_name(status)})")
        self.status = status
        self.what = what
        self.command = command
        self.sequence = sequence
        self.fatal = fatal


class Field(Protocol):
    """One kind of field."""

    def read(self, octets: bytes, at: int) -> tuple[Any, int]:
        """Return the value that begins at an octet, and where the next field begins."""

    def write(self, value: Any) -> bytes:
        """Return the octets of a value. :raises ValueError: if it does not fit."""


@dataclass(frozen=True, slots=True)
class Number:
    """An unsigned whole number, most significant octet first."""

    width: int

    def read(self, octets: bytes, at: int) -> tuple[int, int]:
        if self.width == 1:
            return octets[at], at + 1
        end = at + self.width
        if end > len(octets):
            raise ProtocolError(
                Status.RINVCMDLEN, f"{self.width} octets wanted, {max(0, len(octets) - at)} there"
            )
        return int.from_bytes(octets[at:end], "big"), end

    def write(self, value: int) -> bytes:
        try:
            return value.to_bytes(self.width, "big")
        except OverflowError:
            raise ValueError(f"{value} does not fit into {self.width} octets") from None


@dataclass(frozen=True, slots=True)
class Text:
    """Characters with a NUL at their end. `most` octets with it."""

    most: int

    def read(self, octets: bytes, at: int) -> tuple[str, int]:
        end = octets.find(0, at)
        if end < 0:
            end = len(octets)
        return octets[at:end].decode("latin-1"), end + 1

    def write(self, value: str) -> bytes:
        octets = value.encode("ascii")
        if len(octets) >= self.most:
            raise ValueError(f"longer than {self.most - 1} characters")
        if 0 in octets:
            raise ValueError("a NUL inside")
        return octets + b"\0"


@dataclass(frozen=True, slots=True)
class Moment:
    """A point in time or a span, 7.1.1: nothing, or sixteen characters and a NUL."""

    def read(self, octets: bytes, at: int) -> tuple[str, int]:
        return Text(17).read(octets, at)

    def write(self, value: str) -> bytes:
        if value and len(value) != 16:
            raise ValueError("neither empty nor sixteen characters")
        return Text(17).write(value)


@dataclass(frozen=True, slots=True)
class Message:
    """An octet that says how long, and so many octets."""

    most: int = 254

    def read(self, octets: bytes, at: int) -> tuple[bytes, int]:
        end = at + 1 + octets[at]
        if end > len(octets):
            raise ProtocolError(
                Status.RINVMSGLEN,
                f"the length says {octets[at]}, {len(octets) - at - 1} octets are there",
            )
        return octets[at + 1 : end], end

    def write(self, value: bytes) -> bytes:
        if len(value) > self.most:
            raise ValueError(f"longer than {self.most} octets")
        return bytes((len(value),)) + value


class Destination(NamedTuple):
    """One of the addresses of a submit_multi."""

    ton: int
    npi: int
    addr: str


class DistributionList(NamedTuple):
    """A list of addresses that the other side keeps."""

    name: str


class Unsuccess(NamedTuple):
    """An address that a submit_multi did not reach, and why."""

    ton: int
    npi: int
    addr: str
    status: int


_OCTET: Final = Number(1)
_STATUS: Final = Number(4)
_ADDRESS: Final = Text(21)


def _need(octets: bytes, at: int, what: str) -> None:
    if at >= len(octets):
        raise ProtocolError(Status.RINVCMDLEN, f"{what} expected, the PDU ends")


def _read_address(octets: bytes, at: int) -> tuple[int, int, str, int]:
    _need(octets, at + 2, "an address")
    addr, end = _ADDRESS.read(octets, at + 2)
    return octets[at], octets[at + 1], addr, end


def _write_address(ton: int, npi: int, addr: str) -> bytes:
    return _OCTET.write(ton) + _OCTET.write(npi) + _ADDRESS.write(addr)


@dataclass(frozen=True, slots=True)
class Destinations:
    """How many there are, and each with a flag: 1 an address, 2 a list."""

    def read(
        self, octets: bytes, at: int
    ) -> tuple[tuple[Destination | DistributionList, ...], int]:
        found: list[Destination | DistributionList] = []
        count, at = octets[at], at + 1
        for _ in range(count):
            _need(octets, at, "a destination")
            flag, at = octets[at], at + 1
            if flag == 1:
                ton, npi, addr, at = _read_address(octets, at)
                found.append(Destination(ton, npi, addr))
            elif flag == 2:
                _need(octets, at, "the name of a list")
                name, at = _ADDRESS.read(octets, at)
                found.append(DistributionList(name))
            else:
                raise ProtocolError(Status.RINVDESTFLAG, f"unknown dest_flag {flag}")
        return tuple(found), at

    def write(self, value: tuple[Destination | DistributionList, ...]) -> bytes:
        if len(value) > 254:
            raise ValueError("more than 254 destinations")
        written = [bytes((len(value),))]
        for one in value:
            if isinstance(one, Destination):
                written.append(b"\x01" + _write_address(*one))
            else:
                written.append(b"\x02" + _ADDRESS.write(one.name))
        return b"".join(written)


@dataclass(frozen=True, slots=True)
class Unsuccesses:
    """How many there are, and each with its status."""

    def read(self, octets: bytes, at: int) -> tuple[tuple[Unsuccess, ...], int]:
        found = []
        count, at = octets[at], at + 1
        for _ in range(count):
            ton, npi, addr, at = _read_address(octets, at)
            status, at = _STATUS.read(octets, at)
            found.append(Unsuccess(ton, npi, addr, status))
        return tuple(found), at

    def write(self, value: tuple[Unsuccess, ...]) -> bytes:
        if len(value) > 255:
            raise ValueError("more than 255 addresses")
        return bytes((len(value),)) + b"".join(
            _write_address(one.ton, one.npi, one.addr) + _STATUS.write(one.status) for one in value
        )


class Tlv(NamedTuple):
    """An optional parameter: its octets exactly as they are on the wire."""

    tag: int
    value: bytes

    @classmethod
    def number(cls, tag: Tag, value: int) -> Tlv:
        """
        Return a parameter that is a number, as wide as the specification makes it.

        :raises ValueError: if it does not fit; KeyError: if the parameter is no number.
        """
        return cls(tag, Number(WIDTHS[tag]).write(value))

    @classmethod
    def text(cls, tag: Tag, value: str) -> Tlv:
        """
        Return a parameter that is a text with a NUL at its end.

        :raises ValueError: if it does not fit; KeyError: if the parameter is no text.
        """
        return cls(tag, Text(TEXTS[tag]).write(value))


def read_tlvs(octets: bytes, at: int) -> tuple[Tlv, ...]:
    """
    Return the optional parameters from an octet to the end, unknown and repeated ones too.

    :raises ProtocolError: if they do not end where the PDU does.
    """
    found = []
    end = len(octets)
    while at < end:
        if end - at < 4:
            raise ProtocolError(
                Status.RINVOPTPARSTREAM, f"{end - at} octets after the last parameter"
            )
        tag = octets[at] << 8 | octets[at + 1]
        length = octets[at + 2] << 8 | octets[at + 3]
        at += 4
        if at + length > end:
            raise ProtocolError(
                Status.RINVPARLEN,
                f"the length of parameter 0x{tag:04X} says {length}, {end - at} octets are there",
            )
        found.append(Tlv(tag, octets[at : at + length]))
        at += length
    return tuple(found)


def write_tlvs(tlvs: tuple[Tlv, ...]) -> bytes:
    """Return the octets of optional parameters. :raises ValueError: if one does not fit."""
    written = []
    for tag, value in tlvs:
        if not 0 <= tag <= 0xFFFF or len(value) > 0xFFFF:
            raise ValueError(f"parameter 0x{tag:04X} of {len(value)} octets")
        written.append(tag.to_bytes(2, "big") + len(value).to_bytes(2, "big") + value)
    return b"".join(written)
