"""What user names, phones, passwords and tokens look like."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from typing import Final

from qudao.kernel.numbers import valid_msisdn
from qudao.kernel.personal import Secret

_USERNAME = re.compile(r"[a-z][a-z0-9._-]{2,63}", re.ASCII)

_LETTERS: Final = "abcdefghjkmnpqrstuvwxyz23456789"
"""Without those that people take for one another when they read a password aloud."""

_TOKEN = re.compile(r"qd_([a-z2-9]{8})_([A-Za-z0-9_-]{43})", re.ASCII)


def valid_username(username: str) -> bool:
    """Lower case, begins with a letter, so that it is never mistaken for a phone number."""
    return _USERNAME.fullmatch(username) is not None


def valid_phone(phone: str) -> bool:
    return valid_msisdn(phone)


def temporary_password() -> Secret:
    """Return twelve random characters in groups of four: about 59 bits."""
    text = "".join(secrets.choice(_LETTERS) for _ in range(12))
    return Secret(f"{text[:4]}-{text[4:8]}-{text[8:]}")


def new_token() -> tuple[str, Secret]:
    """Return a token's public prefix and the whole secret, with 256 random bits."""
    prefix = "".join(secrets.choice(_LETTERS) for _ in range(8))
    return prefix, Secret(f"qd_{prefix}_{secrets.token_urlsafe(32)}")


def prefix_of(secret: str) -> str | None:
    """Return a token's public prefix, or None if the text is no token."""
    match = _TOKEN.fullmatch(secret)
    return match[1] if match else None


def token_hash(secret: str) -> bytes:
    """Return SHA-256: a random secret of 256 bits needs no salt and no slow hash."""
    return hashlib.sha256(secret.encode()).digest()


def same_hash(one: bytes, other: bytes) -> bool:
    return hmac.compare_digest(one, other)
