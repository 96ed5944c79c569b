"""Read the journal and what waits for approval."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from qudao.kernel.page import Page, PageRequest
from qudao.kernel.period import Period
from qudao.kernel.scope import EVERYWHERE
from qudao.platform.commands.codec import Json
from qudao.platform.commands.context import Context
from qudao.platform.commands.models import JournalEntry, ParkedCommand
from qudao.platform.tables.project import page_of, project


@dataclass(frozen=True, slots=True)
class JournalRecord:
    id: int
    at: datetime
    actor: UUID
    approved_by: UUID | None
    channel: str
    command: str
    request_key: str
    subject: UUID | None
    arguments: Json
    answer: Json
    events: Json


@dataclass(frozen=True, slots=True)
class ParkedRecord:
    id: UUID
    command: str
    arguments: Json
    reason: str
    maker: UUID
    channel: str
    parked_at: datetime
    state: str
    checker: UUID | None
    decided_at: datetime | None
    remark: str


@dataclass(frozen=True, slots=True)
class JournalSearch:
    """What to look for; an empty field does not restrict."""

    command: str = ""
    actor: UUID | None = None
    subject: UUID | None = None
    request_key: str = ""
    period: Period | None = None


def history(ctx: Context, *, subject: UUID) -> tuple[JournalRecord, ...]:
    """
    Return all that was done to one entity, oldest first.

    The caller has checked that the entity itself is in the actor's scope.
    """
    return project(
        JournalEntry.objects.filter(subject=subject).order_by("id")[:1000], JournalRecord
    )


def journal(ctx: Context, *, search: JournalSearch, page: PageRequest) -> Page[JournalRecord]:
    """
    Return journal rows, newest first.

    Rows carry no place in the organization, so only who may see everywhere may search them.

    :raises NotPermitted: without `journal.read`.
    """
    ctx.require("journal.read")
    rows = JournalEntry.objects.order_by("-xid", "-id")
    if ctx.scope != EVERYWHERE:
        rows = rows.filter(actor=ctx.actor)
    if search.command:
        rows = rows.filter(command=search.command)
    if search.actor:
        rows = rows.filter(actor=search.actor)
    if search.subject:
        rows = rows.filter(subject=search.subject)
    if search.request_key:
        rows = rows.filter(request_key=search.request_key)
    if search.period:
        rows = rows.filter(at__gte=search.period.start)
        if search.period.end:
            rows = rows.filter(at__lt=search.period.end)
    return page_of(rows, JournalRecord, page)


def parked(ctx: Context, *, state: str = "waiting", page: PageRequest) -> Page[ParkedRecord]:
    """
    Return the commands parked by people whose scope lies within the actor's, oldest first.

    :raises NotPermitted: without `commands.read`.
    """
    ctx.require("commands.read")
    # A parked command is visible when the actor covers every path of its maker: every element
    # of the array starts with one of the actor's paths. Few wait at a time.
    rows = ParkedCommand.objects.filter(state=state).order_by("parked_at", "id")
    covered = [
        row.id
        for row in rows.only("id", "paths")
        if all(ctx.scope.covers(path) for path in row.paths)
    ]
    return page_of(rows.filter(id__in=covered), ParkedRecord, page)
