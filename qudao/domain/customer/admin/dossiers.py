"""Dossiers: what was gathered at the counter when somebody was identified."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from qudao.domain.customer import operations, queries
from qudao.domain.customer.admin.words import PICTURES, document_cell, place
from qudao.domain.customer.models import Agreement, Dossier, Picture
from qudao.domain.customer.types import DossierId, DossierState, Purpose
from qudao.platform.backoffice.acts import Act
from qudao.platform.backoffice.area import parts
from qudao.platform.backoffice.filters import by_code, by_days, by_place
from qudao.platform.backoffice.forms import ActForm
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

STATES = [state.value for state in DossierState]
PURPOSES = [purpose.value for purpose in Purpose]


@screen(Dossier)
class DossierScreen(Screen):
    """Real-name dossiers, with their pictures behind a journalled look."""

    read = "customer.read"
    title = _("Dossiers")
    one = _("Dossier")
    menu = MenuPlace("customers", 1, "id")
    search_help = _("Number of the agreement, or of the line")
    ordering = ("-opened_at", "-id")
    list_select_related = ("outlet",)
    columns = (
        Column(_("Agreement"), lambda row: Mono(row.agreement)),
        Column(_("Business"), lambda row: Coded("business", row.purpose), "purpose"),
        Column(_("State"), lambda row: Coded("dossier_state", row.state), "state"),
        Column(_("Number of the line"), lambda row: Number(row.number) if row.number else None),
        Column(_("Outlet"), lambda row: place(row.outlet)),
        Column(_("Clerk"), lambda row: Person(row.actor)),
        Column(_("Opened"), lambda row: row.opened_at, "opened_at"),
        Column(_("Settled"), lambda row: row.settled_at, "settled_at"),
    )
    list_filter = (
        by_code(_("Business"), "purpose", PURPOSES, field="business"),
        by_code(_("State"), "state", STATES, field="dossier_state"),
        by_place(_("Place"), "outlet__path", parts),
        by_days(_("Opened"), "opened_at"),
    )
    acts = (
        Act(
            "abandon",
            _("Give up the draft"),
            "customer.abandon",
            lambda ctx, row, data: operations.abandon(ctx, dossier=DossierId(row.pk)),
            form=ActForm,
            when=lambda row: row.state == "draft",
            lead=_("Its pictures are deleted."),
            icon="trash",
            tone="danger",
        ),
    )

    def rows(self, ctx: Context) -> QuerySet[Dossier]:
        return Dossier.objects.within(ctx.scope).select_related("outlet")

    def found(self, ctx: Context, rows: QuerySet[Any], text: str) -> QuerySet[Any]:
        bare = "".join(text.split()).upper()
        return rows.filter(Q(agreement=bare) | Q(number=bare))

    def heading(self, row: Any) -> Cell:
        return Mono(row.agreement)

    def state(self, row: Any) -> Cell:
        return Coded("dossier_state", row.state)

    def sections(self, ctx: Context, row: Any) -> Iterable[Section]:
        found = queries.dossier(ctx, dossier=DossierId(row.pk))
        yield Facts(
            _("At a glance"),
            [
                (_("Business"), Coded("business", row.purpose)),
                (_("Number of the line"), Number(row.number) if row.number else None),
                (_("Order"), row.order and Ref("ordering.order", row.order, _("Order"))),
                (_("Outlet"), place(row.outlet)),
                (_("Clerk"), Person(row.actor)),
                (_("Opened"), row.opened_at),
                (_("Signed"), found.signed_at),
                (_("Submitted"), row.submitted_at),
                (_("Settled"), row.settled_at),
            ],
        )
        yield Table(
            _("Persons"),
            (
                pgettext_lazy("dossier", "Who"),
                _("Name"),
                _("Kind of document"),
                _("Document number"),
                _("Contact number"),
            ),
            [
                (
                    Coded("dossier_role", role),
                    Ref("customer.customer", person.customer, person.name_masked),
                    document_cell(person.document_kind),
                    Mono(person.document_masked),
                    person.phone_masked,
                )
                for role, person in found.persons.items()
            ],
        )
        pictures = Picture.objects.filter(dossier=row).order_by("added_at")
        signed = Agreement.objects.filter(dossier=row).first()
        files: list[tuple[Cell, ...]] = [
            (PICTURES.get(one.kind, one.kind), one.added_at, Person(one.added_by))
            for one in pictures
        ]
        if signed is not None:
            files += [
                (PICTURES[kind], signed.signed_at, None) for kind in ("signature", "contract")
            ]
        yield Table(
            _("Pictures and papers"),
            (pgettext_lazy("dossier", "What"), _("Time"), _("Who")),
            files,
            empty=_("None, or deleted."),
            note=_("They are encrypted. Looking at one takes a reason, which the journal keeps."),
        )
        yield trail(ctx, row.pk)
