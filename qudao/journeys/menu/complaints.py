"""What the items about complaints ask and tell."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from qudao.domain.care import queries as care
from qudao.domain.care.types import LONGEST_TEXT, ComplaintRecord, ComplaintState
from qudao.journeys.menu import parts
from qudao.journeys.menu.item import Call, Fact, Input, Kind, Option, Pair, Text
from qudao.kernel.personal import Personal

STATES: dict[str, Text] = {
    ComplaintState.ACKNOWLEDGED: pgettext_lazy("complaint", "taken in"),
    ComplaintState.IN_PROGRESS: pgettext_lazy("complaint", "being worked on"),
    ComplaintState.RESOLVED: pgettext_lazy("complaint", "answered"),
    ComplaintState.CLOSED: pgettext_lazy("complaint", "closed"),
    ComplaintState.CANCELLED: pgettext_lazy("complaint", "withdrawn"),
}


def _by_keys(call: Call) -> str | None:
    """What a customer says who has nothing but keys."""
    return None if call.writes else gettext("Please call me back about this.")


WORDS = Input(
    code="words",
    kind=Kind.TEXT,
    prompt=_("What has happened? Please write it down."),
    help=_("In your own words, at most 500 characters."),
    shortest=2,
    longest=min(500, LONGEST_TEXT),
    given=_by_keys,
    spared=True,
)


def of_line(call: Call) -> tuple[ComplaintRecord, ...]:
    """Return the line's complaints, through whatever hall they came, newest first."""
    msisdn = Personal(call.text("msisdn"))
    return care.complaints_of(parts.everywhere(call), msisdn=msisdn)


def chosen(call: Call) -> ComplaintRecord:
    """
    Return the complaint whose number was answered.

    :raises ComplaintUnknown: if the line has none of this number.
    """
    return care.complaint_by_number(
        parts.everywhere(call),
        number=call.text("number"),
        msisdn=Personal(call.text("msisdn")),
    )


def number(states: Sequence[str] = tuple(ComplaintState)) -> Input:
    """Return the question for a complaint's number; those in such states are listed."""

    def known(call: Call) -> Sequence[Option]:
        return [Option(one.number, one.number) for one in of_line(call) if one.state in states]

    return Input(
        code="number",
        kind=Kind.DIGITS,
        prompt=_("Number of the complaint?"),
        help=_("You were told it when you complained."),
        shortest=8,
        longest=19,
        choices=known,
    )


def category_name(code: str) -> Pair:
    for one in care.categories():
        if one.code == code:
            return one.name_zh, one.name_en
    return code, code


def facts(one: ComplaintRecord) -> tuple[Fact, ...]:
    """Return how a complaint stands."""
    told = [
        Fact("number", _("Number of the complaint"), one.number),
        Fact("category", _("It is about"), category_name(one.category)),
        Fact("state", _("State"), STATES.get(one.state, one.state)),
    ]
    if one.answer:
        told.append(Fact("answer", pgettext_lazy("complaint", "Answer"), one.answer))
    elif one.state in (ComplaintState.ACKNOWLEDGED, ComplaintState.IN_PROGRESS):
        told.append(Fact("due", _("You are answered until"), one.due_at))
    return tuple(told)
