"""What modules may be called, and how long they may grow."""

import re
from pathlib import Path

import pytest

BANNED = {"utils", "util", "services", "service", "helpers", "helper", "common", "misc", "tools"}
LONGEST = 400
MODULES = sorted(
    path
    for root in ("qudao", "simulators")
    for path in Path(root).rglob("*.py")
    if "migrations" not in path.parts
)
UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX|NotImplementedError)\b|except Exception:\s*pass\b")


@pytest.mark.parametrize("path", MODULES, ids=str)
def test_a_module_has_a_telling_name_and_one_subject(path: Path) -> None:
    assert path.stem not in BANNED
    text = path.read_text("utf-8")
    assert len(text.splitlines()) <= LONGEST
    assert not UNFINISHED.search(text)
    assert text.startswith(('"""', "#!")) or not text.strip(), "says what it is for"
