"""Expressions of pages."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qudao.fronts.voice.vxml.expressions import Value, evaluate
from qudao.fronts.voice.vxml.trouble import Thrown

VARIABLES: dict[str, Value] = {
    "five": "5",
    "none": None,
    "yes": True,
    "pin$": {"utterance": "1234"},
}


def look(name: str) -> Value:
    if name not in VARIABLES:
        raise Thrown("error.semantic", name)
    return VARIABLES[name]


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("five == 5", True),
        ("five === 5", False),
        ("five + 1", "51"),
        ("five - 1 + 2 * 3", 10),
        ("1 < 2 && !none", True),
        ("none || 'else'", "else"),
        ("none == undefined", True),
        ("none == ''", False),
        ("typeof none == 'undefined'", True),
        ("pin$.utterance.length", 4),
        ("pin$.nothing", None),
        ("yes ? 'a' : 'b' ? 'c' : 'd'", "a"),
        ("'10' < '9'", True),
        ("10 < 9", False),
        ("'abc' == 5", False),
        (r"'it\'s' + \"\"", None),
        ('"a" + 1.50', "a1.5"),
        ("-(2 + 1)", -3),
        ("'余额' + 5", "余额5"),
    ],
)
def test_what_it_comes_to(expression: str, value: Value) -> None:
    if value is None and "\\" in expression:
        with pytest.raises(Thrown):
            evaluate(expression, look)
        return
    assert evaluate(expression, look) == value


@pytest.mark.parametrize(
    "expression",
    [
        "",
        "1 +",
        "(1",
        "1 2",
        "nobody",
        "five.size",
        "alert('x')",
        "five[0]",
        "five = 6",
        "five++",
        "__import__('os')",
        "'x'.__class__",
        "yes ? 1",
        "'a' - 1",
        "9" * 400,
        "(" * 100 + "1" + ")" * 100,
        "!" * 300 + "1",
        "'" + "x" * 600 + "'",
    ],
)
def test_what_makes_no_sense(expression: str) -> None:
    with pytest.raises(Thrown) as thrown:
        evaluate(expression, look)
    assert thrown.value.event == "error.semantic"


@given(st.text(alphabet="ab5'\"\\+-*<>=!&|?:(). \u4f59", max_size=60))
def test_nothing_but_sense_or_an_error(expression: str) -> None:
    try:
        evaluate(expression, look)
    except Thrown as thrown:
        assert thrown.event == "error.semantic"
