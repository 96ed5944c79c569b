"""
The GSM 7 bit default alphabet and its extension (3GPP TS 23.038, 6.2.1), and septets in octets.

A short message carries septets packed (160 in 140 octets); SMPP carries one in each octet, and the
centre packs them.
"""

from __future__ import annotations

from typing import Final

ESCAPE: Final = 0x1B
RETURN: Final = 0x0D

_DEFAULT: Final = (
    "@£$¥èéùìòÇ\nØø\rÅå"
    "Δ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ"
    " !\"#¤%&'()*+,-./"
    "0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNO"
    "PQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmno"
    "pqrstuvwxyzäöñüà"
)
_EXTENSION: Final = {
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
SEPTETS: Final[dict[str, bytes]] = {
    **{c: bytes((n,)) for n, c in enumerate(_DEFAULT) if n != ESCAPE},
    **{c: bytes((ESCAPE, n)) for n, c in _EXTENSION.items()},
}
"""One or two septets for each character that the alphabet has."""


def encode(text: str) -> bytes:
    """
    Return the septets of a text, one in each octet.

    :raises ValueError: if it has a character that the alphabet has not.
    """
    try:
        return b"".join([SEPTETS[c] for c in text])
    except KeyError as e:
        raise ValueError(f"{e.args[0]!r} is not in the GSM 7 bit alphabet") from None


def decode(septets: bytes) -> str:
    """
    Return the text of septets, one in each octet.

    An escape to what the extension lacks is the character without it (6.2.1.1); an escape at the
    end is nothing, and an octet that is no septet U+FFFD.
    """
    if ESCAPE not in septets and septets.isascii():
        return "".join([_DEFAULT[n] for n in septets])
    found, escaped = [], False
    for n in septets:
        if n > 0x7F:
            found.append("\ufffd")
        elif escaped and n in _EXTENSION:
            found.append(_EXTENSION[n])
        elif n != ESCAPE:
            found.append(_DEFAULT[n])
        escaped = n == ESCAPE and not escaped
    return "".join(found)


def pack(septets: bytes, *, skip: int = 0, ussd: bool = False) -> bytes:
    """
    Return septets in as few octets as they need, after `skip` bits.

    With `ussd`, seven bits that would be left at the end hold a carriage return, lest they be read
    as an @; one at the end of a full octet is doubled (6.1.2.3.1).

    :raises ValueError: if an octet is no septet.
    """
    if not septets.isascii():
        raise ValueError("an octet is no septet")
    if ussd and (len(septets) % 8 == 7 or (len(septets) % 8 == 0 and septets[-1:] == b"\r")):
        septets += b"\r"
    packed = bytearray()
    held, bits = 0, skip
    for n in septets:
        held |= n << bits
        bits += 7
        while bits >= 8:
            packed.append(held & 0xFF)
            held >>= 8
            bits -= 8
    if bits and septets:
        packed.append(held)
    return bytes(packed)


def unpack(octets: bytes, *, count: int | None = None, skip: int = 0, ussd: bool = False) -> bytes:
    """Return `count` septets (as many as there are) that begin after `skip` bits, 0 to 7."""
    room = max(0, (len(octets) * 8 - skip) // 7)
    count = room if count is None else min(count, room)
    held = bits = 0
    septets = bytearray()
    for n in octets:
        held |= n << bits
        bits += 8
        if skip:
            held >>= skip
            bits -= skip
            skip = 0
        while bits >= 7 and len(septets) < count:
            septets.append(held & 0x7F)
            held >>= 7
            bits -= 7
        if len(septets) == count:
            break
    if ussd and count % 8 == 0 and septets[-1:] == b"\r":
        del septets[-1]
    return bytes(septets)
