"""What all pages of the till share: may it be sold here, what does a page show, try it first."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from qudao.domain.catalog import queries as catalog
from qudao.domain.catalog.types import NotEligible, Offer
from qudao.domain.ordering import queries as ordering
from qudao.domain.ordering.ports import Subscriber
from qudao.domain.ordering.types import OrderId, OrderRecord
from qudao.domain.wallet import queries as wallets
from qudao.fronts.portal.desk import STATUS, WAYS, Desk
from qudao.fronts.web.actor import asking
from qudao.kernel.refusals import Refusal
from qudao.platform.commands.context import Context


def may(desk: Desk, business: str) -> None:
    """
    :raises NotPermitted: if the clerk has no grant for it.
    :raises NotEligible: if it is not for this kind of channel, or not on offer.
    """
    desk.ctx.require(WAYS[business][1])
    if not desk.goes(business):
        raise NotEligible(business, "channel")


def page(
    desk: Desk,
    business: str,
    template: str,
    form: forms.Form,
    refusal: Refusal | None,
    **values: Any,
) -> HttpResponse:
    """A page of a business that is sold here, with the wallet beside it."""
    status = STATUS[refusal.kind] if refusal else 422 if form.is_bound and form.errors else 200
    return desk.page(
        template,
        "sell",
        status=status,
        business=catalog.businesses()[business],
        form=form,
        wallet=wallets.wallet(desk.ctx, outlet=desk.id),
        **values,
    )


def offers_of(desk: Desk, business: str) -> tuple[Offer, ...]:
    """What the outlet may sell of a business now."""
    return catalog.snapshot().offers(
        desk.outlet.kind, desk.outlet.market, desk.outlet.path, desk.ctx.at, business=business
    )


def admit(desk: Desk, business: str, line: Subscriber) -> None:
    """
    :raises NotEligible: if a customer's line is in no state for it.
    """
    for offer in offers_of(desk, business):
        offer.admit_customer(state=line.state, plan=line.plan_code)


def dry(desk: Desk, key: str) -> Context:
    """The context in which something is tried and rolled back."""
    return asking(desk.request).ctx_for(request_key=key, dry_run=True)


def to_order(order: OrderId) -> HttpResponse:
    return HttpResponseRedirect(reverse("portal:order", args=[order]))


def own_order(desk: Desk, order: UUID) -> OrderRecord:
    """
    :raises Http404: if it is another outlet's.
    """
    record = ordering.order(desk.ctx, order=OrderId(order))
    if record.outlet != desk.id:
        raise Http404
    return record
