"""How a payment stands: the page on which a customer arrives from the acquirer's."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from qudao.domain.checkout import queries as payments
from qudao.domain.checkout.queries import PaymentUnknown
from qudao.domain.checkout.types import CheckoutId, PaymentRecord, Step
from qudao.domain.ordering import queries as ordering
from qudao.domain.ordering.types import OrderId, OrderRecord
from qudao.fronts.paying import looks
from qudao.fronts.receipts import paper
from qudao.fronts.web.limits import limited, over_limit
from qudao.journeys import paying
from qudao.kernel.refusals import Refusal

CHECKS_PER_MINUTE: Final = 20
"""How often the acquirer is asked about one payment, however many look at it."""
LOOKS_PER_MINUTE: Final = 120
"""Pages of one client."""
_OPEN: Final = frozenset({Step.ASK, Step.SELL})
"""Next steps for which it is worth asking the acquirer."""


@never_cache
@require_safe
@limited("payment-page", LOOKS_PER_MINUTE)
def show(request: HttpRequest, payment: UUID) -> HttpResponse:
    """Show how a payment stands; what it was for, and the receipt once that is sold."""
    return _page(request, "paying/payment.html", _payment(payment))


@never_cache
@require_POST
@limited("payment-page", LOOKS_PER_MINUTE)
def check(request: HttpRequest, payment: UUID) -> HttpResponse:
    """Ask the acquirer, if the payment is not decided; then as `show`, or only its live part."""
    paid = _payment(payment)
    if paid.step in _OPEN and not over_limit("payment", str(payment), CHECKS_PER_MINUTE):
        try:
            paid = paying.noticed(paid.id, at=datetime.now(UTC))
        except Refusal:
            paid = _payment(payment)  # somebody else is concluding it, or it is tried again later
    if request.headers.get("HX-Request"):
        return _page(request, "paying/payment_live.html", paid)
    return HttpResponseRedirect(reverse("paying:payment", args=[payment]))


@never_cache
@require_safe
@limited("payment-page", LOOKS_PER_MINUTE)
def receipt_pdf(request: HttpRequest, payment: UUID) -> HttpResponse:
    """Return the receipt for a printer, once something is sold."""
    paid = _payment(payment)
    order = _order(paid)
    if order is None:
        raise Http404
    answer = HttpResponse(paper.pdf(looks.receipt(paid, order)), content_type="application/pdf")
    answer["Content-Disposition"] = f'inline; filename="{order.number}.pdf"'
    return answer


def _page(request: HttpRequest, template: str, paid: PaymentRecord) -> HttpResponse:
    order = _order(paid)
    page = {
        "paid": paid,
        "look": looks.look(paid),
        "order": order,
        "paper": looks.receipt(paid, order) if order is not None else None,
        "line": looks.masked(paid.line),
        "live": looks.is_open(paid),
        "hall": looks.HALLS.get(paid.channel, "/hall/"),
    }
    return render(request, template, page)


def _payment(payment: UUID) -> PaymentRecord:
    try:
        return payments.payment(payment=CheckoutId(payment))
    except PaymentUnknown:
        raise Http404 from None


def _order(paid: PaymentRecord) -> OrderRecord | None:
    if paid.order is None:
        return None
    order = OrderId(paid.order)
    return ordering.records(orders=[order]).get(order)
