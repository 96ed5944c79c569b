"""What a bearer token stands for."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import cache
from typing import Final
from uuid import UUID

from django.db import connection

from qudao.platform.identity import rules
from qudao.platform.identity.models import ApiToken, User
from qudao.platform.identity.types import Bearer, LiveToken, TokenId, UserId
from qudao.platform.tables import arrays

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


def live_tokens(secrets: Iterable[str], at: datetime) -> dict[str, LiveToken]:
    """
    Return those of many tokens that are valid, each with whom it speaks for, in one statement.

    Their last use is noted in a second one, to five minutes.
    """
    asked = {secret: prefix for secret in secrets if (prefix := rules.prefix_of(secret))}
    if not asked:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_LIVE, [arrays.texts(set(asked.values())), at])
        rows = {row[0]: row[1:] for row in cursor.fetchall()}
    found: dict[str, LiveToken] = {}
    unused: list[UUID] = []
    for secret, prefix in asked.items():
        if prefix not in rows:
            continue
        mark, token, organization, expires_at, last_used_at, user, stamp = rows[prefix]
        if not rules.same_hash(bytes(mark), rules.token_hash(secret)):
            continue
        bearer = Bearer(TokenId(token), UserId(user), organization)
        found[secret] = LiveToken(bearer, expires_at, stamp)
        if last_used_at is None or last_used_at <= at - COARSE:
            unused.append(token)
    if unused:
        with connection.cursor() as cursor:
            cursor.execute(_USED, [at, arrays.uuids(unused)])
    return found


_LIVE = """
SELECT t.prefix, t.secret_hash, t.id, t.organization, t.expires_at, t.last_used_at, u.id, u.stamp
FROM identity_api_token t JOIN identity_user u ON u.id = t.user_id
WHERE t.prefix = ANY(%s::text[]) AND t.revoked_at IS NULL AND u.is_active
  AND (t.expires_at IS NULL OR t.expires_at > %s)
"""

# Two processes may note the same tokens at once, and somebody may be revoking one: nobody waits.
_USED = """
UPDATE identity_api_token SET last_used_at = %s
WHERE id IN (SELECT id FROM identity_api_token WHERE id = ANY(%s::uuid[])
             FOR NO KEY UPDATE SKIP LOCKED)
"""


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
