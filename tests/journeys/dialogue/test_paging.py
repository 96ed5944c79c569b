"""A screen in parts that fit."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from qudao.journeys.dialogue.paging import split
from qudao.journeys.dialogue.types import Choice, Line, Role, plain_text

MORE, PREVIOUS, BACK = Choice("#", "More"), Choice("*", "Previous"), Choice("0", "Back")


def moves(first: bool, last: bool) -> tuple[Choice, ...]:
    return (*(() if last else (MORE,)), *(() if first else (PREVIOUS,)), BACK)


def fits(text: str) -> bool:
    return len(text) <= 80


def lines(*texts: str) -> list[Line | Choice]:
    return [Line(Role.TEXT, text) for text in texts]


def shown(part: tuple[Line | Choice, ...], first: bool, last: bool) -> str:
    told = tuple(one for one in part if isinstance(one, Line))
    offered = tuple(one for one in part if isinstance(one, Choice))
    return plain_text(told, (*offered, *moves(first, last)))


def test_without_limits_all_is_one() -> None:
    blocks = lines("x" * 1000)
    assert split(blocks, moves, fits=None, most_choices=None) == (tuple(blocks),)


def test_what_fits_with_its_last_moves_is_one() -> None:
    blocks = lines("x" * 73)  # and "0 Back" in a line of its own: 80
    assert len(split(blocks, moves, fits=fits, most_choices=None)) == 1
    assert len(split(lines("x" * 74), moves, fits=fits, most_choices=None)) == 2


def test_choices_are_counted() -> None:
    blocks: list[Line | Choice] = [Choice(str(n), "x") for n in range(1, 8)]
    parts = split(blocks, moves, fits=None, most_choices=3)
    assert [[str(one) for one in part] for part in parts] == [
        ["1 x", "2 x", "3 x"],
        ["4 x", "5 x", "6 x"],
        ["7 x"],
    ]


def test_nothing_at_all_is_a_screen() -> None:
    assert split([], moves, fits=fits, most_choices=2) == ((),)


@given(
    texts=st.lists(st.text(alphabet="abc ", min_size=1, max_size=300), max_size=6),
    labels=st.lists(st.text(alphabet="xyz", min_size=1, max_size=40), max_size=12),
)
def test_every_part_fits_and_nothing_is_lost(texts: list[str], labels: list[str]) -> None:
    blocks = [*lines(*texts), *(Choice(str(n), label) for n, label in enumerate(labels, 1))]
    parts = split(blocks, moves, fits=fits, most_choices=None)
    for nth, part in enumerate(parts):
        assert fits(shown(part, nth == 0, nth == len(parts) - 1))
    told = "".join(one.text for part in parts for one in part if isinstance(one, Line))
    assert told == "".join(texts)
    offered = [(one.key, one.label) for part in parts for one in part if isinstance(one, Choice)]
    assert offered == [(str(n), label) for n, label in enumerate(labels, 1)]
