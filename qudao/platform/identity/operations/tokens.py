"""Give programs and terminals tokens, replace and revoke them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from qudao.kernel.ids import new_id
from qudao.kernel.refusals import Kind, Refusal
from qudao.platform.commands.command import command
from qudao.platform.commands.context import Context
from qudao.platform.identity import rules
from qudao.platform.identity.models import ApiToken, User
from qudao.platform.identity.operations.accounts import _own_or_reached
from qudao.platform.identity.reach import reaches
from qudao.platform.identity.types import IssuedToken, TokenId, UserId

MAX_TOKENS: Final = 20
"""Live tokens of one account."""


MAX_OVERLAP: Final = timedelta(days=30)
"""How long an old token may work beside the one that replaces it."""


@dataclass(eq=False)
class TokenNotFound(Refusal, kind=Kind.NOT_FOUND):
    token: UUID


@dataclass(eq=False)
class TokenNotLive(Refusal, kind=Kind.CONFLICT):
    """The token was revoked, has expired or was replaced already."""

    token: UUID


@dataclass(eq=False)
class TooManyTokens(Refusal, kind=Kind.CONFLICT):
    limit: int


@dataclass(eq=False)
class InvalidExpiry(Refusal, kind=Kind.INVALID):
    """The moment lies in the past, or the overlap is too long."""


@command("identity.issue_token", subject="user")
def issue_token(
    ctx: Context,
    *,
    user: UserId,
    name: str,
    expires_at: datetime | None = None,
    organization: UUID | None = None,
) -> IssuedToken:
    """
    Give an account a token for a program or a terminal; its secret is shown this once.

    With an organization the token acts in the account's membership there and nowhere else.

    :raises AccountNotFound: if the account is neither the actor's own nor within reach.
    :raises InvalidExpiry: if it has expired already.
    :raises TooManyTokens: if the account has as many as it may have.
    """
    row = _own_or_reached(ctx, user)
    if expires_at is not None and expires_at <= ctx.at:
        raise InvalidExpiry
    live = ApiToken.objects.filter(user=row, revoked_at__isnull=True, replaced_by__isnull=True)
    if live.exclude(expires_at__lte=ctx.at).count() >= MAX_TOKENS:
        raise TooManyTokens(MAX_TOKENS)
    return _issue(ctx, row, name.strip()[:100] or "token", expires_at, organization)


@command("identity.rotate_token", subject="token")
def rotate_token(ctx: Context, *, token: TokenId, overlap_s: int = 3600) -> IssuedToken:
    """
    Replace a token by a new one; for `overlap_s` seconds, at most 30 days, both work.

    :raises TokenNotFound: if there is none, or its account is not within reach.
    :raises TokenNotLive: if it was revoked, has expired or was replaced already.
    :raises InvalidExpiry: if the overlap is negative or too long.
    """
    if not 0 <= overlap_s <= MAX_OVERLAP.total_seconds():
        raise InvalidExpiry
    old = _token(ctx, token)
    expired = old.expires_at is not None and old.expires_at <= ctx.at
    if expired or old.revoked_at is not None or old.replaced_by_id is not None:
        raise TokenNotLive(token)
    fresh = _issue(ctx, old.user, old.name, old.expires_at, old.organization)
    ends = ctx.at + timedelta(seconds=overlap_s)
    old.replaced_by_id = fresh.token
    if overlap_s == 0:
        old.revoked_at = ctx.at
    else:
        old.expires_at = ends if old.expires_at is None else min(ends, old.expires_at)
    old.save(update_fields=["replaced_by", "revoked_at", "expires_at"])
    return fresh


@command("identity.revoke_token", subject="token")
def revoke_token(ctx: Context, *, token: TokenId) -> None:
    """
    Make a token stop working at once; repeating it changes nothing.

    :raises TokenNotFound: if there is none, or its account is not within reach.
    """
    row = _token(ctx, token)
    if row.revoked_at is None:
        row.revoked_at = ctx.at
        row.save(update_fields=["revoked_at"])


def _token(ctx: Context, token: TokenId) -> ApiToken:
    row = (
        ApiToken.objects.select_for_update(of=("self",))
        .select_related("user")
        .filter(id=token)
        .first()
    )
    if row is None:
        raise TokenNotFound(token)
    owner = UserId(row.user_id)
    if owner != ctx.actor and not reaches(ctx, owner):
        raise TokenNotFound(token)
    return row


def _issue(
    ctx: Context, user: User, name: str, expires_at: datetime | None, organization: UUID | None
) -> IssuedToken:
    prefix, secret = rules.new_token()
    token = ApiToken.objects.create(
        id=new_id(ctx.at),
        user=user,
        name=name,
        prefix=prefix,
        secret_hash=rules.token_hash(secret),
        organization=organization,
        created_at=ctx.at,
        expires_at=expires_at,
    )
    return IssuedToken(TokenId(token.id), secret)
