"""Whatever people send, in whatever order, twice: nothing breaks, nothing is done unconfirmed."""

from __future__ import annotations

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qudao.journeys.dialogue import talking
from qudao.journeys.dialogue.types import Front, Keys, Message, Screen, ScreenKind
from tests.journeys.dialogue.hall import (
    COUNTER,
    KIOSK,
    SMS,
    USSD,
    Hall,
    on_menu,
    orders,
    way,
)
from tests.province import assert_sound

LINE = "{line}"
WORDS = st.sampled_from(
    [
        *map(str, range(10)),
        *("00", "#", "*", "?", "88", "yes", "no", "cancel", "menu", "是", "取消", "１"),
        *("CZ", "YE", "ZD", "TC", "DG", "XH", "WD", "YY 1", "YY 2", "CZK", "充值", "缴费"),
        *(LINE, f"CZ {LINE} 50", f"JF {LINE} 20", f"DG {LINE} 2", "50", "5000", "0.001"),
        *("*100#", "*100*4*1#", "12345678", "", "   ", "\x00", "\ud800", "x" * 2000),
    ]
)
FRONTS = st.sampled_from([COUNTER, SMS, USSD, KIOSK])
YES = Keys().yes


def confirms(screen: Screen | None, text: str) -> bool:
    return (
        screen is not None and screen.kind is ScreenKind.CONFIRM and text.casefold() in {*YES, "１"}
    )


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(front=FRONTS, texts=st.lists(WORDS, min_size=1, max_size=14), english=st.booleans())
def test_nothing_breaks(hall: Hall, front: Front, texts: list[str], english: bool) -> None:
    line = hall.customer
    talk = hall.talk(
        front, "" if front is COUNTER else line, language="en" if english else "zh-hans"
    )
    with transaction.atomic():
        screen: Screen | None = None
        for nth, text in enumerate(texts):
            said = text.replace(LINE, line)
            message = Message(said, f"{nth}", screen.step if screen and not front.sole else None)
            dialogue = None if screen is None or front.sole else screen.dialogue
            before = orders()
            answer = talking.step(talk, message, dialogue)
            made = orders() - before
            assert made in (0, 1)
            if made:
                assert confirms(screen, said), "only a confirmation orders"
                assert answer.kind is ScreenKind.DONE and answer.order is not None
            assert talking.step(talk, message, answer.dialogue) == answer
            assert orders() == before + made, "once more is not another one"
            assert front.fits is None or front.fits(answer.text), answer.text
            assert answer.text and all(str(one) for one in answer.lines)
            assert 1 <= answer.page <= answer.pages
            screen = answer
        assert_sound()
        transaction.set_rollback(True)


@pytest.mark.parametrize("front", [COUNTER, KIOSK], ids=lambda front: front.code)
def test_every_screen_s_choices_can_be_sent(hall: Hall, front: Front) -> None:
    """Each choice of the menu leads somewhere, and each of a list is an answer to it."""
    talk = hall.talk(front, "" if front is COUNTER else hall.customer)
    found = on_menu(talk)
    assert found
    for nth, item in enumerate(sorted(found)):
        screen = talking.start(talk)
        for depth, key in enumerate(way(talk, item)):
            assert screen.pages > 1 or key in [one.key for one in screen.choices], item
            message = Message(key, f"{nth}-{depth}", screen.step)
            screen = talking.step(talk, message, screen.dialogue)
        assert screen.item == item or screen.kind is not ScreenKind.MENU, item
        talking.step(talk, Message("cancel", f"{nth}-cancel"), screen.dialogue)
