"""Roles grant what exists, everything is granted to somebody, and the book says the same."""

from __future__ import annotations

import importlib
import pkgutil
import re
from pathlib import Path

import pytest

import qudao.domain
import qudao.journeys
import qudao.platform
from qudao.platform.commands.command import commands
from qudao.platform.identity.roles import (
    SELF_SERVICE,
    appointing,
    grants_of,
    permissions,
    roles,
)


def known_commands() -> set[str]:
    for floor in (qudao.platform, qudao.domain, qudao.journeys):
        for module in pkgutil.walk_packages(floor.__path__, f"{floor.__name__}."):
            if ".operations" in module.name or floor is qudao.journeys:
                importlib.import_module(module.name)
    return set(commands)


def test_every_grant_exists() -> None:
    known = known_commands() | set(permissions)
    assert {(role.code, grant) for role in roles.values() for grant in role.grants - known} == set()
    assert known_commands() >= SELF_SERVICE


def test_every_command_and_permission_is_granted_to_somebody() -> None:
    granted = SELF_SERVICE.union(*(role.grants for role in roles.values()))
    assert (known_commands() | set(permissions)) - granted == set()


def test_appointments_name_roles_that_somebody_can_hold() -> None:
    for role in roles.values():
        for other in role.appoints:
            assert roles[other].levels, other
    assert all(role.name_zh and role.name_en for role in roles.values())


def test_nobody_appoints_the_system_or_their_own_equals_above_an_outlet() -> None:
    for role in roles.values():
        assert "system" not in role.appoints
        assert role.code not in role.appoints


def test_what_the_code_asks_for_can_be_granted() -> None:
    """`ctx.require("…")` and `can("…")` name commands or declared permissions."""
    asked = {
        name
        for file in Path("qudao").rglob("*.py")
        for name in re.findall(r'\b(?:require|can)\("([a-z_]+\.[a-z_]+)"\)', file.read_text())
    }
    assert asked - known_commands() - set(permissions) == set()


def test_an_unknown_role_grants_nothing() -> None:
    assert grants_of("nonsense") == frozenset()
    assert appointing("outlet_clerk") in grants_of("outlet_owner")


@pytest.mark.parametrize("clerk", ["outlet_clerk", "api_client"])
def test_who_sells_decides_nothing(clerk: str) -> None:
    assert not {
        grant
        for grant in grants_of(clerk)
        if grant.startswith(("party.", "wallet.", "catalog.", "saleschannel.", "commands."))
        and not grant.endswith(".read")
    }


def test_the_book_shows_the_same_table() -> None:
    from qudao.site.roles_table import table

    text = Path("docs/security.md").read_text("utf-8")
    begin, end = "<!-- roles: begin -->\n", "<!-- roles: end -->"
    shown = text[text.index(begin) + len(begin) : text.index(end)]
    assert shown.strip() == table().strip(), "write it with: python -m qudao.site.roles_table"
