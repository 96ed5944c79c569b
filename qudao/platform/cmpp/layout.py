"""
How the fields of a message lie one after the other, in either version.

A width is written as `struct` writes it (`B`, `I`, `Q`), or as a number of octets with `t` for
text (padded with NUL) and `o` for octets as they are; empty: the version has no such field.
Reading is lenient: a text ends at its first NUL and loses blanks behind it, an optional piece may
be cut short. Writing is strict: what does not fit is refused, not cut.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Protocol


class Version(IntEnum):
    """As the octet in CMPP_CONNECT says it: the major number above, the minor one below."""

    V20 = 0x20
    V30 = 0x30


class Unencodable(ValueError):
    """A message of ours that the protocol has no room for."""


class Ill(Exception):
    """The body of a message is not as its command says; inside of `decode` only."""


class Piece(Protocol):
    def pack(self, body: Any, version: Version) -> bytes: ...

    def unpack(self, raw: bytes, at: int, version: Version, values: dict[str, Any]) -> int:
        """Put what lies at `at` into `values`; returns where the next piece begins."""


@dataclass(frozen=True, slots=True)
class _Plan:
    """A row of fields in one version."""

    struct: struct.Struct
    fields: tuple[tuple[str, str, int], ...]
    """Name, kind (`t`, `o` or empty for a number) and width in octets."""


class Fixed:
    """Fields of fixed width: name → width, or a pair of widths for 2.0 and 3.0."""

    def __init__(self, *, optional: bool = False, **widths: str | tuple[str, str]) -> None:
        self._optional = optional
        pairs = {
            name: (width, width) if isinstance(width, str) else width
            for name, width in widths.items()
        }
        self._plans: Mapping[Version, _Plan] = {
            version: _plan({name: pair[at] for name, pair in pairs.items() if pair[at]})
            for at, version in enumerate((Version.V20, Version.V30))
        }

    def size(self, version: Version) -> int:
        """Octets in all."""
        return self._plans[version].struct.size

    def pack(self, body: Any, version: Version) -> bytes:
        plan = self._plans[version]
        values = []
        for name, kind, width in plan.fields:
            value = getattr(body, name)
            if kind == "t":
                value = text_octets(name, value, width)
            elif kind == "o":
                if len(value) != width:
                    raise Unencodable(f"{name} has {len(value)} octets instead of {width}")
            elif not 0 <= value < 1 << 8 * width:
                raise Unencodable(f"{name} is {value}: it has {width} octets")
            values.append(value)
        return plan.struct.pack(*values)

    def unpack(self, raw: bytes, at: int, version: Version, values: dict[str, Any]) -> int:
        plan = self._plans[version]
        end = at + plan.struct.size
        if end > len(raw):
            if not self._optional:
                raise Ill(f"it ends after {len(raw)} octets of {end} or more")
            raw += bytes(end - len(raw))
        for (name, kind, _), value in zip(
            plan.fields, plan.struct.unpack_from(raw, at), strict=True
        ):
            values[name] = octets_text(value) if kind == "t" else value
        return end


class Destinations:
    """DestUsr_tl, and as many numbers as it says."""

    def __init__(self, name: str, width_v20: int, width_v30: int) -> None:
        self._name = name
        self._widths = {Version.V20: width_v20, Version.V30: width_v30}

    def pack(self, body: Any, version: Version) -> bytes:
        width = self._widths[version]
        numbers: tuple[str, ...] = getattr(body, self._name)
        return bytes((len(numbers),)) + b"".join(
            text_octets(self._name, number, width).ljust(width, b"\0") for number in numbers
        )

    def unpack(self, raw: bytes, at: int, version: Version, values: dict[str, Any]) -> int:
        width = self._widths[version]
        count = _octet(raw, at, "the number of destinations")
        begin, end = at + 1, at + 1 + count * width
        if end > len(raw):
            raise Ill(f"it has no room for the {count} destinations that it tells of")
        values[self._name] = tuple(
            octets_text(raw[place : place + width]) for place in range(begin, end, width)
        )
        return end


class Content:
    """Msg_Length, and as many octets as it says."""

    def __init__(self, name: str) -> None:
        self._name = name

    def pack(self, body: Any, version: Version) -> bytes:
        content: bytes = getattr(body, self._name)
        return bytes((len(content),)) + content

    def unpack(self, raw: bytes, at: int, version: Version, values: dict[str, Any]) -> int:
        begin = at + 1
        end = begin + _octet(raw, at, "the length of its content")
        if end > len(raw):
            raise Ill(f"its content has {end - begin} octets, but {len(raw) - begin} are there")
        values[self._name] = raw[begin:end]
        return end


def text_octets(name: str, text: str, width: int) -> bytes:
    """
    :raises Unencodable: if it is too long, is not ASCII, or would not be read as it is.
    """
    if not text.isascii() or "\0" in text or text.endswith(" "):
        raise Unencodable(f"{name} {text!r} is not plain ASCII text")
    if len(text) > width:
        raise Unencodable(f"{name} {text!r} is longer than {width} octets")
    return text.encode("ascii")


def octets_text(octets: bytes) -> str:
    """Each octet is a character of its own: nothing that came is lost or refused."""
    return octets.partition(b"\0")[0].rstrip(b" ").decode("latin-1")


def _plan(widths: Mapping[str, str]) -> _Plan:
    codes, fields = ">", []
    for name, width in widths.items():
        found = re.fullmatch(r"(\d+)([to])", width)
        code = f"{found[1]}s" if found else width
        codes += code
        fields.append((name, found[2] if found else "", struct.calcsize(f">{code}")))
    return _Plan(struct.Struct(codes), tuple(fields))


def _octet(raw: bytes, at: int, what: str) -> int:
    if at >= len(raw):
        raise Ill(f"it ends before {what}")
    return raw[at]
