"""The tree of organizations."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from qudao.domain.party import operations, rules
from qudao.domain.party.admin.area import place_field, proposals, ref
from qudao.domain.party.models import Membership, Organization
from qudao.domain.party.types import OrganizationId, OrganizationKind
from qudao.platform.backoffice.acts import Act
from qudao.platform.backoffice.area import parts
from qudao.platform.backoffice.filters import by_code, by_place
from qudao.platform.backoffice.forms import ActForm, CodeForm
from qudao.platform.backoffice.screen import Column, Place, Screen, screen
from qudao.platform.backoffice.values import (
    Cell,
    Coded,
    Facts,
    Mono,
    Names,
    Ref,
    Section,
    Several,
    Table,
)
from qudao.platform.commands.context import Context

SHOWN = 200
"""Children or members on an organization's page; the lists have them all."""


class NamesForm(ActForm):
    name_zh = forms.CharField(label=_("Chinese name"), max_length=100)
    name_en = forms.CharField(label=_("English name"), max_length=100)

    def prepare(self) -> None:
        if self.row is not None:
            self.initial.update({"name_zh": self.row.name_zh, "name_en": self.row.name_en})


class ChildForm(ActForm):
    kind = forms.ChoiceField(label=_("Kind"))
    code = forms.CharField(
        label=_("Code"), max_length=32, help_text=_("Capitals, digits and dashes.")
    )
    name_zh = forms.CharField(label=_("Chinese name"), max_length=100)
    name_en = forms.CharField(label=_("English name"), max_length=100)
    division_code = forms.RegexField(
        r"^[0-9]{0,12}$", label=_("Administrative division"), required=False, max_length=12
    )

    def prepare(self) -> None:
        # An outlet is entered as an outlet, with all that belongs to it.
        kinds = [k for k in OrganizationKind if k != "outlet"]
        self.offer(
            "kind",
            [(k.value, KINDS[k.value]) for k in kinds if rules.may_stand_under(k, self.row.kind)],
        )


class ParentForm(CodeForm):
    parent = place_field(label=_("New parent"), help_text=_("Its code."))

    def prepare(self) -> None:
        self.offer("parent", proposals(self.ctx, ["province", "branch", "county"]))


KINDS = {
    "group": _("Group"),
    "province": _("Province"),
    "branch": _("City branch"),
    "county": _("County"),
    "outlet": _("Outlet"),
}


def _has_children(row: Organization) -> bool:
    return row.kind in {"group", "province", "branch"}


@screen(Organization)
class OrganizationScreen(Screen):
    """Group, province, branches, counties, outlets."""

    read = "party.read"
    title = _("Organization")
    one = _("Organization")
    menu = Place("channels", 1, "building-bank")
    search_help = _("Part of a name, or of a code")
    list_select_related = ("parent",)
    ordering = ("path",)
    columns = (
        Column(
            pgettext_lazy("thing", "Name"), lambda row: Names(row.name_zh, row.name_en), "name_zh"
        ),
        Column(_("Code"), lambda row: Mono(row.code), "code"),
        Column(_("Kind"), lambda row: Coded("organization_kind", row.kind), "kind"),
        Column(_("Belongs to"), lambda row: row.parent and _name(row.parent), "path"),
    )
    list_filter = (
        by_code(_("Kind"), "kind", list(KINDS), field="organization_kind"),
        by_place(_("Place"), "path", parts),
    )
    acts = (
        Act(
            "rename",
            _("Rename"),
            "party.rename_organization",
            lambda ctx, row, data: operations.rename_organization(
                ctx,
                organization=OrganizationId(row.pk),
                name_zh=data["name_zh"],
                name_en=data["name_en"],
            ),
            form=NamesForm,
            icon="settings",
        ),
        Act(
            "add",
            _("Add a part"),
            "party.create_organization",
            lambda ctx, row, data: operations.create_organization(
                ctx,
                kind=OrganizationKind(data["kind"]),
                code=data["code"],
                name_zh=data["name_zh"],
                name_en=data["name_en"],
                parent=OrganizationId(row.pk),
                division_code=data["division_code"],
            ),
            form=ChildForm,
            when=_has_children,
            icon="plus",
            goes_to=lambda answer: answer,
        ),
        Act(
            "move",
            _("Move"),
            "party.move_organization",
            lambda ctx, row, data: operations.move_organization(
                ctx, organization=OrganizationId(row.pk), parent=data["parent"].id
            ),
            form=ParentForm,
            when=lambda row: row.kind in {"branch", "county"},
            lead=_("All below it moves along, and so does what its people may see."),
            icon="arrows-exchange",
            tone="danger",
        ),
    )

    def rows(self, ctx: Context) -> QuerySet[Organization]:
        return Organization.objects.within(ctx.scope).select_related("parent")

    def found(self, ctx: Context, rows: QuerySet[Any], text: str) -> QuerySet[Any]:
        return rows.filter(
            Q(code__icontains=text) | Q(name_zh__icontains=text) | Q(name_en__icontains=text)
        )

    def heading(self, row: Any) -> Cell:
        return _name(row)

    def state(self, row: Any) -> Cell:
        return Coded("organization_kind", row.kind)

    def sections(self, ctx: Context, row: Any) -> Iterable[Section]:
        above = row.parent if row.parent and ctx.scope.covers(row.parent.path) else None
        facts: list[tuple[Any, Cell]] = [
            (_("Code"), Mono(row.code)),
            (_("Chinese name"), row.name_zh),
            (_("English name"), row.name_en),
            (_("Belongs to"), ref(above) if above else (row.parent and _name(row.parent))),
            (_("Administrative division"), row.division_code),
            (_("Entered"), row.created_at),
        ]
        if row.kind == "outlet":
            links = [
                Ref("saleschannel.outlet", row.pk, str(_("Outlet"))),
                Ref("wallet.wallet", row.pk, str(_("Wallet"))),
            ]
            facts.append((_("See also"), Several(links)))
        yield Facts(_("At a glance"), facts)
        if row.kind != "outlet":
            children = Organization.objects.within(ctx.scope).filter(parent=row).order_by("path")
            yield Table(
                _("Directly below"),
                (pgettext_lazy("thing", "Name"), _("Code"), _("Kind")),
                [
                    (ref(child), Mono(child.code), Coded("organization_kind", child.kind))
                    for child in children[:SHOWN]
                ],
            )
        members = (
            Membership.objects.within(ctx.scope)
            .filter(organization=row)
            .select_related("user")
            .order_by("-started_at")
        )
        yield Table(
            _("Members, past ones included"),
            (_("User name"), _("Role"), _("State"), _("From"), _("Until")),
            [
                (
                    Ref("party.membership", member.pk, member.user.username),
                    Coded("role", member.role),
                    Coded("membership_state", standing(member, ctx)),
                    member.started_at,
                    member.ended_at,
                )
                for member in members[:SHOWN]
            ],
        )


def standing(member: Membership, ctx: Context) -> str:
    """Return `active`, `suspended` or `ended`."""
    over = member.ended_at is not None and member.ended_at <= ctx.at
    return "ended" if over else member.state


def _name(row: Organization) -> Names:
    return Names(row.name_zh, row.name_en)
