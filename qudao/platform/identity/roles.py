"""
Roles: what a kind of person may do. Where they may do it is the membership's business.

A grant is the name of a command or of a read permission; there are no wildcards and no order
among roles, so what is not written down is refused. The installation's roles are declared in
`qudao.site.roles`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Final

from qudao.kernel.scope import EVERYWHERE
from qudao.platform.commands.command import commands
from qudao.platform.commands.context import SYSTEM, Context


@dataclass(frozen=True, slots=True)
class Role:
    """A role that a membership can have."""

    code: str
    name_zh: str
    name_en: str
    levels: frozenset[str]
    """Kinds of organization at which the role exists (`province`, `outlet`, …)."""
    grants: frozenset[str]
    appoints: frozenset[str] = field(default=frozenset())
    """Roles that a holder may give to others, at organizations inside the holder's own."""


@dataclass(frozen=True, slots=True)
class Permission:
    """A right to read, which no command carries."""

    code: str
    name_zh: str
    name_en: str


SELF_SERVICE: Final = frozenset(
    {
        "identity.set_password",
        "identity.set_language",
        "identity.end_session",
        "identity.end_sessions",
    }
)
"""What everybody who has signed in may do to the own account, whatever the role, or without one."""

roles: Final[dict[str, Role]] = {}
permissions: Final[dict[str, Permission]] = {}


def declare(new_permissions: Iterable[Permission], new_roles: Iterable[Role]) -> None:
    """Add permissions and roles; each code once."""
    for permission in new_permissions:
        assert permission.code not in permissions, permission.code
        permissions[permission.code] = permission
    for role in new_roles:
        assert role.code not in roles, role.code
        roles[role.code] = role


def appointing(role: str) -> str:
    """Return the name of the grant that lets its holder give a role to others."""
    return f"party.appoint.{role}"


def grants_of(role: str) -> frozenset[str]:
    """Return what a role grants, the right to appoint included; nothing, if it is not declared."""
    return _all_of(roles[role]) if role in roles else frozenset()


@cache
def _all_of(role: Role) -> frozenset[str]:
    """Made once: the seats of ten thousand clerks share it."""
    return role.grants | {appointing(other) for other in role.appoints}


def system_context(at: datetime, request_key: str, channel: str = "worker") -> Context:
    """Return the context of workers and set-up: everything, everywhere, journalled as SYSTEM."""
    return Context(
        actor=SYSTEM,
        channel=channel,
        at=at,
        request_key=request_key,
        grants=frozenset(commands) | frozenset(permissions) | {appointing(code) for code in roles},
        scope=EVERYWHERE,
        exempt=True,
    )
