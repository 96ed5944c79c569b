"""Texts as CMPP_SUBMIT, and CMPP_DELIVER as texts: long ones in parts with a header (TP_udhi)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from qudao.platform.cmpp.pdu import Deliver, Format, Submit
from qudao.platform.smpp.texts import (
    MOST_PARTS,
    NARROW,
    Coding,
    Segment,
    coding_of,
    cut,
    decode,
    length,
    read_header,
    room,
    segments,
)

GB: Final = "gb18030"
"""What Msg_Fmt 15 means today. ASCII is a part of it, so it reads the GB that some send as 0."""


def spread(
    like: Submit,
    text: str,
    *,
    reference: int = 0,
    fmt: Format | None = None,
    limit: int = MOST_PARTS,
) -> list[Submit]:
    """
    Return the messages that carry a text: as `like`, with the text instead of its own.

    :param reference: joins the parts; another one for the next long text to the same mobile.
    :param fmt: `Format.ASCII` or `Format.UCS2`; what the text needs, if none is given.
    :param limit: how many parts there may be.
    :raises ValueError: if the text takes more parts, or is not in the format that was given.
    """
    if fmt is None:
        fmt = Format.ASCII if text.isascii() else Format.UCS2
    match fmt:
        case Format.ASCII:
            found = _ascii(text, reference)
        case Format.UCS2:
            found = segments(text, coding=Coding.UCS2, reference=reference)
        case _:
            raise ValueError(f"texts are not sent as {fmt.name}")
    if len(found) > limit:
        raise ValueError(f"{len(found)} parts, at most {limit} are allowed")
    if len(found) == 1:
        return [replace(like, msg_fmt=fmt, msg_content=found[0].octets)]
    return [
        replace(
            like,
            pk_total=part.total,
            pk_number=part.number,
            tp_udhi=1,
            msg_fmt=fmt,
            msg_content=part.with_header(),
        )
        for part in found
    ]


def _ascii(text: str, reference: int) -> list[Segment]:
    """
    ASCII goes to the gateway as it is, and on from there in septets: these count. Braces and some
    others take two, so there is less room than characters.
    """
    if length(text, Coding.GSM7) <= room(Coding.GSM7):
        return [Segment(text.encode("ascii"))]
    pieces = cut(text, Coding.GSM7, room(Coding.GSM7, NARROW))
    return [
        Segment(piece.encode("ascii"), number, len(pieces), reference)
        for number, piece in enumerate(pieces, 1)
    ]


@dataclass(frozen=True, slots=True)
class Carried:
    """What a message carries."""

    segment: Segment
    """The message, or the part of one: `smpp.texts.Assembly` puts parts together."""
    fmt: int

    def text(self, octets: bytes | None = None) -> str | None:
        """
        Return the text of these octets (the assembled ones), or of the segment alone; None for
        what is no text. What cannot be read in it is U+FFFD.
        """
        octets = self.segment.octets if octets is None else octets
        match self.fmt:
            case Format.ASCII | Format.GB:
                return octets.decode(GB, "replace")
            case Format.CARD | Format.BINARY:
                return None
        coding = coding_of(self.fmt)
        return None if coding is None else decode(octets, coding)


def carried(message: Submit | Deliver) -> Carried:
    """Return what a message carries; not for status reports (`receipts`)."""
    octets = message.msg_content
    return Carried(read_header(octets) if message.tp_udhi & 1 else Segment(octets), message.msg_fmt)
