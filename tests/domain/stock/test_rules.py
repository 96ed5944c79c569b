"""Serials, ranges, the value of a part, redistribution: pure rules."""

from datetime import date
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qudao.domain.stock import rules
from qudao.domain.stock.formats import file_kinds
from qudao.kernel.numbers import valid_iccid, valid_imei
from tests.domain.stock.stand import iccid, imei

TODAY = date(2026, 11, 20)


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        (" 8986 0012 3456 7890 123 ", "8986001234567890123"),
        ("898600-1234-5678-90123", "8986001234567890123"),
        ("8986001234567890123F", "8986001234567890123"),
        ("kit-0042a", "KIT-0042A"),
        ("", ""),
    ],
)
def test_serials_are_kept_in_one_form(said: str, kept: str) -> None:
    assert rules.clean_serial(said) == kept


@pytest.mark.parametrize("kind", ["sim", "recharge_card", "handset", "kit", "gift", "accessory"])
@pytest.mark.parametrize("serial", ["", "x", "０１２３４５６７８９", "12 34", "a" * 40, "'; --"])
def test_no_serial_of_anything(kind: str, serial: str) -> None:
    assert not rules.valid_serial(kind, serial)


@given(st.integers(0, 10**6), st.integers(1, 300))
def test_consecutive_means_before_the_check_digit(start: int, size: int) -> None:
    for kind, serial, valid in (("sim", iccid, valid_iccid), ("handset", imei, valid_imei)):
        first, last = serial(start), serial(start + size - 1)
        assert rules.range_size(kind, first, last) == size
        serials = rules.serials_between(kind, first, last)
        assert serials == [serial(start + n) for n in range(size)]
        assert all(valid(one) for one in serials) and serials == sorted(serials)


def test_what_is_no_range() -> None:
    assert rules.range_size("sim", iccid(5), iccid(4)) is None
    assert rules.range_size("sim", iccid(5), iccid(6)[:-1] + "x") is None
    assert rules.range_size("sim", iccid(0), iccid(10**6)) is None
    assert rules.range_size("recharge_card", "12345678", "123456789") is None
    assert rules.range_size("kit", "KIT-0001", "KIT-0009") is None
    assert rules.serials_between("recharge_card", "00000098", "00000101") == [
        "00000098",
        "00000099",
        "00000100",
        "00000101",
    ]


@given(st.integers(0, 10**12), st.lists(st.integers(1, 50), min_size=1, max_size=20))
def test_parts_lose_nothing(value: int, parts: list[int]) -> None:
    left, total, taken = value, sum(parts), 0
    for quantity in parts:
        share = rules.part_of_value(left, quantity, total)
        assert 0 <= share <= left
        left, total, taken = left - share, total - quantity, taken + share
    assert (left, taken) == (0, value)


def test_surplus_goes_where_it_is_sold() -> None:
    a, b, c, far = (UUID(int=n) for n in range(1, 5))
    shelves = [rules.Shelf(a, "x", "RC50", date(2026, 11, 30), 20)]
    paces = [
        rules.Pace(a, "x", "RC50", 20, 15),  # sells 5 in ten days: 15 too many
        rules.Pace(b, "x", "RC50", 2, 30),  # sells 10: lacks 8
        rules.Pace(c, "x", "RC50", 0, 9),  # sells 3: lacks 3
        rules.Pace(far, "y", "RC50", 0, 300),
    ]
    shifts = rules.redistribute(shelves, paces, TODAY, 30)
    assert [(one.target, one.quantity) for one in shifts] == [(b, 8), (c, 3)]


def test_nothing_is_shifted_that_would_be_sold() -> None:
    a, b = UUID(int=1), UUID(int=2)
    shelves = [
        rules.Shelf(a, "x", "RC50", date(2026, 12, 10), 10),
        rules.Shelf(a, "x", "RC50", date(2026, 11, 30), 10),
    ]
    paces = [rules.Pace(a, "x", "RC50", 20, 30), rules.Pace(b, "x", "RC50", 0, 300)]
    assert rules.redistribute(shelves, paces, TODAY, 30) == ()


@pytest.mark.parametrize("code", sorted(file_kinds))
@given(data=st.data())
def test_no_row_breaks_a_kind_of_file(code: str, data: st.DataObject) -> None:
    kind = file_kinds[code]
    assert kind.name_zh and kind.name_en and kind.columns
    text = st.text(max_size=40)
    row = {column.name: data.draw(text) for column in kind.columns}
    names = {column.name for column in kind.columns}
    for column, problem, _ in kind.check(row):
        assert column in names and problem
