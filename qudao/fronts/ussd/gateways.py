"""
The gateways of this installation: settings, read into what the fronts need.

`QUDAO_USSD_LINKS` is a list of those that we bind to, `QUDAO_USSD_GATEWAYS` an object of those
that call us, both as JSON. docs/ussd.md shows them.
"""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Any, Final, Literal, TypeVar

import msgspec
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from qudao.platform.smpp import ussd
from qudao.platform.smpp.texts import Coding
from qudao.platform.smpp.types import Binding
from qudao.platform.smpp.ussd import Op, Profile

LIKE: Final[Mapping[str, Profile]] = {
    one.name: one for one in (ussd.STANDARD, ussd.NUMBERED, ussd.CELL_BROADCAST)
}
SHORTEST_SECRET: Final = 16

Name = Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9-]{1,40}$")]
Language = Literal["zh-hans", "en"]


class ProfileData(msgspec.Struct, forbid_unknown_fields=True):
    """What is different at a gateway from the profile that it is like."""

    like: str = "standard"
    ops: dict[str, int] = {}
    """dial, menu, final, answer → `ussd_service_op`."""
    also: dict[str, str] = {}
    """Further values that come → dial, answer, over."""
    service_type: str | None = None
    session: int | None | msgspec.UnsetType = msgspec.UNSET
    session_octets: int | None | msgspec.UnsetType = msgspec.UNSET
    echoed: list[int] | None = None
    marks_end: bool | None = None
    codings: dict[str, int] = {}
    """gsm7, ucs2, latin1 → `data_coding`, in the order of preference."""
    packed: bool | None = None
    octets: Annotated[int, msgspec.Meta(ge=40, le=160)] | None = None


class LinkData(msgspec.Struct, forbid_unknown_fields=True):
    """A gateway that we bind to by SMPP."""

    name: Name
    host: str
    port: Annotated[int, msgspec.Meta(ge=1, le=65535)]
    system_id: str
    password: str
    system_type: str = ""
    address_range: str = ""
    tls: bool = False
    window: Annotated[int, msgspec.Meta(ge=1, le=1000)] = 50
    code: str = ""
    """What is dialled to come here, where that is more than one number: `*100*8#`."""
    language: Language = "zh-hans"
    profile: ProfileData = msgspec.field(default_factory=ProfileData)


class CallerData(msgspec.Struct, forbid_unknown_fields=True):
    """A gateway that calls us over HTTP."""

    secret: Annotated[str, msgspec.Meta(min_length=SHORTEST_SECRET)]
    language: Language = "zh-hans"
    octets: Annotated[int, msgspec.Meta(ge=40, le=160)] = 160


@dataclass(frozen=True, slots=True)
class LinkTo:
    """A gateway that we bind to."""

    name: str
    binding: Binding
    window: int
    code: str
    language: str
    profile: Profile


def links() -> list[LinkTo]:
    """:raises ImproperlyConfigured: if `QUDAO_USSD_LINKS` says something that cannot be."""
    found = _read("QUDAO_USSD_LINKS", settings.USSD_LINKS or "[]", list[LinkData])
    if len({one.name for one in found}) < len(found):
        raise ImproperlyConfigured("QUDAO_USSD_LINKS: two links have one name")
    return [
        LinkTo(
            one.name,
            Binding(
                one.host,
                one.port,
                one.system_id,
                one.password,
                system_type=one.system_type,
                address_range=one.address_range,
                tls=ssl.create_default_context() if one.tls else None,
            ),
            one.window,
            one.code,
            one.language,
            profile_of(one.name, one.profile),
        )
        for one in found
    ]


def gateways() -> dict[str, CallerData]:
    """
    Return the gateways that may call, by name.

    :raises ImproperlyConfigured: if `QUDAO_USSD_GATEWAYS` says something that cannot be.
    """
    return _read("QUDAO_USSD_GATEWAYS", settings.USSD_GATEWAYS or "{}", dict[Name, CallerData])


def profile_of(name: str, data: ProfileData) -> Profile:
    """:raises ImproperlyConfigured: if there is no such profile, operation or coding."""
    try:
        changed: dict[str, Any] = {
            key: value
            for key in ("service_type", "marks_end", "packed", "octets")
            if (value := getattr(data, key)) is not None
        }
        for key in ("session", "session_octets"):
            if (value := getattr(data, key)) is not msgspec.UNSET:
                changed[key] = value
        like = LIKE[data.like]
        if data.echoed is not None:
            changed["echoed"] = tuple(data.echoed)
        if data.ops:
            changed["ops"] = {**like.ops, **{Op(op): value for op, value in data.ops.items()}}
        if data.also:
            changed["also"] = {int(value): Op(op) for value, op in data.also.items()}
        if data.codings:
            changed["codings"] = {Coding[k.upper()]: value for k, value in data.codings.items()}
    except (KeyError, ValueError) as error:
        raise ImproperlyConfigured(f"QUDAO_USSD_LINKS: {name}: its profile: {error}") from None
    return replace(like, name=name, **changed) if changed else like


T = TypeVar("T")


def _read(name: str, text: str, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(text, type=kind)
    except (msgspec.DecodeError, msgspec.ValidationError) as error:
        raise ImproperlyConfigured(f"{name}: {error}") from None
