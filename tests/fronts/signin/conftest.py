"""People who sign in, and the spool that takes their codes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.core.cache import cache

from qudao.domain.party import operations as party
from qudao.domain.party.types import OrganizationId
from qudao.kernel.personal import Personal, Secret
from qudao.platform.identity import operations as identity
from qudao.platform.identity.models import User
from tests.domain.party.conftest import system, tree

__all__ = ["tree"]

PASSWORD = "correct-horse-battery"
LONG_AGO = datetime.now(UTC) - timedelta(days=30)


@pytest.fixture(autouse=True)
def _no_history(db: None) -> None:
    """Limits are counted in the database's cache: begin with none."""
    cache.clear()


@pytest.fixture
def spool(settings: LazySettings, tmp_path: Path) -> Path:
    settings.SMS_SPOOL = tmp_path / "sms"
    settings.SMS_SPOOL_ALLOWED = True
    return tmp_path / "sms"


def admit(
    place: OrganizationId, username: str, role: str, phone: str | None = None, fresh: bool = False
) -> User:
    """Admit a member; unless `fresh`, the first password has been changed already."""
    admitted = party.admit_member(
        system(LONG_AGO),
        organization=place,
        role=role,
        username=username,
        name=Personal("张小三"),
        phone=None if phone is None else Personal(phone),
        password=Secret(PASSWORD if fresh else "given-by-somebody-1"),
    )
    if not fresh:
        own = system(LONG_AGO)
        own = type(own)(admitted.user, "portal", LONG_AGO, own.request_key, own.grants, own.scope)
        identity.set_password(own, password=Secret(PASSWORD))
    return User.objects.get(id=admitted.user)


@pytest.fixture
def clerk(tree: dict[str, OrganizationId]) -> User:
    return admit(tree["A00001"], "clerk", "outlet_clerk", "13800138000")
