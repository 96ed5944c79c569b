"""What people send, read."""

from __future__ import annotations

from datetime import date

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from qudao.journeys.dialogue import reading
from qudao.journeys.dialogue.reading import Wrong
from qudao.journeys.menu.item import Input, Kind
from qudao.kernel.money import Money
from qudao.kernel.personal import Secret

OPTIONS = (("GT58", "GoTone 58"), ("GT88", "全球通88"))


def question(kind: Kind, **more: object) -> Input:
    return Input("x", kind, "What?", "This.", **more)  # type: ignore[arg-type]


@pytest.fixture(autouse=True)
def _english() -> object:
    with translation.override("en"):
        yield


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (Kind.MONEY, "50", Money(50_00)),
        (Kind.MONEY, "50.5", Money(50_50)),
        (Kind.MONEY, "¥1,000.00", Money(1000_00)),
        (Kind.MONEY, "５０元", Money(50_00)),
        (Kind.MONEY, " 50 yuan ", Money(50_00)),
        (Kind.DIGITS, "139 0371 0001", "13903710001"),
        (Kind.DIGITS, "１３９－０３７１－０００１", "13903710001"),
        (Kind.NUMBER, "-3", -3),
        (Kind.DATE, "2026-11-22", date(2026, 11, 22)),
        (Kind.DATE, "20261122", date(2026, 11, 22)),
        (Kind.DATE, "2026年11月2日", date(2026, 11, 2)),
        (Kind.TEXT, "  早上好 ", "早上好"),
        (Kind.CHOICE, "2", "GT88"),
        (Kind.CHOICE, "２", "GT88"),
        (Kind.CHOICE, "gt58", "GT58"),
        (Kind.CHOICE, "gotone 58", "GT58"),
    ],
)
def test_an_answer(kind: Kind, text: str, value: object) -> None:
    answered = reading.answer(question(kind), text, OPTIONS if kind is Kind.CHOICE else ())
    assert answered == value and type(answered) is type(value)
    assert reading.restored(question(kind), reading.stored(answered)) == value


@pytest.mark.parametrize(
    ("asked", "text", "problem"),
    [
        (question(Kind.MONEY), "much", "This is no amount."),
        (question(Kind.MONEY), "1.234", "This is no amount."),
        (question(Kind.MONEY), "99999999999999", "This is no amount."),
        (question(Kind.MONEY, least=1), "0", "This is too little."),
        (question(Kind.MONEY, most=100_00), "100.01", "This is too much."),
        (question(Kind.NUMBER), "1.5", "This is no number."),
        (question(Kind.DATE), "2026-02-30", "This is no date: write it as 2026-11-22."),
        (question(Kind.DATE), "tomorrow", "This is no date: write it as 2026-11-22."),
        (question(Kind.TEXT, longest=3), "four", "This is too short or too long: 1 to 3"),
        (question(Kind.DIGITS), "12a", "These are no digits."),
        (question(Kind.DIGITS, shortest=6, longest=6), "12345", "6 digits are needed."),
        (question(Kind.PIN, shortest=8, longest=20), "1234567", "8 to 20 digits are needed."),
        (question(Kind.CHOICE), "3", "This is none of the choices."),
        (question(Kind.CHOICE), "0", "This is none of the choices."),
    ],
)
def test_no_answer(asked: Input, text: str, problem: str) -> None:
    with pytest.raises(Wrong, match=problem):
        reading.answer(asked, text, OPTIONS if asked.kind is Kind.CHOICE else ())


def test_a_pin_is_a_secret() -> None:
    answered = reading.answer(question(Kind.PIN), "1234", ())
    assert isinstance(answered, Secret) and "1234" not in repr(answered)
    back = reading.restored(question(Kind.PIN), reading.stored(answered))
    assert isinstance(back, Secret) and str.__str__(back) == "1234"


def test_what_is_proposed_can_be_taken() -> None:
    line = question(Kind.DIGITS, shortest=11, longest=11)
    assert reading.answer(line, "1", (("13903710001", "13903710001"),)) == "13903710001"
    amount = question(Kind.MONEY)
    chips = (("30", "¥30.00"), ("50", "¥50.00"))
    assert [reading.key_of(amount, n, value) for n, (value, _) in enumerate(chips)] == ["30", "50"]
    assert reading.answer(amount, "1", chips) == Money(1_00), "an amount, not a place in a list"
    assert reading.answer(amount, "¥50.00", chips) == Money(50_00)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("*100*2*50#", ("100", "2", "50")),
        ("*100#", ("100",)),
        ("CZ 50", ("CZ", "50")),
        ("ＣＺ　５０", ("CZ", "50")),
        ("充值，50", ("充值", "50")),
        ("  ", ()),
        ("#", ()),
        ("", ()),
    ],
)
def test_the_words_of_a_shortcut(text: str, words: tuple[str, ...]) -> None:
    assert reading.words(text) == words


def test_a_word_and_the_number_behind_it() -> None:
    assert reading.behind("cz50", "cz") == "50" == reading.behind(reading.folded("CZ５０"), "cz")
    assert reading.behind("充值50.5元", "充值") == "50.5元"
    assert reading.behind("cz", "cz") == ""
    assert reading.behind("czk50", "cz") is None and reading.behind("50", "cz") is None
    assert reading.behind("cz5x", "cz") is None


@given(text=st.text(), kind=st.sampled_from(sorted(Kind)))
def test_whatever_is_sent_is_an_answer_or_none(text: str, kind: Kind) -> None:
    reading.words(text)
    try:
        answered = reading.answer(question(kind), text, OPTIONS)
    except Wrong as wrong:
        assert str(wrong)
    else:
        again = reading.restored(question(kind), reading.stored(answered))
        assert again == answered
