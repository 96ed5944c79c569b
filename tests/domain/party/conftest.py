"""A small tree, and contexts of people in it."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from datetime import UTC, datetime
from uuid import UUID

import pytest

from qudao.domain.party import operations as party
from qudao.domain.party.types import OrganizationId, OrganizationKind
from qudao.kernel.scope import Scope
from qudao.platform.commands.context import Context
from qudao.platform.identity.roles import grants_of, system_context

NOON = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)

SOMEBODY = UUID(int=77)

_keys = itertools.count()


def system(at: datetime = NOON, key: str | None = None) -> Context:
    return system_context(at, key or f"party-test-{next(_keys)}")


def acting(
    role: str,
    path: str,
    *,
    at: datetime = NOON,
    actor: UUID = SOMEBODY,
    key: str | None = None,
    more: Iterable[str] = (),
) -> Context:
    """The context of somebody in a role at the organization with this path."""
    return Context(
        actor=actor,
        channel="portal",
        at=at,
        request_key=key or f"party-test-{next(_keys)}",
        grants=grants_of(role) | frozenset(more),
        scope=Scope.of([path]),
    )


TREE = [
    (OrganizationKind.GROUP, "000", None),
    (OrganizationKind.PROVINCE, "41", "000"),
    (OrganizationKind.BRANCH, "4101", "41"),
    (OrganizationKind.BRANCH, "4103", "41"),
    (OrganizationKind.COUNTY, "410102", "4101"),
    (OrganizationKind.COUNTY, "410105", "4101"),
    (OrganizationKind.COUNTY, "410305", "4103"),
    (OrganizationKind.OUTLET, "A00001", "410102"),
    (OrganizationKind.OUTLET, "A00002", "410102"),
    (OrganizationKind.OUTLET, "A00003", "410305"),
]


@pytest.fixture
def tree(db: None) -> dict[str, OrganizationId]:
    """Organizations by code."""
    made: dict[str, OrganizationId] = {}
    for kind, code, parent in TREE:
        made[code] = party.create_organization(
            system(),
            kind=kind,
            code=code,
            name_zh=f"组织{code}",
            name_en=f"Organization {code}",
            parent=None if parent is None else made[parent],
        )
    return made
