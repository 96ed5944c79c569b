"""What the commands share: for whom something is configured, the revision, periods."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Final

from django.db import connection, transaction

from qudao.domain.echannel.models import Configuration
from qudao.domain.echannel.ports import limits_of
from qudao.domain.echannel.queries import forget
from qudao.domain.echannel.types import (
    BeyondOwnBranch,
    BranchExpected,
    ConfigurationUnknown,
    EndsBeforeStart,
    GroupInvalid,
    StartsInThePast,
)
from qudao.domain.party import queries as organizations
from qudao.domain.party.operations import OrganizationNotFound
from qudao.domain.party.types import OrganizationId
from qudao.kernel.ids import new_id
from qudao.platform.commands.command import record_subject
from qudao.platform.commands.context import Context

BRANCH_DEPTH: Final = 3
"""Codes in the path of a branch: group, province, branch."""

_GROUP = re.compile(r"([a-z][a-z0-9_]{0,31})?")


def _place(
    ctx: Context, front: str, branch: OrganizationId | None, group: str, *, create: bool = False
) -> Configuration:
    """Return the configuration, held until the transaction ends, if the actor may change it."""
    limits_of(front)
    if not _GROUP.fullmatch(group):
        raise GroupInvalid(group[:32])
    if branch is None:
        if not any(path.count(".") < BRANCH_DEPTH - 1 for path in ctx.scope.paths):
            raise BeyondOwnBranch
    else:
        found = organizations.organization(ctx, branch)
        if found is None:
            raise OrganizationNotFound(branch)
        if found.kind != "branch":
            raise BranchExpected(found.kind)
    if create:
        made = Configuration(
            id=new_id(ctx.at), front=front, branch_id=branch, group=group, created_at=ctx.at
        )
        Configuration.objects.bulk_create([made], ignore_conflicts=True)
    rows = Configuration.objects.select_for_update(of=("self",), no_key=True)
    row = rows.filter(front=front, branch=branch, group=group).first()
    if row is None:
        raise ConfigurationUnknown(front)
    record_subject(row.id)
    return row


def _raise_revision() -> None:
    """Take the next number; writers queue on the row, so numbers follow the order of commits."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO echannel_revision (id, value)"
            " VALUES (1, nextval('echannel_revision_number'))"
            " ON CONFLICT (id) DO UPDATE SET value = nextval('echannel_revision_number')"
        )
    transaction.on_commit(forget)


def _period(
    ctx: Context, valid_from: datetime | None, valid_until: datetime | None
) -> tuple[datetime, datetime | None]:
    start = valid_from or ctx.at
    if start < ctx.at:
        # What was approved after it should have begun begins now.
        if ctx.approved_by is None:
            raise StartsInThePast(start)
        start = ctx.at
    if valid_until is not None and valid_until <= start:
        raise EndsBeforeStart(start, valid_until)
    return start, valid_until


def _code(row: Configuration) -> str:
    """Return the code of the branch that a configuration is for; empty: all."""
    return "" if row.branch is None else str(row.branch.code)
