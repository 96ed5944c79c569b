"""Usage (用量查询): what was used this month of what plan and add-ons include."""

from __future__ import annotations

from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from qudao.domain.credential.types import Need
from qudao.domain.ordering.ports import Allowance
from qudao.journeys import customers
from qudao.journeys.menu import parts
from qudao.journeys.menu.item import Audience, Call, Fact, Group, Item, Outcome, Text, add

SORTS: dict[str, Text] = {
    "data": pgettext_lazy("usage", "Data"),
    "voice": pgettext_lazy("usage", "Calls"),
    "sms": pgettext_lazy("usage", "Messages"),
}
UNITS: dict[str, Text] = {
    "MIN": pgettext_lazy("usage", "min"),
    "SMS": pgettext_lazy("usage", "messages"),
}


def _told(one: Allowance) -> Fact:
    unit = str(UNITS.get(one.unit, one.unit))
    words = {"used": one.used, "total": one.used + one.left, "left": one.left, "unit": unit}
    text = gettext("%(used)s of %(total)s %(unit)s used, %(left)s left") % words
    return Fact(f"used:{one.sort}", SORTS.get(one.sort, one.name), text)


def _tell(call: Call) -> Outcome:
    found = customers.usage(call.ctx, msisdn=call.text("msisdn"))
    facts = (
        parts.line_fact(found.msisdn),
        Fact("count", _("Allowances"), len(found.allowances)),
        *map(_told, found.allowances),
    )
    return Outcome(facts, follow=("add_on", "plan"))


USAGE = add(
    Item(
        code="usage",
        name=_("Usage this month"),
        about=_("What was used of data, calls and messages, and what is left."),
        position=32,
        group=Group.ACCOUNT,
        keywords=("YL", "用量", "流量", "USAGE"),
        audiences=frozenset({Audience.SUBSCRIBER, Audience.CLERK}),
        inputs=(parts.OWN_LINE,),
        handler=_tell,
        receipt=("msisdn", "count"),
        needs=Need.NUMBER,
    )
)
