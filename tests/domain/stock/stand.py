"""Goods to test with."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

from qudao.domain.party.types import OrganizationId
from qudao.domain.stock import operations as stock
from qudao.domain.stock.types import NewUnit
from qudao.kernel.money import Money
from qudao.kernel.numbers import luhn_digit
from qudao.kernel.personal import Secret
from tests.province import Province

_number = itertools.count(1)


def iccid(n: int) -> str:
    """The n-th SIM card: consecutive ones follow each other, but for the check digit."""
    body = f"898600{n:013d}"
    return body + luhn_digit(body)


def imei(n: int) -> str:
    body = f"86{n:012d}"
    return body + luhn_digit(body)


def card(n: int) -> str:
    return f"1326{n:013d}"


def pin(n: int) -> str:
    return f"77{n * 7919 + 13:016d}"


@dataclass
class Stand:
    """A province whose branch has goods in its store."""

    province: Province

    @property
    def store(self) -> OrganizationId:
        return self.province.organizations["4101"]

    def sims(self, count: int, place: OrganizationId | None = None) -> list[str]:
        """SIM cards that cost 2.00 each, just taken in."""
        serials = [iccid(next(_number)) for _ in range(count)]
        self._load("SIM3IN1", [NewUnit(one) for one in serials], Money(2_00), place)
        return serials

    def handsets(self, count: int, place: OrganizationId | None = None) -> list[str]:
        serials = [imei(next(_number)) for _ in range(count)]
        self._load("HS-NOVA5", [NewUnit(one) for one in serials], Money(1200_00), place)
        return serials

    def cards(self, count: int, place: OrganizationId | None = None, **more: object) -> list[str]:
        """Recharge cards of 50.00; `pin_of` knows their PINs."""
        numbers = [next(_number) for _ in range(count)]
        units = [NewUnit(card(n), pin=Secret(pin(n)), **more) for n in numbers]  # type: ignore[arg-type]
        self._load("RC50", units, Money(30), place)
        return [card(n) for n in numbers]

    def count(
        self, item: str, quantity: int, cost: Money, place: OrganizationId | None = None
    ) -> None:
        stock.load_quantity(
            self.province.system(),
            place=place or self.store,
            item=item,
            quantity=quantity,
            cost=cost,
        )

    def _load(
        self, item: str, units: list[NewUnit], cost: Money, place: OrganizationId | None
    ) -> None:
        stock.load_units(
            self.province.system(),
            place=place or self.store,
            item=item,
            units=units,
            cost=cost,
            batch="B1",
        )


def pin_of(serial: str) -> Secret:
    return Secret(pin(int(serial[4:])))
