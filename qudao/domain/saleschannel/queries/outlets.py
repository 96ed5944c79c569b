"""Read channel kinds and outlets."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Final

from django.db import connection
from django.db.models import Q, QuerySet
from django.db.models.functions import Length

from qudao.domain.party import queries as organizations
from qudao.domain.party.types import OrganizationId
from qudao.domain.saleschannel import data, rules
from qudao.domain.saleschannel.models import ChannelKind, Outlet
from qudao.domain.saleschannel.types import (
    Division,
    KindRecord,
    NearOutlet,
    OutletFilter,
    OutletRecord,
    OutletRow,
    OutletState,
    Ownership,
    SellingPoint,
)
from qudao.kernel.money import Money
from qudao.kernel.page import Page, PageRequest
from qudao.kernel.refusals import Kind, Refusal
from qudao.kernel.scope import ROOT_PATH, Scope
from qudao.kernel.snapshots import Snapshots
from qudao.platform.commands.context import Context
from qudao.platform.tables import arrays, prepared
from qudao.platform.tables.project import page_of, project
from qudao.platform.tables.scoped import within

may_sell = rules.may_sell
above_sale_limit = rules.above_sale_limit
is_open = rules.is_open
opening_hours_problem = rules.opening_hours_problem
hours_as_text = rules.hours_as_text
hours_from_text = rules.hours_from_text

POINTS_KEPT: Final = 50_000
"""Selling points that a process keeps, of about a kilobyte each."""

_kept: Final = Snapshots[OrganizationId, OrganizationId, SellingPoint](POINTS_KEPT)

_PATHS = {
    "outlet": "organization_id",
    "code": "organization__code",
    "name_zh": "organization__name_zh",
    "name_en": "organization__name_en",
    "path": "organization__path",
    "kind": "kind_id",
    "kind_name_zh": "kind__name_zh",
    "kind_name_en": "kind__name_en",
    "ownership": "kind__ownership",
    "owner": "owner_id",
}


@dataclass(eq=False)
class OutletUnknown(Refusal, kind=Kind.NOT_FOUND):
    """There is no such outlet where the actor may look."""

    outlet: str


@dataclass(eq=False)
class ChannelKindUnknown(Refusal, kind=Kind.NOT_FOUND):
    """There is no such kind of channel."""

    channel_kind: str


def kinds() -> tuple[KindRecord, ...]:
    """Return all kinds of channel, in the order of lists, with their positioning."""
    return project(ChannelKind.objects.all(), KindRecord)


def kind(code: str) -> KindRecord:
    """
    Return one kind of channel.

    :raises ChannelKindUnknown: if there is none.
    """
    found = project(ChannelKind.objects.filter(code=code), KindRecord)
    if not found:
        raise ChannelKindUnknown(code)
    return found[0]


def divisions() -> tuple[Division, ...]:
    """Return the vendored divisions (province, branches, counties) with approximate centres."""
    return data.divisions()


def division_path(code: str) -> str:
    """Return the place of a division in the organization, such as `000.41.4101`."""
    return _path(code, {one.code: one.parent for one in data.divisions()})


def outlet(ctx: Context, *, outlet: OrganizationId) -> OutletRecord:
    """
    Return an outlet.

    :raises NotPermitted: without `saleschannel.read`.
    :raises OutletUnknown: if there is none in the actor's scope.
    """
    ctx.require("saleschannel.read")
    found = project(_within(ctx).filter(organization_id=outlet), OutletRecord, **_PATHS)
    if not found:
        raise OutletUnknown(str(outlet))
    return found[0]


def outlet_by_node_code(ctx: Context, *, node_code: str) -> OutletRecord:
    """
    Return the outlet that carries a node code.

    :raises NotPermitted: without `saleschannel.read`.
    :raises OutletUnknown: if there is none in the actor's scope.
    """
    ctx.require("saleschannel.read")
    found = project(_within(ctx).filter(node_code=node_code), OutletRecord, **_PATHS)
    if not found:
        raise OutletUnknown(node_code)
    return found[0]


def hall_of(kind: str) -> tuple[OrganizationId, SellingPoint] | None:
    """
    Return the active outlet that stands for an electronic hall: of its kind, the one nearest to the
    root, then the one that was entered first. None: nobody has opened it.

    Which outlet it is, is no secret: it needs no permission and has no scope.
    """
    rows = Outlet.objects.unscoped("which outlet stands for a hall is public").filter(
        kind_id=kind, state=OutletState.ACTIVE
    )
    found = rows.order_by(Length("organization__path"), "organization_id").values_list(
        "organization_id", flat=True
    )
    first = found.first()
    if first is None:
        return None
    outlet = OrganizationId(first)
    point = selling_points([outlet]).get(outlet)
    return None if point is None else (outlet, point)


def numbers_of(
    ctx: Context, *, node_codes: Collection[str] = (), numbers: Collection[int] = ()
) -> dict[str, int]:
    """
    Return the numbers by which the lake knows outlets, by their node codes: of those of the actor's
    scope that have one of the codes, or one of the numbers.

    :raises NotPermitted: without `saleschannel.read`.
    """
    ctx.require("saleschannel.read")
    named = Q(node_code__in=list(node_codes)) | Q(number__in=list(numbers))
    return dict(_within(ctx).filter(named).values_list("node_code", "number"))


def by_node_codes(ctx: Context, *, node_codes: Sequence[str]) -> dict[str, OrganizationId]:
    """Return the outlets of the actor's scope, but closed ones, that carry one of the codes."""
    rows = _within(ctx).filter(node_code__in=node_codes).exclude(state=OutletState.CLOSED)
    return {
        code: OrganizationId(key) for code, key in rows.values_list("node_code", "organization_id")
    }


def free_node_codes(
    ctx: Context, *, place: OrganizationId, channel_kind: str, most: int = 5
) -> tuple[str, ...]:
    """
    Return node codes that a new outlet of a kind may be given below a county or branch; none if
    the place is not in the actor's scope. Nothing is reserved by that.

    :raises NotPermitted: without `saleschannel.read`.
    :raises ChannelKindUnknown: if there is no such kind.
    """
    ctx.require("saleschannel.read")
    above = organizations.organization(ctx, place)
    if above is None:
        return ()
    prefix = rules.node_prefix(above.division_code or above.code, kind(channel_kind).ownership)
    taken = Outlet.objects.unscoped("node codes are unique over all places").filter(
        node_code__startswith=prefix
    )
    used = {int(code[7:11]) for code in taken.values_list("node_code", flat=True)}
    return rules.free_node_codes(prefix, used, most)


def selling_points(outlets: Collection[OrganizationId]) -> dict[OrganizationId, SellingPoint]:
    """
    Return what a sale must know of the given outlets, as this process has read it some time ago.

    For who compares each point's stamp with the outlet's when writing, and calls `forget` when it
    is another one: no statement for what is known, one for what is not. Unknown outlets are left
    out, and looked for anew each time. Not scoped: the sale compares each path with the scope of
    who sells.
    """
    found = {outlet: point for outlet in outlets if (point := _kept.get(outlet)) is not None}
    missing = [outlet for outlet in outlets if outlet not in found]
    return found | selling_points_now(missing) if missing else found


def selling_points_now(outlets: Collection[OrganizationId]) -> dict[OrganizationId, SellingPoint]:
    """Return what a sale must know of the given outlets, read afresh in one statement."""
    with _kept.reading() as reading, connection.cursor() as cursor:
        cursor.execute(_SELLING_POINTS, [arrays.uuids(outlets)])
        found = {row[0]: _point(*row) for row in cursor.fetchall()}
        _kept.keep(reading, ((outlet, outlet, point) for outlet, point in found.items()))
    return found


def forget(outlets: Collection[OrganizationId] | None = None) -> None:
    """Drop what `selling_points` has kept of the given outlets; without any, of all."""
    if outlets is None:
        _kept.clear()
    else:
        _kept.forget(outlets)


def _point(
    outlet: OrganizationId,
    stamp: int,
    path: str,
    kind: str,
    market: str,
    state: str,
    since: str | None,
    until: str | None,
    businesses: list[str] | None,
    sale_limit: int | None,
    day_limit: int | None,
    enforced: bool,
    hours: str,
) -> SellingPoint:
    return SellingPoint(
        outlet,
        stamp,
        path,
        kind,
        market,
        state,
        _instant(since),
        _instant(until),
        None if businesses is None else tuple(businesses),
        None if sale_limit is None else Money(sale_limit),
        None if day_limit is None else Money(day_limit),
        enforced,
        json.loads(hours) if enforced else {},
    )


def outlets(ctx: Context, *, filter: OutletFilter, page: PageRequest) -> Page[OutletRow]:
    """
    Return the outlets of the actor's scope, by place and node code.

    :raises NotPermitted: without `saleschannel.read`.
    """
    ctx.require("saleschannel.read")
    rows = _within(ctx).order_by("organization__path")
    text = filter.text.strip()
    if text:
        rows = rows.filter(
            Q(organization__name_zh__icontains=text)
            | Q(organization__name_en__icontains=text)
            | Q(node_code__startswith=text)
        )
    if filter.kinds:
        rows = rows.filter(kind_id__in=filter.kinds)
    if filter.states:
        rows = rows.filter(state__in=filter.states)
    if filter.market:
        rows = rows.filter(market=filter.market)
    if filter.below:
        rows = rows.filter(within("organization__path", Scope.of([filter.below])))
    if filter.contract_ends_before:
        rows = rows.filter(contract_until__lt=filter.contract_ends_before)
    return page_of(rows, OutletRow, page, **_PATHS)


def near(
    *,
    divisions: Collection[str],
    position: tuple[Decimal, Decimal] | None = None,
    most: int = 20,
) -> tuple[NearOutlet, ...]:
    """
    Return the active outlets below divisions that one can go to, the nearest to a position first,
    at most so many.

    `divisions` are codes of branches or counties, `position` is longitude and latitude; without
    one, and among outlets whose place is not known, own halls come first. Where the shops are is
    no secret: it needs no permission and has no scope.
    """
    paths = sorted({division_path(code) for code in divisions})
    if not paths:
        return ()
    inside = " OR ".join(["g.path = %s::text OR g.path LIKE %s::text"] * len(paths))
    values: list[str] = []
    if position is not None:
        longitude, latitude = map(str, position)
        values += [latitude, latitude, longitude]
    values += [OutletState.ACTIVE.value, Ownership.ELECTRONIC.value]
    for path in paths:
        values += [path, f"{path}.%"]
    # Asked so often that making the statement anew by the mapper cost most of it.
    statement = _NEAR % ("NULL::int" if position is None else _DISTANCE_M, inside)
    rows = prepared.fetch(statement, [*values, str(most)])
    return tuple(
        NearOutlet(id, name_zh, name_en, kind, address, east, north, json.loads(hours), far)
        for id, name_zh, name_en, kind, address, east, north, hours, far in rows
    )


_NEAR = """
SELECT o.organization_id, g.name_zh, g.name_en, o.kind_id, o.address, o.longitude, o.latitude,
       o.opening_hours::text, %s AS distance_m
FROM saleschannel_outlet o
JOIN party_organization g ON g.id = o.organization_id
JOIN saleschannel_kind k ON k.code = o.kind_id
WHERE o.state = %%s::text AND NOT (k.ownership = %%s::text AND o.address = '') AND (%s)
ORDER BY distance_m NULLS LAST, k.position, g.name_zh, o.organization_id LIMIT %%s::int
"""

# Haversine on a sphere: half a per cent off, which nobody notices on the way to a shop.
_DISTANCE_M = """
(2 * 6371000 * asin(sqrt(
    sin(radians(latitude - %s::numeric) / 2) ^ 2
    + cos(radians(%s::numeric)) * cos(radians(latitude))
        * sin(radians(longitude - %s::numeric) / 2) ^ 2)))::int
"""


def _path(code: str, parents: Mapping[str, str]) -> str:
    """Return the place of a division in the organization."""
    parent = parents.get(code, "")
    return f"{_path(parent, parents) if parent else ROOT_PATH}.{code}"


_SELLING_POINTS = """
SELECT o.organization_id, o.stamp, g.path, o.kind_id, o.market, o.state, o.contract_from::text,
       o.contract_until::text, o.businesses, o.sale_limit, o.day_limit, o.hours_enforced,
       o.opening_hours::text
FROM saleschannel_outlet o JOIN party_organization g ON g.id = o.organization_id
WHERE o.organization_id = ANY(%s::uuid[])
"""


@lru_cache(maxsize=4096)
def _instant(text: str | None) -> datetime | None:
    """Read an instant; contracts of many outlets begin and end at the same few."""
    return None if text is None else datetime.fromisoformat(text)


def _within(ctx: Context) -> QuerySet[Outlet]:
    return Outlet.objects.within(ctx.scope)
