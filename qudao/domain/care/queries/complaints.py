"""Read complaints."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from uuid import UUID

from django.db.models import QuerySet

from qudao.domain.care import data, rules
from qudao.domain.care.models import WORKED_ON, Complaint, Note
from qudao.domain.care.types import (
    Category,
    ComplaintId,
    ComplaintRecord,
    ComplaintSearch,
    ComplaintUnknown,
    NoteRecord,
)
from qudao.domain.party.types import OrganizationId
from qudao.kernel.page import Page, PageRequest
from qudao.kernel.personal import Personal
from qudao.kernel.scope import Scope
from qudao.platform.commands.context import Context
from qudao.platform.identity.personal import blind_index, mask_phone
from qudao.platform.tables.scoped import within

MOST = 20
"""Complaints of one line that are told."""


@cache
def categories() -> tuple[Category, ...]:
    """Return what complaints are about, in the order of lists."""
    return tuple(Category(*row) for row in data.categories())


def complaint(ctx: Context, *, complaint: ComplaintId) -> ComplaintRecord:
    """
    Return a complaint with its notes.

    :raises NotPermitted: without `care.read`.
    :raises ComplaintUnknown: if there is none in the actor's scope.
    """
    ctx.require("care.read")
    row = Complaint.objects.within(ctx.scope).filter(pk=complaint).first()
    if row is None:
        raise ComplaintUnknown(str(complaint))
    return _record(row, notes_of(row.pk))


def complaint_by_number(ctx: Context, *, number: str, msisdn: Personal) -> ComplaintRecord:
    """
    Return the complaint that a customer asks for: by its number, as typed, and the line's.

    One without the other finds nothing, so that nobody tries numbers.

    :raises NotPermitted: without `care.read`.
    :raises ComplaintUnknown: if there is none in the actor's scope, or it is of another line.
    """
    ctx.require("care.read")
    read = rules.read_complaint_number(number)
    rows = Complaint.objects.within(ctx.scope).filter(msisdn_hash=msisdn_hash(msisdn))
    row = None if read is None else rows.filter(number=read).first()
    if row is None:
        raise ComplaintUnknown(number)
    return _record(row, notes_of(row.pk))


def complaints_of(ctx: Context, *, msisdn: Personal) -> tuple[ComplaintRecord, ...]:
    """
    Return a line's complaints with their notes, newest first, the last twenty.

    :raises NotPermitted: without `care.read`.
    """
    ctx.require("care.read")
    rows = Complaint.objects.within(ctx.scope).filter(msisdn_hash=msisdn_hash(msisdn))
    found = list(rows.order_by("-opened_at", "-id")[:MOST])
    notes: dict[UUID, list[NoteRecord]] = {row.pk: [] for row in found}
    said = Note.objects.unscoped("of complaints in scope").filter(complaint__in=notes)
    for note in said.order_by("at", "id"):
        notes[note.complaint_id].append(_note(note))
    return tuple(_record(row, notes[row.pk]) for row in found)


def complaints(
    ctx: Context, *, search: ComplaintSearch, page: PageRequest
) -> Page[ComplaintRecord]:
    """
    Return complaints of the actor's scope without their notes, those due first on top.

    :raises NotPermitted: without `care.read`.
    """
    ctx.require("care.read")
    rows = Complaint.objects.within(ctx.scope)
    if search.states:
        rows = rows.filter(state__in=search.states)
    if search.category:
        rows = rows.filter(category=search.category)
    if search.assignee:
        rows = rows.filter(assignee=search.assignee)
    if search.late:
        rows = rows.filter(state__in=WORKED_ON, due_at__lt=ctx.at)
    if search.below:
        rows = rows.filter(within("place__path", Scope.of([search.below])))
    return _page(rows.order_by("due_at", "id"), page)


def notes_of(complaint: UUID) -> tuple[NoteRecord, ...]:
    """Return what was said in a complaint, oldest first."""
    rows = Note.objects.unscoped("of a complaint in scope").filter(complaint=complaint)
    return tuple(_note(row) for row in rows.order_by("at", "id"))


def msisdn_hash(number: str) -> bytes:
    """Return the keyed hash by which a line's complaints are found."""
    return blind_index(number, "care_complaint.msisdn")


def _page(rows: QuerySet[Complaint], page: PageRequest) -> Page[ComplaintRecord]:
    found = rows[page.offset : page.offset + page.limit]
    return Page(tuple(_record(row) for row in found), rows.count(), page)


def _note(row: Note) -> NoteRecord:
    return NoteRecord(row.kind, Personal(row.text), row.at, row.by)


def _record(row: Complaint, notes: Iterable[NoteRecord] = ()) -> ComplaintRecord:
    return ComplaintRecord(
        id=ComplaintId(row.pk),
        number=row.number,
        category=row.category,
        place=OrganizationId(row.place_id),
        channel=row.channel,
        language=row.language,
        state=row.state,
        msisdn_masked=mask_phone(row.msisdn),
        order=row.order,
        opened_at=row.opened_at,
        due_at=row.due_at,
        assignee=row.assignee,
        resolved_at=row.resolved_at,
        closed_at=row.closed_at,
        times_reopened=row.times_reopened,
        notes=tuple(notes),
    )
