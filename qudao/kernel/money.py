"""Money as an exact count of minor units; never a float, never a bare int."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Final

EXPONENTS: Final = {"CNY": 2}
"""Digits after the point, by ISO 4217 code. CNY: 1 yuan is 100 fen."""

PPM: Final = 1_000_000


class Rounding(StrEnum):
    """How an amount becomes whole: on absolute values, so that a reversal is the exact negative."""

    HALF_UP = "half_up"
    HALF_EVEN = "half_even"
    DOWN = "down"


_AMOUNT = re.compile(r"(-?)(\d{1,13})(?:\.(\d+))?")


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in minor units (fen) of one currency."""

    minor: int
    currency: str = "CNY"

    @classmethod
    def zero(cls, currency: str = "CNY") -> Money:
        return cls(0, currency)

    @classmethod
    def parse(cls, text: str, currency: str = "CNY") -> Money:
        """
        Read a decimal amount in major units, such as `12.3`; thousands separators may be
        commas.

        :raises ValueError: if it is no number, or has more decimals than the currency.
        """
        match = _AMOUNT.fullmatch(text.strip().replace(",", ""))
        if match is None or not text.isascii():
            raise ValueError(f"not an amount: {text!r}")
        sign, whole, fraction = match[1], match[2], match[3] or ""
        exponent = EXPONENTS[currency]
        if len(fraction) > exponent:
            raise ValueError(f"more than {exponent} decimals: {text!r}")
        return cls(int(f"{sign}{whole}{fraction:0<{exponent}}"), currency)

    def __add__(self, other: Money) -> Money:
        return Money(self.minor + self._same(other), self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.minor - self._same(other), self.currency)

    def __neg__(self) -> Money:
        return Money(-self.minor, self.currency)

    def __lt__(self, other: Money) -> bool:
        return self.minor < self._same(other)

    def __le__(self, other: Money) -> bool:
        return self.minor <= self._same(other)

    def __gt__(self, other: Money) -> bool:
        return self.minor > self._same(other)

    def __ge__(self, other: Money) -> bool:
        return self.minor >= self._same(other)

    def __bool__(self) -> bool:
        return self.minor != 0

    def __str__(self) -> str:
        """The amount in major units with all its decimals: `12.30`."""
        return f"{self.amount:.{EXPONENTS[self.currency]}f}"

    @property
    def amount(self) -> Decimal:
        """The amount in major units, exact."""
        return Decimal(self.minor).scaleb(-EXPONENTS[self.currency])

    def part(self, rate_ppm: int) -> Money:
        """
        Return this amount times a rate in parts per million, rounded once, half away from zero.

        Rounding works on the absolute value and puts the sign on after, so the part of a
        reversal is exactly the negative of the part of what it reverses.
        """
        share = (abs(self.minor) * rate_ppm * 2 + PPM) // (2 * PPM)
        return Money(share if self.minor >= 0 else -share, self.currency)

    def split(self, weights: Sequence[int]) -> tuple[Money, ...]:
        """
        Share this amount in proportion to weights, losing nothing.

        The largest remainders take the spare minor units (Hamilton's method), so the parts
        always add up to the whole.
        """
        total = sum(weights)
        assert total > 0, weights
        sign = 1 if self.minor >= 0 else -1
        shares = [divmod(abs(self.minor) * weight, total) for weight in weights]
        spare = abs(self.minor) - sum(quotient for quotient, _ in shares)
        order = sorted(range(len(weights)), key=lambda i: -shares[i][1])
        lucky = frozenset(order[:spare])
        return tuple(
            Money(sign * (quotient + (i in lucky)), self.currency)
            for i, (quotient, _) in enumerate(shares)
        )

    def _same(self, other: Money) -> int:
        assert other.currency == self.currency, (self.currency, other.currency)
        return other.minor
