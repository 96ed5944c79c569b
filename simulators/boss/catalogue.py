"""The product codes of the BOSS, read from `catalogue.json`. Amounts are whole fen."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import msgspec


class Plan(msgspec.Struct, frozen=True):
    code: str
    name_zh: str
    name_en: str
    brand: str
    brand_zh: str
    brand_en: str
    monthly_fee: int
    price: int
    """What an outlet takes for the change itself."""
    data_mb: int
    voice_minutes: int
    sms: int
    payment: tuple[str, ...]
    """`prepaid`, `postpaid`; a line that changes to the plan takes the first if its own is not
    among them."""
    market: str
    """Where it is mostly sold: `city` or `rural`."""
    description_zh: str
    description_en: str


class AddOn(msgspec.Struct, frozen=True):
    code: str
    name_zh: str
    name_en: str
    family: str
    price: int
    recurring: bool
    valid_days: int
    exclusive_group: str | None
    """A line has at most one active add-on of a group."""
    data_mb: int
    sms: int
    description_zh: str
    description_en: str


class Range(msgspec.Struct, frozen=True):
    minimum: int
    maximum: int


class Catalogue(msgspec.Struct, frozen=True):
    about: str
    plans: tuple[Plan, ...]
    add_ons: tuple[AddOn, ...]
    payments: dict[str, Range]
    """Limits of one payment, and of what a recharge card may be worth, by business."""

    def plan(self, code: str) -> Plan | None:
        return next((plan for plan in self.plans if plan.code == code), None)

    def add_on(self, code: str) -> AddOn | None:
        return next((add_on for add_on in self.add_ons if add_on.code == code), None)


@cache
def catalogue() -> Catalogue:
    """The whole catalogue."""
    data = Path(__file__).with_name("catalogue.json").read_bytes()
    return msgspec.json.decode(data, type=Catalogue)
