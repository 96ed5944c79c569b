"""
Pictures as they may be stored: JPEG or PNG by their content, whole, and with nothing in them but
the picture.

A camera writes where and when a picture was taken; that is cut out, and so is whatever else hangs
on a file: comments, previews, other files behind the end. How the picture is turned is kept.
"""

from __future__ import annotations

import io
import re
import struct
import zlib
from dataclasses import dataclass
from typing import Final

from PIL import Image

from qudao.kernel.refusals import Kind, Refusal

LARGEST: Final = 2 << 20
"""Octets of a picture."""
SMALLEST_SIDE: Final = 100
LARGEST_SIDE: Final = 10_000

_PNG: Final = b"\x89PNG\r\n\x1a\n"
_PNG_KEPT: Final = {
    b"IHDR",
    b"PLTE",
    b"tRNS",
    b"gAMA",
    b"cHRM",
    b"sRGB",
    b"sBIT",
    b"bKGD",
    b"pHYs",
    b"IDAT",
    b"IEND",
}
_SOI: Final = b"\xff\xd8"
_EOI: Final = b"\xff\xd9"
_FRAMES: Final = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}
"""Markers that begin a frame and tell the picture's size (ITU-T T.81, table B.1)."""
_KEPT_APPLICATION: Final = {0xE0, 0xEE}
"""JFIF, and Adobe's note on colour."""
# In the data of a scan 0xFF stands before 0x00, or before a restart marker, or fills.
_NEXT_MARKER: Final = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")


@dataclass(eq=False)
class PictureTooLarge(Refusal, kind=Kind.INVALID):
    """The picture's file is larger than is stored."""

    size: int
    most: int
    """Octets."""


@dataclass(eq=False)
class PictureUnreadable(Refusal, kind=Kind.INVALID):
    """It is no whole JPEG or PNG picture, or one that shows nothing: too small, or too large."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture with nothing but the picture in it."""

    content: bytes
    media_type: str
    """`image/jpeg` or `image/png`."""
    width: int
    height: int


class _Broken(Exception):
    pass


def clean(content: bytes, *, most: int = LARGEST, smallest_side: int = SMALLEST_SIDE) -> Picture:
    """
    Check a picture by its content and take out of it what is not the picture.

    :raises PictureTooLarge: if it has more octets than `most`.
    :raises PictureUnreadable: if it is no whole JPEG or PNG of a sensible size.
    """
    if len(content) > most:
        raise PictureTooLarge(len(content), most)
    try:
        if content.startswith(_PNG):
            picture = _png(content)
        elif content.startswith(_SOI):
            picture = _jpeg(content)
        else:
            raise _Broken
    except (_Broken, IndexError, struct.error) as error:
        raise PictureUnreadable from error
    short, long = sorted((picture.width, picture.height))
    if short < smallest_side or long > LARGEST_SIDE:
        raise PictureUnreadable
    return picture


def has_ink(picture: Picture) -> bool:
    """
    Say whether anything was drawn: whether not all of the picture is of one colour.

    :raises PictureUnreadable: if its data cannot be decoded.
    """
    try:
        with Image.open(io.BytesIO(picture.content), formats=["PNG", "JPEG"]) as image:
            image.load()
            shown = Image.new("RGBA", image.size, "white")
            shown.alpha_composite(image.convert("RGBA"))
            return shown.convert("RGB").getcolors(1) is None
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise PictureUnreadable from error


def _png(content: bytes) -> Picture:
    kept, position, size, first = [_PNG], len(_PNG), (0, 0), True
    while True:
        length, kind = struct.unpack_from(">I4s", content, position)
        end = position + 12 + length
        if end > len(content):
            raise _Broken
        data = content[position + 8 : end - 4]
        (check,) = struct.unpack_from(">I", content, end - 4)
        if zlib.crc32(kind + data) != check or first != (kind == b"IHDR"):
            raise _Broken
        if first:
            size, first = struct.unpack_from(">II", data), False
        if kind in _PNG_KEPT:
            kept.append(content[position:end])
        position = end
        if kind == b"IEND":
            return Picture(b"".join(kept), "image/png", *size)


def _jpeg(content: bytes) -> Picture:
    kept, position, size, scanned = [_SOI], 2, (0, 0), False
    while True:
        if content[position] != 0xFF:
            raise _Broken
        while content[position + 1] == 0xFF:  # fill
            position += 1
        marker = content[position + 1]
        if marker == 0xD9:
            if not scanned or size == (0, 0):
                raise _Broken
            return Picture(b"".join([*kept, _EOI]), "image/jpeg", *size)
        (length,) = struct.unpack_from(">H", content, position + 2)
        end = position + 2 + length
        if length < 2 or end > len(content):
            raise _Broken
        segment = content[position:end]
        if marker in _FRAMES:
            height, width = struct.unpack_from(">HH", segment, 5)
            size = (width, height)
        if marker == 0xDA:
            following = _NEXT_MARKER.search(content, end)
            if following is None:
                raise _Broken
            end, scanned = following.start(), True
            segment = content[position:end]
        if marker == 0xE1:
            segment = _turned(segment)
        elif 0xE0 <= marker <= 0xEF or marker == 0xFE:
            segment = segment if marker in _KEPT_APPLICATION else b""
        kept.append(segment)
        position = end


def _turned(segment: bytes) -> bytes:
    """Return an Exif segment that tells how the picture is turned, and nothing else."""
    if not segment[4:].startswith(b"Exif\x00\x00"):
        return b""
    tiff = segment[10:]
    order = {b"II": "<", b"MM": ">"}.get(tiff[:2], "")
    try:
        (start,) = struct.unpack_from(f"{order}I", tiff, 4)
        (count,) = struct.unpack_from(f"{order}H", tiff, start)
        for entry in range(count):
            tag, _type, _n, value = struct.unpack_from(f"{order}HHIH", tiff, start + 2 + 12 * entry)
            if order and tag == 0x0112 and 2 <= value <= 8:
                said = struct.pack(">2sHIHHHIHHI", b"MM", 42, 8, 1, 0x0112, 3, 1, value, 0, 0)
                exif = b"Exif\x00\x00" + said
                return b"\xff\xe1" + struct.pack(">H", 2 + len(exif)) + exif
    except struct.error:
        return b""
    return b""
