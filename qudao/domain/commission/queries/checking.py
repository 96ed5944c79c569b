"""What is checked of a computed month before anybody approves it."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from typing import Final
from uuid import UUID

from django.db.models import Sum

from qudao.domain.commission.models.settlements import (
    Adjustment,
    Settlement,
    Statement,
)
from qudao.domain.commission.queries import book
from qudao.domain.commission.queries.settlements import current_sums
from qudao.domain.commission.rules.statements import deviates
from qudao.domain.commission.types import Unit
from qudao.domain.commission.types.settlements import (
    Finding,
    RuleTotal,
    SettlementId,
    SettlementState,
)
from qudao.kernel.period import month_of

SHARE_PPM: Final = 500_000
"""An outlet that earned so much more or less than the month before is looked at…"""
LEAST: Final = 500_00
"""…if the difference is worth it, in fen."""
SAMPLE: Final = 40
"""Outlets whose lines are computed again one by one: the largest, and some at regular distances."""
NAMED: Final = 50
"""Findings of one kind that are kept; there is one for the rest."""


def findings(settlement: SettlementId) -> list[Finding]:
    """
    Return what a check of a computed settlement finds: faults, and what somebody should look at.

    The lines in the lake are added up anew, by branch and rule, and compared with the sums in the
    database, and these with the statements; some outlets' lines are computed once more, one by one.
    """
    row = Settlement.objects.unscoped("a job checks it").get(id=settlement)
    totals = book.totals(row.versions)
    return [
        *_totals(row, totals),
        *_deviations(row),
        *_recomputed(row),
    ]


def _totals(row: Settlement, totals: list[RuleTotal] | tuple[RuleTotal, ...]) -> list[Finding]:
    found = []
    rows = current_sums(row.id)
    held = {
        (branch, rule): (int(lines), int(base), int(amount))
        for branch, rule, lines, base, amount in rows.values_list("branch", "rule").annotate(
            Sum("lines"), Sum("base"), Sum("amount")
        )
    }
    said = {(one.branch, one.rule): (one.lines, one.base, one.amount) for one in totals}
    for key in sorted(held.keys() | said.keys()):
        for mine, theirs in zip(held.get(key, (0, 0, 0)), said.get(key, (0, 0, 0)), strict=True):
            if mine != theirs:
                found.append(Finding("totals", True, f"{key[0]}:{key[1]}", theirs, mine))
                break
    statements = Statement.objects.unscoped("all of the settlement").filter(settlement=row.id)
    summed = statements.aggregate(
        earned=Sum("earned"), adjusted=Sum("adjusted"), points=Sum("points"), lines=Sum("lines")
    )
    units = {
        unit: sum(one.amount for one in totals if one.unit == unit)
        for unit in (Unit.FEN, Unit.POINT)
    }
    adjustments = Adjustment.objects.unscoped("all of the province").filter(
        month=row.month, outlet__path__startswith=f"{row.province.path}."
    )
    adjusted = adjustments.aggregate(total=Sum("amount"))["total"] or 0
    for name, expected, have in (
        ("lines", row.lines, sum(one.lines for one in totals)),
        ("statement_lines", row.lines, summed["lines"]),
        ("earned", units[Unit.FEN], summed["earned"]),
        ("settlement", row.earned, summed["earned"]),
        ("points", units[Unit.POINT], summed["points"]),
        ("adjusted", adjusted, summed["adjusted"]),
    ):
        if int(expected) != int(have or 0):
            found.append(Finding("totals", True, name, int(expected), int(have or 0)))
    return found


def _deviations(row: Settlement) -> list[Finding]:
    before = (
        Settlement.objects.unscoped("of the same province")
        .filter(province=row.province_id, month=month_of(row.month - timedelta(days=1)))
        .exclude(state=SettlementState.DRAFT)
        .first()
    )
    if before is None:
        return []
    earned: dict[str, dict[UUID, int]] = defaultdict(dict)
    rows = Statement.objects.unscoped("all of both settlements")
    for settlement, code, amount in rows.filter(settlement__in=[row.id, before.id]).values_list(
        "settlement", "outlet__code", "earned"
    ):
        earned[code][settlement] = amount
    found = [
        Finding("deviation", False, code, both.get(before.id, 0), both.get(row.id, 0))
        for code, both in earned.items()
        if deviates(both.get(row.id, 0), both.get(before.id, 0), share_ppm=SHARE_PPM, least=LEAST)
    ]
    found.sort(key=lambda one: (-abs(one.found - one.expected), one.what))
    if len(found) > NAMED:
        found[NAMED:] = [Finding("deviation", False, "", len(found), NAMED)]
    return found


def _recomputed(row: Settlement) -> list[Finding]:
    rows = Statement.objects.unscoped("all of the settlement").filter(
        settlement=row.id, lines__gt=0
    )
    numbers = list(rows.order_by("-earned", "number").values_list("number", flat=True))
    distance = max(1, len(numbers) // (SAMPLE // 2))
    sample = sorted({*numbers[: SAMPLE // 2], *numbers[::distance]})[: SAMPLE * 2]
    wrong = book.wrong(row.versions, sample) if sample else ()
    return [
        Finding("recomputed", True, f"{one.outlet}:{one.rule}:{one.fact}", 0, one.amount)
        for one in wrong[:NAMED]
    ]
