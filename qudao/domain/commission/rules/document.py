"""Policies as the tables hold them: plain JSON, typed both ways."""

from __future__ import annotations

from typing import Any

import msgspec

from qudao.domain.commission.types import Case, CaseLine, Plan, PolicyDraft


def stored(value: Any) -> Any:
    """Return a draft, a plan, a case, a selector as JSON values."""
    return msgspec.to_builtins(value)


def draft_of(document: Any) -> PolicyDraft:
    """Return the draft that a table holds."""
    return msgspec.convert(document, PolicyDraft)


def plans_of(document: Any) -> tuple[Plan, ...]:
    """Return the plans that a table holds."""
    return msgspec.convert(document, tuple[Plan, ...])


def case_of(document: Any) -> Case:
    """Return the test case that a table holds."""
    return msgspec.convert(document, Case)


def lines_of(document: Any) -> tuple[CaseLine, ...]:
    """Return the lines of a test case that a table holds."""
    return msgspec.convert(document, tuple[CaseLine, ...])
