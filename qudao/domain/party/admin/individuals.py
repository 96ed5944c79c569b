"""Natural persons: masked; unmasked only for a reason, which the journal keeps."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from qudao.domain.party import operations
from qudao.domain.party.admin.area import place_field, proposals, ref
from qudao.domain.party.models import Individual, Membership
from qudao.domain.party.types import IndividualId, PersonalField, Revealed
from qudao.kernel.personal import Personal
from qudao.platform.backoffice.acts import Act
from qudao.platform.backoffice.area import parts
from qudao.platform.backoffice.filters import by_place
from qudao.platform.backoffice.forms import ActForm, CodeForm, MobileField, ReasonForm
from qudao.platform.backoffice.screen import Column, Place, Screen, screen
from qudao.platform.backoffice.trail import trail
from qudao.platform.backoffice.values import Cell, Coded, Facts, Ref, Section, Table
from qudao.platform.commands.context import Context
from qudao.platform.identity.personal import (
    blind_index,
    mask_address,
    mask_document,
    mask_name,
    mask_phone,
)

FIELDS = {
    "name": _("Name"),
    "document": _("Document number"),
    "address": _("Address"),
    "phone": _("Phone"),
}


class RevealForm(ReasonForm):
    field = forms.ChoiceField(label=_("What to show"), choices=list(FIELDS.items()))
    field_order = ["request_key", "field", "reason"]

    def prepare(self) -> None:
        self.offer("field", [(k, v) for k, v in FIELDS.items() if getattr(self.row, k)])


class PersonalForm(ActForm):
    """Personal data; what is left empty stays as it is."""

    name = forms.CharField(label=_("Name"), max_length=100, required=False)
    document = forms.CharField(label=_("Document number"), max_length=32, required=False)
    phone = MobileField(label=_("Phone"), required=False)
    address = forms.CharField(label=_("Address"), max_length=300, required=False)


class RegisterForm(PersonalForm, CodeForm):
    organization = place_field(label=_("Registered at"), help_text=_("Code of the organization."))
    field_order = ["request_key", "organization", "name", "document", "phone", "address"]

    def prepare(self) -> None:
        self.fields["name"].required = True
        self.offer("organization", proposals(self.ctx, ["branch", "county"]))


def personal(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return what was filled in, marked as personal."""
    return {name: Personal(data[name]) if data.get(name) else None for name in FIELDS}


@screen(Individual)
class IndividualScreen(Screen):
    """Owners, clerks, and whoever else is registered."""

    read = "party.read"
    title = _("Registered persons")
    one = _("Registered person")
    lead = _("Masked. Found by the whole name, document number or phone number only.")
    menu = Place("people", 2, "fingerprint")
    search_help = _("Whole name, document number or phone number")
    list_select_related = ("organization",)
    ordering = ("-id",)
    columns = (
        Column(_("Name"), lambda row: mask_name(row.name)),
        Column(_("Document number"), lambda row: mask_document(row.document or "")),
        Column(_("Phone"), lambda row: mask_phone(row.phone or "")),
        Column(_("Registered at"), lambda row: ref(row.organization)),
        Column(_("Registered"), lambda row: row.created_at, "created_at"),
    )
    list_filter = (by_place(_("Place"), "organization__path", parts),)
    list_acts = (
        Act(
            "register",
            _("Register a person"),
            "party.register_individual",
            lambda ctx, row, data: operations.register_individual(
                ctx,
                organization=data["organization"].id,
                **personal(data) | {"name": Personal(data["name"])},
            ),
            form=RegisterForm,
            icon="user-plus",
            goes_to=lambda answer: answer,
        ),
    )
    acts = (
        Act(
            "reveal",
            _("Reveal"),
            "party.reveal",
            lambda ctx, row, data: operations.reveal(
                ctx,
                individual=IndividualId(row.pk),
                field=PersonalField(data["field"]),
                reason=data["reason"],
            ),
            form=RevealForm,
            lead=_("Shows one piece of personal data. Who looked, and why, is kept for ever."),
            icon="eye",
            tone="danger",
            done=_("Shown. The journal has kept who asked, and why."),
            shows=lambda answer: _revealed(answer),
        ),
        Act(
            "correct",
            _("Correct"),
            "party.correct_individual",
            lambda ctx, row, data: operations.correct_individual(
                ctx, individual=IndividualId(row.pk), **personal(data)
            ),
            form=PersonalForm,
            lead=_("Fill in what is to be replaced; what is left empty stays as it is."),
            icon="settings",
        ),
    )

    def rows(self, ctx: Context) -> QuerySet[Individual]:
        return Individual.objects.within(ctx.scope).select_related("organization")

    def found(self, ctx: Context, rows: QuerySet[Any], text: str) -> QuerySet[Any]:
        wanted = Q()
        for column in ("name", "document", "phone"):
            mark = blind_index(text, f"party_individual.{column}")
            wanted |= Q(**{f"{column}_hash": mark})
        return rows.filter(wanted)

    def heading(self, row: Any) -> Cell:
        return mask_name(row.name)

    def sections(self, ctx: Context, row: Any) -> Iterable[Section]:
        yield Facts(
            _("Masked"),
            [
                (_("Name"), mask_name(row.name)),
                (_("Document number"), mask_document(row.document or "")),
                (_("Phone"), mask_phone(row.phone or "")),
                (_("Address"), mask_address(row.address or "")),
                (_("Registered at"), ref(row.organization)),
                (_("Registered"), row.created_at),
            ],
        )
        members = Membership.objects.within(ctx.scope).filter(individual=row)
        yield Table(
            _("Memberships"),
            (_("User name"), _("Role"), _("Organization"), _("From"), _("Until")),
            [
                (
                    Ref("party.membership", member.pk, member.user.username),
                    Coded("role", member.role),
                    ref(member.organization),
                    member.started_at,
                    member.ended_at,
                )
                for member in members.select_related("user", "organization").order_by("-started_at")
            ],
            empty=_("None in your area."),
        )
        yield trail(ctx, row.pk)


def _revealed(answer: Revealed) -> list[tuple[Any, Cell]]:
    return [(FIELDS[answer.field.value], str.__str__(answer.value))]
