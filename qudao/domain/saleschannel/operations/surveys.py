"""Record what somebody found who went to an outlet and looked."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from qudao.domain.party.types import OrganizationId
from qudao.domain.saleschannel import rules
from qudao.domain.saleschannel.models import Photograph, Survey
from qudao.domain.saleschannel.operations.places import OutletFieldInvalid, ReasonMissing, _open_row
from qudao.domain.saleschannel.types import SurveyDraft, SurveyId
from qudao.kernel.ids import new_id
from qudao.kernel.refusals import Kind, Refusal
from qudao.platform.commands.command import command
from qudao.platform.commands.context import Context
from qudao.platform.vault import files
from qudao.platform.vault.pictures import clean

MOST_PHOTOGRAPHS: Final = 6
LONGEST_REMARKS: Final = 1000
LARGEST_ACCURACY_M: Final = 100_000


@dataclass(eq=False)
class PhotographsUneven(Refusal, kind=Kind.INVALID):
    """An on-site check has at least one photograph, and at most `most`."""

    given: int
    most: int


@command("saleschannel.survey", subject="outlet")
def survey(
    ctx: Context, *, outlet: OrganizationId, draft: SurveyDraft, photographs: tuple[bytes, ...]
) -> SurveyId:
    """
    Record an on-site check of an outlet, with its position and its photographs (JPEG or PNG).

    The photographs are encrypted; what cameras write beside the picture is cut out. Nothing of it
    is ever changed: who looks again records another one.

    :raises OutletUnknown: if it is not in the actor's scope.
    :raises OutletStateConflict: if it is closed.
    :raises OutletFieldInvalid: if the position makes no sense, or the remarks are too long.
    :raises ReasonMissing: if it did not pass, and nothing says why.
    :raises PhotographsUneven: without a photograph, or with too many.
    :raises PictureTooLarge: if one has more than 5 MiB.
    :raises PictureUnreadable: if one is no whole JPEG or PNG.
    """
    remarks = draft.remarks.strip()
    if not (-180 <= draft.longitude <= 180 and -90 <= draft.latitude <= 90):
        raise OutletFieldInvalid("longitude")
    if draft.accuracy_m is not None and not 0 <= draft.accuracy_m <= LARGEST_ACCURACY_M:
        raise OutletFieldInvalid("accuracy_m")
    if len(remarks) > LONGEST_REMARKS:
        raise OutletFieldInvalid("remarks")
    if not draft.passed and not remarks:
        raise ReasonMissing
    if not 0 < len(photographs) <= MOST_PHOTOGRAPHS:
        raise PhotographsUneven(len(photographs), MOST_PHOTOGRAPHS)
    pictures = [clean(content, most=files.LARGEST) for content in photographs]
    row = _open_row(ctx, outlet, "survey")
    found = Survey.objects.create(
        id=new_id(ctx.at),
        outlet=row,
        purpose=draft.purpose,
        passed=draft.passed,
        longitude=_six(draft.longitude),
        latitude=_six(draft.latitude),
        accuracy_m=draft.accuracy_m,
        distance_m=_distance(row.longitude, row.latitude, draft),
        remarks=remarks,
        surveyed_at=ctx.at,
        surveyed_by=ctx.actor,
    )
    for position, picture in enumerate(pictures):
        Photograph.objects.create(
            id=new_id(ctx.at),
            survey=found,
            position=position,
            file_id=files.put(picture.content, purpose="saleschannel.photograph", at=ctx.at),
            media_type=picture.media_type,
        )
    return SurveyId(found.id)


def _six(degrees: Decimal) -> Decimal:
    return degrees.quantize(Decimal("0.000001"))


def _distance(east: Decimal | None, north: Decimal | None, found: SurveyDraft) -> int | None:
    if east is None or north is None:
        return None
    return rules.distance_m((east, north), (found.longitude, found.latitude))
