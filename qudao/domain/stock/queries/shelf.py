"""What a sale looks at before it takes goods: is it here, and may it be sold?"""

from __future__ import annotations

from qudao.domain.party.types import OrganizationId
from qudao.domain.stock import rules
from qudao.domain.stock.models import Unit
from qudao.domain.stock.queries.places import place
from qudao.domain.stock.queries.units import PATHS
from qudao.domain.stock.types import (
    CardExpired,
    UnitElsewhere,
    UnitNotForSale,
    UnitRecord,
    UnitState,
    UnitUnknown,
)
from qudao.kernel.period import business_date
from qudao.kernel.personal import Secret
from qudao.platform.commands.context import Context
from qudao.platform.identity.personal import blind_index
from qudao.platform.tables.project import project


def for_sale(ctx: Context, *, outlet: OrganizationId, kind: str, serial: str) -> UnitRecord:
    """
    Return a unit that an outlet may sell now. `stock.hold` says the same, and takes it.

    :raises NotPermitted: without `stock.read`.
    :raises PlaceUnknown: if the outlet is not in the actor's scope.
    :raises UnitUnknown: if the serial was never taken in.
    :raises UnitElsewhere: if it lies at another place.
    :raises UnitNotForSale: if it is held, sold, on its way, defective, missing.
    :raises CardExpired: if its last day of use has passed.
    """
    ctx.require("stock.read")
    place(ctx, place=outlet)
    bare = rules.clean_serial(serial)
    rows = Unit.objects.unscoped("whoever scans a serial is told that it belongs elsewhere")
    found = project(rows.filter(kind=kind, serial=bare), UnitRecord, **PATHS)
    if not found:
        raise UnitUnknown(serial)
    (unit,) = found
    if unit.place != outlet:
        raise UnitElsewhere(serial)
    if unit.state != UnitState.IN_STOCK:
        raise UnitNotForSale(serial, unit.state)
    if unit.expires_on is not None and unit.expires_on < business_date(ctx.at):
        raise CardExpired(serial, unit.expires_on)
    return unit


def next_for_sale(ctx: Context, *, outlet: OrganizationId, kind: str, item: str) -> str | None:
    """
    Return the serial of the unit of an item that an outlet should sell next: whose last day comes
    first. None if it has none for sale.

    The unit is locked until the transaction ends, and those that others have locked are passed
    over: two who sell at once do not get the same one.

    :raises NotPermitted: without `stock.read`.
    :raises PlaceUnknown: if the outlet is not in the actor's scope.
    """
    ctx.require("stock.read")
    place(ctx, place=outlet)
    today = business_date(ctx.at)
    rows = Unit.objects.unscoped("the outlet was found in the actor's scope")
    rows = rows.filter(place=outlet, item=item, kind=kind, state=UnitState.IN_STOCK)
    rows = rows.exclude(expires_on__lt=today).order_by("expires_on", "serial")
    return (
        rows.select_for_update(of=("self",), skip_locked=True)
        .values_list("serial", flat=True)
        .first()
    )


def card_of_pin(*, pin: Secret) -> UnitRecord | None:
    """
    Return the card that has this PIN, wherever it was sold and whether it was used or not.

    For the journey that uses it in the same transaction: `stock.use_card` has the last word.
    """
    bare = "".join(str.__str__(pin).split())
    rows = Unit.objects.unscoped("a card is good at every outlet")
    found = project(rows.filter(pin_hash=blind_index(bare, "stock_unit.pin")), UnitRecord, **PATHS)
    return found[0] if found else None
