"""Contacts, complaints and desks to test with."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from typing import Any

from qudao.domain.care import operations
from qudao.domain.care.types import ComplaintOpened, Contact
from qudao.domain.party.types import OrganizationId
from qudao.domain.saleschannel import operations as saleschannel
from qudao.domain.saleschannel.types import OutletChange
from qudao.kernel.personal import Personal
from qudao.platform.commands.context import Context
from tests.province import NOON, Province

LINE = Personal("13800138000")
OTHER = Personal("13900139000")
WORDS = "上月账单多扣了二十元"
HOURS = {day: [["09:00", "12:00"], ["13:30", "17:40"]] for day in ("mon", "tue", "fri")}
MONDAY = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
"""Nine o'clock in Henan."""

_serial = itertools.count()


def contact(province: Province, **more: Any) -> Contact:
    """A contact of 42 seconds that ended a second ago."""
    given = {
        "place": province.organizations["4101"],
        "started_at": NOON - timedelta(seconds=43),
        "ended_at": NOON - timedelta(seconds=1),
        "item": "balance",
        "msisdn": str.__str__(LINE),
    }
    return Contact(**{**given, **more})


def complain(province: Province, **more: Any) -> ComplaintOpened:
    given = {
        "place": province.organizations["4101"],
        "category": "billing",
        "msisdn": LINE,
        "text": Personal(WORDS),
    }
    ctx = more.pop("ctx", None) or province.system()
    return operations.open_complaint(ctx, **{**given, **more})


def agent(
    province: Province, name: str = "supervisor", where: str = "4101", at: datetime = NOON
) -> Context:
    """Somebody who works on complaints and talks with customers."""
    return province.context(
        "branch_supervisor",
        province.organizations[where],
        at=at,
        actor=province.people[name].user,
        channel="backoffice",
    )


def open_desk(
    province: Province, outlet: OrganizationId, *, seats: int = 2, minutes: int = 30
) -> None:
    """Let an outlet take appointments on Mondays, Tuesdays and Fridays."""
    changes = OutletChange(opening_hours=HOURS)
    saleschannel.change(province.system(), outlet=outlet, changes=changes)
    operations.set_desk(province.system(), outlet=outlet, seats=seats, minutes=minutes)


def line() -> Personal:
    """A mobile number that nobody has used."""
    return Personal(f"1370000{next(_serial):04d}")
