"""Tells the screens of other packages what lies in an actor's area; and fields that find it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from qudao.domain.party import queries
from qudao.domain.party.models import Membership, Organization
from qudao.platform.backoffice import area
from qudao.platform.backoffice.forms import CodeField
from qudao.platform.backoffice.values import Cell, Names, Ref
from qudao.platform.commands.context import Context
from qudao.platform.identity.roles import appointing, roles

PROPOSED = 400
"""Most proposals that a text box carries."""


class OrganizationArea:
    """The levels between the actor and the outlets."""

    def parts(self, ctx: Context) -> Sequence[tuple[str, Cell]]:
        rows = Organization.objects.within(ctx.scope)
        branches = rows.filter(kind="branch")
        # Somebody whose area is one branch narrows lists down to its counties.
        if branches.count() == 1:
            return _parts(rows.filter(kind__in=["branch", "county"]))
        found = _parts(branches)
        return found or _parts(rows.filter(kind="county"))

    def actors(self, ctx: Context) -> QuerySet[Any]:
        return Membership.objects.within(ctx.scope).values("user_id")

    def names(self, ctx: Context, keys: Sequence[UUID]) -> Mapping[UUID, Cell]:
        rows = Organization.objects.within(ctx.scope).filter(id__in=keys)
        return {key: Names(zh, en) for key, zh, en in rows.values_list("id", "name_zh", "name_en")}


area.provide(OrganizationArea())


def _parts(rows: QuerySet[Organization]) -> list[tuple[str, Cell]]:
    found = rows.order_by("path").values_list("path", "name_zh", "name_en")
    return [(path, Names(zh, en)) for path, zh, en in found]


def place_field(**options: Any) -> CodeField:
    """Return a field that finds an organization of the actor's area by its code."""
    return CodeField(queries.organization_by_code, **options)


def proposals(ctx: Context, kinds: Iterable[str]) -> list[tuple[str, str]]:
    """Return the codes and names of the organizations of some kinds, to choose from."""
    rows = Organization.objects.within(ctx.scope).filter(kind__in=list(kinds)).order_by("path")
    return [
        (code, f"{zh} {en}")
        for code, zh, en in rows.values_list("code", "name_zh", "name_en")[:PROPOSED]
    ]


def appointable(ctx: Context) -> list[str]:
    """Return the roles that the actor may give to others."""
    return [code for code in roles if appointing(code) in ctx.grants]


def ref(row: Organization) -> Ref:
    """Return an organization as a cell."""
    return Ref("party.organization", row.pk, Names(row.name_zh, row.name_en))
