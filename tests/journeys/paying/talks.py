"""Customers who talk to halls where they can pay."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import timedelta

from qudao.domain.credential.types import Caller, Need, Way
from qudao.fronts.wording import word
from qudao.journeys.dialogue import talking
from qudao.journeys.dialogue.types import Front, Identify, Message, Screen, Talk
from qudao.journeys.menu.item import Audience, Call, Input, Kind, Pays, Place
from qudao.kernel.personal import Secret
from tests.journeys.paying.hall import MSISDN, PaidHall

CUSTOMERS = frozenset({Audience.ANYONE, Audience.SUBSCRIBER})
SMS = Front("sms", CUSTOMERS, word, pays=frozenset({Pays.BOUND}))
WEB = Front("web", CUSTOMERS, word, pays=frozenset({Pays.BOUND, Pays.PAGE}), sole=False)
KIOSK = Front("kiosk", CUSTOMERS, word, pays=frozenset({Pays.CARD, Pays.CASH}), sole=False)

_ids = itertools.count()


class Password:
    """The caller proves the line by a word that everybody knows."""

    def inputs(self, call: Call, need: Need) -> tuple[Input, ...]:
        return (Input("word", Kind.DIGITS, "The word", "1234", 4, 4),)

    def challenge(self, call: Call, need: Need, code: str) -> None:
        return

    def prove(self, call: Call, need: Need) -> Caller:
        at = call.ctx.at
        until = at + timedelta(minutes=10)
        return Caller(MSISDN, Way.PASSWORD, at, until, money_until=until)


def talk(hall: PaidHall, front: Front, caller: Caller, identify: Identify | None = None) -> Talk:
    ctx = replace(hall.context(), channel=front.code)
    place = Place(hall.outlet, "kiosk" if front is KIOSK else "sms_hall", "city", hall.path)
    return Talk(ctx, front, caller, place, "en", identify=identify)


def known(hall: PaidHall, msisdn: str, *, proved: bool = False) -> Caller:
    until = hall.at + timedelta(hours=1)
    money = until if proved else None
    return Caller(msisdn, Way.NETWORK, hall.at, known_until=until, money_until=money)


def says(t: Talk, text: str, screen: Screen | None = None, token: str = "") -> Screen:
    nth = next(_ids)
    fresh = replace(t, ctx=t.ctx.with_key(f"said-{nth}"))
    message = Message(text, f"m{nth}", token=Secret(token))
    if screen is not None:
        return talking.step(fresh, replace(message, step=screen.step), screen.dialogue)
    return talking.step(fresh, message)
