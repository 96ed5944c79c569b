"""Whatever is refused is worded, in both languages."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Iterator
from dataclasses import fields
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, get_type_hints
from uuid import UUID

import pytest
from django.utils import translation

import qudao
from qudao.fronts import wording
from qudao.fronts.wording import terms
from qudao.fronts.wording.channel_terms import OUTLET_FIELDS
from qudao.fronts.wording.lake_terms import DATASETS, ROWS, TOTALS, broken_row
from qudao.kernel.money import Money
from qudao.kernel.refusals import Refusal
from qudao.platform.lake.dataset import datasets
from qudao.platform.lake.extracts.types import BrokenRow, RowProblem

PLACEHOLDER = re.compile(r"%\((\w+)\)s")
LANGUAGES = ("en", "zh-hans")


def _all(base: type[Refusal]) -> Iterator[type[Refusal]]:
    for kind in base.__subclasses__():
        yield kind
        yield from _all(kind)


def refusals() -> list[type[Refusal]]:
    for module in pkgutil.walk_packages(qudao.__path__, "qudao."):
        if not module.name.endswith("__main__") and ".migrations" not in module.name:
            importlib.import_module(module.name)
    found = {kind for kind in _all(Refusal) if kind.__module__.startswith("qudao.")}
    return sorted(found, key=lambda kind: kind.code)


REFUSALS = refusals()


def _sample(kind: type[Refusal]) -> Refusal:
    """A refusal with something in each field."""
    hints = get_type_hints(kind)
    return kind(**{field.name: _value(hints[field.name]) for field in fields(kind)})  # type: ignore[arg-type]


def _value(hint: Any) -> object:
    text = str(hint)
    for name, value in (
        ("Money", Money(12_34)),
        ("datetime.datetime", datetime(2026, 11, 22, 4, tzinfo=UTC)),
        ("datetime.date", date(2026, 11, 22)),
        ("UUID", UUID(int=7)),
        ("Id", UUID(int=7)),
        ("tuple", ("one", "two")),
        ("dict", {"mon": [["09:00", "18:00"]]}),
        ("int", 3),
    ):
        if name in text:
            return value
    return "active"


@pytest.mark.parametrize("kind", REFUSALS, ids=lambda kind: kind.code)
def test_is_worded_in_both_languages(kind: type[Refusal]) -> None:
    text = wording.TABLES[kind.code]
    allowed = {field.name for field in fields(kind)}  # type: ignore[arg-type]
    said = {}
    for language in LANGUAGES:
        with translation.override(language):
            used = set(PLACEHOLDER.findall(str(text)))
            assert used <= allowed, f"{kind.code}: {used - allowed} are no fields of it"
            said[language] = wording.word(_sample(kind))
            assert "%(" not in said[language]
    assert re.search(r"[\u4e00-\u9fff]", said["zh-hans"]), "not in Chinese"
    assert not re.search(r"[\u4e00-\u9fff]", said["en"]), "not in English"
    assert said["en"].rstrip()[-1] in ".!)"


def test_no_words_for_what_is_never_refused() -> None:
    assert set(wording.TABLES) == {kind.code for kind in REFUSALS}


@pytest.mark.parametrize("problem", RowProblem)
def test_whatever_puts_a_row_aside_is_worded_with_row_column_and_value(
    problem: RowProblem,
) -> None:
    told = {"4711", "the_column", "the value"}
    if problem in (RowProblem.TORN, RowProblem.NOTED):
        told -= {"the_column"}  # it is the row that is wrong
    if problem is RowProblem.MISSING:
        told -= {"the value"}
    for language in LANGUAGES:
        with translation.override(language):
            said = broken_row(BrokenRow(4711, problem, "the_column", "the value", "wanted"))
        assert all(one in said for one in told), said
        assert ("wanted" in said) == ("%(wanted)s" in str(ROWS[problem]))
        assert bool(re.search(r"[\u4e00-\u9fff]", said)) == (language == "zh-hans")


@pytest.mark.parametrize("table", sorted(terms.KIND_OF_FIELD))
def test_terms_are_translated(table: str) -> None:
    for code, text in terms.KIND_OF_FIELD[table].items():
        with translation.override("zh-hans"):
            assert re.search(r"[\u4e00-\u9fff]", str(text)), code


def test_fields_of_outlets_are_named() -> None:
    """Which field of an outlet is wrong is told in words, not by its name in the code."""
    folder = Path(qudao.__path__[0]) / "domain/saleschannel/operations"
    source = "".join(one.read_text() for one in folder.glob("*.py"))
    names = set(re.findall(r'OutletFieldInvalid\("(\w+)"\)', source))
    assert {"longitude", "deposit"} <= names <= OUTLET_FIELDS.keys() | {"address"}


def test_what_lies_in_the_lake_is_named() -> None:
    totals = {column.name for one in datasets.values() for column in one.columns if column.total}
    assert set(datasets) <= DATASETS.keys() and totals <= TOTALS.keys()


def test_an_unknown_refusal_of_the_operator_keeps_its_own_words() -> None:
    assert wording.boss_refusal("E999", "额度不足 / No credit") == "额度不足 / No credit"
    assert wording.boss_refusal("", "") == ""
    with translation.override("en"):
        assert "plan already" in wording.boss_refusal("same_plan", "已是该套餐")
