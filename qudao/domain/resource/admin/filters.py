"""Filters of the lists of numbers and rules."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from qudao.domain.resource.admin.forms import grade_names, pattern_cell, pattern_codes
from qudao.domain.resource.types import NumberState
from qudao.platform.backoffice.filters import CodeFilter


class StateFilter(CodeFilter):
    """Keep the numbers of one state; what is rare is found by the index of what makes it rare."""

    title = _("State")
    parameter_name = "state"
    column, field = "state", "number_state"
    codes = [state.value for state in NumberState]

    def queryset(self, request: Any, queryset: QuerySet[Any]) -> QuerySet[Any]:
        rows = super().queryset(request, queryset)
        match self.value():
            case "reserved" | "paid":
                return rows.filter(holder__isnull=False)
            case "resting":
                return rows.filter(until__isnull=False)
        return rows


class PatternFilter(CodeFilter):
    """Keep the numbers of one pattern."""

    title = _("Pattern")
    parameter_name = "pattern"
    column = "pattern__code"

    def lookups(self, request: Any, model_admin: Any) -> list[tuple[str, Any]]:
        return [(code, pattern_cell(code)) for code in pattern_codes()]


class GradeFilter(CodeFilter):
    """Keep the rows of one grade."""

    title = _("Grade")
    parameter_name = "grade"
    column = "grade"

    def lookups(self, request: Any, model_admin: Any) -> list[tuple[str, Any]]:
        return list(grade_names().items())


class GradeOfPatternFilter(GradeFilter):
    """Keep the numbers of one grade."""

    column = "pattern__grade"
