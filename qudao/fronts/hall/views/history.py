"""What was ordered for one's own line, and the receipts, on the page and as PDF."""

from __future__ import annotations

from datetime import timedelta
from typing import Final
from uuid import UUID

from django.http import Http404, HttpResponse
from django.views.decorators.http import require_safe

from qudao.domain.checkout import queries as checkout
from qudao.domain.credential.types import Need
from qudao.domain.ordering import queries as ordering
from qudao.domain.ordering.queries import OrderArchived, OrderUnknown
from qudao.domain.ordering.types import OrderId, OrderRecord, OrderSearch
from qudao.fronts.hall import receipts
from qudao.fronts.hall.door import Visit, at_hall
from qudao.fronts.hall.views.signing_in import demand
from qudao.fronts.receipts.paper import pdf
from qudao.journeys import callers
from qudao.kernel.page import PageRequest
from qudao.kernel.period import business_date

DAYS: Final = 90
"""So long a number rests before it is somebody else's: what is younger is the caller's own."""
PAGE: Final = 20


@require_safe
@at_hall
def orders(visit: Visit) -> HttpResponse:
    """The orders of one's own line in the last 90 days, wherever they were made."""
    elsewhere = demand(visit, Need.DATA)
    if elsewhere is not None:
        return elsewhere
    callers.look_up(visit.ours(), caller=visit.visitor.caller, what="orders")
    today = business_date(visit.at)
    search = OrderSearch(
        first=today - timedelta(days=DAYS), last=today, msisdn=visit.msisdn, reversals=False
    )
    found = ordering.orders(visit.ours(), search=search, page=_wanted(visit))
    return visit.page("orders", section="orders", page=found, days=DAYS)


@require_safe
@at_hall
def payments(visit: Visit) -> HttpResponse:
    """What was paid by one's own line, and how each payment stands."""
    elsewhere = demand(visit, Need.DATA)
    if elsewhere is not None:
        return elsewhere
    callers.look_up(visit.ours(), caller=visit.visitor.caller, what="payments")
    since = visit.at - timedelta(days=DAYS)
    page = checkout.of_line(msisdn=visit.msisdn, since=since, page=_wanted(visit))
    return visit.page("payments", section="orders", page=page)


@require_safe
@at_hall
def order(visit: Visit, order: UUID) -> HttpResponse:
    """One order: its state, and its receipt."""
    found = _found(visit, order)
    if isinstance(found, HttpResponse):
        return found
    return visit.page("order", section="orders", order=found, paper=receipts.paper(found))


@require_safe
@at_hall
def receipt(visit: Visit, order: UUID) -> HttpResponse:
    found = _found(visit, order)
    if isinstance(found, HttpResponse):
        return found
    paper = receipts.paper(found)
    response = HttpResponse(pdf(paper), content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{paper.number or found.id}.pdf"'
    return response


def _wanted(visit: Visit) -> PageRequest:
    """The page of a list that is asked for."""
    number = visit.request.GET.get("page", "")
    nth = int(number) if number.isdecimal() and len(number) < 5 else 1
    return PageRequest(PAGE, max(0, nth - 1) * PAGE)


def _found(visit: Visit, order: UUID) -> OrderRecord | HttpResponse:
    """
    An order that was made in this browser, or of the line that was proved to be one's own.

    Others are not there, whether they exist or not.
    """
    here = str(order) in visit.visitor.known.orders
    if not here:
        elsewhere = demand(visit, Need.DATA)
        if elsewhere is not None:
            return elsewhere
    try:
        found = ordering.order(visit.ours(), order=OrderId(order))
    except (OrderUnknown, OrderArchived):
        raise Http404 from None
    young = visit.at - found.ordered_at < timedelta(days=DAYS)
    if here or found.msisdn == visit.msisdn and young and found.reverses is None:
        return found
    raise Http404
