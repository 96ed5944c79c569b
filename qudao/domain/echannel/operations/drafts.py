"""Work on the next version."""

from __future__ import annotations

from django.db.models import Max

from qudao.domain.echannel import rules
from qudao.domain.echannel.models import Version
from qudao.domain.echannel.operations.places import _place
from qudao.domain.echannel.ports import items, limits_of
from qudao.domain.echannel.types import (
    ConfigurationId,
    Content,
    DraftChanged,
    NoDraft,
    Saved,
)
from qudao.domain.party.types import OrganizationId
from qudao.kernel.ids import new_id
from qudao.platform.commands.command import command
from qudao.platform.commands.context import Context


@command("echannel.save_draft")
def save_draft(
    ctx: Context,
    *,
    front: str,
    branch: OrganizationId | None = None,
    group: str = "",
    content: Content,
    edition: int = 0,
) -> Saved:
    """
    Store the draft of what a front shows; customers see nothing of it.

    `edition` is the one that was read before it was changed: 0 for a new draft.

    :raises FrontUnknown: if no front of this code is registered.
    :raises GroupInvalid: if the group's code is none.
    :raises BeyondOwnBranch: for all branches, if the actor's scope is less than the province.
    :raises OrganizationNotFound: if the branch is not in the actor's scope.
    :raises BranchExpected: if the organization is no branch.
    :raises DraftChanged: if somebody else has saved or published the draft since.
    :raises TextMissing, TextTooLong, HoursInvalid, TooDeep, TooManyEntries, EntryInvalid: if the
        front cannot show it.
    :raises EntryTwice, ItemUnknown, DigitNotPossible, DigitTaken, KeywordNotPossible,
        KeywordTaken, KeywordAmbiguous: if an entry, a digit or a keyword leads nowhere, or to two.
    """
    place = _place(ctx, front, branch, group, create=True)
    rules.check(content, limits_of(front), items())
    rows = Version.objects.filter(configuration=place)
    draft = rows.filter(frozen_at__isnull=True).first()
    if (draft.edition if draft else 0) != edition:
        raise DraftChanged(draft.edition if draft else 0)
    if draft is None:
        last = rows.aggregate(n=Max("number"))["n"] or 0
        draft = Version(
            id=new_id(ctx.at), configuration=place, number=last + 1, edition=0, created_at=ctx.at
        )
    draft.content = rules.stored(content)
    draft.edition += 1
    draft.created_by = ctx.actor
    draft.save()
    return Saved(ConfigurationId(place.id), draft.number, draft.edition)


@command("echannel.discard_draft")
def discard_draft(
    ctx: Context,
    *,
    front: str,
    branch: OrganizationId | None = None,
    group: str = "",
    edition: int,
) -> None:
    """
    Throw the draft away.

    :raises FrontUnknown: if no front of this code is registered.
    :raises ConfigurationUnknown: if nothing is configured for the branch and the group.
    :raises BeyondOwnBranch: for all branches, if the actor's scope is less than the province.
    :raises OrganizationNotFound: if the branch is not in the actor's scope.
    :raises NoDraft: if there is none.
    :raises DraftChanged: if somebody else has saved it since.
    """
    place = _place(ctx, front, branch, group)
    draft = Version.objects.filter(configuration=place, frozen_at__isnull=True).first()
    if draft is None:
        raise NoDraft
    if draft.edition != edition:
        raise DraftChanged(draft.edition)
    draft.delete()
