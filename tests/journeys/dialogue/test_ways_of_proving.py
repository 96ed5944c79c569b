"""Who it is, by the service password and by a code: in a dialogue, with all that is counted."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from qudao.domain.credential import operations as credential
from qudao.domain.credential.models import LineCredential
from qudao.journeys.dialogue.types import Role, Screen, ScreenKind
from qudao.journeys.proving import ByCode, ByPassword
from qudao.kernel.personal import Secret
from tests.domain.credential.line import BAD, GOOD, HERE, another, code_in, told
from tests.journeys.dialogue.hall import KIOSK, WEB, Hall, known, orders, says

RIGHT, WRONG = str.__str__(GOOD), str.__str__(BAD)


def have_password(hall: Hall, line: str) -> None:
    credential.set_password(hall.province.system(), msisdn=line, password=Secret(RIGHT))


def problem(screen: Screen) -> str:
    return " ".join(one.text for one in screen.lines if one.role is Role.PROBLEM)


def test_number_and_password_open_the_balance(hall: Hall) -> None:
    line, talk = hall.customer, hall.talk(WEB, identify=ByPassword(HERE))
    have_password(hall, line)
    screen = says(talk, line, says(talk, "YE"))
    assert screen.wanted is not None and screen.wanted.secret
    screen = says(talk, WRONG, screen)
    assert "tries left: 4" in problem(screen)
    done = says(talk, RIGHT, says(talk, line, screen))
    assert done.kind is ScreenKind.DONE and done.facts["msisdn"] == line
    assert LineCredential.objects.get(msisdn=line).wrong == 0


def test_wrong_ones_lock_the_line_though_each_was_refused(hall: Hall) -> None:
    line = hall.customer
    have_password(hall, line)
    for n in range(2):
        talk = hall.talk(replace(KIOSK, code=f"kiosk{n}"), identify=ByPassword(HERE))
        screen = says(talk, "YE")
        for _ in range(3 - n):
            screen = says(talk, WRONG, says(talk, line, screen))
        assert screen.kind is ScreenKind.REFUSED
    row = LineCredential.objects.get(msisdn=line)
    assert row.wrong == 5 and row.locked_until == hall.at + timedelta(hours=24)
    talk = hall.talk(WEB, identify=ByPassword(HERE))
    locked = says(talk, RIGHT, says(talk, line, says(talk, "YE")))
    assert locked.kind is ScreenKind.REFUSED and "msisdn" not in locked.facts


def test_a_code_is_sent_for_what_is_needed(hall: Hall) -> None:
    line = hall.customer
    talk = hall.talk(KIOSK, caller=known(line), identify=ByCode(HERE, "en"))
    screen = says(talk, "DG 1")
    assert screen.wanted is not None and screen.wanted.code == "code"
    (text,) = told()
    assert "for a payment or an order" in text
    screen = says(talk, str.__str__(another(code_in(text))), screen)
    assert "tries left: 4" in problem(screen)
    assert len(told()) == 1, "the one that was sent is still good"
    screen = says(talk, str.__str__(code_in(text)), screen)
    assert screen.kind is ScreenKind.CONFIRM
    assert says(talk, "yes", screen).kind is ScreenKind.DONE and orders() == 1


def test_a_code_is_sent_to_the_number_that_was_given(hall: Hall) -> None:
    line, talk = hall.customer, hall.talk(WEB, identify=ByCode(HERE, "en"))
    screen = says(talk, "YE")
    assert told() == []
    screen = says(talk, line, screen)
    (text,) = told()
    done = says(talk, str.__str__(code_in(text)), screen)
    assert done.kind is ScreenKind.DONE and done.facts["msisdn"] == line
