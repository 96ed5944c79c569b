"""Pictures and papers of a dossier: one at a time, for a reason, which the journal keeps."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from qudao.domain.customer import operations
from qudao.domain.customer import queries as customers
from qudao.domain.customer.types import CONTRACT, SIGNATURE, DossierId
from qudao.fronts.backoffice.desk import Desk, Page, pages
from qudao.kernel.refusals import Refusal
from qudao.platform.backoffice.forms import ReasonForm
from qudao.platform.backoffice.screen import STATUS, add_to
from qudao.platform.backoffice.values import Facts, Link, Section
from qudao.platform.backoffice.words import word
from qudao.platform.commands.context import Context

KINDS = {
    "front": _("Front of the document"),
    "back": _("Back of the document"),
    "portrait": _("Portrait"),
    "authorization": _("Authorization"),
    "agent_front": _("Front of the agent's document"),
    "agent_back": _("Back of the agent's document"),
    "guardian_front": _("Front of the guardian's document"),
    "guardian_back": _("Back of the guardian's document"),
    "kinship": _("Proof of guardianship"),
    SIGNATURE: _("Signature"),
    CONTRACT: pgettext_lazy("dossier", "Contract"),
}


class LookForm(ReasonForm):
    kind = forms.ChoiceField(label=_("What to look at"))
    field_order = ["request_key", "kind", "reason"]

    def prepare(self) -> None:
        found = list(self.row.pictures)
        if self.row.signed_at is not None:
            found += [SIGNATURE, CONTRACT]
        self.offer("kind", [(kind, KINDS.get(kind, kind)) for kind in found])


def look(desk: Desk, dossier: UUID) -> HttpResponse:
    """Ask for a reason, then show one picture; nothing of it stays in the browser's cache."""
    record = customers.dossier(desk.ctx, dossier=DossierId(dossier))
    form = LookForm(desk.request.POST or None, ctx=desk.ctx, row=record)
    shown: dict[str, Any] = {
        "record": record,
        "form": form,
        "back": reverse("admin:customer_dossier_change", args=[dossier]),
    }
    if desk.request.method != "POST":
        return desk.page("dossier_file", **shown)
    if not form.is_valid():
        return desk.page("dossier_file", status=422, **shown)
    data = form.cleaned_data
    try:
        file = operations.reveal_file(
            desk.keyed(data["request_key"]),
            dossier=DossierId(dossier),
            kind=data["kind"],
            reason=data["reason"],
        )
        content = customers.revealed_file(desk.ctx, file=file)
    except Refusal as refusal:
        status = STATUS[refusal.kind]
        return desk.page("dossier_file", status=status, refused=word(refusal), **shown)
    if data["kind"] == CONTRACT:
        answer = HttpResponse(content, content_type="application/pdf")
        answer["Content-Disposition"] = f'inline; filename="{record.agreement}.pdf"'
    else:
        media = "image/png" if content.startswith(b"\x89PNG") else "image/jpeg"
        picture = f"data:{media};base64,{base64.b64encode(content).decode()}"
        answer = desk.page(
            "dossier_file", picture=picture, what=KINDS.get(data["kind"], data["kind"]), **shown
        )
    answer["Cache-Control"] = "no-store"
    return answer


def _pictures(ctx: Context, key: UUID) -> Iterator[Section]:
    if "customer.reveal_file" not in ctx.grants:
        return
    record = customers.dossier(ctx, dossier=DossierId(key))
    if record.pictures or record.signed_at is not None:
        address = reverse("admin:dossier_file", args=[key])
        link = Link(address, _("Look at a picture or paper, for a reason"))
        yield Facts(_("Behind the mask"), [(_("Pictures and papers"), link)])


add_to("customer.dossier", sections=_pictures)

pages.register("dossier_file")(
    Page(
        code="dossier_file",
        title=_("Pictures and papers of a dossier"),
        group="",
        position=0,
        icon="photo",
        permissions=frozenset({"customer.read", "customer.reveal_file"}),
        views=(("dossiers/<uuid:dossier>/files/", look, "dossier_file"),),
    )
)
