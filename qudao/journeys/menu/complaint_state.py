"""State of a complaint (投诉查询), by its number; with the answer once there is one."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from qudao.domain.care.types import ComplaintState
from qudao.domain.credential.types import Need
from qudao.journeys.menu import complaints, parts
from qudao.journeys.menu.item import Audience, Call, Group, Item, Outcome, add


def _tell(call: Call) -> Outcome:
    one = complaints.chosen(call)
    answered = one.state in (ComplaintState.RESOLVED, ComplaintState.CLOSED)
    return Outcome(complaints.facts(one), follow=("complaint_reopen",) if answered else ())


COMPLAINT_STATE = add(
    Item(
        code="complaint_state",
        name=_("State of a complaint"),
        about=_("What has become of a complaint, and the answer to it."),
        position=115,
        group=Group.HELP,
        keywords=("TSCX", "投诉查询", "COMPLAINT"),
        audiences=frozenset({Audience.SUBSCRIBER}),
        inputs=(parts.OWN_LINE, complaints.number()),
        handler=_tell,
        receipt=("number", "category", "state"),
        needs=Need.NUMBER,
    )
)
