"""Add many organizations at once."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import connection

from qudao.domain.party import rules
from qudao.domain.party.events import OrganizationCreated
from qudao.domain.party.models import Organization
from qudao.domain.party.operations.organizations import DuplicateCode, InvalidCode, WrongLevel
from qudao.domain.party.operations.places import _clean_name
from qudao.domain.party.types import OrganizationDraft, OrganizationId
from qudao.kernel.ids import new_id
from qudao.platform.commands.command import announce, command
from qudao.platform.commands.context import Context


@command("party.create_organizations")
def create_organizations(
    ctx: Context, *, drafts: Sequence[OrganizationDraft]
) -> list[OrganizationId]:
    """
    Add organizations, each below one that exists or that stands before it in the list; all or
    none. The same as `create_organization` one by one, in a handful of statements.

    :raises InvalidCode: if a code has other characters than capitals, digits and dashes, or a
        parent's code belongs to nothing in scope.
    :raises InvalidName: if a name is missing or too long.
    :raises WrongLevel: if a kind does not stand under its parent's kind.
    :raises DuplicateCode: if an organization has one of the codes, or two drafts have the same.
    """
    codes = [draft.code for draft in drafts]
    everywhere = Organization.objects.unscoped("codes are unique on the whole platform")
    taken = set(everywhere.filter(code__in=codes).values_list("code", flat=True))
    parents = sorted({draft.parent for draft in drafts if draft.parent is not None})
    with connection.cursor() as cursor:
        # The share lock holds off a move of a parent until the paths below it are written.
        cursor.execute(
            "SELECT 1 FROM party_organization WHERE code = ANY(%s) ORDER BY path FOR SHARE",
            [parents],
        )
    known = {
        row.code: row for row in Organization.objects.within(ctx.scope).filter(code__in=parents)
    }
    rows = []
    for draft in drafts:
        root = draft.parent is None
        if not rules.valid_code(draft.code) or (root and not rules.valid_root(draft.code)):
            raise InvalidCode(draft.code)
        if draft.code in taken:
            raise DuplicateCode(draft.code)
        above = None if draft.parent is None else known.get(draft.parent)
        if above is None and not root:
            raise InvalidCode(draft.parent or "")
        parent_kind = None if above is None else above.kind
        if not rules.may_stand_under(draft.kind, parent_kind) or (
            root and not ctx.scope.covers(draft.code)
        ):
            raise WrongLevel(draft.kind, parent_kind)
        row = Organization(
            id=new_id(ctx.at),
            kind=draft.kind.value,
            code=draft.code,
            name_zh=_clean_name(draft.name_zh),
            name_en=_clean_name(draft.name_en),
            parent=above,
            path=rules.path_of(draft.code, None if above is None else above.path),
            division_code=draft.division_code,
            created_at=ctx.at,
        )
        taken.add(row.code)
        known[row.code] = row
        rows.append(row)
    everywhere.bulk_create(rows)
    for row in rows:
        announce(OrganizationCreated(OrganizationId(row.id), row.kind, row.path))
    return [OrganizationId(row.id) for row in rows]
