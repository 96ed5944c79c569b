"""Bill (账单查询): what is due, and for which months."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from qudao.domain.credential.types import Need
from qudao.journeys.menu import parts
from qudao.journeys.menu.item import Audience, Call, Fact, Group, Item, Outcome, add


def _tell(call: Call) -> Outcome:
    due = parts.look_up(call, due=True).due
    assert due is not None
    months = tuple(
        Fact(f"month:{month}", (f"{month}账单", month), open) for month, open in due.bills
    )
    facts = (
        parts.line_fact(due.msisdn),
        Fact("due", pgettext_lazy("amount", "Due"), due.amount),
        *months,
    )
    follow = ("bill_payment", "bill_detail") if due.amount else ("bill_detail",)
    return Outcome(facts, follow=follow)


BILL = add(
    Item(
        code="bill",
        name=_("Bill"),
        about=_("What is due on the open bills, month by month."),
        position=20,
        group=Group.ACCOUNT,
        keywords=("ZD", "CXZD", "账单", "BILL"),
        audiences=frozenset({Audience.SUBSCRIBER, Audience.CLERK}),
        inputs=(parts.OWN_LINE,),
        handler=_tell,
        receipt=("msisdn", "due"),
        needs=Need.NUMBER,
    )
)
