"""Refusals that more than one operation raises."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from qudao.kernel.refusals import Kind, Refusal


@dataclass(eq=False)
class ItemUnknown(Refusal, kind=Kind.NOT_FOUND):
    """There are no such goods, or they are out of use."""

    item: str


@dataclass(eq=False)
class PlaceUnknown(Refusal, kind=Kind.NOT_FOUND):
    """There is no such place for goods where the actor may look."""

    place: str


@dataclass(eq=False)
class UnitUnknown(Refusal, kind=Kind.NOT_FOUND):
    """Nothing with this serial was ever taken in."""

    serial: str


@dataclass(eq=False)
class UnitElsewhere(Refusal, kind=Kind.CONFLICT):
    """It lies at another place."""

    serial: str


@dataclass(eq=False)
class UnitNotForSale(Refusal, kind=Kind.CONFLICT):
    """It is here, but in a state in which nothing can be done with it."""

    serial: str
    unit_state: str


@dataclass(eq=False)
class CardExpired(Refusal, kind=Kind.CONFLICT):
    """Its last day of use has passed."""

    serial: str
    expires_on: date


@dataclass(eq=False)
class StockShort(Refusal, kind=Kind.CONFLICT):
    """There is less of it here than is wanted."""

    item: str
    available: int


@dataclass(eq=False)
class SerialInvalid(Refusal, kind=Kind.INVALID):
    """It is no serial of such goods: too short or long, or its check digit is wrong."""

    serial: str


@dataclass(eq=False)
class QuantityInvalid(Refusal, kind=Kind.INVALID):
    """A quantity is a positive whole number, and goods with serials are named by them."""

    quantity: int


@dataclass(eq=False)
class ReasonMissing(Refusal, kind=Kind.INVALID):
    """This needs a reason."""
