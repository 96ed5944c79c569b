"""A text has one translation in all catalogues: Django merges them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools import messages

HEAD = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n\n'


def _catalogue(path: Path, entry: str) -> Path:
    path.write_text(HEAD + entry, "utf-8")
    return path


def _text(translation: str, context: str = "") -> str:
    return (f'msgctxt "{context}"\n' if context else "") + (
        f'msgid "Counted"\nmsgstr "{translation}"\n'
    )


def _plural(translation: str) -> str:
    return f'msgid "Counted"\nmsgid_plural "Counted them"\nmsgstr[0] "{translation}"\n'


@pytest.mark.parametrize(
    ("one", "other", "faults"),
    [
        (_text("清点"), _text("实盘"), 1),
        (_text("清点"), _text("清点"), 0),
        (_text("清点"), _text("实盘", "stock count"), 0),
        (_text("清点", "stock count"), _text("实盘", "stock count"), 1),
        (_plural("清点"), _plural("实盘"), 1),
        (_text("清点"), _plural("实盘"), 0),
    ],
)
def test_a_text_is_translated_in_one_way(tmp_path: Path, one: str, other: str, faults: int) -> None:
    paths = [_catalogue(tmp_path / "one.po", one), _catalogue(tmp_path / "other.po", other)]

    found = list(messages.contradictions(paths))

    assert len(found) == faults
    for fault in found:
        assert all(part in fault for part in ("one.po", "other.po", "清点", "实盘"))
