"""Where goods can lie: outlets, and the stores of counties, branches and the province."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from uuid import UUID

from django.db import connection

from qudao.domain.party import queries as party
from qudao.domain.party.types import OrganizationId, OrganizationKind, OrganizationRow
from qudao.domain.stock.types import PlaceUnknown
from qudao.kernel.scope import EVERYWHERE
from qudao.platform.commands.context import Context
from qudao.platform.tables import arrays

STORES = frozenset({OrganizationKind.PROVINCE, OrganizationKind.BRANCH, OrganizationKind.COUNTY})


def place(ctx: Context, *, place: OrganizationId) -> OrganizationRow:
    """
    Return a place for goods inside the actor's scope.

    :raises PlaceUnknown: if there is none.
    """
    row = party.organization(ctx, place)
    if row is None or row.kind == OrganizationKind.GROUP:
        raise PlaceUnknown(str(place))
    return row


def other_end(ctx: Context, *, place: OrganizationId) -> OrganizationRow:
    """
    Return where goods may be sent: a place in the actor's scope, or any store.

    :raises PlaceUnknown: if there is none.
    """
    row = party.organization(replace(ctx, scope=EVERYWHERE), place)
    if row is None or not (row.kind in STORES or ctx.scope.covers(row.path)):
        raise PlaceUnknown(str(place))
    return row


def store_above(ctx: Context, *, place: OrganizationId) -> OrganizationId:
    """
    Return the store that serves a place: the branch above it, or else the province.

    :raises PlaceUnknown: if the place is not in the actor's scope, or nothing is above it.
    """
    above = party.ancestors(ctx, place)
    for row in reversed(above[:-1]):
        if row.kind in {OrganizationKind.BRANCH, OrganizationKind.PROVINCE}:
            return row.id
    raise PlaceUnknown(str(place))


def branches_of(places: Iterable[UUID]) -> dict[UUID, UUID]:
    """Return for each place the branch, or else the province, that keeps its books."""
    with connection.cursor() as cursor:
        cursor.execute(_BRANCHES, [arrays.uuids(set(places))])
        return dict(cursor.fetchall())


_BRANCHES = """
SELECT p.id, b.id
FROM party_organization p
JOIN LATERAL (
    SELECT o.id FROM party_organization o
    WHERE o.kind IN ('branch', 'province')
      AND (p.path = o.path OR starts_with(p.path, o.path || '.'))
    ORDER BY length(o.path) DESC LIMIT 1) b ON true
WHERE p.id = ANY(%s::uuid[])
"""
