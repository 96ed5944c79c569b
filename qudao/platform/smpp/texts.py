"""
What people write: which alphabet it needs, how long it may be, its parts, and the whole again.

Nothing here knows SMPP: it is as true of any other protocol to a short-message centre. A short
message has 140 octets (3GPP TS 23.040): 160 septets, 140 Latin-1 characters or 70 of UCS-2. A
longer text goes in parts; each begins with a header (9.2.3.24.1) that takes six octets, seven with
a wide reference, or is told apart beside the text (SAR), and leaves as much room.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Final, Generic, TypeVar

from qudao.platform.smpp import alphabet

OCTETS: Final = 140
"""Of a short message."""
NARROW: Final = 6
"""Octets of a header with a reference of 8 bits; SAR is counted like it."""
WIDE: Final = 7
"""Octets of a header with a reference of 16 bits."""
MOST_PARTS: Final = 255

_KEEPING: Final = 64
"""About what it takes to keep a part, besides its octets."""
_CONCATENATED: Final = 0x00
_CONCATENATED_WIDE: Final = 0x08


class Coding(IntEnum):
    """How characters are written. The values are those of `data_coding` (SMPP 3.4, 5.2.19)."""

    GSM7 = 0
    LATIN1 = 3
    UCS2 = 8


ANY: Final = (Coding.GSM7, Coding.UCS2)
"""What every phone reads; in the order of preference."""


def coding_for(text: str, allowed: Sequence[Coding] = ANY) -> Coding:
    """Return the first of the codings that has all characters of a text; the last if none has."""
    for coding in allowed[:-1]:
        if coding is Coding.UCS2:
            return coding
        if coding is Coding.GSM7 and alphabet.SEPTETS.keys() >= set(text):
            return coding
        if coding is Coding.LATIN1 and all(c <= "\xff" for c in text):
            return coding
    return allowed[-1]


def coding_of(data_coding: int) -> Coding | None:
    """
    Return the coding that a `data_coding` means; None for octets that are no text we know.

    Besides SMPP's own values: the groups of 3GPP TS 23.038, 4 and 5, which centres pass through.
    """
    if data_coding in (0x00, 0x0F):
        return Coding.GSM7
    if data_coding in (0x01, 0x03):
        # IA5 is the first half of Latin-1
        return Coding.LATIN1
    if data_coding == 0x08:
        return Coding.UCS2
    if data_coding & 0xF0 == 0xF0:
        return None if data_coding & 0x04 else Coding.GSM7
    if data_coding & 0xF0 in (0x10, 0x40, 0x50):
        return {0x00: Coding.GSM7, 0x08: Coding.UCS2}.get(data_coding & 0x0C)
    return None


def encode(text: str, coding: Coding) -> bytes:
    """
    Return the octets of a text; septets one in each octet.

    :raises ValueError: if the coding has not all its characters.
    """
    if coding is Coding.GSM7:
        return alphabet.encode(text)
    if coding is Coding.LATIN1:
        return text.encode("latin-1")
    return text.encode("utf-16-be")


def decode(octets: bytes, coding: Coding) -> str:
    """Return the text of octets. What is none, such as half a surrogate pair, is U+FFFD."""
    if coding is Coding.GSM7:
        return alphabet.decode(octets)
    if coding is Coding.LATIN1:
        return octets.decode("latin-1")
    if octets[:2] == b"\xff\xfe":
        return octets[2:].decode("utf-16-le", "replace")
    return octets.decode("utf-16-be", "replace").removeprefix("\ufeff")


def units_of(character: str, coding: Coding) -> int:
    """Return how many units (septets, octets, 16 bit units) a character takes."""
    if coding is Coding.GSM7:
        return len(alphabet.SEPTETS.get(character, b"?"))
    return 2 if coding is Coding.UCS2 and character > "\uffff" else 1


def length(text: str, coding: Coding) -> int:
    """Return how many units (septets, octets, 16 bit units) a text takes."""
    if coding is Coding.GSM7:
        return sum(units_of(c, coding) for c in text)
    if coding is Coding.UCS2:
        return len(text.encode("utf-16-be", "surrogatepass")) // 2
    return len(text)


def room(coding: Coding, header: int = 0) -> int:
    """Return how many units a short message has, beside a header of so many octets."""
    octets = OCTETS - header
    if coding is Coding.GSM7:
        return octets * 8 // 7
    return octets // 2 if coding is Coding.UCS2 else octets


def cut(text: str, coding: Coding, limit: int) -> list[str]:
    """Return the text in pieces of at most `limit` units; no character is cut. At least one."""
    assert limit >= 2
    if length(text, coding) == len(text):  # as of most texts: no character takes two units
        return [text[at : at + limit] for at in range(0, len(text), limit)] or [""]
    pieces, begin, used = [], 0, 0
    for at, character in enumerate(text):
        units = units_of(character, coding)
        if used + units > limit:
            pieces.append(text[begin:at])
            begin, used = at, 0
        used += units
    return [*pieces, text[begin:]]


@dataclass(frozen=True, slots=True)
class Segment:
    """One part of a message, without its header."""

    octets: bytes
    number: int = 1
    """from 1 on"""
    total: int = 1
    reference: int = 0
    """the same in all parts of a message"""
    elements: tuple[tuple[int, bytes], ...] = ()
    """what else a header said: identifier and octets"""

    def with_header(self, *, wide: bool = False) -> bytes:
        """Return the header (3GPP TS 23.040, 9.2.3.24) and the part."""
        return write_header(self.number, self.total, self.reference, wide=wide) + self.octets


def write_header(number: int, total: int, reference: int, *, wide: bool = False) -> bytes:
    """Return the header of a part; of the reference, the lowest 8 or 16 bits."""
    if wide:
        begin = bytes((6, _CONCATENATED_WIDE, 4, reference >> 8 & 0xFF, reference & 0xFF))
    else:
        begin = bytes((5, _CONCATENATED, 3, reference & 0xFF))
    return begin + bytes((total, number))


def read_header(octets: bytes) -> Segment:
    """
    Return the part that octets with a header are.

    A header that ends after the octets, or says what cannot be (part 4 of 3), is left out: then the
    octets are a message by themselves (9.2.3.24.1).
    """
    end = 1 + octets[0] if octets else 1
    if end > len(octets):
        return Segment(octets)
    number = total = 1
    reference, elements = 0, []
    for identifier, value in _elements(octets[1:end]):
        counted = {(_CONCATENATED, 3): 1, (_CONCATENATED_WIDE, 4): 2}.get((identifier, len(value)))
        if counted is None:
            elements.append((identifier, value))
        elif 0 < value[-1] <= value[-2]:
            reference = int.from_bytes(value[:counted], "big")
            total, number = value[-2], value[-1]
    return Segment(octets[end:], number, total, reference, tuple(elements))


def _elements(octets: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at + 2 <= len(octets):
        end = at + 2 + octets[at + 1]
        if end > len(octets):
            return
        yield octets[at], octets[at + 2 : end]
        at = end


def segments(
    text: str,
    *,
    coding: Coding | None = None,
    reference: int = 0,
    header: int = NARROW,
    limit: int = MOST_PARTS,
) -> list[Segment]:
    """
    Return a text as one segment if it fits into a short message, else in parts.

    :param coding: the one that the text needs, if none is given.
    :param header: octets that each of several parts leaves free.
    :param limit: how many parts there may be.
    :raises ValueError: if it takes more parts, or has a character that the coding has not.
    """
    coding = coding_for(text) if coding is None else coding
    if length(text, coding) <= room(coding):
        return [Segment(encode(text, coding), reference=reference)]
    pieces = cut(text, coding, room(coding, header))
    if len(pieces) > min(limit, MOST_PARTS):
        raise ValueError(f"{len(pieces)} parts, at most {limit} are allowed")
    return [
        Segment(encode(piece, coding), number, len(pieces), reference)
        for number, piece in enumerate(pieces, 1)
    ]


K = TypeVar("K", bound=Hashable)


@dataclass(slots=True)
class _Message:
    """A message that is not whole yet, or was just now."""

    since: float
    parts: dict[int, bytes] = field(default_factory=dict)
    whole: dict[int, bytes] | None = None
    """Digests of the parts once it was whole: one of them that comes again says nothing new."""


@dataclass(frozen=True, slots=True)
class Incomplete(Generic[K]):
    """A message that was given up: what had come of it, by number."""

    key: K
    total: int
    parts: dict[int, bytes]


class Assembly(Generic[K]):
    """
    Puts parts together again, in whatever order they come.

    A part that comes twice counts once, also after its message was whole. Another part under a
    number that was there begins a new message: references come round. A message that is not whole
    after `expiry_s`, and the oldest when there is no room left, is given up and told of.

    What is here is in memory only. Who must not lose a part keeps it elsewhere before answering.
    """

    def __init__(
        self,
        *,
        expiry_s: float = 600,
        messages: int = 10_000,
        octets: int = 8 << 20,
        given_up: Callable[[Incomplete[K]], None] = lambda _: None,
    ) -> None:
        self._expiry_s = expiry_s
        self._most_messages = messages
        self._most_octets = octets
        self._given_up = given_up
        self._kept: OrderedDict[tuple[K, int, int], _Message] = OrderedDict()
        self._octets = 0

    def __len__(self) -> int:
        """Messages that are not whole."""
        return sum(message.whole is None for message in self._kept.values())

    @property
    def octets(self) -> int:
        """About what is kept, in octets."""
        return self._octets

    def add(self, key: K, segment: Segment, at: float) -> bytes | None:
        """
        Take a part; return the message's octets if it is whole now.

        :param key: whose it is: sender, receiver, coding.
        :param at: seconds on a clock that only goes forward.
        """
        if segment.total == 1:
            return segment.octets
        place = (key, segment.reference, segment.total)
        message = self._kept.get(place)
        if message is not None and self._begins_anew(message, segment, at):
            self._drop(place)
            message = None
        if message is None:
            message = self._kept[place] = _Message(at)
        if message.whole is not None or segment.number in message.parts:
            return None
        message.parts[segment.number] = segment.octets
        self._octets += _KEEPING + len(segment.octets)
        if len(message.parts) < segment.total:
            self.expire(at)
            return None
        whole = b"".join(message.parts[n] for n in range(1, segment.total + 1))
        self._octets -= len(whole)
        message.whole = {n: _digest(octets) for n, octets in message.parts.items()}
        message.parts = {}
        self.expire(at)
        return whole

    def expire(self, at: float) -> None:
        """Give up what is too old or too much. `add` does; call it when nothing comes."""
        while self._kept:
            place, message = next(iter(self._kept.items()))
            if (
                at - message.since < self._expiry_s
                and len(self._kept) <= self._most_messages
                and self._octets <= self._most_octets
            ):
                return
            self._drop(place)

    def _begins_anew(self, message: _Message, segment: Segment, at: float) -> bool:
        if at - message.since >= self._expiry_s:
            return True
        if message.whole is not None:
            return message.whole[segment.number] != _digest(segment.octets)
        return message.parts.get(segment.number, segment.octets) != segment.octets

    def _drop(self, place: tuple[K, int, int]) -> None:
        message = self._kept.pop(place)
        self._octets -= _KEEPING * len(message.whole or message.parts)
        self._octets -= sum(map(len, message.parts.values()))
        if message.whole is None:
            self._given_up(Incomplete(place[0], place[2], message.parts))


def _digest(octets: bytes) -> bytes:
    return hashlib.blake2b(octets, digest_size=8).digest()
