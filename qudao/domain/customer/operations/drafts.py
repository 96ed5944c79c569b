"""What all operations on a draft begin with, and how what lies in one is thrown away."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import timedelta
from typing import Final
from uuid import UUID

from qudao.domain.customer import queries
from qudao.domain.customer.models import Agreement, Dossier, Picture
from qudao.domain.customer.types import (
    DossierClosed,
    DossierId,
    DossierState,
    DossierUnknown,
    ReasonTooShort,
)
from qudao.platform.commands.context import Context
from qudao.platform.vault import files
from qudao.platform.vault.types import FileId

LEFT_AFTER: Final = timedelta(hours=2)
"""A draft in which nothing is done for so long is given up."""


def _draft(ctx: Context, dossier: DossierId) -> Dossier:
    """
    Return a draft, locked, and kept from being given up for a while.

    :raises DossierUnknown: if there is none in the actor's scope.
    :raises DossierClosed: if it is no draft any more.
    """
    rows = Dossier.objects.within(ctx.scope).select_for_update(of=("self",))
    row = rows.filter(id=dossier).first()
    if row is None:
        raise DossierUnknown(dossier)
    state = queries.state_of(row.state, row.expires_at <= ctx.at)
    if state != DossierState.DRAFT:
        raise DossierClosed(state)
    row.expires_at = ctx.at + LEFT_AFTER
    return row


def _drop_pictures(dossiers: Iterable[UUID], kinds: Collection[str] | None = None) -> None:
    """Delete pictures, all or those of some kinds."""
    rows = Picture.objects.filter(dossier__in=list(dossiers))
    if kinds is not None:
        rows = rows.filter(kind__in=kinds)
    dropped = [FileId(one) for one in rows.values_list("file_id", flat=True)]
    rows.delete()
    files.delete(dropped)


def _unsign(dossiers: Iterable[UUID]) -> None:
    """Delete what was signed: what is signed has changed, or will never be."""
    rows = Agreement.objects.filter(dossier__in=list(dossiers))
    dropped = list(rows.values_list("contract_id", "signature_id"))
    rows.delete()
    files.delete(FileId(one) for pair in dropped for one in pair)


def _demand_reason(reason: str) -> str:
    """
    :raises ReasonTooShort: if it is none.
    """
    reason = reason.strip()
    if len(reason) < 2:
        raise ReasonTooShort
    return reason
