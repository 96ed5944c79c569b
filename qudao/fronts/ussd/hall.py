"""What phones say and what they are shown, whichever gateway is between."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from typing import Final
from uuid import uuid4

from django.db import Error as DatabaseError
from django.utils import translation
from django.utils.translation import gettext as _

from qudao.domain.credential import queries as credentials
from qudao.domain.credential.types import Policy
from qudao.fronts.wording import word_to_customer
from qudao.journeys import callers, halls
from qudao.journeys.dialogue import talking
from qudao.journeys.dialogue.types import Front, Message, Screen, Talk, plain_text
from qudao.journeys.halls import Hall
from qudao.journeys.menu.item import Audience, Pays
from qudao.journeys.proving import ByPassword
from qudao.journeys.waiting import Answers, MustWait, write_down
from qudao.kernel.numbers import national_msisdn
from qudao.kernel.refusals import Refusal
from qudao.platform.smpp.ussd import STANDARD, Profile, fits

FRESH: Final = timedelta(seconds=1)
"""So long the hall's outlet, and the rules of identification, are not asked for again."""

log = logging.getLogger(__name__)


def _fits(text: str) -> bool:
    return fits(text, STANDARD)


HALL: Final = halls.register(
    Hall(
        Front(
            "ussd",
            frozenset({Audience.ANYONE, Audience.SUBSCRIBER}),
            word_to_customer,
            pays=frozenset({Pays.BOUND}),
            fits=_fits,
            remembers=True,
        ),
        kind="ussd_hall",
    )
)


@dataclass(frozen=True, slots=True)
class Said:
    """What a phone said."""

    msisdn: str
    """As the gateway writes it."""
    text: str
    dials: bool = False
    """It begins the session: the text is the code that was dialled."""
    id: str = ""
    """The same when it is delivered again; empty where the gateway has no such thing."""
    step: int | None = None
    """The step of the screen that the phone shows, where it is known."""
    profile: Profile = STANDARD
    """What its gateway can show."""
    language: str = "zh-hans"


@dataclass(frozen=True, slots=True)
class Shown:
    """A screen."""

    text: str
    ends: bool
    """Nothing can be answered to it: the session is over."""
    step: int | None = None


class Base:
    """What all have in common that is said within a second, asked for once. For threads, too."""

    def __init__(self) -> None:
        self._known: tuple[datetime, Talk, Policy] | None = None

    def at(self, now: datetime) -> tuple[Talk, Policy]:
        """Return a talk of nobody's, and the rules of identification."""
        known = self._known
        if known is None or not now - FRESH < known[0] <= now:
            talk = HALL.talk(HALL.place(), at=now, key="ussd")
            known = self._known = (now, talk, credentials.policy())
        return known[1:]


def together(
    said: Sequence[Said], at: Sequence[datetime], asked: Sequence[Answers], base: Base
) -> list[Shown | MustWait | None]:
    """
    Return the screen that answers each, in one set; None: `alone` has to answer it, which may take
    longer, for it does what was confirmed. MustWait: another system has to be asked first, and what
    it answers is handed in then. No two may be of one phone.

    What fails is told on the screen of whose it is, and to nobody else.
    """
    try:
        pairs = _pairs(said, at, base)
        handed = [asked[place] for place in pairs]
        screens = dict(zip(pairs, talking.together(list(pairs.values()), handed), strict=True))
        write_down([one for one in screens.values() if isinstance(one, MustWait)])
    except DatabaseError:
        log.exception("USSD: the database does not answer")
        return [disturbed(one.language) for one in said]
    shown: list[Shown | MustWait | None] = []
    for place, one in enumerate(said):
        screen = screens.get(place)
        if place not in pairs:
            shown.append(strange(one.language))
        elif screen is None or isinstance(screen, MustWait):
            shown.append(screen)
        else:
            shown.append(_shown(screen, one))
    return shown


def alone(said: Said, at: datetime, base: Base | None = None) -> Shown:
    """Return the screen that answers what one phone said."""
    try:
        pairs = _pairs([said], [at], base or Base())
        return _one(*pairs[0], said) if pairs else strange(said.language)
    except DatabaseError:
        log.exception("USSD: the database does not answer")
        return disturbed(said.language)


def strange(language: str) -> Shown:
    """Return what a phone is shown that has no mobile number of this country."""
    with translation.override(language):
        return Shown(_("This service is for mobile numbers of this country."), True)


def disturbed(language: str) -> Shown:
    """Return the last screen of a session that cannot be gone on with."""
    with translation.override(language):
        return Shown(_("Something went wrong with us. Dial again in a minute to go on."), True)


def _pairs(
    said: Sequence[Said], at: Sequence[datetime], base: Base
) -> dict[int, tuple[Talk, Message]]:
    """What dialogues are told, by place; who has no number of a phone is left out."""
    common, policy = base.at(max(at))
    found: dict[int, tuple[Talk, Message]] = {}
    for nth, one in enumerate(said):
        number = national_msisdn(one.msisdn)
        if number is None:
            continue
        ctx = replace(common.ctx, at=at[nth], request_key=f"ussd:{uuid4()}")
        front = common.front
        if one.profile is not STANDARD:
            front = _front(one.profile.octets, tuple(one.profile.codings))
        talk = replace(
            common,
            ctx=ctx,
            front=front,
            caller=callers.identify_by_network(ctx, msisdn=number, policy=policy),
            language=one.language,
            identify=ByPassword(address=number),
        )
        found[nth] = (talk, Message(one.text, one.id, one.step, calls=one.dials))
    return found


@cache
def _front(octets: int, codings: tuple[object, ...]) -> Front:
    """The hall on screens of another size."""
    profile = replace(STANDARD, octets=octets, codings=dict.fromkeys(codings, 0))  # type: ignore[arg-type]
    return replace(HALL.front, fits=lambda text: fits(text, profile))


def _one(talk: Talk, message: Message, said: Said) -> Shown:
    try:
        return _shown(talking.step(talk, message), said)
    except Refusal as refusal:
        with translation.override(said.language):
            return Shown(word_to_customer(refusal), True)
    except DatabaseError:
        raise
    except Exception:
        log.exception("USSD: a dialogue failed")
        return disturbed(said.language)


def _shown(screen: Screen | Exception, said: Said) -> Shown:
    if isinstance(screen, Exception):
        log.error("USSD: a dialogue failed", exc_info=screen)
        return disturbed(said.language)
    # After an item the session goes on where there is more to read or something that follows.
    ends = not screen.goes_on and not screen.choices and screen.page == screen.pages
    text = plain_text(screen.lines, ()) if ends else screen.text
    return Shown(text, ends, screen.step)
