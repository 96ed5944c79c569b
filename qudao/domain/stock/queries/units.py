"""Read units with serials, and how they got where they are."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final
from uuid import UUID

from django.db import connection
from django.db.models import Q, QuerySet

from qudao.domain.stock import rules
from qudao.domain.stock.models import Hold, MovementLine, Unit
from qudao.domain.stock.types import (
    Held,
    UnitRecord,
    UnitSearch,
    UnitState,
    UnitStep,
    UnitUnknown,
)
from qudao.kernel.page import Page, PageRequest
from qudao.kernel.scope import Scope
from qudao.platform.commands.context import Context
from qudao.platform.tables import arrays
from qudao.platform.tables.project import page_of, project
from qudao.platform.tables.scoped import within

PATHS: Final = {
    "item": "item_id",
    "item_name_zh": "item__name_zh",
    "item_name_en": "item__name_en",
    "place": "place_id",
    "place_code": "place__code",
    "place_name_zh": "place__name_zh",
    "place_name_en": "place__name_en",
    "price": "item__price",
    "wholesale": "item__wholesale",
    "offering": "item__offering",
}


def unit(ctx: Context, *, kind: str, serial: str) -> UnitRecord:
    """
    Return a unit by its serial.

    :raises NotPermitted: without `stock.read`.
    :raises UnitUnknown: if there is none in the actor's scope.
    """
    ctx.require("stock.read")
    rows = _within(ctx).filter(kind=kind, serial=rules.clean_serial(serial))
    found = project(rows, UnitRecord, **PATHS)
    if not found:
        raise UnitUnknown(serial)
    return found[0]


def find(ctx: Context, *, serial: str) -> tuple[UnitRecord, ...]:
    """
    Return what in the actor's scope carries a scanned serial, of whatever kind.

    :raises NotPermitted: without `stock.read`.
    """
    ctx.require("stock.read")
    rows = _within(ctx).filter(serial=rules.clean_serial(serial))
    return project(rows.order_by("kind"), UnitRecord, **PATHS)


def units(ctx: Context, *, search: UnitSearch, page: PageRequest) -> Page[UnitRecord]:
    """
    Return units of the actor's scope, by item and serial.

    :raises NotPermitted: without `stock.read`.
    """
    ctx.require("stock.read")
    rows = _within(ctx).order_by("item", "serial")
    if search.place is not None:
        rows = rows.filter(place=search.place)
    if search.below:
        rows = rows.filter(within("place__path", Scope.of([search.below])))
    for column, value in (
        ("item", search.item),
        ("kind", search.kind),
        ("terms", search.terms),
        ("number", search.number),
        ("batch", search.batch),
        ("document", search.document),
    ):
        if value:
            rows = rows.filter(**{column: value})
    if search.states:
        rows = rows.filter(state__in=search.states)
    if search.packed is not None:
        rows = rows.exclude(number="") if search.packed else rows.filter(number="")
    if search.expires_before is not None:
        rows = rows.filter(expires_on__lt=search.expires_before)
    if search.serial.strip():
        part = rules.clean_serial(search.serial)
        rows = rows.filter(Q(serial__startswith=part) | Q(serial__endswith=part))
    return page_of(rows, UnitRecord, page, **PATHS)


def units_of_orders(*, orders: Collection[UUID]) -> tuple[UnitRecord, ...]:
    """Return the units that orders hold or have sold; whose orders they are was checked before."""
    rows = Unit.objects.unscoped("the caller knows the orders").filter(
        cause__in=orders, state__in=[UnitState.HELD, UnitState.SOLD, UnitState.USED]
    )
    return project(rows.order_by("kind", "serial"), UnitRecord, **PATHS)


def goods_of_orders(*, orders: Collection[UUID]) -> dict[UUID, tuple[Held, ...]]:
    """Return the goods without serials that undecided orders hold."""
    rows = Hold.objects.unscoped("the caller knows the orders").filter(order__in=orders)
    found: dict[UUID, list[Held]] = {}
    paths = {name: PATHS[name] for name in ("item", "item_name_zh", "item_name_en")}
    keys = rows.order_by("id").values_list("order", flat=True)
    held = project(rows.order_by("id"), Held, outlet="place_id", kind="item__kind", **paths)
    for order, one in zip(keys, held, strict=True):
        found.setdefault(order, []).append(one)
    return {order: tuple(some) for order, some in found.items()}


def by_numbers(*, numbers: Collection[str]) -> dict[str, UnitRecord]:
    """Return the SIM cards that the numbers are packed with and that are not sold."""
    rows = Unit.objects.unscoped("packs are looked up by number from any outlet").filter(
        number__in=numbers,
        state__in=[UnitState.IN_STOCK, UnitState.IN_TRANSIT, UnitState.HELD],
    )
    return {one.number: one for one in project(rows, UnitRecord, **PATHS)}


def known_serials(kind: str, serials: Collection[str]) -> set[str]:
    """Return which of these serials of a kind were ever taken in, wherever they are."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT serial FROM stock_unit WHERE kind = %s AND serial = ANY(%s::text[])",
            [kind, arrays.texts(serials)],
        )
        return {serial for (serial,) in cursor.fetchall()}


def known_pins(hashes: Collection[bytes]) -> set[bytes]:
    """Return which of these keyed hashes of PINs belong to cards that were taken in."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pin_hash FROM stock_unit WHERE pin_hash = ANY(%s::bytea[])",
            [arrays.octets(hashes)],
        )
        return {bytes(found) for (found,) in cursor.fetchall()}


def history(ctx: Context, *, kind: str, serial: str) -> tuple[UnitStep, ...]:
    """
    Return every move of a unit, the first one first.

    :raises NotPermitted: without `stock.read`.
    :raises UnitUnknown: if it is not in the actor's scope.
    """
    one = unit(ctx, kind=kind, serial=serial)
    rows = MovementLine.objects.filter(unit=one.id).order_by("movement__at", "id")
    return project(rows, UnitStep, **_STEP)


_STEP: Final = {
    "movement": "movement_id",
    **{
        name: f"movement__{name}"
        for name in ("kind", "at", "actor", "source_end", "target_end", "cause", "reason")
    },
    **{
        f"{end}_{name}": f"movement__{end}__{name}"
        for end in ("source", "target")
        for name in ("code", "name_zh", "name_en")
    },
}


def _within(ctx: Context) -> QuerySet[Unit]:
    return Unit.objects.within(ctx.scope)
