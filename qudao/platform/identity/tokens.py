"""What a bearer token stands for."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cache
from typing import Final

from django.db import connection

from qudao.platform.identity import rules
from qudao.platform.identity.models import ApiToken, User
from qudao.platform.identity.types import Bearer, TokenId, UserId

COARSE: Final = timedelta(minutes=5)
"""How exactly the last use of a token is known: a write per call would cost more than it tells."""


def authenticate(secret: str, at: datetime) -> tuple[Bearer, User] | None:
    """Return whom a token speaks for; None if it is unknown, expired, revoked, or its user gone."""
    prefix = rules.prefix_of(secret)
    if prefix is None:
        return None
    with connection.cursor() as cursor:
        cursor.execute(_look(), [prefix, at])
        row = cursor.fetchone()
    if row is None or not rules.same_hash(bytes(row[1]), rules.token_hash(secret)):
        return None
    token, _, organization, last_used_at, *values = row
    if last_used_at is None or last_used_at <= at - COARSE:
        ApiToken.objects.filter(id=token).update(last_used_at=at)
    user = User.from_db(connection.alias, _columns(), values)
    return Bearer(TokenId(token), UserId(user.id), organization), user


def _columns() -> list[str]:
    return [field.attname for field in User._meta.concrete_fields]


@cache
def _look() -> str:
    # Written out: every call of the API begins with it, and composing it costs as much as asking.
    account = ", ".join(f"u.{name}" for name in _columns())
    return (
        f"SELECT t.id, t.secret_hash, t.organization, t.last_used_at, {account}"
        " FROM identity_api_token t JOIN identity_user u ON u.id = t.user_id"
        " WHERE t.prefix = %s AND t.revoked_at IS NULL AND u.is_active"
        " AND (t.expires_at IS NULL OR t.expires_at > %s)"
    )
