"""Take goods from one place and one state to another, whole: units by serial, range or number."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.db import connection

from qudao.domain.stock import rules
from qudao.domain.stock.models import Item, Unit
from qudao.domain.stock.types import (
    CardExpired,
    Goods,
    ItemUnknown,
    QuantityInvalid,
    StockShort,
    UnitElsewhere,
    UnitNotForSale,
    UnitState,
    UnitUnknown,
)
from qudao.kernel.period import business_date
from qudao.kernel.refusals import Kind, Refusal
from qudao.platform.commands.context import Context
from qudao.platform.tables import arrays

SHELF: Final = frozenset({UnitState.IN_STOCK})
WORN: Final = frozenset({UnitState.IN_STOCK, UnitState.DEFECTIVE, UnitState.EXPIRED})


@dataclass(eq=False)
class RangeInvalid(Refusal, kind=Kind.INVALID):
    """Two serials that are no range: other lengths, wrong order, a check digit, too many."""

    first: str
    last: str


@dataclass(frozen=True, slots=True)
class Picked:
    """Units that were taken of one item."""

    item: str
    units: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Goods of one item, looked up: serials, or how many."""

    item: Item
    serials: tuple[str, ...]
    quantity: int

    @staticmethod
    def of(goods: Sequence[Goods]) -> list[Wanted]:
        """
        Look up what is meant.

        :raises ItemUnknown: if there are no such goods.
        :raises QuantityInvalid: if nothing is meant, or a serial comes twice.
        :raises RangeInvalid: if two serials form no range.
        """
        items = {row.code: row for row in Item.objects.filter(code__in=[g.item for g in goods])}
        found = []
        for one in goods:
            row = items.get(one.item)
            if row is None:
                raise ItemUnknown(one.item)
            serials = [rules.clean_serial(serial) for serial in one.serials]
            for first, last in one.ranges:
                ends = rules.clean_serial(first), rules.clean_serial(last)
                if rules.range_size(row.kind, *ends) is None:
                    raise RangeInvalid(first, last)
                serials += rules.serials_between(row.kind, *ends)
            if len(set(serials)) < len(serials) or (serials and not row.serialised):
                raise QuantityInvalid(len(serials))
            quantity = len(serials) or one.quantity
            if quantity <= 0:
                raise QuantityInvalid(quantity)
            found.append(Wanted(row, tuple(serials), quantity))
        if not found or len({one.item.code for one in found}) < len(found):
            raise QuantityInvalid(len(found))
        return sorted(found, key=lambda one: one.item.code)

    def take(
        self,
        ctx: Context,
        place: UUID,
        *,
        state: str,
        to: UUID | None = None,
        document: UUID | None = None,
        of_states: Collection[str] = SHELF,
        terms: str = "",
        damaged: bool = False,
    ) -> Picked:
        """
        Give units that lie at a place another state, and perhaps another place; all or none.

        Without serials the oldest are taken, those that expire first before the others, and
        whatever somebody else is just taking is left out.

        :raises UnitUnknown: if a serial was never taken in, or belongs to other goods.
        :raises UnitElsewhere: if it lies at another place.
        :raises UnitNotForSale: if it is not in one of the states.
        :raises CardExpired: if it is to be sent and its last day of use has passed.
        :raises StockShort: if there are not so many.
        """
        # What has passed its last day goes back or is written off, and nowhere else.
        fresh = state == UnitState.IN_TRANSIT and UnitState.EXPIRED not in of_states
        with connection.cursor() as cursor:
            cursor.execute(
                _NAMED if self.serials else _OLDEST,
                {
                    "item": self.item.code,
                    "serials": arrays.texts(self.serials),
                    "place": place,
                    "states": arrays.texts(sorted(of_states)),
                    "today": business_date(ctx.at) if fresh else None,
                    "wanted": self.quantity,
                    "state": state,
                    "terms": terms,
                    "to": to or place,
                    "document": document,
                    "damaged": damaged,
                    "at": ctx.at if to else None,
                },
            )
            ids = tuple(id for (id,) in cursor.fetchall())
        if len(ids) < self.quantity:
            if self.serials:
                self._explain(ctx, place, of_states, fresh=fresh)
            raise StockShort(self.item.code, self._available(place, of_states))
        return Picked(self.item.code, ids)

    def _available(self, place: UUID, states: Collection[str]) -> int:
        rows = Unit.objects.unscoped("the operation has checked the place")
        return rows.filter(place=place, item=self.item, state__in=states).count()

    def _explain(self, ctx: Context, place: UUID, states: Collection[str], *, fresh: bool) -> None:
        rows = Unit.objects.unscoped("a serial is somewhere, or nowhere")
        known = {
            row.serial: row
            for row in rows.filter(kind=self.item.kind, serial__in=self.serials).only(
                "serial", "place_id", "item_id", "state", "expires_on", "document"
            )
        }
        for serial in self.serials:
            row = known.get(serial)
            if row is None or row.item_id != self.item.code:
                raise UnitUnknown(serial)
            if row.place_id != place:
                raise UnitElsewhere(serial)
            if row.state not in states or row.document is not None:
                raise UnitNotForSale(serial, row.state)
            if fresh and row.expires_on is not None and row.expires_on < business_date(ctx.at):
                raise CardExpired(serial, row.expires_on)


_CHANGE: Final = """
), taken AS (
    UPDATE stock_unit u
    SET state = %(state)s, place_id = %(to)s, document = %(document)s, damaged = %(damaged)s,
        moved_at = coalesce(%(at)s, u.moved_at)
    FROM free f
    WHERE u.id = f.id AND u.place_id = %(place)s AND u.state = ANY(%(states)s::text[])
      AND (SELECT count(*) FROM free) = %(wanted)s
    RETURNING u.id
)
SELECT id FROM taken
"""

# Locked in the order of their ids; changed only if every one is still there after the wait.
_NAMED: Final = (
    """
WITH free AS MATERIALIZED (
    SELECT u.id FROM stock_unit u
    WHERE u.item_id = %(item)s AND u.serial = ANY(%(serials)s::text[])
      AND u.kind = (SELECT kind FROM stock_item WHERE code = %(item)s)
      AND u.place_id = %(place)s AND u.state = ANY(%(states)s::text[])
      AND (%(terms)s = '' OR u.terms = %(terms)s)
      AND u.document IS NULL  -- what a delivery misses is settled with the delivery
      AND (%(today)s::date IS NULL OR u.expires_on IS NULL OR u.expires_on >= %(today)s::date)
    ORDER BY u.id FOR NO KEY UPDATE
"""
    + _CHANGE
)

_OLDEST: Final = (
    """
WITH free AS MATERIALIZED (
    SELECT u.id FROM stock_unit u
    WHERE u.item_id = %(item)s AND u.place_id = %(place)s
      AND u.state = ANY(%(states)s::text[]) AND u.number = '' AND u.document IS NULL
      AND (%(terms)s = '' OR u.terms = %(terms)s)
      AND (%(today)s::date IS NULL OR u.expires_on IS NULL OR u.expires_on >= %(today)s::date)
    ORDER BY u.expires_on NULLS LAST, u.moved_at, u.serial
    LIMIT %(wanted)s FOR NO KEY UPDATE SKIP LOCKED
"""
    + _CHANGE
)
