"""
The tax that is withheld from commission.

The shipped bands of individuals are those of income from labour in China: up to 800 yuan nothing;
up to 4,000 what exceeds 800; above it four fifths of the income; 20 %, and 30 % less 2,000 or 40 %
less 7,000 on what is taxed above 20,000 and 50,000. Companies are paid against an invoice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from qudao.domain.commission.types.settlements import Payee, TaxBand
from qudao.kernel.money import PPM

SHIPPED: Final[Mapping[str, tuple[TaxBand, ...]]] = {
    Payee.COMPANY: (TaxBand(None, 0, PPM, 0, 0),),
    Payee.INDIVIDUAL: (
        TaxBand(800_00, 0, PPM, 0, 0),
        TaxBand(4_000_00, 800_00, PPM, 200_000, 0),
        TaxBand(25_000_00, 0, 800_000, 200_000, 0),
        TaxBand(62_500_00, 0, 800_000, 300_000, 2_000_00),
        TaxBand(None, 0, 800_000, 400_000, 7_000_00),
    ),
}


def tax(income: int, bands: Sequence[TaxBand]) -> int:
    """Return the tax on an income, both in fen; rounded once, half up. Nothing on nothing."""
    if income <= 0:
        return 0
    band = next(one for one in bands if one.upto is None or income <= one.upto)
    taxed = max(0, income - band.free) * band.base_ppm * band.rate_ppm
    square = PPM * PPM
    return min(income, max(0, (2 * taxed + square) // (2 * square) - band.less))


def problems(bands: Sequence[TaxBand]) -> tuple[str, ...]:
    """Return what is wrong with bands, as codes: nothing when every income has one."""
    found = []
    if not bands or bands[-1].upto is not None:
        found.append("no_last_band")
    limits = [one.upto for one in bands[:-1]]
    if None in limits or any(
        low >= high
        for low, high in zip(limits, limits[1:], strict=False)
        if low is not None and high is not None
    ):
        found.append("not_ascending")
    if any(
        min(one.free, one.base_ppm, one.rate_ppm, one.less) < 0
        or max(one.base_ppm, one.rate_ppm) > PPM
        for one in bands
    ):
        found.append("out_of_range")
    return tuple(found)
