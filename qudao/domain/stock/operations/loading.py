"""Goods come from the supplier."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection

from qudao.domain.party.types import OrganizationId
from qudao.domain.stock import queries, rules
from qudao.domain.stock.models import Item, Unit
from qudao.domain.stock.operations.moving import Move, Shelf
from qudao.domain.stock.types import (
    End,
    GoodsKind,
    ItemUnknown,
    MovementId,
    MovementKind,
    NewUnit,
    QuantityInvalid,
    SerialInvalid,
    Terms,
    UnitState,
)
from qudao.kernel.ids import new_id
from qudao.kernel.money import Money
from qudao.kernel.refusals import Kind, Refusal
from qudao.platform.commands.command import command, record_subject
from qudao.platform.commands.context import Context
from qudao.platform.identity.personal import blind_index, key_ring

PIN_PLACE = "stock_unit.pin"
LARGE = 1_000
"""Units of one load above which the table's statistics are made anew."""


@dataclass(eq=False)
class SerialTaken(Refusal, kind=Kind.CONFLICT):
    """It was taken in before, or comes twice."""

    serial: str


@dataclass(eq=False)
class PinMissing(Refusal, kind=Kind.INVALID):
    """A recharge card has a PIN of 12 to 20 digits of its own; other goods have none."""

    serial: str


@dataclass(eq=False)
class CostInvalid(Refusal, kind=Kind.INVALID):
    cost: Money


@dataclass(frozen=True, slots=True)
class Arrival:
    """A unit as it is written: checked, cleaned, with its cost and batch."""

    item: str
    kind: str
    unit: NewUnit
    cost: int
    """fen"""
    batch: str
    pin_hash: bytes | None = None
    """Of the PIN, where it was made already."""


@command("stock.load_units")
def load_units(
    ctx: Context,
    *,
    place: OrganizationId,
    item: str,
    units: Sequence[NewUnit],
    cost: Money,
    batch: str = "",
) -> MovementId:
    """
    Take in units with serials from the supplier, all of one item, at `cost` each; all or none.

    What is owed to the supplier becomes the value of the branch's stock. Larger lots come as
    files (`keep_file`).

    :raises PlaceUnknown: if the place is not in the actor's scope.
    :raises ItemUnknown: if there are no such goods, or they have no serials.
    :raises CostInvalid: if the cost is below zero.
    :raises SerialInvalid: if a serial, IMSI or number is none.
    :raises SerialTaken: if a serial was taken in before, or comes twice.
    :raises PinMissing: if a recharge card has no PIN that could be, or a known one.
    """
    queries.place(ctx, place=place)
    row = Item.objects.filter(code=item, active=True, serialised=True).first()
    if row is None:
        raise ItemUnknown(item)
    if cost < Money.zero():
        raise CostInvalid(cost)
    arrivals = []
    for one in units:
        serial = rules.clean_serial(one.serial)
        if not rules.valid_serial(row.kind, serial) or (
            one.imsi and not rules.valid_imsi(one.imsi)
        ):
            raise SerialInvalid(one.serial)
        pin = str.__str__(one.pin) if one.pin is not None else ""
        if rules.valid_pin(pin) != (row.kind == GoodsKind.RECHARGE_CARD):
            raise PinMissing(serial)
        clean = NewUnit(serial, one.imsi, one.pin, one.number, one.expires_on)
        arrivals.append(Arrival(row.code, row.kind, clean, cost.minor, batch))
    if not arrivals:
        raise QuantityInvalid(0)
    movement = Intake(ctx, place).write(arrivals)
    record_subject(movement)
    return movement


@command("stock.load_quantity")
def load_quantity(
    ctx: Context, *, place: OrganizationId, item: str, quantity: int, cost: Money
) -> MovementId:
    """
    Take in goods without serials from the supplier, at `cost` each.

    :raises PlaceUnknown: if the place is not in the actor's scope.
    :raises ItemUnknown: if there are no such goods, or they have serials.
    :raises QuantityInvalid: if the quantity is not positive.
    :raises CostInvalid: if the cost is below zero.
    """
    queries.place(ctx, place=place)
    if not Item.objects.filter(code=item, active=True, serialised=False).exists():
        raise ItemUnknown(item)
    if quantity <= 0:
        raise QuantityInvalid(quantity)
    if cost < Money.zero():
        raise CostInvalid(cost)
    movement = Intake(ctx, place).count({item: (quantity, cost.minor * quantity)})
    record_subject(movement)
    return movement


@dataclass(eq=False)
class Intake:
    """Writes what comes from the supplier to one place: rows by COPY, one document, one posting."""

    ctx: Context
    place: OrganizationId

    def write(self, arrivals: Sequence[Arrival], *, examined: bool = False) -> MovementId:
        """
        Write units; what was `examined` under the lock of loads is known to be new.

        :raises SerialTaken: if a serial was taken in before, or comes twice.
        :raises PinMissing: if a PIN is known already.
        """
        if not examined:
            self._refuse_known(arrivals)
        move = Move(self.ctx, MovementKind.LOAD, source_end=End.SUPPLIER, target=self.place)
        move.units = [new_id(self.ctx.at) for _ in arrivals]
        ring, at = key_ring(), self.ctx.at
        with (
            connection.cursor() as cursor,
            cursor.copy(_COPY) as rows,
        ):
            for id, one in zip(move.units, arrivals, strict=True):
                pin = str.__str__(one.unit.pin) if one.unit.pin is not None else None
                rows.write_row(
                    (
                        id,
                        one.item,
                        one.kind,
                        one.unit.serial,
                        one.unit.imsi,
                        one.unit.number,
                        None if pin is None else ring.encrypt(pin, PIN_PLACE),
                        None if pin is None else one.pin_hash or ring.hash(pin, PIN_PLACE),
                        self.place,
                        UnitState.IN_STOCK.value,
                        Terms.CONSIGNMENT.value,
                        one.cost,
                        one.unit.expires_on,
                        one.batch,
                        False,
                        at,
                    )
                )
        if len(arrivals) > LARGE:
            # Plans that were made for a small table (the checks of foreign keys keep theirs)
            # would read all of it for each line.
            with connection.cursor() as cursor:
                cursor.execute("ANALYZE stock_unit")
        Move.write(self.ctx, [move])
        return MovementId(move.id)

    def count(self, goods: dict[str, tuple[int, int]]) -> MovementId:
        """Put goods without serials onto the shelf: item → (how many, their value in fen)."""
        move = Move(self.ctx, MovementKind.LOAD, source_end=End.SUPPLIER, target=self.place)
        for item, (quantity, value) in sorted(goods.items()):
            shelf = Shelf.locked(self.place, item, Terms.CONSIGNMENT, self.ctx)
            shelf.put(quantity, "in_stock", value)
            shelf.save(self.ctx)
            move.add(item, quantity, Terms.CONSIGNMENT, value)
        Move.write(self.ctx, [move])
        return MovementId(move.id)

    def _refuse_known(self, arrivals: Sequence[Arrival]) -> None:
        # Loads come one after the other, so that two of the same serial are told apart.
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('stock.load', 0))")
        seen: set[tuple[str, str]] = set()
        pins: dict[bytes, str] = {}
        for one in arrivals:
            key = (one.kind, one.unit.serial)
            if key in seen:
                raise SerialTaken(one.unit.serial)
            seen.add(key)
            if one.unit.pin is not None:
                hashed = blind_index(str.__str__(one.unit.pin), PIN_PLACE)
                if hashed in pins:
                    raise PinMissing(one.unit.serial)
                pins[hashed] = one.unit.serial
        rows = Unit.objects.unscoped("a serial is taken in once in the whole province")
        for kind in {one.kind for one in arrivals}:
            known = queries.known_serials(
                kind, [one.unit.serial for one in arrivals if one.kind == kind]
            )
            if known:
                raise SerialTaken(min(known))
        if pins:
            taken = rows.filter(pin_hash__in=list(pins)).values_list("pin_hash", flat=True)
            for known_hash in taken:
                assert known_hash is not None
                raise PinMissing(pins[bytes(known_hash)])
        numbers = [one.unit.number for one in arrivals if one.unit.number]
        packed = rows.filter(
            number__in=numbers, state__in=[UnitState.IN_STOCK, UnitState.IN_TRANSIT, UnitState.HELD]
        )
        for number in packed.values_list("number", flat=True) if numbers else ():
            raise SerialTaken(number)


_COPY = """
COPY stock_unit (id, item_id, kind, serial, imsi, number, pin, pin_hash, place_id, state, terms,
                 cost, expires_on, batch, damaged, moved_at) FROM STDIN
"""
