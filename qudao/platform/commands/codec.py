"""Command arguments and answers as JSON, typed both ways, with what is personal masked."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID

import msgspec
from django.conf import settings

from qudao.kernel.personal import Personal, Secret

MASK = "•••"

Json = Any
"""What JSON can say: None, bool, int, str, list, dict."""


def encode(value: object, *, masked: bool = True) -> Json:
    """
    Return plain JSON values for an argument or an answer.

    Dataclasses become objects, dates ISO 8601 text, UUIDs text, sets sorted lists. Personal and
    secret text becomes a mask unless `masked` is off (for the request's fingerprint).
    """
    match value:
        case None | bool() | int():
            return value
        case Personal() | Secret():
            return MASK if masked else str.__str__(value)
        case Enum():
            return encode(value.value, masked=masked)
        case str():
            return value
        case UUID() | Decimal():
            return str(value)
        case datetime() | date():
            return value.isoformat()
        case dict():
            return {str(encode(k)): encode(v, masked=masked) for k, v in value.items()}
        case list() | tuple():
            return [encode(item, masked=masked) for item in value]
        case set() | frozenset():
            return sorted((encode(item, masked=masked) for item in value), key=repr)
        case bytes():
            return hashlib.sha256(value).hexdigest()
    if is_dataclass(value) and not isinstance(value, type):
        return {f.name: encode(getattr(value, f.name), masked=masked) for f in fields(value)}
    raise TypeError(f"a command cannot carry {type(value).__name__}")


def decode(value: Json, into: Any) -> Any:
    """Return an encoded value as the given type; the opposite of `encode`."""
    return msgspec.convert(value, into, strict=False, dec_hook=lambda kind, text: kind(text))


def fingerprint(command: str, arguments: dict[str, object]) -> bytes:
    """
    Return 32 bytes that tell two requests apart without revealing either.

    Keyed, because arguments may hold personal data that a plain hash would give away to
    guessing.
    """
    plain = msgspec.json.encode([command, encode(arguments, masked=False)], order="sorted")
    return hmac.digest(settings.SECRET_KEY.encode(), plain, "sha256")
