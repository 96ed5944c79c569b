"""
G.711, the sound of telephones: an octet for each of 8,000 samples a second, in A-law or µ-law.

Sound is kept in A-law and put into µ-law by a table when a caller wants that (ITU-T G.711).
"""

from __future__ import annotations

from typing import Final

RATE: Final = 8000
PCMU: Final = 0
PCMA: Final = 8
"""Payload types of RTP (RFC 3551)."""
_BIAS: Final = 33


def a_law_sample(octet: int) -> int:
    """The sample, of 13 bits and sign, that an A-law octet stands for."""
    octet ^= 0x55
    segment, step = octet >> 4 & 7, octet & 15
    size = (step << 1 | 1) if segment == 0 else (step << 1 | 33) << (segment - 1)
    return size if octet & 0x80 else -size


def u_law_sample(octet: int) -> int:
    """The sample, of 14 bits and sign, that a µ-law octet stands for."""
    octet ^= 0xFF
    segment, step = octet >> 4 & 7, octet & 15
    size = ((step << 1 | _BIAS) << segment) - _BIAS
    return -size if octet & 0x80 else size


def _nearest(octet: int) -> int:
    """The µ-law octet that sounds most like an A-law one, whose samples are half as large."""
    wanted = a_law_sample(octet) * 2
    return min(range(256), key=lambda other: abs(u_law_sample(other) - wanted))


U_OF_A: Final = bytes(_nearest(octet) for octet in range(256))
"""A-law octet → µ-law octet, for `bytes.translate`."""
SILENCE: Final = b"\xd5"
"""An A-law octet of nothing."""


def encoded(sound: bytes, payload_type: int) -> bytes:
    """Sound (A-law) as the caller wants it."""
    return sound if payload_type == PCMA else sound.translate(U_OF_A)
