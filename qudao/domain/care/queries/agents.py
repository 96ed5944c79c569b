"""Read who waits for a person."""

from __future__ import annotations

from qudao.domain.care.models import AT_HAND, AgentRequest
from qudao.domain.care.types import (
    AgentRequestId,
    AgentRequestRecord,
    AgentRequestState,
    AgentRequestUnknown,
)
from qudao.domain.party.types import OrganizationId
from qudao.kernel.page import Page, PageRequest
from qudao.kernel.scope import Scope
from qudao.platform.commands.context import Context
from qudao.platform.identity.personal import blind_index, mask_phone
from qudao.platform.tables.scoped import within


def agent_request(ctx: Context, *, request: AgentRequestId) -> AgentRequestRecord:
    """
    Return a request for an agent.

    :raises NotPermitted: without `care.read`.
    :raises AgentRequestUnknown: if there is none in the actor's scope.
    """
    ctx.require("care.read")
    row = AgentRequest.objects.within(ctx.scope).filter(pk=request).first()
    if row is None:
        raise AgentRequestUnknown(request)
    return _record(row)


def agent_queue(ctx: Context, *, below: str = "", page: PageRequest) -> Page[AgentRequestRecord]:
    """
    Return who waits for a person or talks with one, in the actor's scope; the longest wait first.

    :raises NotPermitted: without `care.read`.
    """
    ctx.require("care.read")
    rows = AgentRequest.objects.within(ctx.scope).filter(state__in=AT_HAND)
    if below:
        rows = rows.filter(within("place__path", Scope.of([below])))
    found = rows.order_by("asked_at", "id")[page.offset : page.offset + page.limit]
    return Page(tuple(_record(row) for row in found), rows.count(), page)


def ahead_of(ctx: Context, *, request: AgentRequestId) -> int:
    """
    Return how many wait at the same place and have waited longer; 0 for who does not wait.

    :raises NotPermitted: without `care.read`.
    :raises AgentRequestUnknown: if there is no such request in the actor's scope.
    """
    ctx.require("care.read")
    rows = AgentRequest.objects.within(ctx.scope)
    own = rows.filter(pk=request).first()
    if own is None:
        raise AgentRequestUnknown(request)
    if own.state != AgentRequestState.WAITING:
        return 0
    waiting = rows.filter(state=AgentRequestState.WAITING, place=own.place_id)
    earlier = waiting.filter(asked_at__lt=own.asked_at)
    return (earlier | waiting.filter(asked_at=own.asked_at, pk__lt=own.pk)).count()


def msisdn_hash(number: str) -> bytes:
    """Return the keyed hash by which a line's requests are found."""
    return blind_index(number, "care_agent_request.msisdn")


def _record(row: AgentRequest) -> AgentRequestRecord:
    return AgentRequestRecord(
        id=AgentRequestId(row.pk),
        place=OrganizationId(row.place_id),
        channel=row.channel,
        item=row.item,
        language=row.language,
        state=row.state,
        msisdn_masked=mask_phone(row.msisdn or ""),
        dialogue=row.dialogue,
        asked_at=row.asked_at,
        taken_by=row.taken_by,
        taken_at=row.taken_at,
        ended_at=row.ended_at,
        outcome=row.outcome,
    )
