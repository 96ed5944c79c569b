"""The hall that customers stand before, and the kiosk that a request comes from."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import Final, cast
from uuid import uuid4

from django.conf import settings
from django.http import HttpRequest
from django.utils.module_loading import import_string

from qudao.domain.party.queries import authority
from qudao.domain.saleschannel import queries as saleschannel
from qudao.domain.terminal.ports import Devices
from qudao.domain.terminal.types import Part
from qudao.fronts.wording import word_to_customer
from qudao.journeys import halls
from qudao.journeys.dialogue.types import Front, Identify, Talk
from qudao.journeys.halls import Hall
from qudao.journeys.menu.item import Audience, Kind, Pays, Place
from qudao.journeys.proving import ByPassword
from qudao.kernel.personal import Secret
from qudao.platform.identity.roles import system_context
from qudao.platform.identity.tokens import authenticate

FRONT: Final = halls.register(
    Hall(
        Front(
            "kiosk",
            frozenset({Audience.ANYONE, Audience.SUBSCRIBER}),
            word_to_customer,
            pays=frozenset({Pays.CARD, Pays.CASH}),
            most_choices=12,
            sole=False,
            window=timedelta(minutes=5),
            patience=4,
        ),
        kind="kiosk",
    )
)
COOKIE: Final = "qudao_kiosk"
"""Holds the token by which this terminal is known; only these pages get it."""
SERVE: Final = "kiosk.serve"
"""What the role of a kiosk may do: show these pages to customers."""

NEEDED: Final = {Pays.CASH: Part.CASH, Pays.CARD: Part.CARD}
"""The device that each way of paying takes."""


@dataclass(frozen=True, slots=True)
class Kiosk:
    """The terminal that asks, at this moment."""

    place: Place
    node: str
    """Node code of its outlet."""
    name_zh: str
    name_en: str
    at: datetime

    @property
    def devices(self) -> Devices:
        return devices_at(self.node)

    @property
    def address(self) -> str:
        """By which wrong tries to prove a line are counted."""
        return f"kiosk:{self.node}"

    def position(self) -> tuple[Decimal, Decimal] | None:
        """Return where it stands, as its outlet says."""
        ctx = system_context(self.at, f"kiosk:{uuid4()}", channel=FRONT.front.code)
        row = saleschannel.outlet(ctx, outlet=self.place.outlet)
        if row.longitude is None or row.latitude is None:
            return None
        return row.longitude, row.latitude

    def talk(
        self,
        *,
        language: str,
        parts: frozenset[Part],
        position: tuple[Decimal, Decimal] | None = None,
        identify: Identify | None = None,
    ) -> Talk:
        """Return what a dialogue wants to know of one message: it is paid by what works."""
        pays = frozenset(one for one in FRONT.front.pays if NEEDED[one] in parts)
        return _with(pays, language).talk(
            self.place,
            at=self.at,
            key=f"kiosk:{uuid4()}",
            language=language,
            position=position,
            identify=identify or ByPassword(self.address),
        )


@cache
def _with(pays: frozenset[Pays], language: str) -> Hall:
    """
    The hall where only these ways of paying work; the same one each time, as menus are kept.

    Its keyboard has Latin letters: who speaks Chinese is not asked for words, but called back.
    """
    asks = FRONT.front.asks - ({Kind.TEXT} if language == "zh-hans" else set())
    return replace(FRONT, front=replace(FRONT.front, pays=pays, asks=asks))


def devices_at(node: str) -> Devices:
    """Return the devices of the kiosk with this node code."""
    return cast(Devices, import_string(settings.KIOSK_DEVICES)(node))


def kiosk_of(request: HttpRequest) -> Kiosk | None:
    """Return the terminal that a request comes from; None if it was never admitted, or no more."""
    return admitted(Secret(request.COOKIES.get(COOKIE, "")))


def admitted(token: Secret) -> Kiosk | None:
    """Return the kiosk for which a token speaks: in that role, at an active outlet of its kind."""
    at = datetime.now(UTC)
    found = authenticate(str.__str__(token), at) if token else None
    if found is None:
        return None
    bearer, _user = found
    held = authority(bearer.user, at, organization=bearer.organization)
    if held.acting is None or SERVE not in held.grants:
        return None
    place = halls.place_of(held.acting.organization)
    if place is None or place.kind != FRONT.kind:
        return None
    acting = held.acting
    return Kiosk(
        place,
        acting.organization_code,
        acting.organization_name_zh,
        acting.organization_name_en,
        at,
    )
