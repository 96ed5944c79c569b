"""Offerings and their versions."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Final

from django.db.models import Q

from qudao.domain.catalog import rules
from qudao.domain.catalog.businesses import businesses
from qudao.domain.catalog.models import Offering, OfferingVersion
from qudao.domain.catalog.operations.revision import (
    _for_the_whole,
    _offering_of,
    _period,
    _raise_revision,
)
from qudao.domain.catalog.types import (
    Amount,
    BusinessUnknown,
    OfferingCodeTaken,
    OfferingFieldInvalid,
    OfferingId,
    VersionDraft,
    VersionId,
    VersionPlanned,
)
from qudao.kernel.ids import new_id
from qudao.kernel.money import Money
from qudao.platform.commands.command import command, record_subject
from qudao.platform.commands.context import Context

STATES: Final = frozenset({"active", "suspended", "terminated"})
"""States of a customer's line in the BOSS."""

MARKETS: Final = frozenset({"city", "rural"})

_CODE = re.compile(r"[A-Z0-9][A-Z0-9_-]{0,31}", re.ASCII)


@command("catalog.create_offering")
def create_offering(
    ctx: Context,
    *,
    code: str,
    business: str,
    version: VersionDraft,
    valid_from: datetime | None = None,
    valid_until: datetime | None = None,
) -> OfferingId:
    """
    Add an offering with its first version. It is on no shelf yet.

    :raises BeyondOwnBranch: if the actor's scope is less than the province.
    :raises BusinessUnknown: if there is no such business.
    :raises OfferingCodeTaken: if the code is in use.
    :raises OfferingFieldInvalid: if a field makes no sense for the business.
    :raises Backdated: if the validity begins before now.
    :raises PeriodEmpty: if it ends before it begins.
    """
    _for_the_whole(ctx)
    start, end = _period(ctx, valid_from, valid_until)
    if not _CODE.fullmatch(code):
        raise OfferingFieldInvalid("code")
    if Offering.objects.filter(code=code).exists():
        raise OfferingCodeTaken(code)
    _check(business, version)
    offering = _insert_offering(ctx, code, business)
    _insert_version(ctx, offering, 1, version, start, end)
    _raise_revision()
    record_subject(offering.id)
    return OfferingId(offering.id)


@command("catalog.publish_version")
def publish_version(
    ctx: Context,
    *,
    code: str,
    version: VersionDraft,
    valid_from: datetime | None = None,
    valid_until: datetime | None = None,
) -> VersionId:
    """
    Give an offering a new version from now, or from a later instant; the one before ends there.

    :raises BeyondOwnBranch: if the actor's scope is less than the province.
    :raises OfferingUnknown: if there is no such offering.
    :raises OfferingFieldInvalid: if a field makes no sense for the business.
    :raises Backdated: if the validity begins before now.
    :raises PeriodEmpty: if it ends before it begins.
    :raises VersionPlanned: if a version begins at or after `valid_from` already.
    """
    _for_the_whole(ctx)
    offering = _offering_of(code)
    start, end = _period(ctx, valid_from, valid_until)
    _check(offering.business, version)
    earlier = OfferingVersion.objects.filter(offering=offering)
    later = earlier.filter(valid_from__gte=start).order_by("valid_from").first()
    if later is not None:
        raise VersionPlanned(later.number, later.valid_from)
    earlier.filter(Q(valid_until__isnull=True) | Q(valid_until__gt=start)).update(valid_until=start)
    number = (earlier.order_by("-number").values_list("number", flat=True).first() or 0) + 1
    row = _insert_version(ctx, offering, number, version, start, end)
    _raise_revision()
    record_subject(offering.id)
    return VersionId(row.id)


@command("catalog.end_version")
def end_version(ctx: Context, *, code: str, valid_until: datetime | None = None) -> None:
    """
    End the valid version of an offering, now or at a later instant, without a new one.

    :raises BeyondOwnBranch: if the actor's scope is less than the province.
    :raises OfferingUnknown: if there is no such offering.
    :raises Backdated: if the end lies before now.
    :raises VersionPlanned: if the last version begins later than that.
    """
    _for_the_whole(ctx)
    offering = _offering_of(code)
    end, _ = _period(ctx, valid_until, None)
    last = OfferingVersion.objects.filter(offering=offering).order_by("-valid_from").first()
    if last is None or (last.valid_until is not None and last.valid_until <= end):
        return
    if last.valid_from >= end:
        raise VersionPlanned(last.number, last.valid_from)
    last.valid_until = end
    last.save(update_fields=["valid_until"])
    _raise_revision()
    record_subject(offering.id)


def _insert_offering(ctx: Context, code: str, business: str) -> Offering:
    return Offering.objects.create(
        id=new_id(ctx.at), code=code, business=business, created_at=ctx.at
    )


def _insert_version(
    ctx: Context,
    offering: Offering,
    number: int,
    version: VersionDraft,
    start: datetime,
    end: datetime | None,
) -> OfferingVersion:
    return OfferingVersion.objects.create(
        id=new_id(ctx.at),
        offering=offering,
        number=number,
        valid_from=start,
        valid_until=end,
        name_zh=version.name_zh.strip(),
        name_en=version.name_en.strip(),
        description_zh=version.description_zh,
        description_en=version.description_en,
        price=version.price.minor if version.price is not None else None,
        minimum=version.minimum.minor if version.minimum else None,
        maximum=version.maximum.minor if version.maximum else None,
        step=version.step.minor,
        chips=[chip.minor for chip in version.chips],
        boss_product_code=version.boss_product_code,
        eligibility=rules.stored_eligibility(version.eligibility),
        attributes=version.attributes,
    )


def _check(business: str, version: VersionDraft) -> None:
    if business not in businesses:
        raise BusinessUnknown(business)
    for name in ("name_zh", "name_en"):
        if not 0 < len(getattr(version, name).strip()) <= 100:
            raise OfferingFieldInvalid(name)
    for name in ("description_zh", "description_en"):
        if len(getattr(version, name)) > 1000:
            raise OfferingFieldInvalid(name)
    priced = businesses[business].amount is Amount.PRICED
    if priced != (version.price is not None) or (version.price or Money(0)) < Money(0):
        raise OfferingFieldInvalid("price")
    if version.step <= Money(0):
        raise OfferingFieldInvalid("step")
    if version.minimum is not None and version.minimum <= Money(0):
        raise OfferingFieldInvalid("minimum")
    if version.maximum is not None and version.maximum < (version.minimum or version.step):
        raise OfferingFieldInvalid("maximum")
    if any(chip.minor <= 0 or chip.minor % version.step.minor for chip in version.chips):
        raise OfferingFieldInvalid("chips")
    if priced != bool(version.boss_product_code) or len(version.boss_product_code) > 64:
        raise OfferingFieldInvalid("boss_product_code")
    terms = version.eligibility
    if not (terms.states or set()) <= STATES or not (terms.markets or set()) <= MARKETS:
        raise OfferingFieldInvalid("eligibility")
