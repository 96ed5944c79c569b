"""The lake's arithmetic against fractions, on every engine."""

from fractions import Fraction
from itertools import product

import ibis
import pyarrow as pa
import pytest

from qudao.platform.lake import exact
from qudao.platform.lake.engine import Engine
from qudao.platform.lake.exact import AmountTooLarge, Rounding

BASES = (0, 1, -1, 49, 50, 51, 149, 150, -150, 250, -250, 333, 999_999, 1_000_001, -12_345_678,
         9_007_199_254_740_993, 90_000_000_000)  # fmt: skip
RATES = (0, 1, 10_000, 33_333, 125_000, 500_000, 999_999, 1_000_000, -10_000)
COEFFICIENTS = (0, 1, 500_000, 800_000, 1_000_000, 1_200_000, 2_500_000)


def by_hand(value: Fraction, rounding: Rounding) -> int:
    whole, rest = divmod(abs(value), 1)
    up = {
        Rounding.DOWN: False,
        Rounding.HALF_UP: rest >= Fraction(1, 2),
        Rounding.HALF_EVEN: rest > Fraction(1, 2) or (rest == Fraction(1, 2) and whole % 2 == 1),
    }[rounding]
    return (1 if value > 0 else -1) * (int(whole) + up) if value else 0


def test_base_rate_and_coefficient_are_rounded_once(engine: Engine) -> None:
    cases = [
        case
        for case in product(BASES, RATES, COEFFICIENTS)
        if abs(case[0] * case[1]) <= exact.LARGEST // 10
    ]
    names = ("base", "rate", "coefficient")
    table = ibis.memtable(pa.table({n: [c[i] for c in cases] for i, n in enumerate(names)}))
    asked = {}
    for how in Rounding:
        asked[how.value] = exact.round_rate(table.base, table.rate, how)
        asked[f"{how}_with"] = exact.round_rate(table.base, table.rate, how, table.coefficient)
    found = engine.arrow(table.mutate(**asked)).to_pylist()

    assert len(found) == len(cases) > 700
    for row in found:
        value = Fraction(row["base"]) * Fraction(row["rate"], 1_000_000)
        scaled = value * Fraction(row["coefficient"], 1_000_000)
        for how in Rounding:
            assert row[how] == by_hand(value, how), (row, how)
            assert row[f"{how}_with"] == by_hand(scaled, how), (row, how)


def test_division_goes_towards_zero_and_sums_stay_whole(engine: Engine) -> None:
    a, b = [7, -7, 7, -7, 2**62], [2, 2, -2, -2, 3]
    table = ibis.memtable(pa.table({"a": pa.array(a, pa.int64()), "b": pa.array(b, pa.int64())}))
    quotients = table.mutate(q=exact.whole_div(table.a, table.b))
    none = ibis.cases((table.b > 5, table.b), else_=ibis.null("int64"))
    sums = quotients.aggregate(
        quotients=exact.total(quotients.q.abs()), large=exact.total(quotients.a)
    )
    (found,) = engine.arrow(sums).to_pylist()
    assert found == {"quotients": 12 + 2**62 // 3, "large": 2**62}
    (nothing,) = engine.arrow(table.aggregate(s=exact.total(none))).to_pylist()
    assert nothing == {"s": 0}


@pytest.mark.parametrize("sign", [1, -1])
def test_what_would_not_fit_is_refused_before_it_is_computed(sign: int) -> None:
    exact.refuse_overflow(sign * 9_200_000_000_000, 1_000_000)
    with pytest.raises(AmountTooLarge):
        exact.refuse_overflow(sign * 9_200_000_000_001, 1_000_000)
