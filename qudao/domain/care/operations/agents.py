"""Ask for a person; take who waits."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from qudao.domain.care.models import AT_HAND, AgentRequest
from qudao.domain.care.operations.asked import NOBODY, _language, _line, _place
from qudao.domain.care.queries.agents import msisdn_hash
from qudao.domain.care.types import (
    AgentRequestId,
    AgentRequestState,
    AgentRequestUnknown,
    AgentTaken,
)
from qudao.domain.party.types import OrganizationId
from qudao.kernel.ids import new_id
from qudao.kernel.personal import Personal
from qudao.kernel.refusals import Kind, Refusal
from qudao.platform.commands.command import Busy, command, record_subject
from qudao.platform.commands.context import Context


@dataclass(eq=False)
class RequestNotSo(Refusal, kind=Kind.CONFLICT):
    """The request for an agent is in a state in which this cannot be done."""

    request_state: str


@dataclass(eq=False)
class NobodyWaits(Refusal, kind=Kind.CONFLICT):
    """Nobody waits for an agent where the actor may look."""


@dataclass(eq=False)
class AnothersTalk(Refusal, kind=Kind.FORBIDDEN):
    """Somebody else talks with this customer."""

    agent: UUID


@command("care.request_agent")
def request_agent(
    ctx: Context,
    *,
    place: OrganizationId,
    msisdn: Personal = NOBODY,
    item: str = "",
    language: str = "zh-hans",
    dialogue: UUID | None = None,
) -> AgentRequestId:
    """
    Let a customer wait for a person of a place, its branch for example; one who waits already
    keeps the place in the queue.

    :raises PlaceUnknown: if there is none in the actor's scope.
    :raises NotAMobileNumber: if a line is given, and is none.
    :raises LanguageUnknown: if we do not speak it.
    :raises Busy: if the line's request before this one is being ended just now.
    """
    _place(ctx, place)
    number = _line(msisdn) if msisdn else ""
    mark = msisdn_hash(number) if number else None
    made = AgentRequest(
        id=new_id(ctx.at),
        place_id=place,
        channel=ctx.channel,
        item=item[:64],
        language=_language(language),
        msisdn=number or None,
        msisdn_hash=mark,
        dialogue=dialogue,
        state=AgentRequestState.WAITING,
        asked_at=ctx.at,
    )
    rows = AgentRequest.objects.unscoped("a line waits once in the whole province")
    rows.bulk_create([made], ignore_conflicts=True)
    own = rows.filter(pk=made.pk)
    if mark is not None:
        own = rows.filter(msisdn_hash=mark, state__in=AT_HAND)
    found = own.values_list("pk", flat=True).first()
    if found is None:  # the request that stood in the way was ended just now
        raise Busy
    record_subject(found)
    return AgentRequestId(found)


@command("care.take_request", subject="request")
def take_request(ctx: Context, *, request: AgentRequestId) -> AgentTaken:
    """
    Begin to talk with somebody who waits.

    :raises AgentRequestUnknown: if there is none in the actor's scope.
    :raises RequestNotSo: if the customer does not wait any more.
    """
    row = _locked(ctx, request)
    if row.state != AgentRequestState.WAITING:
        raise RequestNotSo(row.state)
    return _take(ctx, row)


@command("care.take_next_request")
def take_next_request(ctx: Context) -> AgentTaken:
    """
    Begin to talk with who has waited longest in the actor's scope; two agents get two customers.

    :raises NobodyWaits: if there is nobody.
    """
    rows = AgentRequest.objects.within(ctx.scope).filter(state=AgentRequestState.WAITING)
    row = rows.select_for_update(of=("self",), skip_locked=True).order_by("asked_at", "id").first()
    if row is None:
        raise NobodyWaits
    record_subject(row.id)
    return _take(ctx, row)


@command("care.finish_request", subject="request")
def finish_request(ctx: Context, *, request: AgentRequestId, reason: str) -> None:
    """
    End the talk with a customer; `reason` is what came of it.

    :raises AgentRequestUnknown: if there is none in the actor's scope.
    :raises RequestNotSo: if nobody talks with them.
    :raises AnothersTalk: if somebody else does.
    """
    row = _locked(ctx, request)
    if row.state != AgentRequestState.TAKEN:
        raise RequestNotSo(row.state)
    if row.taken_by is not None and row.taken_by != ctx.actor:
        raise AnothersTalk(row.taken_by)
    _end(ctx, row, AgentRequestState.DONE, reason.strip()[:500])


@command("care.abandon_request", subject="request")
def abandon_request(ctx: Context, *, request: AgentRequestId) -> None:
    """
    Note that a customer waits no longer, or has left a talk that nobody ended.

    :raises AgentRequestUnknown: if there is none in the actor's scope.
    :raises RequestNotSo: if the talk was ended, or the customer had left.
    """
    row = _locked(ctx, request)
    if row.state not in AT_HAND:
        raise RequestNotSo(row.state)
    _end(ctx, row, AgentRequestState.ABANDONED, "")


def _locked(ctx: Context, request: AgentRequestId) -> AgentRequest:
    rows = AgentRequest.objects.within(ctx.scope).select_for_update(of=("self",))
    row = rows.filter(pk=request).first()
    if row is None:
        raise AgentRequestUnknown(request)
    return row


def _take(ctx: Context, row: AgentRequest) -> AgentTaken:
    row.state, row.taken_by, row.taken_at = AgentRequestState.TAKEN, ctx.actor, ctx.at
    row.save(update_fields=["state", "taken_by", "taken_at"])
    return AgentTaken(
        AgentRequestId(row.pk),
        Personal(row.msisdn or ""),
        row.channel,
        row.item,
        row.language,
        row.dialogue,
    )


def _end(ctx: Context, row: AgentRequest, state: AgentRequestState, outcome: str) -> None:
    row.state, row.ended_at, row.outcome = state, ctx.at, outcome
    row.save(update_fields=["state", "ended_at", "outcome"])
