"""What the two halls are able to do."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from qudao.fronts.wording import word_to_customer
from qudao.journeys.dialogue.types import Front, Keys
from qudao.journeys.halls import Hall
from qudao.journeys.menu.item import Audience, Pays

KEYS: Final = Keys(
    back=(":back",),
    menu=(":menu",),
    cancel=(":cancel",),
    help=(":help",),
    more=(":more",),
    previous=(":previous",),
    yes=(":yes",),
    no=(":no",),
    resume=":resume",
)
"""What buttons send: nothing that anybody would type as an answer."""


def _hall(code: str, kind: str) -> Hall:
    front = Front(
        code,
        frozenset({Audience.ANYONE, Audience.SUBSCRIBER}),
        word_to_customer,
        pays=frozenset({Pays.BOUND, Pays.PAGE}),
        sole=False,
        window=timedelta(minutes=30),
        patience=5,
        keys=KEYS,
    )
    return Hall(front, kind)


WEB: Final = _hall("web", "web_hall")
MOBILE: Final = _hall("mobile", "mobile_hall")
