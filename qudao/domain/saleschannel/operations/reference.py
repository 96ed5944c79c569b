"""The reference data that ships with the platform."""

from __future__ import annotations

from dataclasses import asdict

from qudao.domain.party import operations as party
from qudao.domain.party import queries as organizations
from qudao.domain.party.types import OrganizationId, OrganizationKind
from qudao.domain.saleschannel import data
from qudao.domain.saleschannel.models import ChannelKind
from qudao.kernel.page import MAX_LIMIT, PageRequest
from qudao.platform.commands.command import command
from qudao.platform.commands.context import Context


@command("saleschannel.load_reference")
def load_reference(ctx: Context) -> int:
    """
    Load what ships: the group, Henan with its branches and counties, and the channel kinds.

    Adds what is missing and never overwrites what people changed; returns how many rows it added.

    :raises NotPermitted: without the grant.
    """
    known = _known_codes(ctx)
    added = 0

    def ensure(code: str, kind: str, zh: str, en: str, parent: str | None, division: str) -> None:
        nonlocal added
        if code in known:
            return
        known[code] = party.create_organization(
            ctx,
            kind=OrganizationKind(kind),
            code=code,
            name_zh=zh,
            name_en=en,
            parent=known[parent] if parent else None,
            division_code=division,
        )
        added += 1

    ensure("000", "group", "集团公司", "Group", None, "")
    for place in data.divisions():
        match place.kind:
            case "province":
                zh, en = f"{place.name_zh.removesuffix('省')}省公司", f"{place.name_en} Province"
                ensure(place.code, "province", zh, en, "000", place.code)
            case "branch":
                zh = f"{place.name_zh.removesuffix('市')}分公司"
                ensure(
                    place.code, "branch", zh, f"{place.name_en} Branch", place.parent, place.code
                )
            case _:
                ensure(place.code, "county", place.name_zh, place.name_en, place.parent, place.code)
    present = set(ChannelKind.objects.values_list("code", flat=True))
    missing = [
        ChannelKind(**asdict(kind), position=position)
        for position, kind in enumerate(data.channel_kinds())
        if kind.code not in present
    ]
    ChannelKind.objects.bulk_create(missing)
    return added + len(missing)


def _known_codes(ctx: Context) -> dict[str, OrganizationId]:
    known: dict[str, OrganizationId] = {}
    page = PageRequest(MAX_LIMIT)
    while True:
        found = organizations.organizations(
            ctx, page, kinds=["group", "province", "branch", "county"]
        )
        known |= {row.code: row.id for row in found.items}
        if not found.has_next:
            return known
        page = PageRequest(MAX_LIMIT, page.offset + MAX_LIMIT)
