"""Reopen a complaint (再次投诉): the answer did not do."""

from __future__ import annotations

from dataclasses import replace

from django.utils.translation import gettext_lazy as _

from qudao.domain.care import operations as care
from qudao.domain.care.types import ComplaintState
from qudao.domain.credential.types import Need
from qudao.journeys.menu import complaints, parts
from qudao.journeys.menu.item import Audience, Call, Fact, Group, Item, Outcome, Quote, add
from qudao.kernel.personal import Personal
from qudao.platform.commands.context import Context

ANSWERED = (ComplaintState.RESOLVED, ComplaintState.CLOSED)


def _quote(call: Call) -> Quote:
    one = complaints.chosen(call)
    _reopen(call, replace(parts.everywhere(call).part("trial"), dry_run=True))
    return Quote((*complaints.facts(one), Fact("words", _("Your words"), call.text("words"))))


def _do(call: Call) -> Outcome:
    return Outcome(_reopen(call, parts.everywhere(call)), follow=("complaint_state",))


def _reopen(call: Call, ctx: Context) -> tuple[Fact, ...]:
    opened = care.reopen_complaint(
        ctx, complaint=complaints.chosen(call).id, text=Personal(call.text("words"))
    )
    return (
        Fact("number", _("Number of the complaint"), opened.number),
        Fact("due", _("You are answered until"), opened.due_at),
    )


COMPLAINT_REOPEN = add(
    Item(
        code="complaint_reopen",
        name=_("Complain again"),
        about=_("Take a complaint up again when the answer did not do."),
        position=116,
        group=Group.HELP,
        keywords=("ZCTS", "再次投诉", "REOPEN"),
        audiences=frozenset({Audience.SUBSCRIBER}),
        inputs=(
            parts.OWN_LINE,
            complaints.number(ANSWERED),
            replace(complaints.WORDS, prompt=_("What is still wrong? Please write it down.")),
        ),
        handler=_do,
        receipt=("number", "due"),
        needs=Need.NUMBER,
        confirm=True,
        quote=_quote,
    )
)
