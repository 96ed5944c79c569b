"""Open complaints, work on them, answer, close and reopen them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.db import connection
from django.utils import translation
from django.utils.translation import gettext as _

from qudao.domain.care import queries, rules
from qudao.domain.care.models import WORKED_ON, Complaint, Note
from qudao.domain.care.operations.asked import _language, _line, _place, _tell
from qudao.domain.care.queries.complaints import msisdn_hash
from qudao.domain.care.types import (
    LONGEST_ANSWER,
    LONGEST_TEXT,
    MOST_OPEN,
    Category,
    CategoryUnknown,
    ComplaintId,
    ComplaintOpened,
    ComplaintState,
    ComplaintUnknown,
    NoteKind,
)
from qudao.domain.party.types import OrganizationId
from qudao.kernel.ids import new_id
from qudao.kernel.personal import Personal
from qudao.kernel.refusals import Kind, Refusal
from qudao.platform.commands.command import command, record_subject
from qudao.platform.commands.context import Context


@dataclass(eq=False)
class WordsMissing(Refusal, kind=Kind.INVALID):
    """Something has to be said, and not too much of it."""

    longest: int


@dataclass(eq=False)
class TooManyComplaints(Refusal, kind=Kind.CONFLICT):
    """The line has as many open complaints as it may have."""

    most: int


@dataclass(eq=False)
class ComplaintNotSo(Refusal, kind=Kind.CONFLICT):
    """The complaint is in a state in which this cannot be done."""

    complaint_state: str


@dataclass(eq=False)
class SomebodyElses(Refusal, kind=Kind.FORBIDDEN):
    """Somebody else works on the complaint."""

    assignee: UUID


@dataclass(eq=False)
class TooLateToReopen(Refusal, kind=Kind.CONFLICT):
    """The complaint was answered long ago."""

    days: int


@command("care.open_complaint")
def open_complaint(
    ctx: Context,
    *,
    place: OrganizationId,
    category: str,
    msisdn: Personal,
    text: Personal,
    language: str = "zh-hans",
    order: UUID | None = None,
) -> ComplaintOpened:
    """
    Take in what a customer complains about; return the number that they are told, and by when
    they are answered. `place` is who answers it: the branch of the line, or an outlet.

    :raises PlaceUnknown: if there is none in the actor's scope.
    :raises CategoryUnknown: if complaints are not about this.
    :raises NotAMobileNumber: if the line is none.
    :raises LanguageUnknown: if we do not speak it.
    :raises WordsMissing: if nothing is said, or too much.
    :raises TooManyComplaints: if the line has five open ones.
    """
    _place(ctx, place)
    due_at = ctx.at + timedelta(hours=_category(category).answer_h)
    number, words = _line(msisdn), _words(text, LONGEST_TEXT)
    mark = msisdn_hash(number)
    with connection.cursor() as cursor:
        # Who complains twice at once waits here, and then counts both.
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [mark.hex()])
    rows = Complaint.objects.unscoped("a line's complaints count in the whole province")
    if rows.filter(msisdn_hash=mark, state__in=WORKED_ON).count() >= MOST_OPEN:
        raise TooManyComplaints(MOST_OPEN)
    row = Complaint.objects.create(
        id=new_id(ctx.at),
        number=_next_number(),
        category=category,
        place_id=place,
        channel=ctx.channel,
        language=_language(language),
        msisdn=number,
        msisdn_hash=mark,
        order=order,
        state=ComplaintState.ACKNOWLEDGED,
        opened_at=ctx.at,
        due_at=due_at,
    )
    _note(ctx, row, NoteKind.COMPLAINT, words)
    record_subject(row.id)
    return ComplaintOpened(ComplaintId(row.id), row.number, due_at)


@command("care.take_complaint", subject="complaint")
def take_complaint(ctx: Context, *, complaint: ComplaintId) -> None:
    """
    Begin to work on a complaint that nobody works on.

    :raises ComplaintUnknown: if there is none in the actor's scope.
    :raises ComplaintNotSo: if somebody does, or it is done with.
    """
    row = _locked(ctx, complaint, "take")
    row.state, row.assignee, row.taken_at = ComplaintState.IN_PROGRESS, ctx.actor, ctx.at
    row.save(update_fields=["state", "assignee", "taken_at"])


@command("care.release_complaint", subject="complaint")
def release_complaint(ctx: Context, *, complaint: ComplaintId, reason: str) -> None:
    """
    Let somebody else work on a complaint; also on one that another has, who is ill for example.

    :raises ComplaintUnknown: if there is none in the actor's scope.
    :raises ComplaintNotSo: if nobody works on it.
    :raises WordsMissing: if no reason is given.
    """
    _words(Personal(reason), LONGEST_TEXT)
    row = _locked(ctx, complaint, "release")
    row.state, row.assignee, row.taken_at = ComplaintState.ACKNOWLEDGED, None, None
    row.save(update_fields=["state", "assignee", "taken_at"])


@command("care.note_complaint", subject="complaint")
def note_complaint(ctx: Context, *, complaint: ComplaintId, text: Personal) -> None:
    """
    Write down something about a complaint, for those who work on it.

    :raises ComplaintUnknown: if there is none in the actor's scope.
    :raises ComplaintNotSo: if it is done with.
    :raises WordsMissing: if nothing is said, or too much.
    """
    words = _words(text, LONGEST_TEXT)
    _note(ctx, _locked(ctx, complaint, "note"), NoteKind.REMARK, words)


@command("care.answer_complaint", subject="complaint")
def answer_complaint(ctx: Context, *, complaint: ComplaintId, answer: Personal) -> None:
    """
    Answer the customer: a short message goes out, in the language in which they complained.

    :raises ComplaintUnknown: if there is none in the actor's scope.
    :raises ComplaintNotSo: if nobody works on it, or it is done with.
    :raises SomebodyElses: if another works on it.
    :raises WordsMissing: if nothing is said, or more than one message holds.
    """
    words = _words(answer, LONGEST_ANSWER)
    row = _locked(ctx, complaint, "answer")
    if row.assignee is not None and row.assignee != ctx.actor:
        raise SomebodyElses(row.assignee)
    row.state, row.resolved_at = ComplaintState.RESOLVED, ctx.at
    row.save(update_fields=["state", "resolved_at"])
    _note(ctx, row, NoteKind.ANSWER, words)
    with translation.override(row.language):
        text = _("Your complaint %(number)s: %(answer)s") % {
            "number": row.number,
            "answer": words,
        }
    _tell(ctx, row.msisdn, "complaint_answer", text, row.pk)


@command("care.close_complaint", subject="complaint")
def close_complaint(ctx: Context, *, complaint: ComplaintId) -> None:
    """
    Note that the customer is content with the answer.

    :raises ComplaintUnknown: if there is none in the actor's scope.
    :raises ComplaintNotSo: if it was not answered, or is closed.
    """
    row = _locked(ctx, complaint, "close")
    row.state, row.closed_at = ComplaintState.CLOSED, ctx.at
    row.save(update_fields=["state", "closed_at"])


@command("care.reopen_complaint", subject="complaint")
def reopen_complaint(ctx: Context, *, complaint: ComplaintId, text: Personal) -> ComplaintOpened:
    """
    Take an answered complaint up again, in the customer's words; it is due anew.

    :raises ComplaintUnknown: if there is none in the actor's scope.
    :raises ComplaintNotSo: if it was not answered.
    :raises TooLateToReopen: if it was answered more than 30 days ago.
    :raises WordsMissing: if nothing is said, or too much.
    """
    words = _words(text, LONGEST_TEXT)
    row = _locked(ctx, complaint, "reopen")
    if row.resolved_at is None or ctx.at > row.resolved_at + rules.REOPENED_WITHIN:
        raise TooLateToReopen(rules.REOPENED_WITHIN.days)
    row.state = ComplaintState.ACKNOWLEDGED
    row.assignee = row.taken_at = row.closed_at = None
    row.due_at = ctx.at + timedelta(hours=_category(row.category).answer_h)
    row.times_reopened += 1
    row.save(
        update_fields=["state", "assignee", "taken_at", "closed_at", "due_at", "times_reopened"]
    )
    _note(ctx, row, NoteKind.REOPENED, words)
    return ComplaintOpened(complaint, row.number, row.due_at)


@command("care.withdraw_complaint", subject="complaint")
def withdraw_complaint(ctx: Context, *, complaint: ComplaintId) -> None:
    """
    End a complaint that the customer does not pursue any more.

    :raises ComplaintUnknown: if there is none in the actor's scope.
    :raises ComplaintNotSo: if it was answered, or is done with.
    """
    row = _locked(ctx, complaint, "withdraw")
    row.state, row.closed_at = ComplaintState.CANCELLED, ctx.at
    row.save(update_fields=["state", "closed_at"])


def _locked(ctx: Context, complaint: ComplaintId, verb: str) -> Complaint:
    rows = Complaint.objects.within(ctx.scope).select_for_update(of=("self",))
    row = rows.filter(pk=complaint).first()
    if row is None:
        raise ComplaintUnknown(str(complaint))
    if row.state not in rules.ALLOWED[verb]:
        raise ComplaintNotSo(row.state)
    return row


def _note(ctx: Context, row: Complaint, kind: NoteKind, words: str) -> None:
    Note.objects.create(
        id=new_id(ctx.at), complaint=row, kind=kind, text=words, at=ctx.at, by=ctx.actor
    )


def _words(text: Personal, longest: int) -> str:
    words = str.__str__(text).strip()
    if not 2 <= len(words) <= longest:
        raise WordsMissing(longest)
    return words


def _category(code: str) -> Category:
    for category in queries.categories():
        if category.code == code:
            return category
    raise CategoryUnknown(code)


def _next_number() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('care_complaint_number')")
        return rules.complaint_number(int(cursor.fetchone()[0]))
