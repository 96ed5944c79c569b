"""A long run is judged as a person would judge it, and charts are drawings that open."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest

from qudao.site.bench import svg
from qudao.site.bench.samples import trend

TIMES = [5.0 * n for n in range(60)]


def test_what_stays_is_flat_whatever_its_spikes() -> None:
    values = [20.0 + (400.0 if n % 13 == 0 else n % 3) for n in range(60)]
    found = trend("p99", TIMES, values, 0.25, 1)
    assert found.flat and abs(found.change) < 1 and 20 <= found.middle <= 22


def test_what_creeps_up_is_not() -> None:
    found = trend("memory", TIMES, [100.0 + n for n in range(60)], 0.1, 5)
    assert not found.flat
    assert found.change == pytest.approx(59)
    assert found.slope_per_hour == pytest.approx(720)
    assert "NOT FLAT" in str(found)


def test_small_things_may_move_a_little() -> None:
    assert trend("memory", TIMES, [10.0 + n / 20 for n in range(60)], 0.1, 5).flat


def test_charts_are_well_formed(tmp_path: Path) -> None:
    file = tmp_path / "chart.svg"
    panels = [
        svg.bars(
            "Sales <a second>", [svg.Bar("one & all", [1234.0], "1,234/s")], mark=(2000, "goal")
        ),
        svg.bars("CPU", [svg.Bar("one", [1.0, 2.0]), svg.Bar("two", [0, 0])], ("a", "b")),
        svg.lines("Queue", [0.0, 1.0, 2.0], [("", [0.0, 0.0, 0.0])]),
        svg.lines("Both", [0.0, 1.0], [("p99", [3.0, 4.0]), ("p50", [1.0, 2.0])]),
    ]
    svg.write(file, "A & B", "note", panels)
    space = "{http://www.w3.org/2000/svg}"
    root = ElementTree.parse(file).getroot()
    texts = [one.text for one in root.iter(f"{space}text")]
    assert {"A & B", "Sales <a second>", "one & all", "1,234/s", "goal", "p99"} <= set(texts)
    lines = [one.get("points") for one in root.iter(f"{space}polyline")]
    assert len(lines) == 3 and all(lines)


def test_numbers_are_short() -> None:
    assert [svg.number(value) for value in (12345.6, 0, 3, 1.234, 45.67)] == [
        "12,346",
        "0",
        "3",
        "1.23",
        "45.7",
    ]
