"""
USSD over SMPP: a phone dials `*100#`, sees a screen, answers, sees the next.

The specification has the parts (ussd_service_op 5.3.2.44, its_session_info 5.3.2.43) and leaves
their use to vendors. What differs is data: a `Profile` for each gateway.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from types import MappingProxyType
from typing import Final

from qudao.platform.smpp import alphabet
from qudao.platform.smpp.codes import Tag
from qudao.platform.smpp.fields import Tlv
from qudao.platform.smpp.parts import carried
from qudao.platform.smpp.pdu import DataSm, DeliverSm, SubmitSm
from qudao.platform.smpp.texts import Coding, coding_for, encode, length

_END: Final = 0x01
"""its_session_info, the last bit of its second octet: the session ends."""


class Op(Enum):
    """What a message of a session is."""

    DIAL = "dial"
    """the phone begins: the text is what was dialled"""
    ANSWER = "answer"
    """the phone answers a menu"""
    OVER = "over"
    """the session ended: hung up, or timed out"""
    UNKNOWN = "unknown"
    """something else of a session, which the profile does not know"""
    MENU = "menu"
    """a screen that wants an answer"""
    FINAL = "final"
    """the last screen"""


_OPS: Final[Mapping[Op, int]] = MappingProxyType(
    {Op.DIAL: 1, Op.MENU: 2, Op.FINAL: 17, Op.ANSWER: 18}
)
_NO_MORE_OPS: Final[Mapping[int, Op]] = MappingProxyType({})
_CODINGS: Final[Mapping[Coding, int]] = MappingProxyType({Coding.GSM7: 0, Coding.UCS2: 8})


@dataclass(frozen=True, slots=True)
class Profile:
    """How a gateway speaks."""

    name: str
    ops: Mapping[Op, int] = field(default_factory=lambda: _OPS)
    """`ussd_service_op` of each; what the gateway does not say, it has not"""
    also: Mapping[int, Op] = field(default_factory=lambda: _NO_MORE_OPS)
    """further values that it sends, such as one for a time-out"""
    service_type: str = "USSD"
    session: int | None = Tag.ITS_SESSION_INFO
    """the parameter that holds the session; None: a phone has one session at most"""
    session_octets: int | None = None
    """how many of its octets are the session's; None: all. By the letter of the specification the
    first of its_session_info, whose second counts and ends"""
    echoed: tuple[int, ...] = (Tag.ITS_SESSION_INFO, Tag.USER_MESSAGE_REFERENCE)
    """parameters that go back as they came"""
    marks_end: bool = False
    """the last screen has the end bit in its_session_info"""
    codings: Mapping[Coding, int] = field(default_factory=lambda: _CODINGS)
    """`data_coding` of those that it takes, in the order of preference"""
    packed: bool = False
    """septets are packed, as on the radio"""
    octets: int = 160
    """the longest screen, packed: 182 septets, or 80 units of UCS-2"""


STANDARD: Final = Profile("standard")
"""As most gateways do: its_session_info stays the same as long as the session, and is echoed."""

NUMBERED: Final = Profile("numbered", session_octets=1, marks_end=True)
"""By the letter of SMPP 3.4: its_session_info is a session's number and a count with an end bit."""

CELL_BROADCAST: Final = replace(
    STANDARD,
    name="cell-broadcast",
    codings=MappingProxyType({Coding.GSM7: 0x0F, Coding.UCS2: 0x48}),
)
"""With the coding numbers that USSD has on the radio (3GPP TS 23.038, 5)."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What came from a phone."""

    session: str
    """tells the phone's sessions apart"""
    op: Op
    text: str
    msisdn: str
    code: str
    """where it was sent: the gateway's service code"""
    pdu: DeliverSm | DataSm = field(repr=False)


def heard(pdu: DeliverSm | DataSm, profile: Profile) -> Heard | None:
    """
    Return what a phone said; None if the message is no word of a USSD session.

    Without a ussd_service_op, what looks like `*100#` begins a session and the rest answers.
    """
    number = pdu.number(Tag.USSD_SERVICE_OP)
    if number is None and pdu.service_type != profile.service_type:
        return None
    there = carried(pdu)
    octets = there.segment.octets
    if profile.packed and there.coding is Coding.GSM7:
        octets = alphabet.unpack(octets, ussd=True)
    text = there.text(octets)
    if text is None:
        text = octets.decode("latin-1")
    if number is None:
        op = Op.DIAL if text[:1] in ("*", "#") and text.endswith("#") else Op.ANSWER
    else:
        ops = {**{n: op for op, n in profile.ops.items()}, **profile.also}
        op = ops.get(number, Op.UNKNOWN)
        if op in (Op.MENU, Op.FINAL):
            op = Op.UNKNOWN  # that is for us to say
    session = b"" if profile.session is None else pdu.octets(profile.session) or b""
    return Heard(
        session=session[: profile.session_octets].hex(),
        op=op,
        text=text,
        msisdn=pdu.source_addr,
        code=pdu.destination_addr,
        pdu=pdu,
    )


def room(text: str, profile: Profile) -> int:
    """Return how many units (`texts.length`) a screen has, in the coding that a text needs."""
    coding = coding_for(text, tuple(profile.codings))
    if coding is Coding.GSM7:
        return profile.octets * 8 // 7
    return profile.octets // 2 if coding is Coding.UCS2 else profile.octets


def fits(text: str, profile: Profile) -> bool:
    """Return whether a text fits onto a screen."""
    return length(text, coding_for(text, tuple(profile.codings))) <= room(text, profile)


def said(to: Heard, op: Op, text: str, profile: Profile) -> SubmitSm:
    """
    Return the screen that answers what was heard; `op` is MENU or FINAL.

    :raises ValueError: if the text does not fit.
    """
    assert op in (Op.MENU, Op.FINAL)
    if not fits(text, profile):
        raise ValueError(f"a screen has {room(text, profile)} characters, {len(text)} are too many")
    coding = coding_for(text, tuple(profile.codings))
    octets = encode(text, coding)
    if profile.packed and coding is Coding.GSM7:
        octets = alphabet.pack(octets, ussd=True)
    echoed = [
        Tlv(tag, value)
        for tag in profile.echoed
        if (value := _echo(to.pdu, tag, op, profile)) is not None
    ]
    pdu = to.pdu
    return SubmitSm(
        service_type=profile.service_type,
        source_addr_ton=pdu.dest_addr_ton,
        source_addr_npi=pdu.dest_addr_npi,
        source_addr=pdu.destination_addr,
        dest_addr_ton=pdu.source_addr_ton,
        dest_addr_npi=pdu.source_addr_npi,
        destination_addr=pdu.source_addr,
        data_coding=profile.codings[coding],
        short_message=octets,
        tlvs=(Tlv.number(Tag.USSD_SERVICE_OP, profile.ops[op]), *echoed),
    )


def _echo(pdu: DeliverSm | DataSm, tag: int, op: Op, profile: Profile) -> bytes | None:
    value = pdu.octets(tag)
    if value and tag == Tag.ITS_SESSION_INFO and profile.marks_end and op is Op.FINAL:
        return value[:-1] + bytes((value[-1] | _END,))
    return value
