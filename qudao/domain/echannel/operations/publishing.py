"""Let customers see a version, from when, until when; or no longer."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q

from qudao.domain.echannel import rules
from qudao.domain.echannel.events import MenuPublished
from qudao.domain.echannel.models import Configuration, Publication, Version
from qudao.domain.echannel.operations.places import _code, _period, _place, _raise_revision
from qudao.domain.echannel.ports import items, limits_of
from qudao.domain.echannel.types import DraftChanged, NothingPublished, VersionUnknown
from qudao.domain.party.types import OrganizationId
from qudao.kernel.ids import new_id
from qudao.platform.commands.command import announce, command
from qudao.platform.commands.context import Context


def _seen_by_customers(ctx: Context, **_: object) -> str | None:
    return "echannel.seen_by_customers"


@command("echannel.publish", approval=_seen_by_customers)
def publish(
    ctx: Context,
    *,
    front: str,
    branch: OrganizationId | None = None,
    group: str = "",
    number: int,
    edition: int,
    valid_from: datetime | None = None,
    valid_until: datetime | None = None,
    remark: str = "",
) -> None:
    """
    Show a version from now or a later instant on, until an instant or for ever; a second person
    has to approve.

    It takes the place of what was to be shown in that stretch of time; what was to be shown after
    its end comes back then. Publishing an older version again is how one goes back to it. What is
    approved only after `valid_from` begins when it is approved. `edition` is that of the version
    as its publisher has looked at it.

    :raises FrontUnknown: if no front of this code is registered.
    :raises ConfigurationUnknown: if nothing is configured for the branch and the group.
    :raises BeyondOwnBranch: for all branches, if the actor's scope is less than the province.
    :raises OrganizationNotFound: if the branch is not in the actor's scope.
    :raises VersionUnknown: if there is no version of this number.
    :raises DraftChanged: if it is the draft, and somebody has saved it since.
    :raises StartsInThePast: if it begins before now.
    :raises EndsBeforeStart: if it ends before it begins.
    :raises ItemUnknown, TextTooLong, TooManyEntries, …: as `save_draft`, if menu or front have
        changed since the version was written.
    """
    place = _place(ctx, front, branch, group)
    version = Version.objects.filter(configuration=place, number=number).first()
    if version is None:
        raise VersionUnknown(number)
    if version.edition != edition:
        raise DraftChanged(version.edition)
    rules.check(rules.content_of(version.content), limits_of(front), items())
    start, end = _period(ctx, valid_from, valid_until)
    if version.frozen_at is None:
        version.frozen_at = ctx.at
        version.save(update_fields=["frozen_at"])
    _carve(ctx, place, start, end)
    Publication.objects.create(
        id=new_id(ctx.at),
        configuration=place,
        version=version,
        valid_from=start,
        valid_until=end,
        published_at=ctx.at,
        published_by=ctx.actor,
    )
    _raise_revision()
    announce(MenuPublished(front, _code(place), group, number))


@command("echannel.withdraw", approval=_seen_by_customers)
def withdraw(
    ctx: Context,
    *,
    front: str,
    branch: OrganizationId | None = None,
    group: str = "",
    valid_from: datetime | None = None,
    remark: str = "",
) -> None:
    """
    Show nothing of this configuration any more, from now or a later instant on; a second person
    has to approve. What is planned for later is dropped too.

    Customers then see what holds above it: a group what everybody sees, a branch what all see, and
    these every item of the menu.

    :raises FrontUnknown: if no front of this code is registered.
    :raises ConfigurationUnknown: if nothing is configured for the branch and the group.
    :raises BeyondOwnBranch: for all branches, if the actor's scope is less than the province.
    :raises OrganizationNotFound: if the branch is not in the actor's scope.
    :raises StartsInThePast: if it ends before now.
    :raises NothingPublished: if nothing is published then or later.
    """
    place = _place(ctx, front, branch, group)
    start, _end = _period(ctx, valid_from, None)
    if not _carve(ctx, place, start, None):
        raise NothingPublished
    _raise_revision()
    announce(MenuPublished(front, _code(place), group, 0))


def _carve(ctx: Context, place: Configuration, start: datetime, end: datetime | None) -> int:
    """Make room in [start, end): shorten, split or remove what reaches into it; return how many."""
    rows = Publication.objects.filter(configuration=place).filter(
        Q(valid_until__isnull=True) | Q(valid_until__gt=start)
    )
    if end is not None:
        rows = rows.filter(valid_from__lt=end)
    reaching = list(rows)
    for row in reaching:
        first, last = row.valid_from, row.valid_until
        if first < start:
            row.valid_until = start
            row.save(update_fields=["valid_until"])
        else:
            row.delete()
        if end is not None and (last is None or last > end):
            row.pk, row.valid_from, row.valid_until = new_id(ctx.at), end, last
            row.save(force_insert=True)
    return len(reaching)
