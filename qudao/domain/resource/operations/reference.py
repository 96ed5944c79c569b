"""The reference data that ships with the platform."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from qudao.domain.resource import data, rules
from qudao.domain.resource.models import Grade, GradePrice, Pattern
from qudao.kernel.ids import new_id
from qudao.platform.commands.command import command
from qudao.platform.commands.context import Context

EPOCH: Final = datetime(2019, 12, 31, 16, tzinfo=UTC)
"""From when shipped prices hold: 2020-01-01 in the market, before anything that is recorded."""


@command("resource.load_reference")
def load_reference(ctx: Context) -> int:
    """
    Load what ships: the grades with their prices, and a row for each registered pattern.

    Adds what is missing and never overwrites what people changed; returns how many rows it added.
    """
    present = set(Grade.objects.values_list("code", flat=True))
    missing = [grade for grade in data.grades() if grade.code not in present]
    for grade in missing:
        Grade.objects.create(
            code=grade.code,
            name_zh=grade.name_zh,
            name_en=grade.name_en,
            position=grade.position,
        )
        GradePrice.objects.create(
            id=new_id(ctx.at),
            grade_id=grade.code,
            price=grade.price.minor,
            monthly_floor=grade.monthly_floor.minor,
            valid_from=EPOCH,
        )
    known = set(Pattern.objects.values_list("code", flat=True))
    added = [
        Pattern(code=rule.code, grade_id=rule.grade, enabled=True)
        for rule in rules.ordered()
        if rule.code not in known
    ]
    Pattern.objects.bulk_create(added)
    return len(missing) + len(added)
