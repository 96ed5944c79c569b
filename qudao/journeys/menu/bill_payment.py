"""Bill payment (缴费); what is due is proposed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from django.utils.translation import gettext_lazy as _

from qudao.domain.credential.types import Need, may
from qudao.journeys.menu import parts
from qudao.journeys.menu.item import Audience, Call, Group, Item, Option, Quote, add

BUSINESS = "bill_payment"


def _due(call: Call) -> Sequence[Option]:
    """Propose what is due; to customers on their own line only."""
    works_here = call.audiences & {Audience.CLERK, Audience.TERMINAL}
    own = call.caller.msisdn == call.text("msisdn") and may(call.caller, Need.NUMBER, call.ctx.at)
    if not works_here and not own:
        return []
    due = parts.look_up(call, due=True).due
    return [Option(parts.plain(due.amount), due.amount)] if due is not None and due.amount else []


def _quote(call: Call) -> Quote:
    return parts.quote(call, parts.offer(call, BUSINESS), call.money("amount"))


BILL_PAYMENT = add(
    Item(
        code="bill_payment",
        name=_("Bill payment"),
        about=_("Pay what is due on a line, or another amount."),
        position=50,
        group=Group.PAY,
        keywords=("JF", "缴费", "PAY"),
        audiences=frozenset({Audience.ANYONE, Audience.CLERK, Audience.TERMINAL}),
        inputs=(
            parts.ANY_LINE,
            replace(parts.amount(BUSINESS, _("How much shall be paid?")), choices=_due),
        ),
        handler=parts.sold,
        receipt=parts.RECEIPT,
        business=BUSINESS,
        at_place=True,
        paid_by=parts.ALL_WAYS,
        confirm=True,
        quote=_quote,
    )
)
