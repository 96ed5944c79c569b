"""Read customers' payments."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from django.db.models import Count, Min, Q

from qudao.domain.checkout.models import CustomerPayment
from qudao.domain.checkout.types import BY_HAND, CheckoutId, PaymentRecord
from qudao.kernel.page import Page, PageRequest
from qudao.kernel.personal import Secret
from qudao.kernel.refusals import Kind, Refusal
from qudao.platform.identity.personal import key_ring
from qudao.platform.tables import prepared
from qudao.platform.tables.project import columns_of, page_of, project, record_of

PATHS = {"hall_code": "hall__code", "hall_path": "hall__path", "hall": "hall_id"}


@dataclass(eq=False)
class PaymentUnknown(Refusal, kind=Kind.NOT_FOUND):
    """There is no such payment."""

    payment: UUID


@dataclass(frozen=True, slots=True)
class Backlog:
    """Payments that are not over."""

    open: int
    """Carried on by themselves."""
    unsure: int
    """Of which it is unknown whether the last step had its effect."""
    by_hand: int
    """That need a person."""
    overdue_s: float
    """For how long the next step of one is due already."""


def payment(*, payment: CheckoutId) -> PaymentRecord:
    """
    Return a payment, for whoever has its id: nobody guesses it.

    :raises PaymentUnknown: if there is none.
    """
    found = prepared.fetch(_by_id(), [str(payment)])
    if not found:
        raise PaymentUnknown(payment)
    record = record_of(found[0], PaymentRecord)
    if record.token is None:
        return record
    sealed: Any = record.token
    return replace(record, token=Secret(key_ring().decrypt(bytes(sealed), TOKEN)))


TOKEN = "checkout_payment.token"
"""Where the token is sealed for."""


@cache
def _by_id() -> str:
    """Return the statement for one payment: making it costs more than it does."""
    nobody = UUID(int=0)
    rows = CustomerPayment.objects.unscoped("whoever has its id may see it").filter(id=nobody)
    text, values = rows.values_list(*columns_of(PaymentRecord, **PATHS)).query.sql_with_params()
    assert values == (nobody,), values
    return text.replace("%s", "%s::uuid")


def of_orders(*, orders: Collection[UUID]) -> dict[UUID, PaymentRecord]:
    """Return the payments by which some orders are paid, by order: for reactions."""
    if not orders:
        return {}
    rows = CustomerPayment.objects.unscoped("reactions follow all orders")
    found = project(rows.filter(order__in=set(orders)), PaymentRecord, **PATHS)
    return {one.order: one for one in found if one.order is not None}


def of_line(*, msisdn: str, since: datetime, page: PageRequest) -> Page[PaymentRecord]:
    """
    Return the payments of a customer, or for the customer's line where nobody knows who paid, that
    were begun since a moment; newest first.

    For fronts that have identified the customer. Of a number, what is older than the time for which
    numbers rest may be another customer's.
    """
    rows = CustomerPayment.objects.unscoped("the front has identified the customer")
    rows = rows.filter(Q(payer=msisdn) | Q(payer="", line=msisdn), opened_at__gte=since)
    rows = rows.order_by("-opened_at", "-id")
    return page_of(rows, PaymentRecord, page, **PATHS)


def backlog(now: datetime) -> Backlog:
    """Return what is not over, in one small statement."""
    rows = CustomerPayment.objects.unscoped("a figure of the whole")
    rows = rows.filter(Q(next_at__isnull=False) | Q(state__in=BY_HAND))
    found = rows.aggregate(
        open=Count("id", filter=Q(next_at__isnull=False)),
        unsure=Count("id", filter=Q(unsure=True)),
        by_hand=Count("id", filter=Q(state__in=BY_HAND)),
        due=Min("next_at"),
    )
    due = found.pop("due")
    return Backlog(**found, overdue_s=0.0 if due is None else max(0.0, (now - due).total_seconds()))
