"""Persons who were identified: masked; unmasked only for a reason, which the journal keeps."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from qudao.domain.customer import operations, queries
from qudao.domain.customer.admin.words import FIELDS, document_cell, kind_choices, place
from qudao.domain.customer.models import LIVE, Customer, Dossier, Line
from qudao.domain.customer.queries.customers import hash_of, name_hash, phone_hash
from qudao.domain.customer.types import CustomerId, PersonalField, Revealed
from qudao.kernel.personal import Personal
from qudao.kernel.refusals import Refusal
from qudao.platform.backoffice.acts import Act
from qudao.platform.backoffice.area import parts
from qudao.platform.backoffice.filters import CodeFilter, by_days, by_place
from qudao.platform.backoffice.forms import ReasonForm
from qudao.platform.backoffice.screen import Column, Screen, screen
from qudao.platform.backoffice.screen import Place as MenuPlace
from qudao.platform.backoffice.trail import trail
from qudao.platform.backoffice.values import (
    Cell,
    Coded,
    Facts,
    Mono,
    Number,
    Person,
    Ref,
    Section,
    Table,
)
from qudao.platform.commands.context import Context
from qudao.platform.identity.personal import mask_address, mask_document, mask_name, mask_phone


class RevealForm(ReasonForm):
    field = forms.ChoiceField(label=_("What to show"), choices=list(FIELDS.items()))
    field_order = ["request_key", "field", "reason"]

    def prepare(self) -> None:
        self.offer("field", [(k, v) for k, v in FIELDS.items() if getattr(self.row, k)])


class NameForm(ReasonForm):
    name = forms.CharField(label=_("Name"), max_length=100)
    field_order = ["request_key", "name", "reason"]


class KindFilter(CodeFilter):
    """Keep the persons who showed one kind of document."""

    title = _("Kind of document")
    parameter_name = "document_kind"
    column = "document_kind"

    def lookups(self, request: Any, model_admin: Any) -> list[tuple[str, Any]]:
        return list(kind_choices())


@screen(Customer)
class CustomerScreen(Screen):
    """Who has lines, and who has acted for them."""

    read = "customer.read"
    title = _("Identified persons")
    one = _("Identified person")
    lead = _("Masked. Whoever looks behind the mask gives a reason, which the journal keeps.")
    menu = MenuPlace("customers", 2, "fingerprint")
    search_help = _("A whole name, document number, contact number, or a line's number")
    ordering = ("-registered_at", "-id")
    list_select_related = ("outlet",)
    columns = (
        Column(_("Name"), lambda row: mask_name(row.name)),
        Column(_("Kind of document"), lambda row: document_cell(row.document_kind)),
        Column(_("Document number"), lambda row: Mono(mask_document(row.document))),
        Column(_("Contact number"), lambda row: mask_phone(row.phone or "")),
        Column(_("Live lines"), lambda row: row.lines or 0),
        Column(_("First identified at"), lambda row: place(row.outlet)),
        Column(_("First identified"), lambda row: row.registered_at, "registered_at"),
        Column(_("Last seen"), lambda row: row.seen_at, "seen_at"),
    )
    list_filter = (
        KindFilter,
        by_place(_("Place"), "outlet__path", parts),
        by_days(_("First identified"), "registered_at"),
    )
    acts = (
        Act(
            "reveal",
            _("Look behind the mask"),
            "customer.reveal",
            lambda ctx, row, data: operations.reveal(
                ctx,
                customer=CustomerId(row.pk),
                field=PersonalField(data["field"]),
                reason=data["reason"],
            ),
            form=RevealForm,
            lead=_("The journal keeps who looked at what, and why."),
            verb=_("Show"),
            icon="eye",
            shows=lambda answer: _shown(answer),
        ),
        Act(
            "correct-name",
            _("Correct the name"),
            "customer.correct_name",
            lambda ctx, row, data: operations.correct_name(
                ctx,
                customer=CustomerId(row.pk),
                name=Personal(data["name"]),
                reason=data["reason"],
            ),
            form=NameForm,
            lead=_("One was mistyped, or lawfully changed."),
            icon="pencil",
        ),
    )

    def rows(self, ctx: Context) -> QuerySet[Any]:
        lines = (
            Line.objects.unscoped("of a person in scope, wherever the line was opened")
            .filter(customer=OuterRef("pk"), state__in=LIVE)
            .order_by()
            .values("customer")
            .annotate(n=Count("id"))
            .values("n")
        )
        rows = Customer.objects.within(ctx.scope).select_related("outlet")
        return rows.annotate(lines=Subquery(lines))

    def found(self, ctx: Context, rows: QuerySet[Any], text: str) -> QuerySet[Any]:
        wanted = Q(name_hash=name_hash("".join(text.split()))) | Q(name_hash=name_hash(text))
        digits = "".join(text.split()).upper()
        wanted |= Q(phone_hash=phone_hash(digits))
        lines = Line.objects.unscoped("of a person in scope, wherever the line was opened")
        wanted |= Q(id__in=lines.filter(number=digits).values("customer"))
        for kind in queries.document_kinds():
            try:
                wanted |= Q(document_hash=hash_of(*queries.read_number(kind.code, digits), ""))
            except Refusal:  # it is no such document's number
                continue
        return rows.filter(wanted)

    def heading(self, row: Any) -> Cell:
        return mask_name(row.name)

    def sections(self, ctx: Context, row: Any) -> Iterable[Section]:
        yield Facts(
            _("At a glance"),
            [
                (_("Name"), mask_name(row.name)),
                (_("Kind of document"), document_cell(row.document_kind)),
                (_("Document number"), Mono(mask_document(row.document))),
                (_("Last day of the document"), row.valid_until),
                (_("Country"), row.country),
                (_("Contact number"), mask_phone(row.phone or "")),
                (_("Address"), mask_address(row.address or "")),
                (_("First identified at"), place(row.outlet)),
                (_("First identified"), row.registered_at),
                (_("By"), Person(row.registered_by)),
                (_("Last seen"), row.seen_at),
            ],
        )
        yield Table(
            pgettext_lazy("telephone", "Lines"),
            (_("Number"), _("State"), _("Since"), _("Ended"), _("Order")),
            [
                (
                    Number(one.number),
                    Coded("customer_line", one.state),
                    one.opened_at,
                    one.ended_at,
                    Ref("ordering.order", one.order, _("Order")) if one.order else None,
                )
                for one in queries.lines(ctx, customer=CustomerId(row.pk))
            ],
        )
        person = Q(customer=row) | Q(agent=row) | Q(guardian=row)
        dossiers = Dossier.objects.within(ctx.scope).filter(person).select_related("outlet")
        yield Table(
            _("Dossiers"),
            (_("Agreement"), _("Business"), _("State"), _("Outlet"), _("Opened")),
            [
                (
                    Ref("customer.dossier", one.pk, Mono(one.agreement)),
                    Coded("business", one.purpose),
                    Coded("dossier_state", one.state),
                    place(one.outlet),
                    one.opened_at,
                )
                for one in dossiers.order_by("-opened_at")[:50]
            ],
        )
        yield trail(ctx, row.pk)


def _shown(answer: Revealed) -> list[tuple[Any, Cell]]:
    return [(FIELDS[answer.field], str.__str__(answer.value))]
