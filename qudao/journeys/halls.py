"""
The electronic halls: what each front can do, the outlet in whose name it sells, as whom it acts.

A front registers its `Hall` when the application starts, and makes the `Talk` of each message with
it. Nothing here knows a front by its name.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final
from uuid import UUID

from qudao.domain.credential.types import ANYBODY, Caller
from qudao.domain.party.types import OrganizationId
from qudao.domain.saleschannel import queries as saleschannel
from qudao.domain.saleschannel.types import OutletState
from qudao.journeys import hall_menus
from qudao.journeys.dialogue import menus
from qudao.journeys.dialogue.menus import Unmet
from qudao.journeys.dialogue.types import Front, Identify, Talk
from qudao.journeys.menu.item import Place, items
from qudao.kernel.scope import Scope
from qudao.platform.commands.context import Context
from qudao.platform.identity.roles import grants_of

ACTOR: Final = UUID("00000000-0000-7000-8000-000000000002")
"""Who acts for customers at the halls: nobody signs in as it."""
ROLE: Final = "hall"
"""What that actor may do."""


@dataclass(frozen=True, slots=True)
class Hall:
    """An electronic hall."""

    front: Front
    kind: str
    """Its kind of channel, such as `sms_hall`."""

    def place(self) -> Place | None:
        """
        Return the outlet that stands for this hall; None: nobody has opened it, and what is done in
        the name of an outlet is not offered.

        Read anew each time, in one small statement: ask once for many messages.
        """
        found = saleschannel.hall_of(self.kind)
        return (
            None
            if found is None
            else Place(found[0], found[1].kind, found[1].market, found[1].path)
        )

    def talk(
        self,
        place: Place | None,
        *,
        at: datetime,
        key: str,
        caller: Caller = ANYBODY,
        language: str = "zh-hans",
        group: str = "",
        position: tuple[Decimal, Decimal] | None = None,
        identify: Identify | None = None,
    ) -> Talk:
        """
        Return what a dialogue wants to know of one message that came in through this hall.

        `key` is the request key, of this message alone.
        """
        path = "" if place is None else place.path
        return Talk(
            ctx=self.context(place, at=at, key=key),
            front=self.front,
            caller=caller,
            place=place,
            language=language,
            menu=hall_menus.arranged(self.front.code, path, group, at),
            position=position,
            identify=identify,
        )

    def context(self, place: Place | None, *, at: datetime, key: str) -> Context:
        """Return the context of what a customer does: at this hall's place, nowhere else."""
        return Context(
            actor=ACTOR,
            channel=self.front.code,
            at=at,
            request_key=key,
            grants=grants_of(ROLE),
            scope=Scope.of([] if place is None else [place.path]),
        )


def place_of(outlet: OrganizationId) -> Place | None:
    """Return an active outlet as a place, such as the one where a kiosk stands."""
    point = saleschannel.selling_points_now([outlet]).get(outlet)
    if point is None or point.state != OutletState.ACTIVE:
        return None
    return Place(outlet, point.kind, point.market, point.path)


halls: Final[dict[str, Hall]] = {}
"""All halls of this installation, by front code."""


def not_offered(front: str, *, at: datetime) -> dict[str, Unmet]:
    """
    Return the items that a hall offers to nobody now, however its menu is arranged, and why: who
    comes there may have proved everything. None where this installation has no such hall.
    """
    hall = halls.get(front)
    if hall is None:
        return {}
    soon = at + timedelta(minutes=1)
    proved = Caller("", identified_at=at, known_until=soon, money_until=soon, data_until=soon)
    talk = hall.talk(hall.place(), at=at, key=f"not offered:{front}", caller=proved)
    found = {code: menus.unmet(talk, item, proved) for code, item in items.items()}
    return {code: why for code, why in found.items() if why is not None}


def register(hall: Hall) -> Hall:
    """Put a hall among those of this installation; called when the application starts."""
    assert hall.front.code not in halls, hall.front.code
    halls[hall.front.code] = hall
    return hall
