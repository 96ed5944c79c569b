"""Number selection (选号): find a free number and have it held."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from qudao.domain.credential.types import Need
from qudao.domain.party.types import OrganizationId
from qudao.domain.resource import operations as resource
from qudao.domain.resource import queries as numbers
from qudao.domain.resource.types import (
    HOLD_MINUTES,
    NumberRecord,
    NumberSearch,
    NumberTaken,
    Reserve,
)
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
    Quote,
    add,
)

SHOWN = 9
"""Numbers that are proposed at a time."""

WISHES = {
    "any": _("Any number"),
    "ordinary": _("Without a surcharge"),
    "without4": _("Without a 4"),
    "ending": _("With last digits of my own"),
}


def _search(call: Call) -> NumberSearch:
    wish = call.text("wish")
    return NumberSearch(
        suffix=call.text("ending"),
        grade="ordinary" if wish == "ordinary" else "",
        without4=wish == "without4",
    )


def found(call: Call, outlet: OrganizationId) -> Sequence[Option]:
    """Return free numbers for an outlet, as was wished, with what they cost."""
    ctx = parts.everywhere(call)
    page = numbers.search(ctx, outlet=outlet, search=_search(call), limit=SHOWN)
    return [Option(one.number, f"{one.number} ¥{one.price}") for one in page.items]


def wanted(call: Call, outlet: OrganizationId) -> NumberRecord:
    """
    Return the number that was chosen.

    :raises NumberTaken: if it is not free any more.
    """
    search = NumberSearch(starts=call.text("number"))
    page = numbers.search(parts.everywhere(call), outlet=outlet, search=search, limit=1)
    if not page.items:
        raise NumberTaken(call.text("number"))
    return page.items[0]


def number_facts(found: NumberRecord) -> tuple[Fact, ...]:
    return (
        Fact("number", _("Number"), found.number),
        Fact("price", _("Prepayment when the line is opened"), found.price),
        Fact("monthly_floor", _("Least to be spent in a month"), found.monthly_floor),
    )


def _quote(call: Call) -> Quote:
    facts = number_facts(wanted(call, call.where.outlet))
    return Quote((*facts, Fact("minutes", _("Held for (minutes)"), HOLD_MINUTES)))


def _hold(call: Call) -> Outcome:
    held = resource.reserve.one(call.ctx, Reserve(call.where.outlet, call.text("number")))
    facts = (
        Fact("number", _("Number"), held.number),
        Fact("price", _("Prepayment when the line is opened"), held.price),
        Fact("until", _("Held until"), held.until),
    )
    return Outcome(facts, follow=("account_opening", "outlets"))


WISH = Input(
    code="wish",
    kind=Kind.CHOICE,
    prompt=_("What kind of number?"),
    help=_("Choose one of the list."),
    choices=lambda call: [Option(code, name) for code, name in WISHES.items()],
)
ENDING = Input(
    code="ending",
    kind=Kind.DIGITS,
    prompt=_("Which last digits?"),
    help=_("1 to 8 digits with which the number shall end."),
    longest=8,
    given=lambda call: None if call.text("wish") == "ending" else "",
)

CHOOSE_NUMBER = add(
    Item(
        code="choose_number",
        name=_("Choose a number"),
        about=_("Find a free number, and have it held until the line is opened."),
        position=100,
        group=Group.CHANGE,
        keywords=("XH", "选号", "NUMBER"),
        audiences=frozenset({Audience.SUBSCRIBER, Audience.CLERK, Audience.TERMINAL}),
        inputs=(
            WISH,
            ENDING,
            Input(
                code="number",
                kind=Kind.CHOICE,
                prompt=_("Which number?"),
                help=_("Choose one of the list; go back for another kind."),
                choices=lambda call: found(call, call.where.outlet),
            ),
        ),
        handler=_hold,
        receipt=("number", "price", "until"),
        business="account_opening",
        needs=Need.NUMBER,
        at_place=True,
        confirm=True,
        quote=_quote,
    )
)
