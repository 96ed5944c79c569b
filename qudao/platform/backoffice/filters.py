"""Filters of lists: each is one labelled control, and survives nonsense in the address."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any, ClassVar

from django.contrib.admin import ListFilter, SimpleListFilter
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from qudao.kernel.period import day_bounds
from qudao.kernel.scope import Scope
from qudao.platform.backoffice.values import Coded
from qudao.platform.tables.scoped import within


class CodeFilter(SimpleListFilter):
    """Keep the rows that have one of some codes. Made by `by_code`."""

    control = "select"
    column: ClassVar[str]
    field: ClassVar[str]
    codes: ClassVar[Any]

    def lookups(self, request: Any, model_admin: Any) -> list[tuple[str, Any]]:
        codes: Iterable[str] = self.codes() if callable(self.codes) else self.codes
        return [(code, Coded(self.field, code)) for code in codes]

    def queryset(self, request: Any, queryset: QuerySet[Any]) -> QuerySet[Any]:
        known = {code for code, _shown in self.lookup_choices}
        if self.value() not in known:
            return queryset
        return queryset.filter(**{self.column: self.value()})


def by_code(title: Any, column: str, codes: Any, *, field: str = "") -> type[CodeFilter]:
    """Return a filter on a column of codes; `field` is what the front words the codes by."""
    name = column.removesuffix("_id").split("__")[-1]
    return type(
        f"By{name.title()}",
        (CodeFilter,),
        {
            "title": title,
            "parameter_name": name,
            "column": column,
            "codes": staticmethod(codes) if callable(codes) else codes,
            "field": field or name,
        },
    )


class FlagFilter(SimpleListFilter):
    """Keep the rows for which something holds. Made by `by_flag`."""

    control = "select"
    condition: ClassVar[Q]

    def lookups(self, request: Any, model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", _("Yes")), ("no", _("No"))]

    def queryset(self, request: Any, queryset: QuerySet[Any]) -> QuerySet[Any]:
        match self.value():
            case "yes":
                return queryset.filter(self.condition)
            case "no":
                return queryset.exclude(self.condition)
        return queryset


def by_flag(title: Any, name: str, condition: Q) -> type[FlagFilter]:
    """Return a filter yes/no on a condition."""
    attributes = {"title": title, "parameter_name": name, "condition": condition}
    return type(f"If{name.title()}", (FlagFilter,), attributes)


class PlaceFilter(SimpleListFilter):
    """Keep the rows of one part of the organization. Made by `by_place`."""

    control = "select"
    path: ClassVar[str]
    places: ClassVar[Any]

    def lookups(self, request: Any, model_admin: Any) -> list[tuple[str, Any]]:
        return list(self.places(request.ctx_for()))

    def queryset(self, request: Any, queryset: QuerySet[Any]) -> QuerySet[Any]:
        chosen = self.value()
        if chosen not in {path for path, _shown in self.lookup_choices}:
            return queryset
        return queryset.filter(within(self.path, Scope.of([str(chosen)])))


def by_place(title: Any, path: str, places: Any) -> type[PlaceFilter]:
    """
    Return a filter on a subtree; `path` leads from the row to its organization's path.

    `places(ctx)` gives the parts that the actor may choose: (path, shown).
    """
    return type(
        "ByPlace",
        (PlaceFilter,),
        {
            "title": title,
            "parameter_name": "place",
            "path": path,
            "places": staticmethod(places),
        },
    )


class DaysFilter(ListFilter):
    """Keep the rows of some business days. Made by `by_days`."""

    control = "days"
    column: ClassVar[str]
    is_date: ClassVar[bool]

    def __init__(self, request: Any, params: dict[str, Any], model: Any, model_admin: Any) -> None:
        super().__init__(request, params, model, model_admin)
        for name in self.expected_parameters():
            if name in params:
                given = params.pop(name)
                self.used_parameters[name] = given[-1] if isinstance(given, list) else given
        self.first = _day(self.used_parameters.get("first"))
        self.last = _day(self.used_parameters.get("last"))

    def expected_parameters(self) -> list[str | None]:
        return ["first", "last"]

    def has_output(self) -> bool:
        return True

    def choices(self, changelist: Any) -> Any:
        return iter(())

    def queryset(self, request: Any, queryset: QuerySet[Any]) -> QuerySet[Any]:
        first, last = self.first, self.last
        if self.is_date:
            if first:
                queryset = queryset.filter(**{f"{self.column}__gte": first})
            if last:
                queryset = queryset.filter(**{f"{self.column}__lte": last})
            return queryset
        if first:
            queryset = queryset.filter(**{f"{self.column}__gte": day_bounds(first).start})
        if last:
            queryset = queryset.filter(**{f"{self.column}__lt": day_bounds(last).end})
        return queryset


def by_days(title: Any, column: str, *, is_date: bool = False) -> type[DaysFilter]:
    """Return a filter on business days; `is_date` if the column itself holds them."""
    return type("ByDays", (DaysFilter,), {"title": title, "column": column, "is_date": is_date})


def _day(text: Any) -> date | None:
    try:
        day = date.fromisoformat(str(text or ""))
    except ValueError:
        return None
    return day if 2000 <= day.year < 2200 else None
