"""In what two sets of plans differ, rule by rule."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from qudao.domain.commission.types import Difference, Plan


def differences(before: Sequence[Plan], after: Sequence[Plan]) -> tuple[Difference, ...]:
    """Return where plans differ; a rule is the same one as long as it has its code."""
    old, new = _rules(before), _rules(after)
    found: list[Difference] = []
    for code in [*old, *(code for code in new if code not in old)]:
        if code not in new:
            found.append(Difference(code, "", old[code]["scheme"], ""))
        elif code not in old:
            found.append(Difference(code, "", "", new[code]["scheme"]))
        else:
            found += _differ(code, "", old[code], new[code])
    return tuple(found)


def _rules(plans: Sequence[Plan]) -> dict[str, dict[str, Any]]:
    """Return every rule by its code, with its plan's selector."""
    return {
        rule.code: {
            **msgspec.to_builtins(rule),
            "selector": msgspec.to_builtins(plan.selector),
        }
        for plan in plans
        for rule in plan.rules
    }


def _differ(code: str, where: str, old: Any, new: Any) -> Iterator[Difference]:
    if old == new:
        return
    if isinstance(old, dict) and isinstance(new, dict):
        for key in [*old, *(key for key in new if key not in old)]:
            place = f"{where}.{key}" if where else key
            yield from _differ(code, place, old.get(key), new.get(key))
    elif isinstance(old, list) and isinstance(new, list):
        for n in range(max(len(old), len(new))):
            one = old[n] if n < len(old) else None
            other = new[n] if n < len(new) else None
            yield from _differ(code, f"{where}.{n + 1}", one, other)
    else:
        yield Difference(code, where, _text(old), _text(new))


def _text(value: Any) -> str:
    return "" if value is None else str(value)
