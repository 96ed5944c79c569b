"""For which outlet a request is meant, and under which key."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal
from uuid import UUID

from django.http import HttpRequest
from django.utils.translation import gettext_noop as _
from ninja import Header

from qudao.domain.party.types import OrganizationId
from qudao.fronts.api.schemas import PageQuery
from qudao.fronts.web.actor import asking
from qudao.kernel.page import PageRequest
from qudao.kernel.refusals import Kind, Refusal
from qudao.platform.commands.context import Context

RequestKey = Annotated[
    str,
    Header(
        alias="Idempotency-Key",
        pattern=r"^[A-Za-z0-9._:-]{1,100}$",
        description=_(
            "Chosen by you, new for each new request. The same key with the same content is done "
            "once and answered the same, however often it is sent."
        ),
    ),
]

Trial = Annotated[
    Literal["true", "false"],
    Header(
        alias="X-Dry-Run",
        description=_("`true`: a trial. Everything is checked, nothing is done."),
    ),
]

Prefer = Annotated[
    str,
    Header(
        alias="Prefer",
        max_length=100,
        description=_("`wait=N`: wait up to N seconds, at most 10, for the operator's answer."),
    ),
]


@dataclass(eq=False)
class OutletNotNamed(Refusal, kind=Kind.INVALID):
    """The token belongs to no outlet, so the request has to name one."""


@dataclass(eq=False)
class NoMembership(Refusal, kind=Kind.FORBIDDEN):
    """The token's account may act nowhere now: suspended, ended, or not where the token may."""


def ctx_of(request: HttpRequest, request_key: str | None = None, dry_run: bool = False) -> Context:
    """
    Return the context in which a request's operations and queries run.

    :raises NoMembership: if the token's account may act nowhere.
    """
    if not asking(request).standing().acts:
        raise NoMembership
    # The front's own prefix keeps a client's keys apart from those of its account's screens.
    key = None if request_key is None else f"api:{request_key}"
    return asking(request).ctx_for(key, dry_run)


def own_outlet(request: HttpRequest) -> OrganizationId | None:
    """Return the outlet that the token stands in, if it stands in one."""
    return asking(request).standing().outlet


def outlet_of(request: HttpRequest, named: UUID | None) -> OrganizationId:
    """
    Return the outlet that a request names, or the token's own.

    :raises OutletNotNamed: if there is neither.
    """
    chosen = OrganizationId(named) if named is not None else own_outlet(request)
    if chosen is None:
        raise OutletNotNamed
    return chosen


def rows_of(query: PageQuery) -> PageRequest:
    """Return the rows that a list is asked for."""
    return PageRequest(limit=query.limit, offset=query.offset)
