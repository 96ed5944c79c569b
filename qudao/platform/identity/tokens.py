"""What a bearer token stands for."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from django.db.models import Q

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
    row = (
        ApiToken.objects.filter(prefix=prefix, revoked_at__isnull=True, user__is_active=True)
        .filter(Q(expires_at__isnull=True) | Q(expires_at__gt=at))
        .select_related("user")
        .first()
    )
    if row is None or not rules.same_hash(bytes(row.secret_hash), rules.token_hash(secret)):
        return None
    if row.last_used_at is None or row.last_used_at <= at - COARSE:
        ApiToken.objects.filter(id=row.id).update(last_used_at=at)
    return Bearer(TokenId(row.id), UserId(row.user_id), row.organization), row.user
