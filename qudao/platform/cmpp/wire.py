"""
The octets of CMPP's messages: lenient reading, strict writing, exact errors.

What lies where in which version is the table `_LAYOUTS`. A message that is wrong in itself raises
`Malformed`, and the next one can be read; a length that cannot be raises `Unfollowable`.
"""

from __future__ import annotations

import struct
from asyncio import StreamReader
from collections.abc import Iterator
from typing import Any, Final

from qudao.platform.cmpp.layout import (
    Content,
    Destinations,
    Fixed,
    Ill,
    Piece,
    Unencodable,
    Version,
)
from qudao.platform.cmpp.pdu import (
    ActiveTest,
    ActiveTestResp,
    Body,
    Cancel,
    CancelResp,
    Connect,
    ConnectResp,
    Deliver,
    DeliverResp,
    Format,
    Pdu,
    Query,
    QueryResp,
    Result,
    Submit,
    SubmitResp,
    Terminate,
    TerminateResp,
)

HEADER: Final = struct.Struct(">III")
"""Total_Length, Command_Id, Sequence_Id."""
LONGEST: Final = 10_240
"""Octets of a message that is believed: a CMPP_SUBMIT to 255 destinations has 8,575."""
MOST_DESTINATIONS: Final = 99


class ProtocolError(Exception):
    """What came is not CMPP."""


class Unfollowable(ProtocolError):
    """A length that cannot be: where the next message begins is not known any more."""


class Malformed(ProtocolError):
    """One message is wrong, and the next one can be read."""

    def __init__(self, command: int, sequence: int, result: Result, what: str) -> None:
        super().__init__(f"{name_of(command)} {sequence}: {what}")
        self.command, self.sequence, self.result = command, sequence, result


_RESULT = Fixed(msg_id="Q", result=("B", "I"))
_LAYOUTS: Final[dict[type[Body], tuple[Piece, ...]]] = {
    Connect: (Fixed(source_addr="6t", authenticator_source="16o", version="B", timestamp="I"),),
    ConnectResp: (Fixed(status=("B", "I"), authenticator_ismg="16o", version="B"),),
    Terminate: (),
    TerminateResp: (),
    Submit: (
        Fixed(
            msg_id="Q",
            pk_total="B",
            pk_number="B",
            registered_delivery="B",
            msg_level="B",
            service_id="10t",
            fee_user_type="B",
            fee_terminal_id=("21t", "32t"),
            fee_terminal_type=("", "B"),
            tp_pid="B",
            tp_udhi="B",
            msg_fmt="B",
            msg_src="6t",
            fee_type="2t",
            fee_code="6t",
            valid_time="17t",
            at_time="17t",
            src_id="21t",
        ),
        Destinations("dest_terminal_id", 21, 32),
        Fixed(dest_terminal_type=("", "B")),
        Content("msg_content"),
        Fixed(optional=True, link_id=("8t", "20t")),
    ),
    SubmitResp: (_RESULT,),
    Deliver: (
        Fixed(
            msg_id="Q",
            dest_id="21t",
            service_id="10t",
            tp_pid="B",
            tp_udhi="B",
            msg_fmt="B",
            src_terminal_id=("21t", "32t"),
            src_terminal_type=("", "B"),
            registered_delivery="B",
        ),
        Content("msg_content"),
        Fixed(optional=True, link_id=("8t", "20t")),
    ),
    DeliverResp: (_RESULT,),
    Query: (
        Fixed(time="8t", query_type="B", query_code="10t"),
        Fixed(optional=True, reserve="8t"),
    ),
    QueryResp: (
        Fixed(
            time="8t",
            query_type="B",
            query_code="10t",
            mt_tlmsg="I",
            mt_tlusr="I",
            mt_scs="I",
            mt_wt="I",
            mt_fl="I",
            mo_scs="I",
            mo_wt="I",
            mo_fl="I",
        ),
    ),
    Cancel: (Fixed(msg_id="Q"),),
    CancelResp: (Fixed(success_id=("B", "I")),),
    ActiveTest: (),
    ActiveTestResp: (Fixed(optional=True, reserved="B"),),
}
_BODIES: Final = {body.COMMAND: body for body in _LAYOUTS}

_LONGER: Final = (Terminate, TerminateResp, ActiveTest, ActiveTestResp)
"""What is behind these means nothing and is let pass."""

_BY_LENGTH: Final = {
    body: {pieces[0].size(version): version for version in Version}
    for body, pieces in _LAYOUTS.items()
    if body in (ConnectResp, SubmitResp, DeliverResp, CancelResp) and isinstance(pieces[0], Fixed)
}
"""Answers whose length tells the version: gateways mix these up."""


def name_of(command: int) -> str:
    """A Command_Id in words, for messages to people."""
    body = _BODIES.get(command)
    return body.__name__ if body else f"command 0x{command:08X}"


def encode(body: Body, sequence: int, version: Version) -> bytes:
    """
    :raises Unencodable: if a value does not fit; nothing is ever cut.
    """
    _check(body)
    octets = b"".join(piece.pack(body, version) for piece in _LAYOUTS[type(body)])
    return HEADER.pack(HEADER.size + len(octets), body.COMMAND, sequence) + octets


def decode(raw: bytes, version: Version) -> Pdu:
    """
    Read one whole message, header and all.

    :raises Unfollowable: if its length is not the one that it tells.
    :raises Malformed: if the command is unknown, or the body is too short or too long for it.
    """
    length = length_of(raw)
    if length != len(raw):
        raise Unfollowable(f"a message of {len(raw)} octets says that it has {length}")
    _, command, sequence = HEADER.unpack_from(raw)
    kind = _BODIES.get(command)
    if kind is None:
        raise Malformed(command, sequence, Result.COMMAND, "this command is not known")
    if kind in _BY_LENGTH:
        version = _BY_LENGTH[kind].get(length - HEADER.size, version)
    at, values = HEADER.size, dict[str, Any]()
    try:
        for piece in _LAYOUTS[kind]:
            at = piece.unpack(raw, at, version, values)
    except Ill as ill:
        raise Malformed(command, sequence, Result.LENGTH, str(ill)) from None
    if at < length and kind not in _LONGER:
        what = f"{length - at} octets more than CMPP {version >> 4}.{version & 15} has"
        raise Malformed(command, sequence, Result.LENGTH, what)
    return Pdu(sequence, kind(**values))


def length_of(header: bytes) -> int:
    """
    Return the octets of the message that begins so, of which 4 suffice.

    :raises Unfollowable: if no message can have so many.
    """
    length = int.from_bytes(header[:4], "big")
    if len(header) < 4 or not HEADER.size <= length <= LONGEST:
        raise Unfollowable(f"a message cannot have {length} octets")
    return length


class Frames:
    """Cuts what comes over a line into messages. What is not whole yet waits here, and no more."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, octets: bytes) -> Iterator[bytes]:
        """
        Return the messages that are whole now; all of them must be taken.

        :raises Unfollowable: where one says that it has an impossible length.
        """
        rest, at = self._rest + octets, 0
        while len(rest) - at >= 4 and len(rest) - at >= (length := length_of(rest[at : at + 4])):
            yield rest[at : at + length]
            at += length
        self._rest = rest[at:]


async def read_message(reader: StreamReader) -> bytes:
    """
    Read the octets of one message.

    :raises Unfollowable: if it says that it has an impossible length.
    :raises asyncio.IncompleteReadError: at the end of the stream.
    """
    length = await reader.readexactly(4)
    return length + await reader.readexactly(length_of(length) - len(length))


def _check(body: Body) -> None:
    """What the specification limits below what the octets could hold."""
    if isinstance(body, Submit):
        if not 1 <= len(body.dest_terminal_id) <= MOST_DESTINATIONS:
            raise Unencodable(
                f"dest_terminal_id has {len(body.dest_terminal_id)} numbers, not 1 to 99"
            )
        if not 1 <= body.pk_number <= body.pk_total:
            raise Unencodable(f"pk_number is {body.pk_number} of {body.pk_total}")
    if isinstance(body, (Submit, Deliver)):
        most = 160 if body.msg_fmt == Format.ASCII else 140
        if len(body.msg_content) > most:
            raise Unencodable(f"msg_content has {len(body.msg_content)} octets, more than {most}")
