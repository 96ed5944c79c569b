"""Rows of a hall's menu are moved, and stay what they were."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from qudao.domain.echannel.types import Entry, Pair
from qudao.fronts.backoffice.hall_rows import Row, arranged, entries_of, numbered, rows_of, sent

FOLDER = Pair("套餐", "Plans")
MENU = (
    Entry(item="bill", digit="1", keywords=("ZD", "账单")),
    Entry(label=FOLDER, digit="2", entries=(Entry(item="plan"), Entry(item="pack"))),
    Entry(item="agent", off=Pair("夜间暂停", "Not at night")),
)


def outline(rows: list[Row]) -> list[str]:
    return [f"{place} {row.item or row.label_en or '+'}" for place, row in numbered(rows)]


def after(*orders: str) -> list[str]:
    rows = rows_of(MENU)
    for order in orders:
        rows, _focus = arranged(rows, order)
    return outline(rows)


AS_IT_WAS = ["1 bill", "2 Plans", "2.1 plan", "2.2 pack", "3 agent"]


def test_entries_become_rows_and_entries_again() -> None:
    rows = rows_of(MENU)
    assert outline(rows) == AS_IT_WAS
    assert entries_of(rows) == MENU


def test_a_folder_moves_with_what_is_in_it() -> None:
    assert after("up:1") == ["1 Plans", "1.1 plan", "1.2 pack", "2 bill", "3 agent"]
    assert after("down:1") == ["1 bill", "2 agent", "3 Plans", "3.1 plan", "3.2 pack"]
    assert after("down:0") == ["1 Plans", "1.1 plan", "1.2 pack", "2 bill", "3 agent"]
    assert after("down:2") == ["1 bill", "2 Plans", "2.1 pack", "2.2 plan", "3 agent"]
    assert after("drop:1") == ["1 bill", "2 agent"]


def test_entries_go_into_a_folder_and_out_of_it() -> None:
    assert after("in:4") == ["1 bill", "2 Plans", "2.1 plan", "2.2 pack", "2.3 agent"]
    assert after("out:2") == ["1 bill", "2 Plans", "2.1 pack", "3 plan", "4 agent"]
    assert after("in:4", "out:4") == AS_IT_WAS


def test_what_cannot_be_done_changes_nothing() -> None:
    for order in ("up:0", "up:2", "down:4", "down:3", "out:0", "in:0", "in:1", "in:3", "up:99"):
        assert after(order) == AS_IT_WAS, order
    for order in ("", "up", "up:", "up:x", "up:-1", "save", "up:²", "nonsense:1"):
        assert after(order) == AS_IT_WAS, order


def test_the_focus_follows_the_row() -> None:
    rows = rows_of(MENU)
    assert arranged(rows, "up:1")[1] == "up:0"
    assert arranged(rows, "down:0")[1] == "down:3"
    assert arranged(rows, "down:1")[1] == "down:2"
    assert arranged(rows, "in:4")[1] == "in:4"
    assert arranged(rows, "out:2")[1] == "out:3"
    assert arranged(rows, "add")[1] == "add:5"


def test_a_form_is_read_back() -> None:
    data = {}
    for n, row in enumerate(rows_of(MENU)):
        for name in ("item", "label_zh", "label_en", "digit", "keywords", "off_zh", "off_en"):
            data[f"{name}-{n}"] = f" {getattr(row, name)} "
        data[f"level-{n}"] = str(row.level)
    assert entries_of(sent(data)) == MENU
    assert sent({"item-0": "bill", "level-0": "-3", "keywords-0": "a，b、 c"}) == [
        Row(item="bill", keywords="a，b、 c")
    ]
    assert entries_of([Row(keywords="a，b、 c")])[0].keywords == ("a", "b", "c")
    assert sent({"item-1": "bill"}) == []


@given(
    st.lists(
        st.builds(
            lambda what, n: f"{what}:{n}",
            st.sampled_from(["up", "down", "in", "out"]),
            st.integers(0, 4),
        ),
        max_size=12,
    )
)
def test_nothing_is_lost_however_rows_are_moved(orders: list[str]) -> None:
    rows = rows_of(MENU)
    for order in orders:
        rows, _focus = arranged(rows, order)
        assert rows[0].level == 0
        assert all(b.level <= a.level + 1 for a, b in zip(rows, rows[1:], strict=False))
        # Only folders have something in them.
        assert all(not a.item for a, b in zip(rows, rows[1:], strict=False) if b.level > a.level)
    assert sorted(row.item for row in rows) == sorted(row.item for row in rows_of(MENU))
    assert rows_of(entries_of(rows)) == rows
