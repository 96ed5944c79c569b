"""Import a bank statement: first what it would do, then do it."""

from __future__ import annotations

import base64
import binascii
import zlib
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qudao.domain.party import queries as party
from qudao.domain.party.types import OrganizationRow
from qudao.domain.payment import queries as payments
from qudao.fronts.backoffice.desk import Desk, Page, pages
from qudao.fronts.backoffice.forms import LARGEST_FILE, StatementForm
from qudao.fronts.design.templatetags.design import named
from qudao.journeys import pay_in
from qudao.kernel.page import PageRequest
from qudao.kernel.refusals import Refusal
from qudao.platform.backoffice.listing import typed
from qudao.platform.backoffice.screen import STATUS
from qudao.platform.backoffice.words import word

SHOWN = 200


def bank_import(desk: Desk) -> HttpResponse:
    """Two steps: the file is read and shown; the same bytes are then imported, or nothing."""
    form = _form(desk)
    if desk.request.method != "POST":
        return desk.page("bank_import", form=form)
    if not form.is_valid():
        return desk.page("bank_import", status=422, form=form)
    content = form.cleaned_data["file"].read()
    return _preview(desk, form, form.cleaned_data, content, form.cleaned_data["file"].name)


def confirm(desk: Desk) -> HttpResponse:
    """Import the bytes that were previewed."""
    sent = desk.request.POST
    content = _unpacked(sent.get("content", ""))
    branch = party.organization_by_code(desk.ctx, typed(sent.get("branch"), 32))
    if desk.request.method != "POST" or branch is None or len(content) > LARGEST_FILE:
        return HttpResponseRedirect(reverse("admin:bank_import"))
    try:
        done = pay_in.import_statement(
            desk.keyed(typed(sent.get("request_key")) or "office:import"),
            branch=branch.id,
            format=typed(sent.get("format"), 40),
            file_name=typed(sent.get("file_name"), 200),
            content=content,
        )
    except Refusal as refusal:
        return desk.page(
            "bank_import",
            status=STATUS[refusal.kind],
            form=_form(desk),
            refused=word(refusal),
        )
    text = _("Imported: %(booked)d lines are in wallets, %(waiting)d wait for you.")
    messages.success(desk.request, text % {"booked": done.booked, "waiting": done.waiting})
    address = reverse("admin:payment_bankstatement_change", args=[done.statement])
    return HttpResponseRedirect(address)


def _packed(content: bytes) -> str:
    """Return the file as a form can carry it to the second step."""
    return base64.b64encode(zlib.compress(content)).decode()


def _unpacked(text: str) -> bytes:
    """Return the file that a form carried; one byte too many of one that is too large."""
    try:
        packed = base64.b64decode(text, validate=True)
        return zlib.decompressobj().decompress(packed, LARGEST_FILE + 1)
    except (binascii.Error, ValueError, zlib.error):
        return b""


def _preview(
    desk: Desk, form: StatementForm, data: dict[str, Any], content: bytes, name: str
) -> HttpResponse:
    branch = party.organization_by_code(desk.ctx, data["branch"])
    assert branch is not None, "the form offers branches in scope only"
    found = payments.preview(desk.ctx, branch=branch.id, format=data["format"], content=content)
    return desk.page(
        "bank_preview",
        status=422 if found.errors else 200,
        preview=found,
        shown=found.lines[:SHOWN],
        hidden=max(0, len(found.lines) - SHOWN),
        branch=branch,
        data=data,
        file_name=name,
        content=_packed(content),
    )


def _form(desk: Desk) -> StatementForm:
    posted = desk.request.method == "POST" and "file" in desk.request.FILES
    form = StatementForm(
        desk.request.POST if posted else None,
        files=desk.request.FILES if posted else None,
        ctx=desk.ctx,
    )
    form.offer("branch", [(row.code, named(row)) for row in _branches(desk)])
    return form


def _branches(desk: Desk) -> tuple[OrganizationRow, ...]:
    return party.organizations(desk.ctx, PageRequest(200), kinds=["branch"]).items


pages.register("bank_import")(
    Page(
        code="bank_import",
        title=gettext_lazy("Import a bank statement"),
        group="money",
        position=3,
        icon="download",
        permissions=frozenset({"payment.read", "party.read", "pay_in.import_statement"}),
        views=(
            ("bank-import/", bank_import, "bank_import"),
            ("bank-import/confirm/", confirm, "bank_import_confirm"),
        ),
    )
)
