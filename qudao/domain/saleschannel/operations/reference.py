"""The reference data that ships with the platform."""

from __future__ import annotations

from dataclasses import asdict

from qudao.domain.party import operations as party
from qudao.domain.party import queries as organizations
from qudao.domain.party.types import OrganizationDraft, OrganizationKind
from qudao.domain.saleschannel import data
from qudao.domain.saleschannel.models import ChannelKind
from qudao.domain.saleschannel.types import Division
from qudao.kernel.page import MAX_LIMIT, PageRequest
from qudao.kernel.scope import ROOT_PATH
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
    drafts = [OrganizationDraft(OrganizationKind.GROUP, ROOT_PATH, "集团公司", "Group", None)]
    drafts += [_draft(place) for place in data.divisions()]
    wanted = [draft for draft in drafts if draft.code not in known]
    if wanted:
        party.create_organizations(ctx, drafts=wanted)
    present = set(ChannelKind.objects.values_list("code", flat=True))
    missing = [
        ChannelKind(**asdict(kind), position=position)
        for position, kind in enumerate(data.channel_kinds())
        if kind.code not in present
    ]
    ChannelKind.objects.bulk_create(missing)
    return len(wanted) + len(missing)


def _draft(place: Division) -> OrganizationDraft:
    match place.kind:
        case "province":
            kind, parent = OrganizationKind.PROVINCE, ROOT_PATH
            zh, en = f"{place.name_zh.removesuffix('省')}省公司", f"{place.name_en} Province"
        case "branch":
            kind, parent = OrganizationKind.BRANCH, place.parent
            zh, en = f"{place.name_zh.removesuffix('市')}分公司", f"{place.name_en} Branch"
        case _:
            kind, parent = OrganizationKind.COUNTY, place.parent
            zh, en = place.name_zh, place.name_en
    return OrganizationDraft(kind, place.code, zh, en, parent, place.code)


def _known_codes(ctx: Context) -> set[str]:
    known: set[str] = set()
    page = PageRequest(MAX_LIMIT)
    while True:
        found = organizations.organizations(
            ctx, page, kinds=["group", "province", "branch", "county"]
        )
        known |= {row.code for row in found.items}
        if not found.has_next:
            return known
        page = PageRequest(MAX_LIMIT, page.offset + MAX_LIMIT)
