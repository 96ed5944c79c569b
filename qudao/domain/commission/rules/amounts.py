"""A line's amount, one by one: the second way, against which computed months are checked."""

from __future__ import annotations

from typing import Final

from qudao.kernel.money import PPM, Rounding

_SQUARE: Final = PPM * PPM


def amount_of(base: int, rate_ppm: int, coefficient_ppm: int, rounding: Rounding) -> int:
    """Return base × rate × coefficient, rounded once on its absolute value."""
    product = base * rate_ppm * coefficient_ppm
    whole, rest = divmod(abs(product), _SQUARE)
    up = {
        Rounding.HALF_UP: 2 * rest >= _SQUARE,
        Rounding.HALF_EVEN: 2 * rest > _SQUARE or (2 * rest == _SQUARE and whole % 2 == 1),
        Rounding.DOWN: False,
    }[rounding]
    return (whole + up) * (1 if product >= 0 else -1)
