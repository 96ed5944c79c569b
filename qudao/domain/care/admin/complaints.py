"""Complaints: who works on them, and what the customer is answered."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.db.models import Case, Q, QuerySet, When
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from qudao.domain.care import operations, queries, rules
from qudao.domain.care.admin.words import (
    category_cell,
    category_choices,
    digits_of,
    language_field,
    masked,
    named,
    reveal_act,
)
from qudao.domain.care.models import WORKED_ON, Complaint
from qudao.domain.care.queries.complaints import msisdn_hash
from qudao.domain.care.types import (
    LONGEST_ANSWER,
    LONGEST_TEXT,
    ComplaintId,
    ComplaintState,
    Subject,
)
from qudao.domain.party import queries as party
from qudao.kernel.personal import Personal
from qudao.platform.backoffice.acts import Act
from qudao.platform.backoffice.area import parts
from qudao.platform.backoffice.filters import CodeFilter, by_code, by_days, by_flag, by_place
from qudao.platform.backoffice.forms import ActForm, CodeField, CodeForm, MobileField, ReasonForm
from qudao.platform.backoffice.screen import Column, Screen, screen
from qudao.platform.backoffice.screen import Place as MenuPlace
from qudao.platform.backoffice.trail import trail
from qudao.platform.backoffice.values import Cell, Coded, Facts, Mono, Person, Ref, Section, Table
from qudao.platform.commands.context import Context

STATES = [state.value for state in ComplaintState]
OPEN_FIRST = Case(When(state__in=WORKED_ON, then=False), default=True).asc()


class TextForm(ActForm):
    text = forms.CharField(
        label=_("In the customer's words"),
        min_length=2,
        max_length=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 4}),
    )


class RemarkForm(ActForm):
    text = forms.CharField(
        label=_("Remark"),
        min_length=2,
        max_length=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("The customer does not see it."),
    )


class AnswerForm(ActForm):
    answer = forms.CharField(
        label=pgettext_lazy("complaint", "Answer"),
        min_length=2,
        max_length=LONGEST_ANSWER,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("In the customer's language: it goes out as it is."),
    )


class OpenForm(CodeForm, TextForm):
    msisdn = MobileField(label=_("Customer's number"))
    category = forms.ChoiceField(label=_("About"))
    place = CodeField(
        party.organization_by_code,
        label=_("Who answers it"),
        help_text=_("Code of the branch, or of an outlet."),
    )
    language = language_field()
    field_order = ["request_key", "msisdn", "category", "text", "place", "language"]

    def prepare(self) -> None:
        self.offer("category", category_choices())


class CategoryFilter(CodeFilter):
    """Keep the complaints that are about one thing."""

    title = _("About")
    parameter_name = "category"
    column = "category"

    def lookups(self, request: Any, model_admin: Any) -> list[tuple[str, Any]]:
        return list(category_choices())


def _in(verb: str) -> Any:
    return lambda row: row.state in rules.ALLOWED[verb]


@screen(Complaint)
class ComplaintScreen(Screen):
    """What customers complain about, those due first on top."""

    read = "care.read"
    title = _("Complaints")
    one = _("Complaint")
    lead = _("Those due first stand on top. Numbers are masked.")
    menu = MenuPlace("care", 1, "mail")
    search_help = _("Number of the complaint, or a whole telephone number")
    ordering = (OPEN_FIRST, "due_at", "id")
    list_select_related = ("place",)
    columns = (
        Column(pgettext_lazy("complaint", "Number"), lambda row: Mono(row.number)),
        Column(_("About"), lambda row: category_cell(row.category)),
        Column(_("State"), lambda row: Coded("complaint_state", row.state)),
        Column(_("Due"), lambda row: row.due_at, "due_at"),
        Column(_("Late"), lambda row: _("yes") if row.late else None),
        Column(_("Worked on by"), lambda row: Person(row.assignee)),
        Column(_("Customer's number"), masked),
        Column(_("Place"), lambda row: named(row.place)),
        Column(_("Opened"), lambda row: row.opened_at, "opened_at"),
    )
    list_filter = (
        by_code(_("State"), "state", STATES, field="complaint_state"),
        by_flag(_("Open"), "open", Q(state__in=WORKED_ON)),
        by_flag(_("Late"), "late", Q(late=True)),
        CategoryFilter,
        by_place(_("Place"), "place__path", parts),
        by_days(_("Opened"), "opened_at"),
    )
    list_acts = (
        Act(
            "open",
            _("Take in a complaint"),
            "care.open_complaint",
            lambda ctx, row, data: operations.open_complaint(
                ctx,
                place=data["place"].id,
                category=data["category"],
                msisdn=Personal(data["msisdn"]),
                text=Personal(data["text"]),
                language=data["language"],
            ),
            form=OpenForm,
            icon="plus",
            goes_to=lambda answer: answer.complaint,
        ),
    )
    acts = (
        Act(
            "take",
            _("Work on it"),
            "care.take_complaint",
            lambda ctx, row, data: operations.take_complaint(ctx, complaint=ComplaintId(row.pk)),
            when=_in("take"),
            icon="user-check",
        ),
        Act(
            "answer",
            pgettext_lazy("complaint", "Answer"),
            "care.answer_complaint",
            lambda ctx, row, data: operations.answer_complaint(
                ctx, complaint=ComplaintId(row.pk), answer=Personal(data["answer"])
            ),
            form=AnswerForm,
            when=_in("answer"),
            lead=_("The customer gets it as a short message."),
            icon="send",
        ),
        Act(
            "note",
            _("Add a remark"),
            "care.note_complaint",
            lambda ctx, row, data: operations.note_complaint(
                ctx, complaint=ComplaintId(row.pk), text=Personal(data["text"])
            ),
            form=RemarkForm,
            when=_in("note"),
            icon="pencil",
        ),
        Act(
            "release",
            _("Let somebody else work on it"),
            "care.release_complaint",
            lambda ctx, row, data: operations.release_complaint(
                ctx, complaint=ComplaintId(row.pk), reason=data["reason"]
            ),
            form=ReasonForm,
            when=_in("release"),
            icon="user-minus",
        ),
        Act(
            "close",
            _("Close"),
            "care.close_complaint",
            lambda ctx, row, data: operations.close_complaint(ctx, complaint=ComplaintId(row.pk)),
            when=_in("close"),
            lead=_("The customer is content with the answer."),
            icon="check",
        ),
        Act(
            "reopen",
            _("Take up again"),
            "care.reopen_complaint",
            lambda ctx, row, data: operations.reopen_complaint(
                ctx, complaint=ComplaintId(row.pk), text=Personal(data["text"])
            ),
            form=TextForm,
            when=_in("reopen"),
            lead=_("The answer did not do. Within 30 days of it."),
            icon="refresh",
        ),
        Act(
            "withdraw",
            pgettext_lazy("complaint", "Withdraw"),
            "care.withdraw_complaint",
            lambda ctx, row, data: operations.withdraw_complaint(
                ctx, complaint=ComplaintId(row.pk)
            ),
            when=_in("withdraw"),
            lead=_("The customer does not pursue it any more."),
            icon="x",
            tone="danger",
        ),
        reveal_act(Subject.COMPLAINT),
    )

    def rows(self, ctx: Context) -> QuerySet[Any]:
        late = When(state__in=WORKED_ON, due_at__lt=ctx.at, then=True)
        rows = Complaint.objects.within(ctx.scope).select_related("place")
        return rows.annotate(late=Case(late, default=False))

    def found(self, ctx: Context, rows: QuerySet[Any], text: str) -> QuerySet[Any]:
        wanted = Q(msisdn_hash=msisdn_hash(digits_of(text)))
        number = rules.read_complaint_number(text)
        return rows.filter(wanted if number is None else wanted | Q(number=number))

    def heading(self, row: Any) -> Cell:
        return Mono(row.number)

    def state(self, row: Any) -> Cell:
        return Coded("complaint_state", row.state)

    def sections(self, ctx: Context, row: Any) -> Iterable[Section]:
        order = Ref("ordering.order", row.order, _("Order")) if row.order else None
        yield Facts(
            _("At a glance"),
            [
                (_("About"), category_cell(row.category)),
                (_("Customer's number"), masked(row)),
                (_("Language"), Coded("language", row.language)),
                (_("Channel"), Coded("channel", row.channel)),
                (_("Place"), named(row.place)),
                (_("Order"), order),
                (_("Opened"), row.opened_at),
                (_("Due"), row.due_at),
                (_("Worked on by"), Person(row.assignee)),
                (pgettext_lazy("care", "Since"), row.taken_at),
                (_("Answered"), row.resolved_at),
                (_("Closed"), row.closed_at),
                (_("Times reopened"), row.times_reopened),
            ],
        )
        said = queries.complaint(ctx, complaint=ComplaintId(row.pk)).notes
        yield Table(
            _("What was said"),
            (_("Time"), _("What it is"), _("Words"), pgettext_lazy("note", "By")),
            [
                (
                    note.at,
                    Coded("complaint_note", note.kind),
                    str.__str__(note.text),
                    Person(note.by),
                )
                for note in said
            ],
        )
        yield trail(ctx, row.pk)
