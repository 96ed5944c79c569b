"""
The voice platforms of this installation: `QUDAO_PHONE_GATEWAYS`, an object in JSON.

docs/phone.md shows it.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

Name = Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9-]{1,40}$")]


class Platform(msgspec.Struct, forbid_unknown_fields=True):
    """A voice platform that reads our pages."""

    secret: Annotated[str, msgspec.Meta(min_length=16)]
    language: Literal["zh-hans", "en"] = "zh-hans"
    """In which a call begins, where the platform does not say."""
    vouches: bool = True
    """The caller's number comes from the network. Otherwise callers say who they are."""
    agents: str = ""
    """Where callers are put through to people: `sip:…` or `tel:…`; empty: nowhere."""


def platforms() -> dict[str, Platform]:
    """
    Return the platforms that may ask for pages, by name.

    :raises ImproperlyConfigured: if `QUDAO_PHONE_GATEWAYS` says something that cannot be.
    """
    try:
        return msgspec.json.decode(settings.PHONE_GATEWAYS or "{}", type=dict[Name, Platform])
    except (msgspec.DecodeError, msgspec.ValidationError) as error:
        raise ImproperlyConfigured(f"QUDAO_PHONE_GATEWAYS: {error}") from None
