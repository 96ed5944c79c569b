"""Machines that call us: gateways of networks, each with a secret that it shares with us."""

from __future__ import annotations

import base64
import binascii
import hmac

from django.http import HttpRequest

from qudao.fronts.web.clients import client_ip
from qudao.fronts.web.limits import over_limit

STRANGERS_PER_MINUTE = 60
"""Requests without the right secret from one address; beyond it nothing more is looked at."""


def vouched(request: HttpRequest, secret: str | None) -> bool:
    """
    Say whether a request carries a secret: as `Authorization: Bearer …`, or as the password of
    `Basic`, which is what an address with `name:secret@` in it makes.

    None is the secret of nobody; the comparison takes as long.
    """
    given = _given(request.headers.get("Authorization", ""))
    same = hmac.compare_digest(given.encode(), (secret or "").encode())
    return same and bool(secret)


def too_many_strangers(request: HttpRequest, door: str) -> bool:
    """Count a request without the right secret; say whether its address had enough of them."""
    return over_limit(f"{door}-stranger", client_ip(request), STRANGERS_PER_MINUTE) > 0


def _given(header: str) -> str:
    kind, _, value = header.partition(" ")
    if kind.lower() == "bearer":
        return value.strip()
    if kind.lower() != "basic":
        return ""
    try:
        return base64.b64decode(value, validate=True).decode().partition(":")[2]
    except (binascii.Error, UnicodeDecodeError):
        return ""
