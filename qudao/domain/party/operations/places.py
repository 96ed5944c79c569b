"""What all operations of party ask for first: a place in scope, a name, a reason."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.db import connection

from qudao.domain.party.models import Organization
from qudao.domain.party.types import OrganizationId
from qudao.kernel.refusals import Kind, Refusal
from qudao.platform.commands.context import Context


@dataclass(eq=False)
class OrganizationNotFound(Refusal, kind=Kind.NOT_FOUND):
    """There is no such organization, or it is outside the scope: the two look alike."""

    organization: UUID


@dataclass(eq=False)
class InvalidName(Refusal, kind=Kind.INVALID):
    """A name is missing, or longer than a hundred characters."""


@dataclass(eq=False)
class ReasonMissing(Refusal, kind=Kind.INVALID):
    """A reason of at least two characters has to be given."""


def _organization_in(
    ctx: Context, organization: OrganizationId, lock: str | None = None
) -> Organization:
    rows = Organization.objects.within(ctx.scope)
    if lock is not None:
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT 1 FROM party_organization WHERE id = %s FOR {lock}", [organization]
            )
    row = rows.filter(id=organization).first()
    if row is None:
        raise OrganizationNotFound(organization)
    return row


def _clean_name(name: str) -> str:
    name = " ".join(name.split())
    if not 0 < len(name) <= 100:
        raise InvalidName
    return name


def _demand_reason(reason: str) -> None:
    if len(reason.strip()) < 2:
        raise ReasonMissing
