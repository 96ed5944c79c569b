"""The wallet: balance, statement, pay-ins, daily closings, warning."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from qudao.domain.ordering import queries as ordering
from qudao.domain.party import queries as party
from qudao.domain.payment import operations as payment_operations
from qudao.domain.payment import queries as payments
from qudao.domain.payment.types import PaymentId
from qudao.domain.wallet import operations as wallet_operations
from qudao.domain.wallet import queries as wallets
from qudao.fronts import wording
from qudao.fronts.portal import looks
from qudao.fronts.portal.desk import STATUS, Desk, at_desk
from qudao.fronts.portal.forms import LowBalanceForm, StatementFilter, business_choices
from qudao.fronts.portal.paging import every, page_request
from qudao.fronts.portal.templatetags.portal import line_kind
from qudao.fronts.receipts import pay_ins as receipt_of_pay_in
from qudao.fronts.receipts.paper import Paper, pdf
from qudao.fronts.web import exports
from qudao.fronts.web.limits import limited
from qudao.kernel.money import Money
from qudao.kernel.period import business_date
from qudao.kernel.refusals import Refusal

FILE_ROWS = 20_000


@require_GET
@at_desk
def wallet(desk: Desk) -> HttpResponse:
    """Balance and statement."""
    form, values = _filter(desk)
    page = wallets.statement(desk.ctx, outlet=desk.id, page=page_request(desk.request), **values)
    return desk.page("wallet", "wallet", form=form, page=page, part="statement", **_head(desk))


@require_GET
@limited("portal.files", per_minute=20)
@at_desk
def statement_file(desk: Desk, kind: str) -> HttpResponse:
    if kind not in exports.FORMATS:
        raise Http404
    _form, values = _filter(desk)
    found = every(
        lambda page: wallets.statement(desk.ctx, outlet=desk.id, page=page, **values),
        most=FILE_ROWS,
    )
    columns = [_("Time"), _("Business date"), _("What"), _("Amount"), _("Balance"), _("Reference")]
    rows = (
        (line.at, line.business_date, line_kind(line), line.amount, line.balance, str(line.cause))
        for line in found
    )
    day = business_date(desk.ctx.at)
    return exports.table(
        kind, f"statement-{desk.outlet.node_code}-{day}", _("Statement"), columns, rows
    )


@require_GET
@at_desk
def pay_ins(desk: Desk) -> HttpResponse:
    page = wallets.statement(
        desk.ctx, outlet=desk.id, page=page_request(desk.request), kind="pay_in"
    )
    return desk.page(
        "wallet_pay_ins",
        "wallet",
        page=page,
        part="pay_ins",
        receipts=desk.can("payment.print_receipt"),
        print_key=str(uuid4()),
        **_head(desk),
    )


@require_POST
@limited("portal.set", per_minute=60)
@at_desk
def pay_in_print(desk: Desk, payment: UUID) -> HttpResponse:
    """Count the printing, then show the receipt; from the second on it is marked as a copy."""
    key = desk.request.POST.get("request_key", "")[:100] or str(uuid4())
    payment_operations.print_receipt(desk.keyed(key), payment=PaymentId(payment))
    return HttpResponseRedirect(reverse("portal:pay_in_receipt", args=[payment]))


@require_GET
@at_desk
def pay_in_receipt(desk: Desk, payment: UUID) -> HttpResponse:
    return desk.page(
        "pay_in_receipt", "wallet", payment=payment, paper=_pay_in_paper(desk, payment)
    )


@require_GET
@at_desk
def pay_in_pdf(desk: Desk, payment: UUID) -> HttpResponse:
    paper = _pay_in_paper(desk, payment)
    response = HttpResponse(pdf(paper), content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{paper.number}.pdf"'
    return response


@require_GET
@at_desk
def closings(desk: Desk) -> HttpResponse:
    page = wallets.closings(desk.ctx, outlet=desk.id, page=page_request(desk.request, rows=31))
    return desk.page("wallet_closings", "wallet", page=page, part="closings", **_head(desk))


@require_GET
@limited("portal.files", per_minute=20)
@at_desk
def closings_file(desk: Desk, kind: str) -> HttpResponse:
    if kind not in exports.FORMATS:
        raise Http404
    found = every(
        lambda page: wallets.closings(desk.ctx, outlet=desk.id, page=page), most=FILE_ROWS
    )
    columns = [
        _("Business date"),
        _("Opening"),
        _("Paid in"),
        _("Sold"),
        _("Given back"),
        _("Corrections"),
        _("Closing"),
        _("Lines"),
    ]
    rows = (
        (
            one.business_date,
            one.opening,
            one.paid_in,
            -one.sold,
            one.returned,
            one.adjusted,
            one.closing,
            one.lines,
        )
        for one in found
    )
    day = business_date(desk.ctx.at)
    return exports.table(
        kind, f"closings-{desk.outlet.node_code}-{day}", _("Daily closings"), columns, rows
    )


@require_http_methods(["GET", "POST"])
@limited("portal.set", per_minute=60)
@at_desk
def low_balance(desk: Desk) -> HttpResponse:
    """From which balance on to warn."""
    refusal, status = "", 200
    if desk.request.method == "POST":
        form = LowBalanceForm(desk.request.POST)
        status = 422
        if form.is_valid():
            values = form.cleaned_data
            try:
                wallet_operations.set_low_balance(
                    desk.keyed(values["request_key"]), outlet=desk.id, amount=values["amount"]
                )
            except Refusal as refused:
                refusal, status = wording.word(refused), STATUS[refused.kind]
            else:
                messages.success(desk.request, _("The warning is set."))
                return HttpResponseRedirect(reverse("portal:wallet"))
    else:
        held = wallets.wallet(desk.ctx, outlet=desk.id)
        form = LowBalanceForm(initial={"request_key": str(uuid4()), "amount": held.low_balance})
    return desk.page(
        "wallet_warning",
        "wallet",
        form=form,
        part="warning",
        refusal=refusal,
        status=status,
        **_head(desk),
    )


def _pay_in_paper(desk: Desk, payment: UUID) -> Paper:
    """A receipt that was printed: looking at it does not count, printing does."""
    found = payments.receipt(desk.ctx, payment=PaymentId(payment))
    if found.payment.outlet != desk.id or found.payment.prints == 0:
        raise Http404
    clerk = found.payment.clerk
    return receipt_of_pay_in.paper(found, party.names_of_users(desk.ctx, [clerk]).get(clerk, ""))


def _head(desk: Desk) -> dict[str, Any]:
    _count, in_flight, _oldest = (
        ordering.in_flight(desk.ctx, below=desk.outlet.path)
        if desk.can("ordering.read")
        else (0, Money.zero(), None)
    )
    return {"wallet": wallets.wallet(desk.ctx, outlet=desk.id), "in_flight": in_flight}


def _filter(desk: Desk) -> tuple[StatementFilter, dict[str, Any]]:
    form = StatementFilter(
        desk.request.GET or None,
        kinds=[
            *((kind, str(label)) for kind, label in looks.LINE_KINDS.items()),
            *business_choices(),
        ],
    )
    values = form.cleaned_data if form.is_valid() else {}
    return form, {
        "first": values.get("first"),
        "last": values.get("last"),
        "kind": values.get("kind", ""),
    }
