"""What a bearer token may do now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from qudao.domain.party.queries import authority
from qudao.domain.party.types import OrganizationId
from qudao.kernel.scope import Scope
from qudao.platform.commands.context import Context
from qudao.platform.identity.tokens import authenticate
from qudao.platform.identity.types import TokenId


@dataclass(frozen=True, slots=True)
class Seat:
    """Who sits behind a token: the account, what it may do, and where. Never changed."""

    actor: UUID
    grants: frozenset[str]
    scope: Scope
    outlet: OrganizationId | None
    """Its own outlet, if it stands in one."""
    token: TokenId
    stamp: int | None
    valid_until: datetime | None

    def context(
        self, at: datetime, key: str, channel: str, *, dry_run: bool = False, patient: bool = True
    ) -> Context:
        return Context(
            actor=self.actor,
            channel=channel,
            at=at,
            request_key=key,
            grants=self.grants,
            scope=self.scope,
            dry_run=dry_run,
            stamp=self.stamp,
            patient=patient,
        )


class Seats:
    """The seats of tokens."""

    def known(self, secret: str) -> Seat | None:
        """Return a seat that is known and valid; asks nobody."""
        return None

    def read(self, secrets: Sequence[str], at: datetime) -> list[Seat | None]:
        """Look tokens up; None for each that is unknown, expired or revoked."""
        return [self._read(secret, at) for secret in secrets]

    def _read(self, secret: str, at: datetime) -> Seat | None:
        found = authenticate(secret, at)
        if found is None:
            return None
        bearer, _user = found
        held = authority(bearer.user, at, organization=bearer.organization)
        acting = held.acting
        own = None
        if acting is not None and acting.organization_kind == "outlet":
            own = acting.organization
        return Seat(held.user, held.grants, held.scope, own, bearer.token, None, None)
