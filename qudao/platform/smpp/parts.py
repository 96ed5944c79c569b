"""Texts as PDUs, and PDUs as texts: the three ways in which SMPP carries long ones."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from typing import Final, TypeVar

from qudao.platform.smpp.codes import Tag
from qudao.platform.smpp.fields import Tlv
from qudao.platform.smpp.pdu import DataSm, ShortMessage, SubmitMulti
from qudao.platform.smpp.texts import (
    ANY,
    NARROW,
    WIDE,
    Coding,
    Segment,
    coding_for,
    coding_of,
    decode,
    encode,
    read_header,
    segments,
)

HEADER_INSIDE: Final = 0x40
"""esm_class: the message begins with a header (UDHI)."""

S = TypeVar("S", bound=ShortMessage)


class By(Enum):
    """How a text that is too long for one message goes."""

    HEADER = "header"
    """Parts with a header and a reference of 8 bits: every centre and phone knows them."""
    WIDE_HEADER = "wide-header"
    """The same with 16 bits."""
    SAR = "sar"
    """Parts told apart by sar_msg_ref_num, sar_total_segments, sar_segment_seqnum."""
    PAYLOAD = "payload"
    """One PDU with message_payload; the centre cuts it."""


def spread(
    like: S,
    text: str,
    *,
    by: By = By.HEADER,
    reference: int = 0,
    coding: Coding | None = None,
    allowed: tuple[Coding, ...] = ANY,
    limit: int = 255,
) -> list[S]:
    """
    Return the PDUs that carry a text: as `like`, with the text instead of its own.

    :param reference: joins the parts; another one for the next long text to the same phone.
    :param limit: how many parts there may be.
    :raises ValueError: if the text takes more parts, or is not in the coding that was given.
    """
    coding = coding_for(text, allowed) if coding is None else coding
    if by is By.PAYLOAD:
        payload = Tlv(Tag.MESSAGE_PAYLOAD, encode(text, coding))
        return [replace(like, data_coding=coding, short_message=b"", tlvs=(*like.tlvs, payload))]
    found = segments(
        text,
        coding=coding,
        reference=reference,
        header=WIDE if by is By.WIDE_HEADER else NARROW,
        limit=limit,
    )
    if len(found) == 1:
        return [replace(like, data_coding=coding, short_message=found[0].octets)]
    if by is By.SAR:
        return [
            replace(
                like, data_coding=coding, short_message=one.octets, tlvs=(*like.tlvs, *_sar(one))
            )
            for one in found
        ]
    return [
        replace(
            like,
            esm_class=like.esm_class | HEADER_INSIDE,
            data_coding=coding,
            short_message=one.with_header(wide=by is By.WIDE_HEADER),
        )
        for one in found
    ]


def _sar(segment: Segment) -> tuple[Tlv, ...]:
    return (
        Tlv.number(Tag.SAR_MSG_REF_NUM, segment.reference & 0xFFFF),
        Tlv.number(Tag.SAR_TOTAL_SEGMENTS, segment.total),
        Tlv.number(Tag.SAR_SEGMENT_SEQNUM, segment.number),
    )


@dataclass(frozen=True, slots=True)
class Carried:
    """What a PDU carries."""

    segment: Segment
    """the message, or the part of one"""
    coding: Coding | None
    """None: no text that we know how to read"""

    def text(self, octets: bytes | None = None) -> str | None:
        """Return the text of these octets (the assembled ones), or of the segment alone."""
        if self.coding is None:
            return None
        return decode(self.segment.octets if octets is None else octets, self.coding)


def carried(pdu: ShortMessage | SubmitMulti | DataSm, *, default: Coding = Coding.GSM7) -> Carried:
    """
    Return what a PDU carries: from message_payload or short_message, by header or by SAR.

    :param default: what data_coding 0, "the default alphabet of the SMSC", means here.
    """
    octets = pdu.octets(Tag.MESSAGE_PAYLOAD)
    if octets is None:
        octets = b"" if isinstance(pdu, DataSm) else pdu.short_message
    segment = read_header(octets) if pdu.esm_class & HEADER_INSIDE else Segment(octets)
    if segment.total == 1:
        reference = pdu.number(Tag.SAR_MSG_REF_NUM)
        total = pdu.number(Tag.SAR_TOTAL_SEGMENTS) or 0
        number = pdu.number(Tag.SAR_SEGMENT_SEQNUM) or 0
        if reference is not None and 1 <= number <= total <= 255:
            segment = replace(segment, number=number, total=total, reference=reference)
    coding = default if pdu.data_coding == 0 else coding_of(pdu.data_coding)
    return Carried(segment, coding)
