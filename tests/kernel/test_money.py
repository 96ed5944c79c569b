"""Money is exact, and nothing of it is lost when it is shared."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qudao.kernel.money import PPM, Money

FEN = st.integers(1 - 10**15, 10**15 - 1)
RATES = st.integers(0, PPM)


@given(FEN)
def test_what_is_shown_is_read_back(fen: int) -> None:
    assert Money.parse(str(Money(fen))) == Money(fen)
    assert Money(fen).amount * 100 == Decimal(fen)


@pytest.mark.parametrize(
    ("text", "fen"),
    [("12", 12_00), ("12.3", 12_30), (" 1,234.56 ", 1234_56), ("-0.01", -1), ("007", 7_00)],
)
def test_amounts_as_people_write_them(text: str, fen: int) -> None:
    assert Money.parse(text) == Money(fen)


@pytest.mark.parametrize(
    "text", ["", " ", ".", "1.", ".5", "1.234", "1e3", "+1", "--1", "１２", "NaN", "1 2", "9" * 14]
)
def test_what_is_no_amount(text: str) -> None:
    with pytest.raises(ValueError):
        Money.parse(text)


@given(FEN, st.lists(st.integers(0, 10**6), min_size=1, max_size=12).filter(any))
def test_a_split_loses_nothing_and_keeps_to_the_weights(fen: int, weights: list[int]) -> None:
    parts = Money(fen).split(weights)
    assert sum(part.minor for part in parts) == fen
    for part, weight in zip(parts, weights, strict=True):
        # Within one fen of the exact share.
        assert abs(part.minor * sum(weights) - fen * weight) < sum(weights)
    assert Money(-fen).split(weights) == tuple(-part for part in parts)


def test_the_largest_remainders_take_the_spare_fen() -> None:
    assert Money(1_00).split([1, 1, 1]) == (Money(34), Money(33), Money(33))
    assert Money(5).split([2, 0, 1]) == (Money(3), Money(0), Money(2))


@given(FEN, RATES)
def test_a_part_is_rounded_once_half_away_from_zero(fen: int, rate_ppm: int) -> None:
    part = Money(fen).part(rate_ppm)
    assert abs(part.minor * PPM - fen * rate_ppm) * 2 <= PPM
    assert Money(-fen).part(rate_ppm) == -part
    assert Money(fen).part(0) == Money.zero() and Money(fen).part(PPM) == Money(fen)


def test_half_a_fen_is_rounded_away_from_zero() -> None:
    assert [Money(fen).part(500_000).minor for fen in (1, 3, -1, -3)] == [1, 2, -1, -2]
    assert Money(100_00).part(8_000) == Money(80)


@given(FEN, FEN)
def test_sums_and_order(a: int, b: int) -> None:
    assert Money(a) + Money(b) - Money(b) == Money(a)
    assert (Money(a) < Money(b), Money(a) <= Money(b)) == (a < b, a <= b)
    assert bool(Money(a)) == (a != 0)


def test_currencies_do_not_mix() -> None:
    with pytest.raises(AssertionError):
        Money(1) + Money(1, "XXX")
    assert Money(1) != Money(1, "XXX")
