"""What a draft would have cost in past months, beside what holds now."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from qudao.domain.commission.computing.branch import Plan
from qudao.domain.commission.computing.month import lake_branches, own_rules, pin
from qudao.domain.commission.computing.sessions import Session, sessions, side_by_side
from qudao.domain.commission.queries.effective import (
    codes_by_number,
    rules_by_number,
    rules_drafted,
    rules_of,
)
from qudao.domain.commission.types import PolicyDraft, Rule, Scheme, TermKind, Unit, terms_of
from qudao.platform.lake.exact import total

if TYPE_CHECKING:
    from qudao.platform.lake.manifests import Inputs
    from qudao.platform.lake.store import Lake

LISTED: Final = 20
"""Winners, and losers, that a page shows; the file has all outlets."""
DRAFTED: Final = 1_000_000_000
"""From here on rules are numbered that are no real ones: no real rule has such a number."""
SIDES: Final = ("current", "draft")


@dataclass(frozen=True)
class Compared:
    """
    The rules of both sides, to be computed in one go.

    What the draft does not touch is there once and counts for both sides. The others are there
    twice, under numbers and codes of their own, so that each stands upon rules of its own side.
    """

    rules: tuple[Rule, ...]
    sides: Mapping[int, tuple[str, ...]]
    """By number of a rule that pays money: for which sides it counts."""
    codes: Mapping[int, str]
    """By the same: the code under which people know it."""
    past: Mapping[int, str]
    """Codes by the numbers of the rules that have made the lines of closed months."""
    own: Collection[str] = ()
    """Codes of the draft's rules: what they pay is for its budget."""


def compared(policy: str, draft: PolicyDraft) -> Compared:
    """
    Return the rules that hold on the draft's first day without it, and with it.

    The draft takes the place of what its own policy pays then. All are made to hold on every day,
    so that past months can be computed by them.
    """
    now = rules_of(draft.valid_from)
    whose = rules_by_number(rule.number for rule in now)
    held = [rule for rule in now if rule.from_day <= draft.valid_from < rule.until_day]
    others = [rule for rule in held if whose[rule.number].policy_code != policy]
    drafted = rules_drafted(draft.plans, draft.branches, date.min, None, DRAFTED)
    both = in_one_go(_always(held), _always([*others, *drafted]), codes_by_number())
    return replace(both, own={rule.code for rule in drafted})


def _always(rules: Iterable[Rule]) -> tuple[Rule, ...]:
    return tuple(replace(rule, from_day=date.min, until_day=date.max) for rule in rules)


def in_one_go(
    current: Sequence[Rule], draft: Sequence[Rule], past: Mapping[int, str] | None = None
) -> Compared:
    """Return two sets of rules, of which most may be the same, as one."""
    shared = [rule for rule in current if rule in draft]
    changed = {rule.code for rule in (*current, *draft) if rule not in shared}
    while touched := [rule for rule in shared if not changed.isdisjoint(rule.terms.upon())]:
        changed |= {rule.code for rule in touched}
        shared = [rule for rule in shared if rule not in touched]
    rules, codes = [*shared], {rule.number: rule.code for rule in shared}
    sides: dict[int, tuple[str, ...]] = dict.fromkeys(codes, SIDES)
    for side, mine in zip(SIDES, (current, draft), strict=True):
        for rule in mine:
            if rule not in shared:
                number = DRAFTED + len(rules)
                terms = _upon_its_own(rule.terms, changed, side)
                code = f"{rule.code}@{side}"
                rules.append(replace(rule, number=number, code=code, terms=terms))
                sides[number], codes[number] = (side,), rule.code
    paying = {rule.number for rule in rules if rule.unit is Unit.FEN}
    return Compared(
        tuple(rules),
        {number: found for number, found in sides.items() if number in paying},
        codes,
        past or {},
    )


def _upon_its_own(terms: Scheme, changed: set[str], side: str) -> Scheme:
    """Name the rules of a side, and, for what they have paid before, as they are really called."""
    names = {
        term.name: tuple(
            name
            for code in getattr(terms, term.name)
            for name in ((f"{code}@{side}", code) if code in changed else (code,))
        )
        for term in terms_of(type(terms))
        if term.kind is TermKind.RULES
    }
    return replace(terms, **names) if names else terms  # type: ignore[type-var]


def what_if(
    lake: Lake,
    months: Sequence[date],
    both: Compared,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> tuple[dict[str, Any], list[list[Any]]]:
    """
    Compute past months by what holds now, and by the same with the draft; no line is kept.

    The facts of a branch are read once for both. The first answer is the comparison: by month,
    branch, kind of channel, star and rule, with those who win and lose most; of a month also what
    the draft itself pays of it. The second has every outlet: number, node code, branch, kind,
    star, what it earned, what it would have earned (fen, all months together). `progress` is told
    how many branches of how many are computed.
    """
    read = {month: pin(lake, month, both.rules) for month in months}
    steps, done = sum(len(lake_branches(read[month], month)) for month in months), 0
    by_month, by_rule = [], {side: Counter[str]() for side in SIDES}
    outlets: dict[str, Counter[int]] = {side: Counter() for side in SIDES}
    progress(done, steps)
    for month in months:
        row = dict.fromkeys((*SIDES, "own"), 0)
        for found in _branches(lake, month, both, read[month]):
            for rule, outlet, amount in found:
                sides = both.sides.get(rule, ())
                if "draft" in sides and both.codes[rule] in both.own:
                    row["own"] += amount
                for side in sides:
                    row[side] += amount
                    by_rule[side][both.codes[rule]] += amount
                    outlets[side][outlet] += amount
            done += 1
            progress(done, steps)
        by_month.append({"month": month.isoformat(), **row})
    rows = _rows(_attributes(lake, months), outlets["current"], outlets["draft"])
    return _compared(by_month, by_rule, rows), rows


def _branches(
    lake: Lake, month: date, both: Compared, read: Inputs
) -> Iterator[list[tuple[int, int, int]]]:
    """Yield the sums of each branch: (rule, outlet, amount)."""
    groups: dict[tuple[Rule, ...], list[str]] = {}
    for branch in lake_branches(read, month):
        groups.setdefault(own_rules(both.rules, month, branch), []).append(branch)
    for own, branches in groups.items():
        if not own:
            yield from ([] for _branch in branches)
            continue
        with sessions(lake, Plan(month, own, both.past), len(branches)) as opened:
            for _branch, found in side_by_side(opened, branches, partial(_summed, read)):
                yield found


def _summed(read: Inputs, session: Session, branch: str) -> list[tuple[int, int, int]]:
    session.computing.run(session.sources(read, branch))
    try:
        lines = session.computing.lines
        by = lines.group_by("rule", "outlet").agg(amount=total(lines.amount))
        sums = session.lake.engine.arrow(by)
    finally:
        session.computing.forget()
    columns = (sums[name].to_pylist() for name in ("rule", "outlet", "amount"))
    return list(zip(*columns, strict=True))


def _attributes(lake: Lake, months: Sequence[date]) -> dict[int, tuple[str, str, str, int]]:
    """Return node code, branch, kind and star of every outlet as they were last."""
    table = lake.read("outlets", months=months)
    wanted = table.select("outlet", "until_day", "node_code", "branch", "kind", "star")
    found = lake.engine.arrow(wanted.order_by("until_day", "branch")).to_pylist()
    return {
        row["outlet"]: (row["node_code"], row["branch"], row["kind"], row["star"]) for row in found
    }


def _rows(
    known: Mapping[int, tuple[str, str, str, int]], current: Counter[int], draft: Counter[int]
) -> list[list[Any]]:
    return [
        [outlet, *known.get(outlet, ("", "", "", 0)), current[outlet], draft[outlet]]
        for outlet in sorted(current.keys() | draft.keys())
    ]


def _compared(
    by_month: list[dict[str, Any]], by_rule: Mapping[str, Counter[str]], rows: list[list[Any]]
) -> dict[str, Any]:
    ranked = sorted(rows, key=lambda row: (row[6] - row[5], row[0]))
    gains = [row[6] - row[5] for row in rows]
    codes = sorted(by_rule["current"].keys() | by_rule["draft"].keys())
    return {
        "months": by_month,
        "rules": [
            {"key": code, "current": by_rule["current"][code], "draft": by_rule["draft"][code]}
            for code in codes
        ],
        **{
            name: _grouped(rows, place)
            for name, place in (("branches", 2), ("kinds", 3), ("stars", 4))
        },
        "outlets": len(rows),
        "winners": sum(gain > 0 for gain in gains),
        "losers": sum(gain < 0 for gain in gains),
        "won": sum(gain for gain in gains if gain > 0),
        "lost": -sum(gain for gain in gains if gain < 0),
        "most_won": [row for row in reversed(ranked[-LISTED:]) if row[6] > row[5]],
        "most_lost": [row for row in ranked[:LISTED] if row[6] < row[5]],
    }


def _grouped(rows: list[list[Any]], place: int) -> list[dict[str, Any]]:
    current, draft, count = Counter[str](), Counter[str](), Counter[str]()
    for row in rows:
        key = str(row[place])
        current[key] += row[5]
        draft[key] += row[6]
        count[key] += 1
    return [
        {"key": key, "outlets": count[key], "current": current[key], "draft": draft[key]}
        for key in sorted(count)
    ]
