"""The province's blacklist of documents."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.db.models import Case, Q, QuerySet, When
from django.utils.translation import gettext_lazy as _

from qudao.domain.customer import operations, queries
from qudao.domain.customer.admin.words import document_cell, kind_choices
from qudao.domain.customer.models import BlacklistEntry
from qudao.domain.customer.types import BlacklistId
from qudao.kernel.period import business_date
from qudao.kernel.personal import Personal
from qudao.kernel.refusals import Refusal
from qudao.platform.backoffice.acts import Act
from qudao.platform.backoffice.filters import by_days, by_flag
from qudao.platform.backoffice.forms import DayField, ReasonForm
from qudao.platform.backoffice.screen import Column, Place, Screen, screen
from qudao.platform.backoffice.trail import trail
from qudao.platform.backoffice.values import Cell, Coded, Facts, Mono, Person, Section
from qudao.platform.commands.context import Context
from qudao.platform.identity.personal import mask_document


class EntryForm(ReasonForm):
    kind = forms.ChoiceField(label=_("Kind of document"))
    number = forms.CharField(label=_("Document number"), max_length=40)
    country = forms.RegexField(
        r"^[A-Za-z]{3}$",
        label=_("Country"),
        required=False,
        help_text=_("Three letters, such as KOR; for passports."),
    )
    since = DayField(label=_("From"), required=False, help_text=_("Empty: from today."))
    until = DayField(label=_("Last day"), required=False, help_text=_("Empty: for good."))
    field_order = ["request_key", "kind", "number", "country", "since", "until", "reason"]

    def prepare(self) -> None:
        self.offer("kind", kind_choices())


@screen(BlacklistEntry)
class BlacklistScreen(Screen):
    """For whom nothing is done, until when, and why. It holds in the whole province."""

    read = "customer.blacklist"
    title = _("Blacklist")
    one = _("Entry of the blacklist")
    menu = Place("customers", 3, "hand-stop")
    search_help = _("A whole document number")
    ordering = ("-added_at", "-id")
    columns = (
        Column(_("Document number"), lambda row: Mono(mask_document(row.document))),
        Column(_("Kind of document"), lambda row: document_cell(row.document_kind)),
        Column(_("State"), lambda row: Coded("blacklist_state", _state(row))),
        Column(_("Reason"), lambda row: row.reason),
        Column(_("From"), lambda row: row.since, "since"),
        Column(_("Last day"), lambda row: row.until, "until"),
        Column(_("Added by"), lambda row: Person(row.added_by)),
        Column(_("Added"), lambda row: row.added_at, "added_at"),
    )
    list_filter = (
        by_flag(
            _("In force"),
            "live",
            Q(lifted_at__isnull=True, over=False),
        ),
        by_days(_("Added"), "added_at"),
    )
    list_acts = (
        Act(
            "add",
            _("Add to the blacklist"),
            "customer.blacklist",
            lambda ctx, row, data: operations.blacklist(
                ctx,
                kind=data["kind"],
                number=Personal(data["number"]),
                country=data["country"],
                reason=data["reason"],
                since=data["since"],
                until=data["until"],
            ),
            form=EntryForm,
            lead=_("Nothing is sold any more to who identifies with it. Lines that exist go on."),
            icon="hand-stop",
            tone="danger",
            goes_to=lambda answer: answer,
        ),
    )
    acts = (
        Act(
            "lift",
            _("Lift"),
            "customer.unblacklist",
            lambda ctx, row, data: operations.unblacklist(
                ctx, entry=BlacklistId(row.pk), reason=data["reason"]
            ),
            form=ReasonForm,
            when=lambda row: row.lifted_at is None,
            icon="check",
        ),
    )

    def rows(self, ctx: Context) -> QuerySet[Any]:
        past = When(until__lt=business_date(ctx.at), then=True)
        return BlacklistEntry.objects.annotate(over=Case(past, default=False))

    def found(self, ctx: Context, rows: QuerySet[Any], text: str) -> QuerySet[Any]:
        wanted = Q(pk__in=())
        for kind in queries.document_kinds():
            try:
                read = queries.read_number(kind.code, "".join(text.split()).upper())
                wanted |= Q(document_hash=queries.hash_of(*read, ""))
            except Refusal:  # it is no such document's number
                continue
        return rows.filter(wanted)

    def heading(self, row: Any) -> Cell:
        return Mono(mask_document(row.document))

    def state(self, row: Any) -> Cell:
        return Coded("blacklist_state", _state(row))

    def sections(self, ctx: Context, row: Any) -> Iterable[Section]:
        yield Facts(
            _("At a glance"),
            [
                (_("Kind of document"), document_cell(row.document_kind)),
                (_("Document number"), Mono(mask_document(row.document))),
                (_("Reason"), row.reason),
                (_("From"), row.since),
                (_("Last day"), row.until or _("for good")),
                (_("Added"), row.added_at),
                (_("Added by"), Person(row.added_by)),
                (_("Lifted"), row.lifted_at),
                (_("Lifted by"), Person(row.lifted_by)),
                (_("Why it was lifted"), row.lift_reason),
            ],
        )
        yield trail(ctx, row.pk)


def _state(row: Any) -> str:
    if row.lifted_at is not None:
        return "lifted"
    return "over" if row.over else "live"
