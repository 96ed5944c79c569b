"""How goods move: a document with two ends, its lines, and what it does to the ledger."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from django.db import connection
from django.db.models import Q, Sum

from qudao.domain.ledger import operations as ledger
from qudao.domain.ledger.types import AccountId, Transfer
from qudao.domain.stock import rules
from qudao.domain.stock.models import Movement, MovementLine, Quantity, RequisitionLine
from qudao.domain.stock.queries.places import branches_of
from qudao.domain.stock.types import End, MovementKind, RequisitionKind, StockShort, Terms
from qudao.kernel.ids import new_id
from qudao.kernel.money import Money
from qudao.kernel.period import business_date
from qudao.platform.commands.context import Context
from qudao.platform.tables import arrays

VALUE: Final = "stock_value"
"""Account kind: goods on hand, at cost; one per branch."""
COST: Final = "cost_of_goods"
PAYABLE: Final = "supplier_payable"
LOSS: Final = "stock_loss"

_ACCOUNT_OF_END: Final = {
    End.SUPPLIER: PAYABLE,
    End.CUSTOMER: COST,
    End.SCRAP: LOSS,
    End.FOUND: LOSS,
}
STATES: Final = ("in_stock", "in_transit", "held", "defective", "missing")


@dataclass(eq=False)
class Move:
    """A document in the making: add lines, then `write` some of them at once."""

    ctx: Context
    kind: MovementKind
    source: UUID | None = None
    target: UUID | None = None
    source_end: str = ""
    target_end: str = ""
    cause: UUID | None = None
    reason: str = ""
    id: UUID = field(init=False)
    lines: list[MovementLine] = field(default_factory=list)
    units: list[UUID] = field(default_factory=list)
    """Units whose lines the database writes itself."""

    def __post_init__(self) -> None:
        self.id = new_id(self.ctx.at)

    def add(
        self,
        item: str,
        quantity: int,
        terms: str,
        value: int,
        *,
        unit: UUID | None = None,
        price: int = 0,
    ) -> None:
        """Add a line; of goods that the outlet owns no value moves, but when it buys them."""
        buying = self.kind in {MovementKind.PURCHASE, MovementKind.PURCHASE_RETURN}
        self.lines.append(
            MovementLine(
                movement_id=self.id,
                item_id=item,
                unit_id=unit,
                quantity=quantity,
                terms=terms,
                value=value if buying or terms == Terms.CONSIGNMENT else 0,
                price=price,
            )
        )

    @property
    def is_empty(self) -> bool:
        return not self.lines and not self.units

    @staticmethod
    def write(ctx: Context, moves: Sequence[Move]) -> None:
        """Write documents with their lines, and move their value in the ledger."""
        wanted = [move for move in moves if not move.is_empty]
        if not wanted:
            return
        Movement.objects.unscoped("new documents of checked places").bulk_create(
            [
                Movement(
                    id=move.id,
                    kind=move.kind,
                    at=ctx.at,
                    business_date=business_date(ctx.at),
                    actor=ctx.actor,
                    source_id=move.source,
                    source_end=move.source_end,
                    target_id=move.target,
                    target_end=move.target_end,
                    cause=move.cause,
                    reason=move.reason,
                )
                for move in wanted
            ]
        )
        MovementLine.objects.bulk_create(
            [line for move in wanted for line in move.lines], batch_size=2000
        )
        amounts = {move.id: sum(line.value for line in move.lines) for move in wanted}
        for move in wanted:
            if move.units:
                amounts[move.id] += _write_lines(move)
        _post(ctx, wanted, amounts)


@dataclass(eq=False)
class Shelf:
    """The locked count of an item at a place on some terms; changed in memory, saved once."""

    row: Quantity

    @staticmethod
    def locked(place: UUID, item: str, terms: str, ctx: Context) -> Shelf:
        """Return the count, locked; a new one of nothing if there was none."""
        rows = Quantity.objects.unscoped("the operation has checked the place")
        key = {"place_id": place, "item_id": item, "terms": terms}
        rows.bulk_create(
            [Quantity(**key, moved_at=ctx.at)],
            ignore_conflicts=True,
        )
        return Shelf(rows.select_for_update(no_key=True).get(**key))

    @staticmethod
    def pair(
        source: UUID, target: UUID, item: str, terms: str, ctx: Context
    ) -> tuple[Shelf, Shelf]:
        """Return the counts of two places, locked in the order of their ids."""
        found = {end: Shelf.locked(end, item, terms, ctx) for end in sorted((source, target))}
        return found[source], found[target]

    @property
    def total(self) -> int:
        return sum(getattr(self.row, state) for state in STATES)

    def shift(self, quantity: int, source: str, target: str) -> None:
        """
        Change the state of some, at the same place.

        :raises StockShort: if there are not so many in that state.
        """
        self._take(quantity, source)
        setattr(self.row, target, getattr(self.row, target) + quantity)

    def take(self, quantity: int, state: str) -> tuple[int, int]:
        """
        Take some away; return the cost and what was paid that go with them, in fen.

        :raises StockShort: if there are not so many in that state.
        """
        total = self.total
        self._take(quantity, state)
        value = rules.part_of_value(self.row.value, quantity, total)
        paid = rules.part_of_value(self.row.paid, quantity, total)
        self.row.value -= value
        self.row.paid -= paid
        return value, paid

    def put(self, quantity: int, state: str, value: int, paid: int = 0) -> None:
        setattr(self.row, state, getattr(self.row, state) + quantity)
        self.row.value += value
        self.row.paid += paid

    def free_missing(self) -> int:
        """How many are missing here otherwise than from a delivery, which is settled by itself."""
        lines = RequisitionLine.objects.filter(
            requisition__target=self.row.place_id, item=self.row.item_id, missing__gt=0
        )
        returned = Q(requisition__kind=RequisitionKind.RETURN, requisition__terms=self.row.terms)
        others = ~Q(requisition__kind=RequisitionKind.RETURN)
        mine = returned | others if self.row.terms == Terms.CONSIGNMENT else returned
        return self.row.missing - int(lines.filter(mine).aggregate(n=Sum("missing"))["n"] or 0)

    def save(self, ctx: Context) -> None:
        self.row.moved_at = ctx.at
        self.row.save(update_fields=[*STATES, "value", "paid", "moved_at"])

    def _take(self, quantity: int, state: str) -> None:
        have = getattr(self.row, state)
        if have < quantity:
            raise StockShort(str(self.row.item_id), have)
        setattr(self.row, state, have - quantity)


def _write_lines(move: Move) -> int:
    """Write a line for each of the move's units, at its cost; return what they are worth."""
    buying = move.kind in {MovementKind.PURCHASE, MovementKind.PURCHASE_RETURN}
    priced = buying or End.CUSTOMER in (move.source_end, move.target_end)
    with connection.cursor() as cursor:
        cursor.execute(_LINES, [move.id, buying, buying, priced, arrays.uuids(move.units)])
        (value,) = cursor.fetchone() or (0,)
    return int(value)


def _post(ctx: Context, moves: Iterable[Move], amounts: dict[UUID, int]) -> None:
    """Move what the documents are worth from the account of one end to that of the other."""
    worth = [move for move in moves if amounts[move.id]]
    if not worth:
        return
    places = {end for move in worth for end in (move.source, move.target) if end is not None}
    branches = branches_of(places)
    accounts: dict[tuple[str, UUID], AccountId] = {}

    def account(kind: str, place: UUID) -> AccountId:
        key = (kind, branches[place])
        if key not in accounts:
            accounts[key] = ledger.open_account(ctx, kind=kind, owner=key[1])
        return accounts[key]

    transfers = []
    for move in sorted(worth, key=lambda one: one.id):
        home = move.source or move.target
        assert home is not None
        source = VALUE if move.source is not None else _ACCOUNT_OF_END[End(move.source_end)]
        target = VALUE if move.target is not None else _ACCOUNT_OF_END[End(move.target_end)]
        if move.kind == MovementKind.PURCHASE:
            target = COST
        elif move.kind == MovementKind.PURCHASE_RETURN:
            source = COST
        ends = account(source, move.source or home), account(target, move.target or home)
        if ends[0] != ends[1]:
            transfers.append(
                Transfer(
                    *ends,
                    Money(amounts[move.id]),
                    f"stock_{move.kind}",
                    move.cause or move.id,
                )
            )
    ledger.post_all(ctx, transfers=transfers)


_LINES = """
WITH line AS (
    INSERT INTO stock_movement_line (movement_id, item_id, unit_id, quantity, terms, value, price)
    SELECT %s, u.item_id, u.id, 1, u.terms,
           CASE WHEN %s OR u.terms = 'consignment' THEN u.cost ELSE 0 END,
           CASE WHEN %s THEN coalesce(u.paid, 0)
                WHEN %s AND u.terms = 'consignment' THEN coalesce(u.price, 0) ELSE 0 END
    FROM stock_unit u WHERE u.id = ANY(%s::uuid[])
    ORDER BY u.id
    RETURNING value)
SELECT coalesce(sum(value), 0) FROM line
"""
