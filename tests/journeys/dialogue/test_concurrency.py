"""Messages at the same moment: one dialogue, one order, an answer for each."""

from __future__ import annotations

from dataclasses import replace

from django.db import connection

from qudao.journeys.dialogue import talking
from qudao.journeys.dialogue.types import Message, Screen, ScreenKind
from tests.invariants.test_concurrency import at_once
from tests.journeys.dialogue.hall import COUNTER, SMS, Hall, orders, says
from tests.province import assert_sound

AT_ONCE = 8


def dialogues() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM dialogues_dialogue")
        return int(cursor.fetchone()[0])


def screens(answers: list[object]) -> list[Screen]:
    assert all(isinstance(one, Screen) for one in answers), answers
    return answers  # type: ignore[return-value]


def test_one_confirmation_delivered_many_times_is_one_order(committed_hall: Hall) -> None:
    talk = committed_hall.talk(COUNTER)
    says(talk, f"CZ {committed_hall.customer} 50")
    answers = screens(at_once(lambda n: talking.step(talk, Message("1", "same")), AT_ONCE))
    assert orders() == 1
    assert all(one == answers[0] for one in answers)
    assert answers[0].kind is ScreenKind.DONE
    assert_sound()


def test_many_confirmations_at_once_are_one_order(committed_hall: Hall) -> None:
    talk = committed_hall.talk(COUNTER)
    says(talk, f"CZ {committed_hall.customer} 50")
    answers = screens(at_once(lambda n: talking.step(talk, Message("1", f"{n}")), AT_ONCE))
    assert orders() == 1
    assert ScreenKind.DONE in {one.kind for one in answers}
    assert_sound()


def test_yes_and_no_at_once_are_one_of_both(committed_hall: Hall) -> None:
    for nth in range(4):
        talk = committed_hall.talk(COUNTER)
        before = orders()
        says(talk, f"CZ {committed_hall.customer} 50", id=f"ask-{nth}")

        def say(n: int, talk: object = talk, nth: int = nth) -> Screen:
            text = "1" if n % 2 else "2"
            return talking.step(talk, Message(text, f"{nth}-{n}"))  # type: ignore[arg-type]

        answers = screens(at_once(say, 2))
        made = orders() - before
        done = [one for one in answers if one.kind is ScreenKind.DONE]
        undone = [one for one in answers if "Nothing was done." in one.text]
        assert made == bool(done), "an order is told of"
        assert not (made and undone), "whoever is told that nothing was done can believe it"
    assert_sound()


def test_two_beginnings_at_once_are_one_dialogue(committed_hall: Hall) -> None:
    talk = committed_hall.talk(SMS, committed_hall.customer)
    answers = screens(at_once(lambda n: talking.step(talk, Message("WD", f"{n}")), AT_ONCE))
    assert dialogues() == 1
    assert {one.item for one in answers} == {"outlets"}


def test_answers_at_once_are_taken_one_after_the_other(committed_hall: Hall) -> None:
    talk = committed_hall.talk(replace(SMS, patience=9), committed_hall.customer)
    says(talk, "WD")
    answers = screens(at_once(lambda n: talking.step(talk, Message("nowhere", f"{n}")), 3))
    steps = sorted(one.step for one in answers)
    assert steps == [2, 3, 4], "each saw what the one before it had made"
