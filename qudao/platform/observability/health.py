"""Checks of what we depend on, each with a name of its own."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

_log = logging.getLogger("qudao.health")

Check = Callable[[], str]


class Unwell(Exception):
    """The dependency is not as it should be; the message says how, without secrets."""


@dataclass(frozen=True, slots=True)
class Finding:
    """How one dependency was found."""

    name: str
    well: bool
    detail: str
    took_ms: float
    essential: bool
    """Without it nothing can be served; otherwise something works less well or later."""


checks: Final[dict[str, tuple[Check, bool]]] = {}
"""Every check by name, and whether it is essential."""


def check(name: str, *, essential: bool) -> Callable[[Check], Check]:
    """Register a check: it returns a short detail, or raises `Unwell`."""

    def register(function: Check) -> Check:
        assert name not in checks, name
        checks[name] = (function, essential)
        return function

    return register


def examine() -> list[Finding]:
    """Run every check; a check that breaks counts as not well."""
    return [_examine(name) for name in sorted(checks)]


def _examine(name: str) -> Finding:
    function, essential = checks[name]
    began = time.perf_counter()
    try:
        detail, well = function(), True
    except Unwell as unwell:
        detail, well = str(unwell), False
    except Exception as error:  # whatever breaks is what the check was to find
        _log.exception("health check %s", name)
        detail, well = type(error).__name__, False
    return Finding(name, well, detail, round((time.perf_counter() - began) * 1000, 1), essential)
