"""Switch a front off at once, with a message, and on again."""

from __future__ import annotations

from datetime import datetime

from qudao.domain.echannel import rules
from qudao.domain.echannel.events import FrontSwitched
from qudao.domain.echannel.operations.places import _code, _place, _raise_revision
from qudao.domain.echannel.ports import limits_of
from qudao.domain.echannel.types import Content, EndsBeforeStart, NotOff, Pair, TextMissing
from qudao.domain.party.types import OrganizationId
from qudao.platform.commands.command import announce, command
from qudao.platform.commands.context import Context


@command("echannel.switch_off")
def switch_off(
    ctx: Context,
    *,
    front: str,
    branch: OrganizationId | None = None,
    group: str = "",
    message: Pair,
    until: datetime | None = None,
) -> None:
    """
    Switch a front off at once, for ever or until an instant; customers get the message.

    One person is enough: what is out of order should be stopped by whoever sees it. It holds for
    all that is below: without a branch and a group, for everybody. Doing it again replaces the
    message and the end.

    :raises FrontUnknown: if no front of this code is registered.
    :raises GroupInvalid: if the group's code is none.
    :raises BeyondOwnBranch: for all branches, if the actor's scope is less than the province.
    :raises OrganizationNotFound: if the branch is not in the actor's scope.
    :raises BranchExpected: if the organization is no branch.
    :raises TextMissing: if there is no message in one of the languages.
    :raises TextTooLong: if the front cannot show a message of that length.
    :raises EndsBeforeStart: if it would end before now.
    """
    place = _place(ctx, front, branch, group, create=True)
    if not message:
        raise TextMissing("off", "")
    rules.check(Content(closed=message), limits_of(front), {})
    if until is not None and until <= ctx.at:
        raise EndsBeforeStart(ctx.at, until)
    place.off_since, place.off_until = ctx.at, until
    place.off_zh, place.off_en = message
    place.save(update_fields=["off_since", "off_until", "off_zh", "off_en"])
    _raise_revision()
    announce(FrontSwitched(front, _code(place), group, on=False))


@command("echannel.switch_on")
def switch_on(
    ctx: Context,
    *,
    front: str,
    branch: OrganizationId | None = None,
    group: str = "",
) -> None:
    """
    Switch a front on again.

    :raises FrontUnknown: if no front of this code is registered.
    :raises ConfigurationUnknown: if nothing is configured for the branch and the group.
    :raises BeyondOwnBranch: for all branches, if the actor's scope is less than the province.
    :raises OrganizationNotFound: if the branch is not in the actor's scope.
    :raises NotOff: if it is not switched off.
    """
    place = _place(ctx, front, branch, group)
    if place.off_since is None or (place.off_until is not None and place.off_until <= ctx.at):
        raise NotOff
    place.off_since = place.off_until = None
    place.off_zh = place.off_en = ""
    place.save(update_fields=["off_since", "off_until", "off_zh", "off_en"])
    _raise_revision()
    announce(FrontSwitched(front, _code(place), group, on=True))
