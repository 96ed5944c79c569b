"""Plan and allowances (套餐查询): the plan, what it includes, and the add-ons."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from qudao.domain.credential.types import Need
from qudao.journeys.menu import parts
from qudao.journeys.menu.item import Audience, Call, Fact, Group, Item, Outcome, Text, add

_ALLOWANCES: dict[str, Text] = {
    "data_mb": _("Data included (MB)"),
    "voice_minutes": _("Minutes included"),
    "sms": _("Messages included"),
}


def _tell(call: Call) -> Outcome:
    subscriber = parts.look_up(call).subscriber
    plan = (subscriber.plan_name_zh, subscriber.plan_name_en)
    facts = (
        *parts.line_facts(subscriber),
        Fact("plan", _("Plan"), plan),
        *_included(call, subscriber.plan_code),
        *_add_ons(call, subscriber.add_ons),
    )
    return Outcome(facts, follow=("plan_change", "add_on"))


def _included(call: Call, code: str) -> Iterator[Fact]:
    """What the catalogue says of a plan of this code, where it sells it here."""
    if call.place is None:
        return
    for one in parts.offers(call, "plan_change"):
        if code in (one.boss_product_code, one.code):
            fee = parts.monthly_fee(one)
            if fee is not None:
                yield Fact("monthly_fee", _("Monthly fee"), fee)
            for name, label in _ALLOWANCES.items():
                if isinstance(amount := one.attributes.get(name), int) and amount:
                    yield Fact(name, label, amount)


def _add_ons(call: Call, codes: tuple[str, ...]) -> Iterator[Fact]:
    names = parts.add_on_names(call, codes)
    for code in codes:
        yield Fact(f"add_on:{code}", pgettext_lazy("offer", "Add-on"), names[code])


PLAN = add(
    Item(
        code="plan",
        name=_("Plan and allowances"),
        about=_("The plan of a line, what it includes, and its add-ons."),
        position=30,
        group=Group.ACCOUNT,
        keywords=("TC", "CXTC", "套餐", "PLAN"),
        audiences=frozenset({Audience.SUBSCRIBER, Audience.CLERK}),
        inputs=(parts.OWN_LINE,),
        handler=_tell,
        receipt=("msisdn", "state", "plan"),
        needs=Need.NUMBER,
    )
)
