"""
A chat bot as the seventh hall: all that there is to a front.

It can show 400 characters at once, and takes money by the card that is bound to the line. Who
writes is told by the chat network, as for short messages.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from qudao.domain.echannel import ports
from qudao.domain.echannel.types import FrontLimits, Room
from qudao.fronts.wording import word
from qudao.journeys import callers, halls
from qudao.journeys.dialogue import talking
from qudao.journeys.dialogue.types import Front, Message, Screen
from qudao.journeys.halls import Hall
from qudao.journeys.menu.item import Audience, Pays
from qudao.journeys.proving import ByPassword

LONGEST: Final = 400

ports.register(
    FrontLimits(
        front="chat",
        name_zh="聊天",
        name_en="Chat",
        page=Room(LONGEST, LONGEST),
        lines=None,
        label=Room(40, 40),
        text=Room(160, 160),
        entries=30,
        depth=3,
        keywords=True,
    )
)
HALL: Final = halls.register(
    Hall(
        Front(
            "chat",
            frozenset({Audience.ANYONE, Audience.SUBSCRIBER}),
            word,
            pays=frozenset({Pays.BOUND}),
            fits=lambda text: len(text) <= LONGEST,
        ),
        kind="mobile_hall",
    )
)


@dataclass(frozen=True)
class Chat:
    """What somebody writes."""

    id: str
    number: str
    text: str


def answer(chat: Chat) -> Screen:
    """Answer one message."""
    at, key = datetime.now(UTC), f"chat:{chat.number}:{chat.id}"
    place = HALL.place()
    talk = HALL.talk(
        place,
        at=at,
        key=key,
        caller=callers.identify_by_network(HALL.context(place, at=at, key=key), msisdn=chat.number),
        identify=ByPassword(chat.number),
    )
    return talking.step(talk, Message(chat.text, chat.id))
