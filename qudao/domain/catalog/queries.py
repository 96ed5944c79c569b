"""Read the catalogue: the snapshot that sales use, and lists for screens."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import fields
from datetime import datetime
from typing import Any, Final, TypeVar

from django.db.models import F, Model, Q, QuerySet

from qudao.domain.catalog.businesses import businesses as registered
from qudao.domain.catalog.models import (
    Fit,
    Offering,
    OfferingVersion,
    ShelfEntry,
    WholesaleDiscount,
)
from qudao.domain.catalog.rules import CatalogSnapshot, Span, Version, eligibility
from qudao.domain.catalog.types import (
    Business,
    DiscountRecord,
    FitCell,
    FitLevel,
    OfferingId,
    OfferingRecord,
    OfferingUnknown,
    ShelfRecord,
    VersionId,
    VersionRecord,
)
from qudao.kernel.money import Money
from qudao.kernel.page import Page, PageRequest
from qudao.platform.commands.context import Context
from qudao.platform.tables import prepared
from qudao.platform.tables.project import project

__all__ = [
    "CatalogSnapshot",
    "businesses",
    "discounts",
    "fit_matrix",
    "forget",
    "kept_snapshot",
    "looked_at_once",
    "offerings",
    "recent_snapshot",
    "revision",
    "shelf",
    "snapshot",
    "versions",
]

M = TypeVar("M", bound=Model)

_cached: CatalogSnapshot | None = None


def businesses() -> Mapping[str, Business]:
    """Return the businesses by code."""
    return registered


def revision() -> int:
    """Return the number of the catalogue's last change; 0 before the first."""
    rows = prepared.fetch("SELECT value FROM catalog_revision WHERE id = 1", [])
    return int(rows[0][0]) if rows else 0


def snapshot(revision: int | None = None) -> CatalogSnapshot:
    """
    Return the catalogue as it is now.

    Kept per process, and read again when the revision has changed: without an argument that
    takes one small statement to find out. Give the revision when it is already known to be
    current (read in the same statement as something else): then a current snapshot costs none.
    """
    global _cached
    known = _cached
    wanted = _revision() if revision is None else revision
    if known is not None and known.revision == wanted:
        return known
    fresh = _load()
    if fresh.revision:
        _cached = fresh
    return fresh


def kept_snapshot() -> CatalogSnapshot:
    """
    Return the catalogue as this process read it some time ago; as it is now if it has none.

    For who compares its revision when writing, and takes `snapshot` when it is another one.
    """
    return _cached or snapshot()


@contextmanager
def looked_at_once() -> Iterator[None]:
    """
    Within, on this thread, `recent_snapshot` asks one time at most whether the catalogue has
    changed: for many questions that are answered together.
    """
    _together.known = False
    try:
        yield
    finally:
        del _together.known


_together: Final = threading.local()


def recent_snapshot() -> CatalogSnapshot:
    """Return the catalogue as it is now; within `looked_at_once` as it was at its first use."""
    if getattr(_together, "known", False):
        return kept_snapshot()
    found = snapshot()
    if hasattr(_together, "known"):
        _together.known = True
    return found


def forget() -> None:
    """Drop the catalogue that this process keeps: it has changed."""
    global _cached
    _cached = None


_revision = revision


def _load() -> CatalogSnapshot:
    """Read everything; again, if somebody committed a change in between."""
    before = _revision()
    while True:
        built = _read(before)
        after = _revision()
        if after == before:
            return built
        before = after


def _read(number: int) -> CatalogSnapshot:
    columns = [field.name for field in fields(Version)]
    versions: dict[str, list[Span]] = defaultdict(list)
    rows = OfferingVersion.objects.order_by("offering", "valid_from")
    for code, start, end, *values in rows.values_list(
        "offering__code", "valid_from", "valid_until", *columns
    ):
        made = dict(zip(columns, values, strict=True))
        made["eligibility"] = eligibility(made["eligibility"])
        made["chips"] = tuple(made["chips"])
        versions[code].append(Span(start, end, Version(**made)))
    shelf: dict[str, dict[str, list[Span]]] = defaultdict(lambda: defaultdict(list))
    for code, path, start, end, on in ShelfEntry.objects.values_list(
        "offering__code", "branch__path", "valid_from", "valid_until", "on_shelf"
    ):
        shelf[code][path or ""].append(Span(start, end, on))
    discounts: dict[tuple[str, str], list[Span]] = defaultdict(list)
    for code, business, kind, start, end, rate in WholesaleDiscount.objects.values_list(
        "offering__code", "business", "channel_kind_id", "valid_from", "valid_until", "rate_ppm"
    ):
        discounts[code or business, kind].append(Span(start, end, rate))
    return CatalogSnapshot(
        revision=number,
        businesses=dict(registered),
        offerings=dict(Offering.objects.order_by("code").values_list("code", "business")),
        versions=dict(versions),
        shelf={code: dict(branches) for code, branches in shelf.items()},
        discounts=dict(discounts),
        fits={
            (business, kind, market): FitLevel(level)
            for business, kind, market, level in Fit.objects.values_list(
                "business", "channel_kind_id", "market", "level"
            )
        },
    )


def offerings(
    ctx: Context, *, page: PageRequest, business: str = "", text: str = ""
) -> Page[OfferingRecord]:
    """
    Return offerings by business and code, each with the version valid at `ctx.at`, if any.

    The catalogue is the operator's own and no secret from its channels: it has no scope.
    """
    rows = Offering.objects.order_by("business", "code")
    if business:
        rows = rows.filter(business=business)
    valid = _valid(OfferingVersion.objects.all(), ctx.at)
    if text.strip():
        named = valid.filter(
            Q(name_zh__icontains=text.strip()) | Q(name_en__icontains=text.strip())
        )
        rows = rows.filter(Q(code__icontains=text.strip()) | Q(id__in=named.values("offering_id")))
    shown = rows[page.offset : page.offset + page.limit]
    current = {version.offering_id: version for version in valid.filter(offering__in=list(shown))}
    return Page(tuple(_record(row, current.get(row.id)) for row in shown), rows.count(), page)


def _record(row: Offering, version: OfferingVersion | None) -> OfferingRecord:
    key = OfferingId(row.id)
    if version is None:
        return OfferingRecord(key, row.code, row.business)
    return OfferingRecord(
        offering=key,
        code=row.code,
        business=row.business,
        version=VersionId(version.id),
        number=version.number,
        name_zh=version.name_zh,
        name_en=version.name_en,
        price=None if version.price is None else Money(version.price),
        valid_from=version.valid_from,
        valid_until=version.valid_until,
    )


def versions(ctx: Context, *, code: str) -> tuple[VersionRecord, ...]:
    """
    Return the history of an offering, newest first.

    :raises OfferingUnknown: if there is none of this code.
    """
    rows = OfferingVersion.objects.filter(offering__code=code).order_by("-number")
    found = project(rows, VersionRecord, version="id")
    if not found:
        raise OfferingUnknown(code)
    return found


def shelf(ctx: Context, *, code: str) -> tuple[ShelfRecord, ...]:
    """Return the shelf entries of an offering: for all branches first, then by branch."""
    rows = ShelfEntry.objects.filter(offering__code=code).order_by(
        F("branch__path").asc(nulls_first=True), "valid_from"
    )
    return project(
        rows,
        ShelfRecord,
        branch="branch_id",
        branch_name_zh="branch__name_zh",
        branch_name_en="branch__name_en",
    )


def discounts(ctx: Context, *, business: str = "") -> tuple[DiscountRecord, ...]:
    """Return the wholesale discounts that are or will be valid, by business and kind."""
    rows = WholesaleDiscount.objects.filter(Q(valid_until__isnull=True) | Q(valid_until__gt=ctx.at))
    if business:
        rows = rows.filter(business=business)
    return project(
        rows, DiscountRecord, offering_code="offering__code", channel_kind="channel_kind_id"
    )


def fit_matrix(ctx: Context) -> tuple[FitCell, ...]:
    """Return the cells of the fit matrix that are not blank."""
    rows: Any = Fit.objects.values_list("business", "channel_kind_id", "market", "level")
    return tuple(FitCell(b, k, m, FitLevel(level)) for b, k, m, level in rows)


def _valid(rows: QuerySet[M], at: datetime) -> QuerySet[M]:
    return rows.filter(Q(valid_until__isnull=True) | Q(valid_until__gt=at), valid_from__lte=at)
