"""The counter of a hall: the clerk's drawer, and the money that outlets bring."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qudao.domain.party import queries as party
from qudao.domain.party.types import OrganizationId
from qudao.domain.payment import operations
from qudao.domain.payment import queries as payments
from qudao.domain.payment.types import PayingOutlet, PaymentId
from qudao.domain.saleschannel import queries as saleschannel
from qudao.domain.saleschannel.types import OutletFilter, OutletRow, OutletState, Ownership
from qudao.fronts.backoffice.desk import Desk, Page, pages
from qudao.fronts.backoffice.forms import CountForm, DrawerForm, ReceiveForm
from qudao.fronts.design.templatetags import design
from qudao.fronts.receipts import pay_ins
from qudao.fronts.receipts.paper import Paper, pdf
from qudao.journeys import pay_in
from qudao.kernel.page import PageRequest
from qudao.kernel.period import business_date
from qudao.kernel.refusals import Refusal
from qudao.platform.backoffice.listing import typed
from qudao.platform.backoffice.screen import STATUS
from qudao.platform.backoffice.words import word
from qudao.platform.commands.command import AwaitingApproval

SHOWN = 20


def hall(desk: Desk) -> HttpResponse:
    """The drawer as it stands, who may be meant by a search text, and what was taken today."""
    return _page(desk)


def open_drawer(desk: Desk) -> HttpResponse:
    form = DrawerForm(desk.request.POST, ctx=desk.ctx)
    if desk.request.method != "POST":
        return _home(desk)
    here = _here(desk)
    if here is None:
        raise Http404
    if not form.is_valid():
        return _page(desk, opening=form, status=422)
    data = form.cleaned_data
    try:
        operations.open_drawer(
            desk.keyed(data["request_key"]), hall=here.outlet, opening_float=data["opening_float"]
        )
    except Refusal as refusal:
        return _page(desk, opening=form, refused=refusal)
    messages.success(desk.request, _("The drawer is open."))
    return _home(desk)


def count_drawer(desk: Desk) -> HttpResponse:
    """Count, or count and close: the button says which."""
    drawer = payments.own_drawer(desk.ctx)
    if desk.request.method != "POST" or drawer is None:
        return _home(desk)
    form = CountForm(desk.request.POST, ctx=desk.ctx)
    if not form.is_valid():
        return _page(desk, counting=form, status=422)
    data = form.cleaned_data
    ctx = desk.keyed(data["request_key"])
    closing = "close" in desk.request.POST
    try:
        if closing:
            found = operations.close_drawer(
                ctx, drawer=drawer.drawer, counted=data["counted"], remark=data["remark"]
            )
        else:
            found = operations.count_drawer(ctx, drawer=drawer.drawer, counted=data["counted"])
    except Refusal as refusal:
        return _page(desk, counting=form, refused=refusal)
    said = {
        "counted": design.money(found.counted),
        "expected": design.money(found.expected),
        "difference": design.money_signed(found.difference),
    }
    text = (
        _("Closed. Counted %(counted)s, expected %(expected)s: difference %(difference)s.")
        if closing
        else _("Counted %(counted)s, expected %(expected)s: difference %(difference)s.")
    )
    level = messages.WARNING if found.difference else messages.SUCCESS
    messages.add_message(desk.request, level, text % said)
    return _home(desk)


def receive(desk: Desk, outlet: UUID) -> HttpResponse:
    """Take money from an outlet, into its wallet."""
    here = _here(desk)
    if here is None:
        raise Http404
    paying = _paying(desk, here, OrganizationId(outlet))
    form = ReceiveForm(desk.request.POST or None, ctx=desk.ctx)
    shown: dict[str, Any] = {"here": here, "paying": paying, "form": form}
    if desk.request.method != "POST":
        return desk.page("receive", **shown)
    if not form.is_valid():
        return desk.page("receive", status=422, **shown)
    data = form.cleaned_data
    try:
        pay_in.receive(
            desk.keyed(data["request_key"]),
            outlet=paying.outlet,
            hall=here.outlet,
            method=data["method"],
            amount=data["amount"],
            reference=data["reference"],
        )
    except Refusal as refusal:
        return desk.page("receive", status=STATUS[refusal.kind], refused=word(refusal), **shown)
    except AwaitingApproval as parked:
        return desk.page("parked", parked=parked, back=_address(desk))
    text = _("%(amount)s is in the wallet of %(outlet)s.")
    said = {"amount": design.money(data["amount"]), "outlet": design.named(paying)}
    messages.success(desk.request, text % said)
    return _home(desk)


def print_receipt(desk: Desk, payment: UUID) -> HttpResponse:
    """Count the printing, then show the receipt; from the second on it is marked as a copy."""
    if desk.request.method != "POST":
        return _home(desk)
    key = desk.request.POST.get("request_key", "")[:100] or str(uuid4())
    operations.print_receipt(desk.keyed(key), payment=PaymentId(payment))
    return HttpResponseRedirect(reverse("admin:hall_receipt", args=[payment]))


def receipt(desk: Desk, payment: UUID) -> HttpResponse:
    return desk.page("hall_receipt", payment=payment, paper=_paper(desk, payment))


def receipt_pdf(desk: Desk, payment: UUID) -> HttpResponse:
    paper = _paper(desk, payment)
    response = HttpResponse(pdf(paper), content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{paper.number}.pdf"'
    return response


def _paper(desk: Desk, payment: UUID) -> Paper:
    """A receipt that was printed: looking at it does not count, printing does."""
    found = payments.receipt(desk.ctx, payment=PaymentId(payment))
    if found.payment.prints == 0:
        raise Http404
    clerk = found.payment.clerk
    return pay_ins.paper(found, party.names_of_users(desk.ctx, [clerk]).get(clerk, ""))


def _page(
    desk: Desk,
    *,
    opening: Any = None,
    counting: Any = None,
    refused: Refusal | None = None,
    status: int = 200,
) -> HttpResponse:
    halls = _halls(desk)
    here = _here(desk)
    text = typed(desk.request.GET.get("q"), 50)
    found: tuple[PayingOutlet, ...] = ()
    if here is not None and text:
        found = payments.paying_outlets(desk.ctx, hall=here.outlet, text=text)
    today = business_date(desk.ctx.at)
    taken = (
        payments.payments(
            desk.ctx, page=PageRequest(SHOWN), hall=here.outlet, first=today, last=today
        )
        if here is not None
        else None
    )
    return desk.page(
        "hall",
        status=STATUS[refused.kind] if refused is not None else status,
        halls=halls,
        here=here,
        drawer=payments.own_drawer(desk.ctx),
        text=text,
        found=found,
        taken=taken,
        print_key=str(uuid4()),
        opening=opening or DrawerForm(ctx=desk.ctx),
        counting=counting or CountForm(ctx=desk.ctx),
        refused="" if refused is None else word(refused),
    )


def _halls(desk: Desk) -> list[OutletRow]:
    """The operator's own halls of the clerk's area."""
    own = {kind.code for kind in saleschannel.kinds() if kind.ownership == Ownership.OWN}
    found = saleschannel.outlets(
        desk.ctx,
        filter=OutletFilter(kinds=frozenset(own), states=frozenset({OutletState.ACTIVE})),
        page=PageRequest(200),
    )
    return list(found.items)


def _here(desk: Desk) -> OutletRow | None:
    """The hall of the open drawer, else the one chosen, else the first of the area."""
    halls = _halls(desk)
    drawer = payments.own_drawer(desk.ctx)
    wanted = str(drawer.hall) if drawer is not None else desk.request.GET.get("hall", "")
    return next((one for one in halls if str(one.outlet) == wanted), halls[0] if halls else None)


def _paying(desk: Desk, here: OutletRow, outlet: OrganizationId) -> PayingOutlet:
    """Find the outlet among those that the hall may take money from."""
    code = typed(desk.request.GET.get("code"), 12)
    found = payments.paying_outlets(desk.ctx, hall=here.outlet, text=code) if code else ()
    chosen = next((one for one in found if one.outlet == outlet), None)
    if chosen is None:
        raise Http404
    return chosen


def _address(desk: Desk) -> str:
    chosen = desk.request.GET.get("hall", "")
    address = reverse("admin:hall")
    return f"{address}?hall={chosen}" if chosen and chosen.replace("-", "").isalnum() else address


def _home(desk: Desk) -> HttpResponse:
    return HttpResponseRedirect(_address(desk))


pages.register("hall")(
    Page(
        code="hall",
        title=gettext_lazy("Counter of the hall"),
        group="overview",
        position=3,
        icon="currency-yuan",
        permissions=frozenset({"payment.read", "pay_in.receive", "payment.open_drawer"}),
        views=(
            ("hall/", hall, "hall"),
            ("hall/open/", open_drawer, "hall_open"),
            ("hall/count/", count_drawer, "hall_count"),
            ("hall/receive/<uuid:outlet>/", receive, "hall_receive"),
            ("hall/pay-ins/<uuid:payment>/print/", print_receipt, "hall_print"),
            ("hall/pay-ins/<uuid:payment>/receipt/", receipt, "hall_receipt"),
            ("hall/pay-ins/<uuid:payment>/receipt.pdf", receipt_pdf, "hall_receipt_pdf"),
        ),
    )
)
