"""How what is written is read out."""

from __future__ import annotations

import pytest

from qudao.fronts.phone.keys import text_of
from qudao.fronts.phone.spoken import Said, parts
from qudao.journeys.menu.item import Kind


@pytest.mark.parametrize(
    ("written", "chinese", "english"),
    [
        ("¥50.00", "50元", "50 yuan"),
        ("¥0.00", "0元", "0 yuan"),
        ("¥12.30", "12元3角", "12 yuan and 30 fen"),
        ("¥12.05", "12元零5分", "12 yuan and 5 fen"),
        ("¥0.37", "3角7分", "37 fen"),
        ("-¥1,012.50", "负1012元5角", "minus 1012 yuan and 50 fen"),
        ("¥18.00/月", "每月18元", "18 yuan a month"),
        ("¥128.50/month", "每月128元5角", "128 yuan and 50 fen a month"),
        ("2026-11-02", "2026年11月2日", "2 November 2026"),
        ("2026-11-02 14:05", "2026年11月2日14点5分", "2 November 2026, 14:05"),
        ("2026-11-02 09:00", "2026年11月2日9点整", "2 November 2026, 09:00"),
        ("语言/Language", "语言 Language", "语言 Language"),
        ("1234", "1234", "1234"),
        ("10.5 km", "10.5 km", "10.5 km"),
    ],
)
def test_amounts_and_dates(written: str, chinese: str, english: str) -> None:
    assert list(parts(written, "zh-hans")) == [Said(chinese)]
    assert list(parts(written, "en")) == [Said(english)]


def test_long_numbers_go_digit_by_digit() -> None:
    assert list(parts("手机号: 13900000001, ¥5.00", "zh-hans")) == [
        Said("手机号:"),
        Said("13900000001", digits=True),
        Said(", 5元"),
    ]


@pytest.mark.parametrize(
    ("pressed", "kind", "text"),
    [
        ("1", None, "1"),
        ("1 2", None, "12"),
        ("*", None, "*"),
        ("12*5", Kind.MONEY, "12.5"),
        ("*", Kind.MONEY, "*"),
        ("#", Kind.DIGITS, "1"),
        ("13900000001#", Kind.DIGITS, "13900000001"),
        ("270519", Kind.PIN, "270519"),
        ("", None, ""),
        ("一", None, ""),
        ("1'", None, ""),
        ("1" * 41, None, ""),
    ],
)
def test_what_was_pressed(pressed: str, kind: Kind | None, text: str) -> None:
    assert text_of(pressed, kind) == text
