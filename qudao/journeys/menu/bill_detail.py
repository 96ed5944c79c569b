"""Bill in full (账单详情): every line of a month's bill."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from qudao.domain.credential.types import Need
from qudao.journeys import customers
from qudao.journeys.menu import parts
from qudao.journeys.menu.item import (
    Audience,
    Call,
    Fact,
    Group,
    Input,
    Item,
    Kind,
    Option,
    Outcome,
    add,
)
from qudao.kernel.money import Money


def _months(call: Call) -> Sequence[Option]:
    found = customers.bills(call.ctx, msisdn=call.text("msisdn"))
    return [Option(one, one) for one in dict.fromkeys(bill.month for bill in found)]


def _tell(call: Call) -> Outcome:
    month = call.text("month")
    bills, charges = customers.charges(call.ctx, msisdn=call.text("msisdn"), month=month)
    total = sum((bill.amount for bill in bills), Money(0))
    left = sum((bill.open for bill in bills), Money(0))
    facts = [
        parts.line_fact(call.text("msisdn")),
        Fact("month", _("Month"), month),
        Fact("total", _("Total"), total),
        Fact("due", pgettext_lazy("amount", "Due"), left),
    ]
    last = max((bill.due_date for bill in bills if bill.due_date and bill.open), default=None)
    if last is not None:
        facts.append(Fact("until", _("To be paid until"), last))
    facts += [
        Fact(f"charge:{nth}", (one.name_zh, one.name_en), one.amount)
        for nth, one in enumerate(charges, 1)
    ]
    return Outcome(tuple(facts), follow=("bill_payment",) if left else ())


BILL_DETAIL = add(
    Item(
        code="bill_detail",
        name=_("Bill in full"),
        about=_("Every line of a month's bill."),
        position=25,
        group=Group.ACCOUNT,
        keywords=("ZDXQ", "账单详情", "BILLDETAIL"),
        audiences=frozenset({Audience.SUBSCRIBER, Audience.CLERK}),
        inputs=(
            parts.OWN_LINE,
            Input(
                code="month",
                kind=Kind.CHOICE,
                prompt=_("Which month?"),
                help=_("Choose one of the list."),
                choices=_months,
                nothing=_("There is no bill for this line yet."),
            ),
        ),
        handler=_tell,
        receipt=("msisdn", "month", "total", "due"),
        needs=Need.NUMBER,
    )
)
