"""Nearest outlets (网点查询), with their hours of today."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from django.utils.translation import gettext, pgettext
from django.utils.translation import gettext_lazy as _

from qudao.domain.saleschannel import queries as saleschannel
from qudao.domain.saleschannel.types import Division, NearOutlet
from qudao.journeys.menu.item import (
    Audience,
    Call,
    Fact,
    Group,
    Input,
    Item,
    Kind,
    Option,
    Outcome,
    add,
)
from qudao.kernel.period import MARKET_ZONE

SHOWN = 5
NEIGHBOURS = 3
"""Districts that are looked through around a known position."""

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def _options(divisions: Sequence[Division]) -> list[Option]:
    return [Option(one.code, (one.name_zh, one.name_en)) for one in divisions]


def _branches(call: Call) -> Sequence[Option]:
    return _options([one for one in saleschannel.divisions() if one.kind == "branch"])


def _districts(call: Call) -> Sequence[Option]:
    branch = call.text("branch")
    return _options([one for one in saleschannel.divisions() if one.parent == branch])


def _nearest(position: tuple[Decimal, Decimal]) -> list[Division]:
    """The districts whose centres are nearest; as the crow flies is near enough."""
    longitude, latitude = position

    def away(one: Division) -> Decimal:
        # A degree of longitude is some four fifths of one of latitude here.
        return ((one.longitude - longitude) * Decimal("0.82")) ** 2 + (one.latitude - latitude) ** 2

    branches = {one.code for one in saleschannel.divisions() if one.kind == "branch"}
    districts = [one for one in saleschannel.divisions() if one.parent in branches]
    return sorted(districts, key=away)[:NEIGHBOURS]


def _branch_of_position(call: Call) -> str | None:
    return None if call.position is None else _nearest(call.position)[0].parent


def _district_of_position(call: Call) -> str | None:
    return None if call.position is None else _nearest(call.position)[0].code


def _about(call: Call, one: NearOutlet) -> str:
    """Address, hours of today, distance: what one wants to know before one goes."""
    parts = [one.address]
    if one.opening_hours:
        today = _DAYS[call.ctx.at.astimezone(MARKET_ZONE).weekday()]
        spans = one.opening_hours.get(today, [])
        hours = ", ".join(f"{start}-{end}" for start, end in spans)
        parts.append(hours or gettext("closed today"))
    if one.distance_m is not None:
        parts.append(f"{one.distance_m / 1000:.1f} km")
    return pgettext("between address and hours", "; ").join(parts)


def _tell(call: Call) -> Outcome:
    if call.position is None:
        divisions = [call.text("district")]
    else:
        divisions = [one.code for one in _nearest(call.position)]
    found = saleschannel.near(divisions=divisions, position=call.position, most=SHOWN)
    facts = tuple(
        Fact(f"outlet:{one.outlet}", (one.name_zh, one.name_en), _about(call, one)) for one in found
    )
    return Outcome((Fact("count", _("Outlets found"), len(facts)), *facts))


BRANCH = Input(
    code="branch",
    kind=Kind.CHOICE,
    prompt=_("In which city?"),
    help=_("Choose one of the list."),
    choices=_branches,
    given=_branch_of_position,
)
DISTRICT = Input(
    code="district",
    kind=Kind.CHOICE,
    prompt=_("In which district?"),
    help=_("Choose one of the list."),
    choices=_districts,
    given=_district_of_position,
)

OUTLETS = add(
    Item(
        code="outlets",
        name=_("Nearest outlets"),
        about=_("Where the shops are, and when they are open today."),
        position=110,
        group=Group.HELP,
        keywords=("WD", "网点", "SHOPS"),
        audiences=frozenset({Audience.ANYONE}),
        inputs=(BRANCH, DISTRICT),
        handler=_tell,
        receipt=("count",),
    )
)
