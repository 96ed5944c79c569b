"""What the phone hall can do."""

from __future__ import annotations

from typing import Final

from qudao.fronts.wording import word_to_customer
from qudao.journeys import halls
from qudao.journeys.dialogue.types import Front, Keys
from qudao.journeys.halls import Hall
from qudao.journeys.menu.item import Audience, Kind, Pays

KEYS: Final = Keys(
    back=("*", "back", "返回"),
    menu=("0", "menu", "菜单"),
    more=("#", "more", "下页"),
    previous=("previous", "上页"),
    resume="0",
)
"""One key each, so that nobody waits: back is the star, more the hash, the menu nought."""

HALL: Final = halls.register(
    Hall(
        Front(
            "phone",
            frozenset({Audience.ANYONE, Audience.SUBSCRIBER}),
            word_to_customer,
            pays=frozenset({Pays.BOUND}),
            most_choices=9,
            keys=KEYS,
            asks=frozenset(Kind) - {Kind.TEXT},
        ),
        kind="ivr_hall",
    )
)
