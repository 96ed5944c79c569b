"""The way to the BOSS: how much it still owes, how fast orders are decided, who is at work."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any, Final

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qudao.domain.ordering import queries as ordering
from qudao.domain.ordering.queries import PaceRecord
from qudao.fronts.backoffice.desk import Desk, Page, pages
from qudao.kernel.period import MARKET_ZONE

LATE_S: Final = 60
"""From this age of the oldest order on there is a warning."""
LAST: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Minute:
    """One line of the table."""

    at: datetime
    completed: int
    """Orders."""
    refused: int
    open: int
    """Orders in the queue, at most."""
    unknown: int
    oldest_s: int


def relay(desk: Desk) -> HttpResponse:
    minutes = _minutes(ordering.pace(desk.ctx.at))
    labels = [f"{one.at.astimezone(MARKET_ZONE):%H:%M}" for one in minutes]
    return desk.page(
        "relay",
        **_now(desk),
        minutes=minutes[::-1],
        labels=labels,
        decided=[
            {"name": _("Completed"), "values": [one.completed for one in minutes]},
            {"name": _("Refused"), "values": [one.refused for one in minutes]},
        ],
        waiting=[
            {"name": _("Open"), "values": [one.open for one in minutes]},
            {"name": _("Answer lost"), "values": [one.unknown for one in minutes]},
        ],
    )


def live(desk: Desk) -> HttpResponse:
    """The figures of the moment, fetched again every five seconds."""
    return desk.part("relay_now", **_now(desk))


def _now(desk: Desk) -> dict[str, Any]:
    at = desk.ctx.at
    backlog = ordering.backlog(at)
    recent = [one for one in ordering.pace(at) if one.at > at - LAST]
    runners = ordering.runners(at)
    oldest_s = int(backlog.oldest_s(at))
    return {
        "at": at,
        "backlog": backlog,
        "more": backlog.open >= ordering.COUNTED,
        "oldest_s": oldest_s,
        "late": oldest_s > LATE_S,
        "decided_s": round(sum(one.completed + one.refused for one in recent) / LAST.seconds),
        "runners": len(runners),
        "resting": sum(breaker != "closed" for breaker in runners),
    }


def _minutes(pace: Sequence[PaceRecord]) -> list[Minute]:
    minutes = []
    for at, tens in groupby(pace, key=lambda one: one.at.replace(second=0, microsecond=0)):
        some = list(tens)
        minutes.append(
            Minute(
                at,
                sum(one.completed for one in some),
                sum(one.refused for one in some),
                max(one.open for one in some),
                max(one.unknown for one in some),
                max(one.oldest_s for one in some),
            )
        )
    return minutes


pages.register("relay")(
    Page(
        code="relay",
        title=gettext_lazy("Way to the BOSS"),
        group="control",
        position=9,
        icon="arrows-exchange",
        permissions=frozenset({"ordering.read", "commands.read"}),
        views=(("relay/", relay, "relay"), ("relay/now/", live, "relay_now")),
    )
)
