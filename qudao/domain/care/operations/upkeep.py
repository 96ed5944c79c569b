"""Show a number that is masked, for a reason; end what nobody ends."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from qudao.domain.care import rules
from qudao.domain.care.models import AT_HAND, AgentRequest, Appointment, Complaint
from qudao.domain.care.types import (
    AgentRequestState,
    AppointmentState,
    ComplaintState,
    NumberRevealed,
    Subject,
    Swept,
)
from qudao.kernel.personal import Personal
from qudao.kernel.refusals import Kind, Refusal
from qudao.platform.commands.command import command
from qudao.platform.commands.context import Context

_TABLES: Final[Mapping[Subject, Any]] = {
    Subject.COMPLAINT: Complaint,
    Subject.APPOINTMENT: Appointment,
    Subject.AGENT_REQUEST: AgentRequest,
}


@dataclass(eq=False)
class NumberNotKnown(Refusal, kind=Kind.NOT_FOUND):
    """There is no such row where the actor may look, or no number is kept with it."""

    subject: UUID


@dataclass(eq=False)
class WhyMissing(Refusal, kind=Kind.INVALID):
    """Whoever looks behind the mask gives a reason."""


@command("care.reveal_number", subject="subject")
def reveal_number(ctx: Context, *, kind: Subject, subject: UUID, reason: str) -> NumberRevealed:
    """
    Show the number of a customer unmasked, to call them; the journal keeps who saw it, and why.

    :raises WhyMissing: if no reason is given.
    :raises NumberNotKnown: if there is none in the actor's scope.
    """
    if len(reason.strip()) < 2:
        raise WhyMissing
    row = _TABLES[kind].objects.within(ctx.scope).filter(pk=subject).first()
    if row is None or not row.msisdn:
        raise NumberNotKnown(subject)
    return NumberRevealed(kind, subject, Personal(row.msisdn))


@command("care.sweep")
def sweep(ctx: Context) -> Swept:
    """
    Close complaints whose customers have said nothing for a week since the answer, note which
    appointments were missed, and let nobody wait for an agent for ever.
    """
    complaints = Complaint.objects.unscoped("all that are due")
    silent = complaints.filter(
        state=ComplaintState.RESOLVED, resolved_at__lte=ctx.at - rules.SILENT
    )
    appointments = Appointment.objects.unscoped("all that are due")
    missed = appointments.filter(
        state=AppointmentState.CONFIRMED, ends_at__lte=ctx.at - rules.GRACE
    )
    requests = AgentRequest.objects.unscoped("all that are due")
    left = requests.filter(state__in=AT_HAND, asked_at__lte=ctx.at - rules.PATIENCE)
    return Swept(
        silent.update(state=ComplaintState.CLOSED, closed_at=ctx.at),
        missed.update(state=AppointmentState.FAILED, settled_at=ctx.at),
        left.update(state=AgentRequestState.ABANDONED, ended_at=ctx.at),
    )
