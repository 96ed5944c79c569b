"""Change the tree of organizations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.db import IntegrityError, connection, transaction

from qudao.domain.party import rules
from qudao.domain.party.events import OrganizationCreated, OrganizationMoved
from qudao.domain.party.models import Organization
from qudao.domain.party.operations.places import _clean_name, _organization_in
from qudao.domain.party.types import OrganizationId, OrganizationKind
from qudao.kernel.ids import new_id
from qudao.kernel.refusals import Kind, Refusal
from qudao.platform.commands.command import announce, command, record_subject
from qudao.platform.commands.context import Context

_TREE_LOCK: Final = 7_105_001

"""Advisory lock: moves happen one at a time, or two could make a ring."""


@dataclass(eq=False)
class InvalidCode(Refusal, kind=Kind.INVALID):
    organization_code: str


@dataclass(eq=False)
class DuplicateCode(Refusal, kind=Kind.CONFLICT):
    organization_code: str


@dataclass(eq=False)
class WrongLevel(Refusal, kind=Kind.INVALID):
    """An organization of this kind does not stand under the other."""

    organization_kind: str
    parent_kind: str | None


@dataclass(eq=False)
class InsideItself(Refusal, kind=Kind.CONFLICT):
    """An organization cannot move below itself."""

    organization: UUID


@command("party.create_organization")
def create_organization(
    ctx: Context,
    *,
    kind: OrganizationKind,
    code: str,
    name_zh: str,
    name_en: str,
    parent: OrganizationId | None = None,
    division_code: str = "",
) -> OrganizationId:
    """
    Add an organization under another one, or the group itself.

    :raises OrganizationNotFound: if the parent is not in scope.
    :raises InvalidCode: if the code has other characters than capitals, digits and dashes.
    :raises InvalidName: if a name is missing or too long.
    :raises WrongLevel: if this kind does not stand under the parent's kind.
    :raises DuplicateCode: if an organization has the code.
    """
    if not rules.valid_code(code) or (parent is None and not rules.valid_root(code)):
        raise InvalidCode(code)
    above: Organization | None = None
    if parent is not None:
        # The share lock holds off a move of the parent until our path is written.
        above = _organization_in(ctx, parent, lock="SHARE")
    elif not ctx.scope.covers(code):
        raise WrongLevel(kind, None)
    if not rules.may_stand_under(kind, None if above is None else above.kind):
        raise WrongLevel(kind, None if above is None else above.kind)
    row = Organization(
        id=new_id(ctx.at),
        kind=kind.value,
        code=code,
        name_zh=_clean_name(name_zh),
        name_en=_clean_name(name_en),
        parent=above,
        path=rules.path_of(code, None if above is None else above.path),
        division_code=division_code,
        created_at=ctx.at,
    )
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as error:
        raise DuplicateCode(code) from error
    record_subject(row.id)
    announce(OrganizationCreated(OrganizationId(row.id), row.kind, row.path))
    return OrganizationId(row.id)


@command("party.rename_organization", subject="organization")
def rename_organization(
    ctx: Context, *, organization: OrganizationId, name_zh: str, name_en: str
) -> None:
    """
    Change an organization's names.

    :raises OrganizationNotFound: if it is not in scope.
    :raises InvalidName: if a name is missing or too long.
    """
    row = _organization_in(ctx, organization, lock="NO KEY UPDATE")
    row.name_zh, row.name_en = _clean_name(name_zh), _clean_name(name_en)
    row.save(update_fields=["name_zh", "name_en"])


@command("party.move_organization", subject="organization")
def move_organization(
    ctx: Context, *, organization: OrganizationId, parent: OrganizationId
) -> None:
    """
    Put an organization, with all below it, under another one.

    Its path and those of the whole subtree change in this transaction; memberships stay, so their
    holders' scope moves along.

    :raises OrganizationNotFound: if it, its present parent or the new one is not in scope.
    :raises WrongLevel: if its kind does not stand under the new parent's kind.
    :raises InsideItself: if the new parent lies below it.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_TREE_LOCK])
    row = _organization_in(ctx, organization, lock="UPDATE")
    if row.parent_id is None:
        raise WrongLevel(row.kind, None)
    _organization_in(ctx, OrganizationId(row.parent_id))
    above = _organization_in(ctx, parent, lock="SHARE")
    if rules.lies_in(above.path, row.path):
        raise InsideItself(organization)
    if not rules.may_stand_under(row.kind, above.kind):
        raise WrongLevel(row.kind, above.kind)
    old, new = row.path, rules.path_of(row.code, above.path)
    if new == old:
        return
    with connection.cursor() as cursor:
        # Lock what moves first: a child being added below holds a share lock on its parent.
        cursor.execute(
            "SELECT id FROM party_organization WHERE path = %s OR path LIKE %s"
            " ORDER BY id FOR UPDATE",
            [old, f"{old}.%"],
        )
        cursor.execute(
            "UPDATE party_organization SET path = %s || substr(path, %s),"
            " parent_id = CASE WHEN id = %s THEN %s ELSE parent_id END"
            " WHERE path = %s OR path LIKE %s",
            [new, len(old) + 1, row.id, above.id, old, f"{old}.%"],
        )
    announce(OrganizationMoved(organization, old, new))
