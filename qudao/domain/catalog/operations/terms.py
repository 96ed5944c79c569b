"""On which terms offerings are sold: discounts, shelves, and the fit matrix."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from qudao.domain.catalog.businesses import businesses
from qudao.domain.catalog.models import Fit, ShelfEntry, WholesaleDiscount
from qudao.domain.catalog.operations.offerings import MARKETS
from qudao.domain.catalog.operations.revision import (
    _for_the_whole,
    _offering_of,
    _period,
    _raise_revision,
)
from qudao.domain.catalog.types import (
    BranchExpected,
    BusinessUnknown,
    FitCell,
    FitLevel,
    OfferingFieldInvalid,
    OfferingUnknown,
    RateOutOfRange,
)
from qudao.domain.party import queries as organizations
from qudao.domain.party.operations import OrganizationNotFound
from qudao.domain.party.types import OrganizationId
from qudao.domain.saleschannel import queries as saleschannel
from qudao.kernel.ids import new_id
from qudao.kernel.money import PPM
from qudao.platform.commands.command import command, record_subject
from qudao.platform.commands.context import Context


@command("catalog.set_discount")
def set_discount(
    ctx: Context,
    *,
    business: str,
    channel_kind: str,
    rate_ppm: int,
    offering: str | None = None,
    valid_from: datetime | None = None,
    valid_until: datetime | None = None,
) -> None:
    """
    Set what a kind of channel is spared of the face value, from now or a later instant on.

    An offering's own discount goes before its business's. What was set for the same stretch of
    time before is replaced; what lies in the past stays.

    :raises BeyondOwnBranch: if the actor's scope is less than the province.
    :raises BusinessUnknown: if there is no such business.
    :raises OfferingUnknown: if the business has no such offering.
    :raises ChannelKindUnknown: if there is no such kind of channel.
    :raises RateOutOfRange: if the rate is below 0 or above 1,000,000.
    :raises Backdated: if the validity begins before now.
    :raises PeriodEmpty: if it ends before it begins.
    """
    _for_the_whole(ctx)
    if business not in businesses:
        raise BusinessUnknown(business)
    saleschannel.kind(channel_kind)
    if not 0 <= rate_ppm <= PPM:
        raise RateOutOfRange(rate_ppm)
    start, end = _period(ctx, valid_from, valid_until)
    target = _offering_of(offering) if offering is not None else None
    if target is not None and target.business != business:
        raise OfferingUnknown(target.code)
    _raise_revision()
    rows = WholesaleDiscount.objects.filter(
        business=business, channel_kind_id=channel_kind, offering=target
    )
    _carve(ctx, rows, start, end)
    WholesaleDiscount.objects.create(
        id=new_id(ctx.at),
        business=business,
        channel_kind_id=channel_kind,
        offering=target,
        rate_ppm=rate_ppm,
        valid_from=start,
        valid_until=end,
    )


@command("catalog.shelve")
def shelve(
    ctx: Context,
    *,
    code: str,
    branch: OrganizationId | None = None,
    valid_from: datetime | None = None,
    valid_until: datetime | None = None,
) -> None:
    """
    Put an offering on the shelf of a branch, or of all branches that have no entry of their own.

    :raises OfferingUnknown: if there is no such offering.
    :raises BeyondOwnBranch: for all branches, if the actor's scope is less than the province.
    :raises OrganizationNotFound: if the branch is not in the actor's scope.
    :raises BranchExpected: if the organization is no branch.
    :raises Backdated: if the validity begins before now.
    :raises PeriodEmpty: if it ends before it begins.
    """
    _shelf(ctx, code, branch, True, valid_from, valid_until)


@command("catalog.unshelve")
def unshelve(
    ctx: Context,
    *,
    code: str,
    branch: OrganizationId | None = None,
    valid_from: datetime | None = None,
    valid_until: datetime | None = None,
) -> None:
    """
    Take an offering off the shelf of a branch, or of all that have no entry of their own.

    :raises OfferingUnknown: if there is no such offering.
    :raises BeyondOwnBranch: for all branches, if the actor's scope is less than the province.
    :raises OrganizationNotFound: if the branch is not in the actor's scope.
    :raises BranchExpected: if the organization is no branch.
    :raises Backdated: if the validity begins before now.
    :raises PeriodEmpty: if it ends before it begins.
    """
    _shelf(ctx, code, branch, False, valid_from, valid_until)


@command("catalog.set_fit")
def set_fit(ctx: Context, *, cells: Sequence[FitCell]) -> int:
    """
    Set cells of the fit matrix, all or none; returns how many changed.

    :raises BeyondOwnBranch: if the actor's scope is less than the province.
    :raises BusinessUnknown: if a business is unknown.
    :raises ChannelKindUnknown: if a kind of channel is unknown.
    :raises OfferingFieldInvalid: if a market or a level is none.
    """
    _for_the_whole(ctx)
    kinds = {kind.code for kind in saleschannel.kinds()}
    _raise_revision()
    before = {
        (row.business, row.channel_kind_id, row.market): row.level for row in Fit.objects.all()
    }
    changed = {}
    for cell in cells:
        if cell.business not in businesses:
            raise BusinessUnknown(cell.business)
        if cell.channel_kind not in kinds:
            raise saleschannel.ChannelKindUnknown(cell.channel_kind)
        if cell.market not in MARKETS:
            raise OfferingFieldInvalid("market")
        if cell.level not in set(FitLevel):
            raise OfferingFieldInvalid("level")
        key = (cell.business, cell.channel_kind, cell.market)
        if before.get(key, FitLevel.CAPABLE) != cell.level:
            changed[key] = cell.level
    Fit.objects.bulk_create(
        [Fit(business=b, channel_kind_id=k, market=m, level=v) for (b, k, m), v in changed.items()],
        update_conflicts=True,
        update_fields=["level"],
        unique_fields=["business", "channel_kind", "market"],
    )
    return len(changed)


def _shelf(
    ctx: Context,
    code: str,
    branch: OrganizationId | None,
    on: bool,
    valid_from: datetime | None,
    valid_until: datetime | None,
) -> None:
    offering = _offering_of(code)
    if branch is None:
        _for_the_whole(ctx)
    else:
        found = organizations.organization(ctx, branch)
        if found is None:
            raise OrganizationNotFound(branch)
        if found.kind != "branch":
            raise BranchExpected(found.kind)
    start, end = _period(ctx, valid_from, valid_until)
    _raise_revision()
    _carve(ctx, ShelfEntry.objects.filter(offering=offering, branch_id=branch), start, end)
    ShelfEntry.objects.create(
        id=new_id(ctx.at),
        offering=offering,
        branch_id=branch,
        on_shelf=on,
        valid_from=start,
        valid_until=end,
    )
    record_subject(offering.id)


def _carve(ctx: Context, rows: QuerySet[Any], start: datetime, end: datetime | None) -> None:
    """Make room in [start, end): shorten, split or remove the rows that reach into it."""
    reaching = rows.filter(Q(valid_until__isnull=True) | Q(valid_until__gt=start))
    if end is not None:
        reaching = reaching.filter(valid_from__lt=end)
    for row in reaching:
        first, last = row.valid_from, row.valid_until
        if first < start:
            row.valid_until = start
            row.save()
        else:
            row.delete()
        if end is not None and (last is None or last > end):
            row.pk, row.valid_from, row.valid_until = new_id(ctx.at), end, last
            row.save(force_insert=True)
