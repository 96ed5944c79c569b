"""What the SMS hall can do."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from qudao.domain.echannel.ports import limits_of
from qudao.fronts.wording import word_to_customer
from qudao.journeys.dialogue.types import Front
from qudao.journeys.halls import Hall
from qudao.journeys.menu.item import Audience, Pays
from qudao.platform.smpp.texts import Coding, coding_for, length


def fits(text: str) -> bool:
    """Say whether a text goes in as many parts as an answer may have."""
    page = limits_of("sms").page
    coding = coding_for(text)
    assert page is not None
    return length(text, coding) <= (page.narrow if coding is Coding.GSM7 else page.wide)


FRONT: Final = Front(
    "sms",
    frozenset({Audience.ANYONE, Audience.SUBSCRIBER}),
    word_to_customer,
    pays=frozenset({Pays.BOUND}),
    fits=fits,
    # Messages are written more slowly than keys are pressed.
    window=timedelta(minutes=15),
    remembers=True,
)

HALL: Final = Hall(FRONT, kind="sms_hall")
