"""What identity shows to the floors above."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import NewType
from uuid import UUID

from qudao.kernel.personal import Secret

UserId = NewType("UserId", UUID)
TokenId = NewType("TokenId", UUID)
SessionId = NewType("SessionId", int)


@dataclass(frozen=True, slots=True)
class Account:
    """An account as a screen may show it."""

    id: UserId
    username: str
    phone_masked: str
    language: str
    is_active: bool
    must_change_password: bool
    last_login: datetime | None


@dataclass(frozen=True, slots=True)
class IssuedToken:
    """A new token: the only moment at which its secret can be seen."""

    token: TokenId
    secret: Secret
    """What the client sends as `Authorization: Bearer …`; masked when the request is repeated."""


@dataclass(frozen=True, slots=True)
class TokenRow:
    """A token as a screen may show it: everything but the secret."""

    id: TokenId
    name: str
    prefix: str
    organization: UUID | None
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True)
class Bearer:
    """Who a valid token speaks for."""

    token: TokenId
    user: UserId
    organization: UUID | None
    """The token acts at this organization only."""


@dataclass(frozen=True, slots=True)
class LiveToken:
    """A valid token, for who remembers it."""

    bearer: Bearer
    expires_at: datetime | None
    stamp: int
    """The account's, read with the token: while it is the same, all this holds until the expiry."""


@dataclass(frozen=True, slots=True)
class SessionRow:
    """Somewhere an account is signed in."""

    id: SessionId
    ip: str
    user_agent: str
    created_at: datetime
    last_seen_at: datetime
    session_key: str
