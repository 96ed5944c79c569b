"""Fronts to talk through: a counter, messages, USSD, the web, a terminal."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from qudao.domain.credential.types import ANYBODY, Caller, Way
from qudao.domain.ordering.models import Order
from qudao.fronts.wording import word
from qudao.journeys.dialogue import menus, talking
from qudao.journeys.dialogue.types import Entry, Front, Identify, Message, Screen, Talk
from qudao.journeys.menu.item import Audience, Pays, Place, items
from tests.boss_process import BossProcess
from tests.province import NOON, Province
from tests.stocked import Shelf

CUSTOMERS = frozenset({Audience.ANYONE, Audience.SUBSCRIBER})

COUNTER = Front("portal", frozenset({Audience.CLERK}), word, pays=frozenset({Pays.WALLET}))
SMS = Front("sms", CUSTOMERS, word, fits=lambda text: len(text) <= 160)
USSD = Front(
    "ussd",
    CUSTOMERS,
    word,
    fits=lambda text: len(text) <= (182 if text.isascii() else 80),
    window=timedelta(minutes=3),
)
WEB = Front("web", CUSTOMERS, word, sole=False)
KIOSK = Front(
    "kiosk",
    CUSTOMERS | {Audience.TERMINAL},
    word,
    pays=frozenset({Pays.WALLET}),
    sole=False,
    most_choices=6,
)

_ids = itertools.count()


def known(msisdn: str, at: datetime = NOON) -> Caller:
    """A caller whose number the network tells."""
    return Caller(msisdn, Way.NETWORK, at, known_until=at + timedelta(hours=12))


@dataclass
class Hall:
    """Whoever wants to talk, over any front, to an outlet's place in the small province."""

    province: Province
    boss: BossProcess
    shelf: Shelf | None = None
    at: datetime = NOON

    @property
    def customer(self) -> str:
        """The number of a line that is active."""
        return self.boss.fresh().msisdn

    def talk(
        self,
        front: Front = SMS,
        msisdn: str = "",
        *,
        language: str = "en",
        caller: Caller | None = None,
        identify: Identify | None = None,
    ) -> Talk:
        place = self.province.agent
        role = "outlet_clerk" if front is COUNTER else "hall"
        ctx = self.province.context(role, place, at=self.at, channel=front.code)
        return Talk(
            ctx,
            front,
            caller or (known(msisdn, self.at) if msisdn else ANYBODY),
            Place(place, "agency_point", "city", self.province.paths[place]),
            language,
            identify=identify,
        )

    def later(self, by: timedelta) -> None:
        self.at += by


def says(talk: Talk, text: str, screen: Screen | None = None, *, id: str = "") -> Screen:
    """Send a message, each with an id of its own; `screen` is the one that it answers."""
    message = Message(text, id or f"m{next(_ids)}")
    # Each message has its own context, as a front makes one for each.
    fresh = replace(talk, ctx=talk.ctx.with_key(f"contact-{next(_ids)}"))
    if screen is not None:
        return talking.step(fresh, replace(message, step=screen.step), screen.dialogue)
    return talking.step(fresh, message)


def way(talk: Talk, item: str) -> list[str]:
    """The keys that lead from the menu to an item: those of its folders, and its own."""

    def to(entries: Sequence[Entry]) -> list[str]:
        for entry in entries:
            if entry.item == item:
                return [entry.digit]
            if inside := to(entry.entries):
                return [entry.digit, *inside]
        return []

    return to(menus.menu_of(talk, talk.caller).entries)


def on_menu(talk: Talk) -> set[str]:
    """All items that are offered, in whatever folder."""
    return {code for code in items if way(talk, code)}


def orders() -> int:
    return Order.objects.unscoped("all that there are").count()
