"""Read payments and their receipts."""

from __future__ import annotations

from datetime import date

from django.db.models import QuerySet

from qudao.domain.ledger import queries as ledger
from qudao.domain.ledger.types import PostingId
from qudao.domain.party.types import OrganizationId
from qudao.domain.payment.models import PaymentReceived
from qudao.domain.payment.types import (
    PaymentArchived,
    PaymentId,
    PaymentNotFound,
    PaymentReceipt,
    PaymentRecord,
)
from qudao.kernel.numbers import parse_receipt_number, receipt_number
from qudao.kernel.page import Page, PageRequest
from qudao.kernel.scope import Scope
from qudao.platform.commands.context import Context
from qudao.platform.tables.project import page_of, project
from qudao.platform.tables.scoped import within

_PAYMENT = {
    "payment": "id",
    "outlet": "outlet_id",
    "outlet_code": "outlet__code",
    "outlet_name_zh": "outlet__name_zh",
    "outlet_name_en": "outlet__name_en",
    "hall": "hall_id",
    "hall_name_zh": "hall__name_zh",
    "hall_name_en": "hall__name_en",
}


def payments(
    ctx: Context,
    *,
    page: PageRequest,
    outlet: OrganizationId | None = None,
    hall: OrganizationId | None = None,
    method: str = "",
    first: date | None = None,
    last: date | None = None,
) -> Page[PaymentRecord]:
    """
    Return the payments from outlets, or taken at halls, of the actor's scope, newest first.

    :raises NotPermitted: without `payment.read`.
    """
    ctx.require("payment.read")
    rows = _payments(ctx.scope)
    if outlet is not None:
        rows = rows.filter(outlet_id=outlet)
    if hall is not None:
        rows = rows.filter(hall_id=hall)
    if method:
        rows = rows.filter(method=method)
    if first is not None:
        rows = rows.filter(business_date__gte=first)
    if last is not None:
        rows = rows.filter(business_date__lte=last)
    return page_of(rows.order_by("-received_at", "-id"), PaymentRecord, page, **_PAYMENT)


def receipt(ctx: Context, *, payment: PaymentId) -> PaymentReceipt:
    """
    Return a payment's receipt, for the outlet that paid and for the hall that took the money.

    :raises NotPermitted: without `payment.print_receipt`.
    :raises PaymentNotFound: if there is no such payment in the actor's scope.
    :raises PaymentArchived: if its posting lies in the archive.
    """
    ctx.require("payment.print_receipt")
    found = project(_payments(ctx.scope).filter(id=payment), PaymentRecord, **_PAYMENT)
    if not found:
        raise PaymentNotFound(payment)
    return PaymentReceipt(found[0], number_of(payment, found[0].business_date))


def number_of(payment: PaymentId, day: date) -> str:
    """
    Return a payment's receipt number: its business date and the serial of its posting.

    Sales count by the same serials, so no two receipts have the same number.

    :raises PaymentArchived: if the posting lies in the archive.
    """
    found = ledger.postings_of([payment], "pay_in").get(payment)
    if found is None:
        raise PaymentArchived(payment, f"{day:%Y-%m}")
    return receipt_number(day, found)


def payment_of_receipt(number: str) -> PaymentId | None:
    """Return which payment a receipt number may belong to; whether it may be seen is not said."""
    serial = parse_receipt_number(number)
    cause = None if serial is None else ledger.cause_of(PostingId(serial), "pay_in")
    return None if cause is None else PaymentId(cause)


def _payments(scope: Scope) -> QuerySet[PaymentReceived]:
    rows = PaymentReceived.objects.unscoped("where it was taken counts as much as from whom")
    return rows.filter(within("outlet__path", scope) | within("hall__path", scope))
