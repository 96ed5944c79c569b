"""Who asks, for the routes of the counter that are not the sale itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import ParamSpec, TypeVar
from uuid import uuid4

from starlette.requests import Request

from qudao.domain.party.types import OrganizationId
from qudao.fronts.api.asker import NoMembership
from qudao.fronts.counter.desk import Desk
from qudao.fronts.counter.door import address_of
from qudao.journeys.seats import Seat
from qudao.platform.commands.context import Context

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Asker:
    """A token that was let in, and in which language it is answered."""

    seat: Seat
    secret: str
    """The token itself; never kept longer than the request."""
    language: str

    @property
    def outlet(self) -> OrganizationId | None:
        """The token's own outlet."""
        return self.seat.outlet

    def context(self, key: str | None = None, dry_run: bool = False) -> Context:
        """
        Return the context for operations and queries; without a key, one for reading.

        :raises NoMembership: if the account may act nowhere now.
        """
        return context_of(self.seat, f"api:{key or uuid4()}", dry_run)


def context_of(seat: Seat, key: str, dry_run: bool = False) -> Context:
    """
    Return the context of a request made now, under a key with this front's prefix.

    :raises NoMembership: if the account may act nowhere now.
    """
    if seat.membership is None:
        raise NoMembership
    return seat.context(datetime.now(UTC), key, "api", dry_run=dry_run)


async def asker(request: Request, *, fresh: bool = True) -> Asker:
    """
    Return who asks; read afresh, unless the stamp is compared with what is written.

    :raises Shut: without a valid token, or when it has asked too often.
    """
    scheme, _, secret = request.headers.get("authorization", "").partition(" ")
    client = request.client
    address = address_of(dict(request.scope["headers"]), client.host if client else "")
    secret = secret.strip() if scheme.lower() == "bearer" else ""
    door = request.app.state.desk.door
    seat = await door.seat(secret, address, fresh=fresh)
    return Asker(seat, secret, request.state.language)


async def in_thread(
    request: Request, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs
) -> R:
    """
    Call what uses the database in one of a few threads.

    :raises TooBusy: if too many wait already; answered with 503.
    """
    desk: Desk = request.app.state.desk
    return await desk.threads.run(function, *args, **kwargs)
