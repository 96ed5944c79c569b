"""Read accounts, tokens and sessions."""

from __future__ import annotations

from allauth.usersessions.models import UserSession

from qudao.platform.commands.context import Context
from qudao.platform.identity.models import ApiToken, User
from qudao.platform.identity.personal import mask_phone
from qudao.platform.identity.reach import reaches
from qudao.platform.identity.types import Account, SessionId, SessionRow, TokenId, TokenRow, UserId
from qudao.platform.tables.project import project


def account(ctx: Context, user: UserId) -> Account | None:
    """Return an account: one's own, or one within reach; None for any other."""
    if not _visible(ctx, user):
        return None
    row = User.objects.filter(id=user).first()
    if row is None:
        return None
    return Account(
        id=UserId(row.id),
        username=row.username,
        phone_masked=mask_phone(row.phone or ""),
        language=row.language,
        is_active=row.is_active,
        must_change_password=row.must_change_password,
        last_login=row.last_login,
    )


def tokens(ctx: Context, user: UserId) -> tuple[TokenRow, ...]:
    """Return the tokens of an account, newest first; none if it is not within reach."""
    if not _visible(ctx, user):
        return ()
    return project(ApiToken.objects.filter(user=user).order_by("-created_at", "-id"), TokenRow)


def owner_of_token(token: TokenId) -> UserId | None:
    """Return whose token it is."""
    owner = ApiToken.objects.filter(id=token).values_list("user_id", flat=True).first()
    return None if owner is None else UserId(owner)


def sessions(ctx: Context, user: UserId) -> tuple[SessionRow, ...]:
    """Return where an account is signed in, latest first; nowhere if it is not within reach."""
    if not _visible(ctx, user):
        return ()
    person = User.objects.filter(id=user).first()
    if person is None:
        return ()
    live = UserSession.objects.purge_and_list(person)
    return tuple(
        SessionRow(
            id=SessionId(row.pk),
            ip=row.ip,
            user_agent=row.user_agent,
            created_at=row.created_at,
            last_seen_at=row.last_seen_at,
            session_key=row.session_key,
        )
        for row in sorted(live, key=lambda row: row.last_seen_at, reverse=True)
    )


def _visible(ctx: Context, user: UserId) -> bool:
    return ctx.actor == user or ("identity.read" in ctx.grants and reaches(ctx, user))
