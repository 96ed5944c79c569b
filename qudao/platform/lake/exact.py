"""
Exact arithmetic that every engine agrees on.

Engines disagree on decimal division, on the sign of a remainder and on ROUND; an engine's `//` may
be compiled to a float division. So money is whole fen, rates are whole parts per million, the only
division is `whole_div`, and an amount is rounded once, on absolute values, with the sign put on
after.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import ibis

from qudao.kernel.money import PPM, Rounding
from qudao.kernel.refusals import Kind, Refusal

if TYPE_CHECKING:
    from ibis.expr.types import IntegerValue

__all__ = [
    "PPM",
    "AmountTooLarge",
    "Rounding",
    "refuse_overflow",
    "round_rate",
    "total",
    "whole",
    "whole_div",
    "wide",
]

LARGEST: Final = 9_200_000_000_000_000_000
"""No product may pass it: the largest int64, less some room."""


@dataclass(eq=False)
class AmountTooLarge(Refusal, kind=Kind.INVALID):
    """An amount times a rate would not fit in 64 bits."""

    amount: int
    rate_ppm: int


def _binary(a: Any, b: Any) -> Any: ...


def _unary(a: Any) -> Any: ...


# The engines define these two when a connection is made (see engine.py).
_whole_div: Final = ibis.udf.scalar.builtin(
    _binary, name="whole_div", signature=(("int64", "int64"), "int64")
)
_whole: Final = ibis.udf.scalar.builtin(_unary, name="whole", signature=(("int64",), "int64"))


def wide(value: IntegerValue | int) -> IntegerValue:
    """Return a whole number as int64: what products are made of."""
    if isinstance(value, int):
        # a bare literal is a 32-bit number to an engine, and overflows with another one
        return _whole(ibis.literal(value, "int64"))
    return value.cast("int64")


def whole_div(a: IntegerValue | int, b: IntegerValue | int) -> IntegerValue:
    """Return a ÷ b without its fraction (towards zero): the lake's only division."""
    return _whole_div(wide(a), wide(b))


def total(column: IntegerValue) -> IntegerValue:
    """Return the sum of a column as int64, 0 of no rows; engines widen sums each in their way."""
    return _whole(wide(column).sum().coalesce(wide(0)))


def whole(value: IntegerValue) -> IntegerValue:
    """Return what an engine may have widened (a sum over a window) as int64 again."""
    return _whole(value)


def round_rate(
    base: IntegerValue,
    rate_ppm: IntegerValue | int,
    rounding: Rounding = Rounding.HALF_UP,
    coefficient_ppm: IntegerValue | int | None = None,
) -> IntegerValue:
    """
    Return base × rate (× coefficient), rounded once.

    The product with a coefficient is made in pieces, so that it is exact as long as base × rate and
    (base × rate ÷ a million) × coefficient each fit in 64 bits.
    """
    product = wide(base) * wide(rate_ppm)
    if coefficient_ppm is None:
        return _rounded(product, PPM, rounding)
    coefficient = wide(coefficient_ppm)
    whole_part = whole_div(product, PPM)
    times = whole_part * coefficient
    fen = whole_div(times, PPM)
    rest = (product - whole_part * wide(PPM)) * coefficient
    parts = (times - fen * wide(PPM)) * wide(PPM) + rest
    return fen + _rounded(parts, PPM * PPM, rounding, fen)


def _rounded(
    value: IntegerValue, unit: int, rounding: Rounding, before: IntegerValue | None = None
) -> IntegerValue:
    """
    Parts in whole units; `before` is what it will be added to, of the same sign.

    Division goes towards zero, so that what is done here to a negative number mirrors what is done
    to a positive one.
    """
    if rounding is Rounding.DOWN:
        return whole_div(value, unit)
    half = (value < wide(0)).ifelse(wide(-(unit // 2)), wide(unit // 2))
    up = whole_div(value + half, unit)
    if rounding is Rounding.HALF_UP:
        return up
    last = up if before is None else before + up
    odd = last - whole_div(last, 2) * wide(2)
    tie = (value + half - up * wide(unit)) == wide(0)
    return up - (tie & (odd != wide(0))).ifelse(
        (value < wide(0)).ifelse(wide(-1), wide(1)), wide(0)
    )


def refuse_overflow(amount: int, rate_ppm: int) -> None:
    """
    Look before running whether the largest amount of a column times a rate fits in 64 bits.

    :raises AmountTooLarge: if not.
    """
    if abs(amount) * abs(rate_ppm) > LARGEST:
        raise AmountTooLarge(amount, rate_ppm)
