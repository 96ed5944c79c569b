"""What is wrong with a policy as it is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as declared


@dataclass(frozen=True, slots=True)
class PolicyProblem:
    """One thing that is wrong, and where; each front words it."""

    code: str
    """`no_rules`, `code_twice`, `terms_unreadable`, …, or a `ProblemKind` of the scheme's."""
    rule: str = ""
    """Code of the rule; empty: the policy itself or a plan."""
    field: str = ""
    """Of the policy, the selector or the terms."""
    row: int | None = None
    """Which row, from 0, of a term that has rows."""
    values: Mapping[str, int | str] = declared(default_factory=dict)
    """What the words need."""
    scheme: str = ""
    """Whose term it is; empty: none's."""
