"""Which part of the organization a page shows, and the way up from there."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from qudao.domain.party import queries as party
from qudao.domain.party.types import OrganizationId, OrganizationRow
from qudao.fronts.backoffice.desk import Desk
from qudao.fronts.design.templatetags.design import named
from qudao.kernel.page import MAX_LIMIT, PageRequest
from qudao.platform.backoffice.listing import typed

LEVELS = {0: "group", 1: "province", 2: "branch", 3: "county", 4: "outlet"}
BELOW = {"group": "branch", "province": "branch", "branch": "county", "county": "outlet"}


@dataclass(frozen=True, slots=True)
class PlaceInView:
    """A part of the viewer's area, or all of it."""

    place: OrganizationRow | None
    """None: all of the own area."""
    path: str
    """Of the place; empty for all."""
    level: str
    """Kind of the organization in view: `group` … `outlet`."""
    crumbs: tuple[tuple[str, str], ...]
    """What is above it: (name, path)."""

    @property
    def below(self) -> str:
        """Kind of the parts that it is shown by."""
        return BELOW.get(self.level, "")

    @property
    def top(self) -> str:
        """Its name; empty for all of the area."""
        return "" if self.place is None else named(self.place)


def in_view(desk: Desk) -> PlaceInView:
    """Return the part that the address names, or all of the viewer's area."""
    code = typed(desk.request.GET.get("place"), 200).split(".")[-1]
    place = party.organization_by_code(desk.ctx, code) if code else None
    if place is None:
        own = own_place(desk)
        depth = min((path.count(".") for path in desk.ctx.scope.paths), default=4)
        level = LEVELS.get(depth, "outlet")
        return PlaceInView(None, own.path if own else "", level, ())
    above = [
        (named(row), row.path)
        for row in party.ancestors(desk.ctx, place.id)[:-1]
        if desk.ctx.scope.covers(row.path)
    ]
    return PlaceInView(place, place.path, place.kind, tuple(above))


def own_place(desk: Desk) -> OrganizationRow | None:
    """Return the top of the viewer's area."""
    paths = sorted(desk.ctx.scope.paths, key=len)
    if not paths:
        return None
    return party.organization_by_code(desk.ctx, paths[0].split(".")[-1])


def parts_of(desk: Desk, path: str, kind: str) -> tuple[OrganizationRow, ...]:
    """Return the organizations of a kind below a path."""
    found = party.organizations(desk.ctx, PageRequest(MAX_LIMIT), kinds=[kind]).items
    return tuple(row for row in found if not path or (row.path + ".").startswith(path + "."))


def place_of(desk: Desk, code: str) -> OrganizationId | None:
    """Return the id of the place of a code in the viewer's area."""
    row = party.organization_by_code(desk.ctx, typed(code, 32)) if code else None
    return None if row is None else row.id


def query(**values: object) -> str:
    """Return an address's query without what is empty."""
    return urlencode({name: value for name, value in values.items() if value})
