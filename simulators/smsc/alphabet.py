"""
Texts as a phone writes them: alphabets, parts, and the same way back.

Source: 3GPP TS 23.038 (alphabets, data coding) and 23.040, 9.2.3.24 (user data header).
"""

from __future__ import annotations

from typing import Final, Literal

GSM: Final = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
ESCAPE: Final = 0x1B
EXTENSION: Final = {
    0x0A: "\f",
    0x14: "^",
    0x28: "{",
    0x29: "}",
    0x2F: "\\",
    0x3C: "[",
    0x3D: "~",
    0x3E: "]",
    0x40: "|",
    0x65: "€",
}
_SEPTETS: Final = {character: bytes([at]) for at, character in enumerate(GSM) if at != ESCAPE} | {
    character: bytes([ESCAPE, at]) for at, character in EXTENSION.items()
}

Coding = Literal["gsm7", "ascii", "latin1", "ucs2"]
DATA_CODING: Final[dict[Coding, int]] = {"gsm7": 0, "ascii": 1, "latin1": 3, "ucs2": 8}
Segmentation = Literal["udh", "udh16", "sar", "payload", "none"]

_UCS2: Final = frozenset({0x08, 0x11, 0x18, 0x19, 0x1A, 0x1B, 0x48})


def coding_for(text: str) -> Coding:
    """GSM 7 bit where it can say it, otherwise UCS-2."""
    return "gsm7" if all(character in _SEPTETS for character in text) else "ucs2"


def units(text: str, coding: Coding) -> list[bytes]:
    """
    The text in pieces that must not be cut.

    :raises UnicodeEncodeError: if the alphabet has no such character.
    """
    if coding == "gsm7":
        for at, character in enumerate(text):
            if character not in _SEPTETS:
                raise UnicodeEncodeError("gsm7", text, at, at + 1, "not in the alphabet")
        return [_SEPTETS[character] for character in text]
    codec = {"ascii": "ascii", "latin1": "latin-1", "ucs2": "utf-16-be"}[coding]
    return [character.encode(codec) for character in text]


def encode(text: str, coding: Coding) -> bytes:
    """One septet an octet, as SMPP carries them."""
    return b"".join(units(text, coding))


def cut(text: str, coding: Coding, *, header: int) -> list[bytes]:
    """Parts that leave `header` octets free in a message of 140; one part leaves none."""
    pieces = units(text, coding)
    whole, part = 140, 140 - header
    if coding == "gsm7":
        whole, part = 160, (140 - header) * 8 // 7
    if sum(map(len, pieces)) <= whole:
        return [b"".join(pieces)]
    parts = [b""]
    for piece in pieces:
        if len(parts[-1]) + len(piece) > part:
            parts.append(b"")
        parts[-1] += piece
    return parts


def decode(octets: bytes, data_coding: int) -> str:
    """What a phone shows; what it cannot show are `\N{REPLACEMENT CHARACTER}`s or hex digits."""
    if data_coding in _UCS2:
        return octets.decode("utf-16-be", "replace")
    if data_coding == 0x03:
        return octets.decode("latin-1")
    if data_coding == 0x01:
        return octets.decode("ascii", "replace")
    if data_coding in (0x02, 0x04) or data_coding & 0xF4 == 0xF4:
        return octets.hex()
    return _from_gsm(octets)


def _from_gsm(octets: bytes) -> str:
    shown: list[str] = []
    escaped = False
    for octet in octets:
        if escaped:
            shown.append(EXTENSION.get(octet, " "))
            escaped = False
        elif octet == ESCAPE:
            escaped = True
        else:
            shown.append(GSM[octet] if octet < 128 else "\N{REPLACEMENT CHARACTER}")
    return "".join(shown)


def header(reference: int, total: int, number: int, *, wide: bool) -> bytes:
    """The user data header of one part, with a reference of one or (`wide`) two octets."""
    if wide:
        return bytes([6, 8, 4, *(reference & 0xFFFF).to_bytes(2, "big"), total, number])
    return bytes([5, 0, 3, reference & 0xFF, total, number])


def without_header(octets: bytes) -> tuple[tuple[int, int, int] | None, bytes]:
    """
    Reference, total and number from a user data header, and the text behind it.

    Other elements are passed over; a header that cannot be is no header: all of it is text.
    """
    if not octets or octets[0] + 1 > len(octets):
        return None, octets
    end = octets[0] + 1
    at, part = 1, None
    while at + 2 <= end:
        kind, length = octets[at], octets[at + 1]
        value = octets[at + 2 : min(at + 2 + length, end)]
        if kind == 0 and len(value) == 3:
            part = (value[0], value[1], value[2])
        elif kind == 8 and len(value) == 4:
            part = (int.from_bytes(value[:2], "big"), value[2], value[3])
        at += 2 + length
    return part, octets[end:]
