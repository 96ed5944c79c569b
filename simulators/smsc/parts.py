"""Which part of a long message a PDU is."""

from __future__ import annotations

from typing import Final

from simulators.smsc import alphabet
from simulators.smsc.pdus import Pdu, Tag

UDHI: Final = 0x40
"""The bit of esm_class that says: the message begins with a user data header."""


def part_of(pdu: Pdu) -> tuple[tuple[int, int, int] | None, bytes]:
    """Reference, total and number of a part, from its header or its parameters, and its octets."""
    octets = pdu.octets
    if pdu.body.get("esm_class", 0) & UDHI:
        return alphabet.without_header(octets)
    reference = pdu.parameter(Tag.SAR_REFERENCE)
    total, number = pdu.parameter(Tag.SAR_TOTAL), pdu.parameter(Tag.SAR_NUMBER)
    if not (reference and total and number):
        return None, octets
    return (int.from_bytes(reference, "big"), total[0], number[0]), octets
