"""Who asks: from a request to the context of an operation."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import NamedTuple, Protocol, cast
from uuid import UUID, uuid4

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from qudao.domain.party.queries import authority
from qudao.domain.party.types import Authority, MembershipId, OrganizationId
from qudao.kernel.scope import Scope
from qudao.platform.commands.context import Context
from qudao.platform.identity.models import User
from qudao.platform.identity.roles import SELF_SERVICE
from qudao.platform.identity.tokens import authenticate
from qudao.platform.identity.types import Bearer, UserId

ACTING_KEY = "acting_membership"
"""Where the session keeps the membership that its user acts in."""

NOBODY = UUID("00000000-0000-7000-8000-000000000000")
"""The actor of somebody who has not signed in: may do nothing."""

_CHANNELS = (("/api/", "api"), ("/office/", "backoffice"))


class Standing(NamedTuple):
    """Where somebody stands now."""

    acts: bool
    """They may act somewhere."""
    outlet: OrganizationId | None
    """The outlet that they stand in, if it is one."""


class AskingRequest(Protocol):
    """What the middleware adds to a request."""

    authority: Authority
    bearer: Bearer | None
    admitted: bool
    """Somebody at the door has checked the token already."""

    def standing(self) -> Standing: ...

    def ctx_for(self, request_key: str | None = None, dry_run: bool = False) -> Context: ...


def asking(request: HttpRequest) -> AskingRequest:
    """Return the same request, typed with what the middleware has added."""
    return cast(AskingRequest, request)


def equip(request: HttpRequest) -> None:
    """Add `authority` (lazy), `bearer` and `ctx_for` to a request."""
    at = datetime.now(UTC)

    def ctx_for(request_key: str | None = None, dry_run: bool = False) -> Context:
        return context_for(request, at, request_key, dry_run)

    request.admitted = False  # type: ignore[attr-defined]
    request.standing = lambda: _standing(request)  # type: ignore[attr-defined]
    request.bearer = None  # type: ignore[attr-defined]
    request.authority = SimpleLazyObject(lambda: _authority(request, at))  # type: ignore[attr-defined]
    request.ctx_for = ctx_for  # type: ignore[attr-defined]


def context_for(
    request: HttpRequest, at: datetime, request_key: str | None, dry_run: bool
) -> Context:
    """Return the context of a request; without a key of the client's it gets one of its own."""
    held, own = asking(request).authority, frozenset[str]()
    if request.user.is_authenticated and asking(request).bearer is None:
        own = SELF_SERVICE
    channel = next((name for path, name in _CHANNELS if request.path.startswith(path)), "portal")
    return Context(
        actor=held.user,
        channel=channel,
        at=at,
        request_key=request_key or f"{channel}:{uuid4()}",
        grants=held.grants | own,
        scope=held.scope,
        dry_run=dry_run,
    )


def authenticate_token(request: HttpRequest) -> User | None:
    """
    Return the account for which the request's bearer token speaks, and act in its name.

    None if there is no token, or it is unknown, expired or revoked, or its account is closed.
    """
    scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        return None
    found = authenticate(secret.strip(), datetime.now(UTC))
    if found is None:
        return None
    bearer, user = found
    request.user = user
    equip(request)
    request.bearer = bearer  # type: ignore[attr-defined]
    return user


def _standing(request: HttpRequest) -> Standing:
    acting = asking(request).authority.acting
    if acting is None:
        return Standing(False, None)
    return Standing(True, acting.organization if acting.organization_kind == "outlet" else None)


def _authority(request: HttpRequest, at: datetime) -> Authority:
    user = request.user
    if not user.is_authenticated:
        return Authority(UserId(NOBODY), (), None, frozenset(), Scope())
    bearer = asking(request).bearer
    if bearer is not None:
        return authority(bearer.user, at, organization=bearer.organization)
    return authority(UserId(user.pk), at, acting=_chosen(request))


def _chosen(request: HttpRequest) -> MembershipId | None:
    text = request.session.get(ACTING_KEY)
    return None if text is None else MembershipId(UUID(text))
