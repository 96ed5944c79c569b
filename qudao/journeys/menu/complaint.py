"""Complaint (投诉): taken in, with a number by which its state can be asked for."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from qudao.domain.care import operations as care
from qudao.domain.care import queries as known
from qudao.domain.credential.types import Need
from qudao.domain.ordering.ports import BossUnavailable, SubscriberNotFound
from qudao.domain.party import queries as party
from qudao.domain.party.types import OrganizationId
from qudao.journeys.menu import complaints, parts
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
from qudao.kernel.personal import Personal


def _categories(call: Call) -> Sequence[Option]:
    return [Option(one.code, (one.name_zh, one.name_en)) for one in known.categories()]


def _quote(call: Call) -> Quote:
    category = complaints.category_name(call.text("category"))
    return Quote(
        (
            parts.line_fact(call.text("msisdn")),
            Fact("category", _("It is about"), category),
            Fact("words", _("Your words"), call.text("words")),
        )
    )


def _answerer(call: Call) -> OrganizationId:
    """The line's branch; where the BOSS cannot tell it, the place where the customer complains."""
    try:
        branch = parts.look_up(call).subscriber.branch
    except (SubscriberNotFound, BossUnavailable):
        return call.where.outlet
    return party.branch_of(branch) or call.where.outlet


def _open(call: Call) -> Outcome:
    opened = care.open_complaint(
        parts.everywhere(call),
        place=_answerer(call),
        category=call.text("category"),
        msisdn=Personal(call.text("msisdn")),
        text=Personal(call.text("words")),
        language=parts.language(),
    )
    facts = (
        parts.line_fact(call.text("msisdn")),
        Fact("number", _("Number of the complaint"), opened.number),
        Fact("due", _("You are answered until"), opened.due_at),
    )
    return Outcome(facts, follow=("complaint_state",))


COMPLAINT = add(
    Item(
        code="complaint",
        name=_("Complain"),
        about=_("Tell what went wrong; you are told a number and until when you are answered."),
        position=114,
        group=Group.HELP,
        keywords=("TS", "投诉", "COMPLAIN"),
        audiences=frozenset({Audience.SUBSCRIBER}),
        inputs=(
            parts.OWN_LINE,
            Input(
                code="category",
                kind=Kind.CHOICE,
                prompt=_("What is it about?"),
                help=_("Choose one of the list."),
                choices=_categories,
            ),
            complaints.WORDS,
        ),
        handler=_open,
        receipt=("msisdn", "number", "due"),
        needs=Need.NUMBER,
        at_place=True,
        confirm=True,
        quote=_quote,
    )
)
