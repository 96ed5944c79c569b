"""Who it is: asked for like anything else, where an item needs it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from qudao.domain.credential.types import Caller, Need, Way
from qudao.domain.ordering.ports import SubscriberNotFound
from qudao.journeys.dialogue import talking
from qudao.journeys.dialogue.types import Front, Role, ScreenKind
from qudao.journeys.menu.item import Call, Input, Kind
from qudao.kernel.personal import Secret
from tests.journeys.dialogue.hall import KIOSK, WEB, Hall, known, orders, says


@dataclass
class ByAnyPassword:
    """Number and password: whoever knows that the password is 135790."""

    asked: list[str] = field(default_factory=list)

    def inputs(self, call: Call, need: Need) -> tuple[Input, ...]:
        number = Input("number", Kind.DIGITS, "Your number?", "Eleven digits.", 11, 11)
        secret = Input("password", Kind.PIN, "Your password?", "Six digits.", 6, 6)
        return (secret,) if call.caller.msisdn else (number, secret)

    def challenge(self, call: Call, need: Need, code: str) -> None:
        self.asked.append(code)

    def prove(self, call: Call, need: Need) -> Caller:
        msisdn = call.caller.msisdn or call.text("number")
        if str.__str__(Secret(call.text("password"))) != "135790":
            raise SubscriberNotFound(msisdn)
        until = call.ctx.at + timedelta(minutes=10)
        return Caller(msisdn, Way.PASSWORD, call.ctx.at, until + timedelta(hours=1), until, until)


@pytest.fixture
def identify() -> ByAnyPassword:
    return ByAnyPassword()


def test_it_is_asked_and_then_told(hall: Hall, identify: ByAnyPassword) -> None:
    talk, line = hall.talk(WEB, identify=identify), hall.customer
    screen = says(talk, "YE")
    assert screen.kind is ScreenKind.QUESTION and screen.wanted is not None
    assert screen.wanted.code == "number"
    screen = says(talk, line, screen)
    assert screen.wanted is not None and screen.wanted.secret
    done = says(talk, "135790", screen)
    assert done.kind is ScreenKind.DONE and done.facts["msisdn"] == line
    assert identify.asked == ["number", "password"]
    plan = says(talk, "TC", done)
    assert plan.kind is ScreenKind.DONE, "who was identified stays so"


def test_a_wrong_password_is_asked_again_and_then_no_more(
    hall: Hall, identify: ByAnyPassword
) -> None:
    talk, line = hall.talk(WEB, identify=identify), hall.customer
    screen = says(talk, line, says(talk, "YE"))
    screen = says(talk, "000000", screen)
    assert screen.wanted is not None and screen.wanted.code == "number"
    assert [one.text for one in screen.lines if one.role is Role.PROBLEM]
    for text in (line, "000000", line, "000000"):
        screen = says(talk, text, screen)
    assert screen.kind is ScreenKind.REFUSED and "msisdn" not in screen.facts


def test_back_goes_to_the_question_before(hall: Hall, identify: ByAnyPassword) -> None:
    talk, line = hall.talk(WEB, identify=identify), hall.customer
    screen = says(talk, "13903710009", says(talk, "YE"))
    screen = says(talk, "back", screen)
    assert screen.wanted is not None and screen.wanted.code == "number"
    done = says(talk, "135790", says(talk, line, screen))
    assert done.kind is ScreenKind.DONE and done.facts["msisdn"] == line


def test_a_shortcut_waits_for_it(hall: Hall, identify: ByAnyPassword) -> None:
    front = replace(KIOSK, code="kiosk2")
    talk = hall.talk(front, identify=identify)
    screen = says(talk, "DG 2")
    for text in (hall.customer, "135790"):
        screen = says(talk, text, screen)
    assert screen.kind is ScreenKind.CONFIRM, "the second add-on, of the list of the answer"


def test_money_needs_a_fresh_proof(hall: Hall, identify: ByAnyPassword) -> None:
    line = hall.customer
    talk = hall.talk(KIOSK, caller=known(line), identify=identify)
    screen = says(talk, "135790", says(talk, "DG 1"))
    assert screen.kind is ScreenKind.CONFIRM
    hall.later(timedelta(minutes=9))
    screen = says(hall.talk(KIOSK, caller=known(line), identify=identify), "no", screen)
    screen = says(hall.talk(KIOSK, caller=known(line), identify=identify), "DG 1", screen)
    assert screen.kind is ScreenKind.CONFIRM
    hall.later(timedelta(minutes=2))
    late = hall.talk(KIOSK, caller=known(line), identify=identify)
    screen = says(late, "yes", screen)
    assert screen.kind is ScreenKind.QUESTION and orders() == 0, "it was proved too long ago"
    screen = says(late, "135790", screen)
    assert screen.kind is ScreenKind.CONFIRM
    assert says(late, "yes", screen).kind is ScreenKind.DONE and orders() == 1


def test_without_a_way_to_prove_it_is_not_offered(hall: Hall) -> None:
    menu = talking.start(hall.talk(WEB))
    assert "balance" not in [one.value for one in menu.choices]
    front: Front = WEB
    assert says(hall.talk(front), "YE").kind is ScreenKind.MENU


def test_a_proof_of_another_line_is_another_caller(hall: Hall) -> None:
    class Wrong(ByAnyPassword):
        def prove(self, call: Call, need: Need) -> Caller:
            until = call.ctx.at + timedelta(minutes=10)
            return Caller("13903710009", Way.PASSWORD, call.ctx.at, until, until, until)

    talk = hall.talk(KIOSK, caller=known(hall.customer), identify=Wrong())
    screen = says(talk, "135790", says(talk, "DG 1"))
    assert screen.kind is ScreenKind.REFUSED
