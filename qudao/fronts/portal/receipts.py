"""The receipt of a sale: the same words on the screen and in the PDF."""

from __future__ import annotations

from django.utils.translation import gettext as _

from qudao.domain.ordering.types import ItemKind, OrderRecord, OrderState
from qudao.domain.saleschannel.types import OutletRecord
from qudao.fronts.design.templatetags.design import local_time, money, named, number
from qudao.fronts.portal.templatetags.portal import business_name, offering_name
from qudao.fronts.receipts.paper import Paper, copy_mark
from qudao.fronts.wording.terms import term


def paper(order: OrderRecord, outlet: OutletRecord, seller: str) -> Paper:
    """Word an order's receipt in the active language, as it stands now."""
    offering, business = offering_name(order), business_name(order.business)
    lines = [
        (_("Business"), business),
        *([(_("Offering"), offering)] if offering and offering != business else []),
        (_("Customer's number"), number(order.msisdn) if order.msisdn else ""),
        *part_lines(order),
        (_("Time"), local_time(order.ordered_at, "full")),
        (_("Outlet code"), outlet.node_code),
        (_("Clerk"), seller),
        (_("Operator's reference"), order.boss_reference),
    ]
    return Paper(
        place=named(outlet),
        title=_("Receipt"),
        number=order.number,
        copy=copy_mark(order.prints),
        lines=tuple((label, value) for label, value in lines if value),
        paid_label=_("Paid"),
        paid=money(order.amount),
        verdict=_verdict(order),
        foot=_("Keep this receipt. Questions: call the operator's hotline with its number."),
    )


def part_lines(order: OrderRecord) -> list[tuple[str, str]]:
    """What an order consists of, a line each: what it is, which one, and its part of the price."""
    lines = []
    for part in order.parts:
        code = "" if part.kind == ItemKind.PREPAY else part.code
        if part.kind == ItemKind.NUMBER:
            code = number(part.code)
        elif part.kind in (ItemKind.PLAN, ItemKind.ADD_ON):
            code = ""
        times = f"× {part.quantity}" if part.quantity > 1 else ""
        price = money(part.amount) if part.amount else ""
        shown = " ".join(text for text in (named(part), code, times, price) if text)
        lines.append((term("item_kind", part.kind), shown))
    return lines


def _verdict(order: OrderRecord) -> str:
    match order.state:
        case OrderState.COMPLETED:
            return _("Completed by the operator.")
        case OrderState.FAILED:
            return _("Refused by the operator: the customer gets the money back.")
        case OrderState.CANCELLED:
            return _("Taken back: the customer has got the money back.")
        case OrderState.ASSESSING_CANCELLATION:
            return _("Completed by the operator; taking it back has been asked for.")
    return _("Accepted; the operator has not confirmed it yet.")
