"""The reference data that ships with the platform."""

from __future__ import annotations

from qudao.domain.catalog import data
from qudao.domain.catalog.models import Fit, Offering, ShelfEntry, WholesaleDiscount
from qudao.domain.catalog.operations.offerings import _insert_offering, _insert_version
from qudao.domain.catalog.operations.revision import _raise_revision
from qudao.kernel.ids import new_id
from qudao.platform.commands.command import command
from qudao.platform.commands.context import Context


@command("catalog.load_reference")
def load_reference(ctx: Context) -> int:
    """
    Load what ships: offerings, discounts, shelves and the fit matrix.

    Adds what is missing and never overwrites what people changed; returns how many rows it added.

    :raises NotPermitted: without the grant.
    """
    present = set(Offering.objects.values_list("code", flat=True))
    added = 0
    for shipped in data.offerings():
        if shipped.code in present:
            continue
        offering = _insert_offering(ctx, shipped.code, shipped.business)
        _insert_version(ctx, offering, 1, shipped.version, data.EPOCH, None)
        ShelfEntry.objects.create(
            id=new_id(ctx.at), offering=offering, on_shelf=True, valid_from=data.EPOCH
        )
        added += 1
    known = set(WholesaleDiscount.objects.values_list("business", flat=True))
    if any(business not in known for business, _, _ in data.discounts()):
        added += len(
            WholesaleDiscount.objects.bulk_create(
                WholesaleDiscount(
                    id=new_id(ctx.at),
                    business=business,
                    channel_kind_id=kind,
                    rate_ppm=rate,
                    valid_from=data.EPOCH,
                )
                for business, kind, rate in data.discounts()
                if business not in known
            )
        )
    cells = set(Fit.objects.values_list("business", "channel_kind_id", "market"))
    missing = [
        Fit(business=c.business, channel_kind_id=c.channel_kind, market=c.market, level=c.level)
        for c in data.fits()
        if (c.business, c.channel_kind, c.market) not in cells
    ]
    Fit.objects.bulk_create(missing)
    added += len(missing)
    if added:
        _raise_revision()
    return added
