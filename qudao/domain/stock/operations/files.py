"""Files of goods: kept, looked through, loaded whole or not at all."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from types import TracebackType
from typing import Final
from uuid import UUID

from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper

from qudao.domain.party.types import OrganizationId
from qudao.domain.stock import queries
from qudao.domain.stock.events import FileLoaded
from qudao.domain.stock.formats import FileKind, file_kinds
from qudao.domain.stock.models import Bulk, BulkFault, Item
from qudao.domain.stock.operations.loading import Arrival, Intake
from qudao.domain.stock.queries.files import BulkUnknown, Findings, examine, sealed
from qudao.domain.stock.types import (
    BulkId,
    BulkState,
    BulkTerms,
    ItemUnknown,
    NewUnit,
)
from qudao.kernel.ids import new_id
from qudao.kernel.personal import Secret
from qudao.kernel.refusals import Kind, Refusal
from qudao.platform.commands.codec import encode
from qudao.platform.commands.command import announce, command, record_subject
from qudao.platform.commands.context import Context

LARGEST: Final = 32 << 20

Foreign = Callable[[Sequence[str]], Mapping[str, str]]
HandOn = Callable[[OrganizationId, Sequence[str]], object]


@dataclass(eq=False)
class FileKindUnknown(Refusal, kind=Kind.INVALID):
    file_kind: str


@dataclass(eq=False)
class FileEmpty(Refusal, kind=Kind.INVALID):
    """The file holds nothing, or more than 32 MB."""


@dataclass(eq=False)
class BulkStateWrong(Refusal, kind=Kind.CONFLICT):
    """This cannot be done with the file in the state that it has got to."""

    bulk_state: str


@command("stock.keep_file")
def keep_file(
    ctx: Context,
    *,
    kind: str,
    place: OrganizationId,
    file_name: str,
    content: bytes,
    terms: BulkTerms | None = None,
) -> BulkId:
    """
    Keep a file of goods, encrypted, to be looked through: CSV or XLSX, of a registered kind.

    `terms` hold for rows that do not say their item, cost, batch or last day themselves. The
    goods will lie at `place`; numbers belong to it.

    :raises PlaceUnknown: if the place is not in the actor's scope.
    :raises FileKindUnknown: if no such kind is registered.
    :raises ItemUnknown: if the terms name an item that the kind of file does not hold.
    :raises FileEmpty: if there is nothing in it, or too much.
    """
    queries.place(ctx, place=place)
    if kind not in file_kinds:
        raise FileKindUnknown(kind)
    if not 0 < len(content) <= LARGEST:
        raise FileEmpty
    all_rows = terms or BulkTerms()
    if all_rows.item:
        of_kind = file_kinds[kind]
        rows = Item.objects.filter(code=all_rows.item, active=True)
        if not rows.filter(kind__in=of_kind.goods, serialised=of_kind.serialised).exists():
            raise ItemUnknown(all_rows.item)
    row = Bulk.objects.create(
        id=new_id(ctx.at),
        kind=kind,
        place_id=place,
        terms=encode(all_rows),
        file_name=file_name[-120:],
        content=sealed(content),
        state=BulkState.CHECKING,
        at=ctx.at,
        by=ctx.actor,
    )
    record_subject(row.id)
    return BulkId(row.id)


@command("stock.check_file", subject="bulk")
def check_file(ctx: Context, *, bulk: BulkId, foreign: Foreign | None = None) -> str:
    """
    Look through a kept file and write down what it holds and what is wrong; return its state:
    `checked`, or `refused` with every fault of every row.

    How far it is shows in the file's record meanwhile. `foreign` says which numbers are wrong.
    One that is not waiting is left alone.

    :raises BulkUnknown: if there is none.
    """
    row = _row(ctx, bulk)
    if row.state != BulkState.CHECKING:
        return row.state
    with _Progress(bulk) as progress:
        found = examine(row, progress=progress, foreign=foreign)
    _write(ctx, row, found)
    return row.state


@command("stock.start_loading", subject="bulk")
def start_loading(ctx: Context, *, bulk: BulkId) -> None:
    """
    Decide that a checked file is loaded; a worker does it.

    :raises BulkUnknown: if there is none in the actor's scope.
    :raises BulkStateWrong: if it was not found good, or is loaded already.
    """
    row = _row(ctx, bulk)
    # Conditions on the row itself, without a join: only those are looked at again after a wait.
    rows = Bulk.objects.unscoped("found in scope").filter(id=bulk, state=BulkState.CHECKED)
    if not rows.update(state=BulkState.LOADING, done=0, loaded_by=ctx.actor):
        raise BulkStateWrong(row.state)


@command("stock.load_file", subject="bulk")
def load_file(
    ctx: Context, *, bulk: BulkId, foreign: Foreign | None = None, hand_on: HandOn | None = None
) -> int:
    """
    Load all rows of a file that was decided on, or none: it is looked through once more, and
    what has become wrong since refuses it. Returns how many rows were loaded.

    Rows that are no goods are handed on. One that is not waiting is left alone.

    :raises BulkUnknown: if there is none.
    """
    row = _row(ctx, bulk)
    if row.state != BulkState.LOADING:
        return 0
    kind = file_kinds[row.kind]
    with connection.cursor() as cursor:
        # Loads come one after the other: what one brings, the next one finds.
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('stock.load', 0))")
    with _Progress(bulk) as progress:
        found = examine(row, progress=progress, foreign=foreign)
        if found.faults:
            _write(ctx, row, found)
            return 0
        _take_in(ctx, row, kind, found, hand_on)
        progress(found.total, found.total)
    row.state, row.content, row.loaded_at = BulkState.LOADED, None, ctx.at
    row.done = row.total = found.total
    row.save(update_fields=["state", "content", "loaded_at", "done", "total"])
    announce(FileLoaded(bulk, row.kind, found.total))
    return found.total


@command("stock.discard_file", subject="bulk")
def discard_file(ctx: Context, *, bulk: BulkId) -> None:
    """
    Throw a file away that was not loaded; its content is deleted, its faults stay.

    :raises BulkUnknown: if there is none in the actor's scope.
    :raises BulkStateWrong: if it is being loaded, or is over.
    """
    row = _row(ctx, bulk)
    rows = Bulk.objects.unscoped("found in scope").filter(
        id=bulk, state__in=[BulkState.CHECKING, BulkState.CHECKED, BulkState.REFUSED]
    )
    if not rows.update(state=BulkState.DISCARDED, content=None):
        raise BulkStateWrong(row.state)


@command("stock.sweep_files")
def sweep_files(ctx: Context, *, before: datetime) -> int:
    """Throw away what was sent before a moment and not loaded since; return how many."""
    rows = Bulk.objects.unscoped("old files of everybody").filter(
        at__lt=before, state__in=[BulkState.CHECKING, BulkState.CHECKED, BulkState.REFUSED]
    )
    return rows.update(state=BulkState.DISCARDED, content=None)


def _row(ctx: Context, bulk: UUID) -> Bulk:
    # Not locked: how far it is, is written from another connection while it is worked on.
    row = Bulk.objects.within(ctx.scope).filter(id=bulk).first()
    if row is None:
        raise BulkUnknown(bulk)
    return row


def _write(ctx: Context, row: Bulk, found: Findings) -> None:
    BulkFault.objects.filter(bulk=row).delete()
    BulkFault.objects.bulk_create(
        [BulkFault(bulk=row, **asdict(fault)) for fault in found.faults], batch_size=2000
    )
    row.state = BulkState.REFUSED if found.faults else BulkState.CHECKED
    row.total = row.done = found.total
    row.bad = len({fault.row for fault in found.faults})
    row.counts, row.columns, row.first = found.counts, found.columns, found.first
    row.checked_at = ctx.at
    row.save()


def _take_in(
    ctx: Context, row: Bulk, kind: FileKind, found: Findings, hand_on: HandOn | None
) -> None:
    place = OrganizationId(row.place_id)
    if not kind.goods:
        assert hand_on is not None, "numbers are kept elsewhere"
        hand_on(place, [one.values["number"] for one in found.rows])
        return
    intake = Intake(ctx, place)
    if not kind.serialised:
        goods: dict[str, tuple[int, int]] = {}
        for one in found.rows:
            quantity, value = goods.get(one.item, (0, 0))
            more = int(one.values["quantity"])
            goods[one.item] = (quantity + more, value + more * one.cost)
        intake.count(goods)
        return
    kinds = dict(Item.objects.values_list("code", "kind"))
    intake.write(
        [
            Arrival(
                one.item,
                kinds[one.item],
                NewUnit(
                    one.values["serial"],
                    one.values.get("imsi", ""),
                    Secret(one.values["pin"]) if one.pin_hash is not None else None,
                    "",
                    one.expires_on,
                ),
                one.cost,
                one.values["batch"],
                one.pin_hash,
            )
            for one in found.rows
        ],
        examined=True,
    )


class _Progress:
    """Says on a connection of its own how far a file is, while its transaction is open."""

    def __init__(self, bulk: UUID) -> None:
        self.bulk = bulk
        self.other: BaseDatabaseWrapper | None = None

    def __enter__(self) -> _Progress:
        return self

    def __call__(self, done: int, total: int) -> None:
        if self.other is None:
            self.other = connection.copy()
        with self.other.cursor() as cursor:
            cursor.execute(
                "UPDATE stock_bulk SET done = %s, total = %s WHERE id = %s",
                [done, total, self.bulk],
            )

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.other is not None:
            self.other.close()
