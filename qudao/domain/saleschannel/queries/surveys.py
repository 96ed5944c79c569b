"""Read on-site checks and their photographs."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.db import connection
from django.db.models import Count

from qudao.domain.party.types import OrganizationId
from qudao.domain.saleschannel.models import Photograph, Survey
from qudao.domain.saleschannel.types import SurveyId, SurveyPurpose, SurveyRecord
from qudao.kernel.refusals import Kind, Refusal
from qudao.platform.commands.context import Context
from qudao.platform.tables.project import project
from qudao.platform.vault import files
from qudao.platform.vault.types import FileId


@dataclass(eq=False)
class SurveyUnknown(Refusal, kind=Kind.NOT_FOUND):
    """There is no such on-site check, or photograph of it, where the actor may look."""

    survey: UUID


def surveys(ctx: Context, *, outlet: OrganizationId) -> tuple[SurveyRecord, ...]:
    """
    Return the on-site checks of an outlet, the latest first.

    :raises NotPermitted: without `saleschannel.read`.
    """
    ctx.require("saleschannel.read")
    rows = Survey.objects.within(ctx.scope).filter(outlet=outlet)
    return project(
        rows.annotate(count=Count("photographs")).order_by("-surveyed_at", "-id"),
        SurveyRecord,
        outlet="outlet_id",
        photographs="count",
    )


def last_survey(
    ctx: Context, *, outlet: OrganizationId, purpose: SurveyPurpose
) -> SurveyRecord | None:
    """
    Return the latest on-site check of an outlet for a purpose; None if nobody has looked.

    :raises NotPermitted: without `saleschannel.read`.
    """
    found = (one for one in surveys(ctx, outlet=outlet) if one.purpose == purpose)
    return next(found, None)


def photograph(ctx: Context, *, survey: SurveyId, position: int) -> tuple[bytes, str]:
    """
    Return a photograph of an on-site check, and its media type.

    :raises NotPermitted: without `saleschannel.read`.
    :raises SurveyUnknown: if there is none in the actor's scope.
    :raises FileDamaged: if it is missing in the vault or was altered.
    """
    ctx.require("saleschannel.read")
    seen = Survey.objects.within(ctx.scope).filter(id=survey)
    row = Photograph.objects.filter(survey__in=seen, position=position).first()
    if row is None:
        raise SurveyUnknown(survey)
    return files.get(FileId(row.file_id)), row.media_type


def unsound() -> list[str]:
    """Return which photographs in the vault belong to nothing; nothing when all is sound."""
    with connection.cursor() as cursor:
        cursor.execute(_FILES)
        return [row[0] for row in cursor.fetchall()]


_FILES = """
    SELECT format('vault: file %s (%s) belongs to nothing', file.id, file.purpose)
    FROM vault_file file
    WHERE file.purpose = 'saleschannel.photograph'
      AND NOT EXISTS (SELECT FROM saleschannel_photograph one WHERE one.file_id = file.id)
"""
