"""Rows that belong to someone cannot be listed without saying for whom."""

from __future__ import annotations

from functools import reduce
from operator import or_
from typing import Any, Generic, TypeVar

from django.db import models
from django.db.models import Q

from qudao.kernel.scope import Scope

M = TypeVar("M", bound=models.Model)


class ScopedManager(models.Manager[M], Generic[M]):
    """
    Fails closed: `within(scope)` or `unscoped(reason)`, nothing else.

    `path` leads from the row to the path of the organization it belongs to, such as
    `outlet__organization__path`.
    """

    def __init__(self, path: str = "path") -> None:
        super().__init__()
        self.path = path

    def create(self, **values: Any) -> M:
        """Insert a row: writing one needs no scope, the operation has checked it."""
        return super().get_queryset().create(**values)

    def within(self, scope: Scope) -> models.QuerySet[M]:
        """Return the rows inside the scope; none for an empty one."""
        if not scope.paths:
            return super().get_queryset().none()
        return super().get_queryset().filter(within(self.path, scope))

    def unscoped(self, reason: str) -> models.QuerySet[M]:
        """Return all rows, for a stated reason: a rule of the whole, not a list for someone."""
        assert reason
        return super().get_queryset()

    def get_queryset(self) -> models.QuerySet[M]:
        raise AssertionError(f"{self.model.__name__}: say within(scope) or unscoped(reason)")


def within(path: str, scope: Scope) -> Q:
    """Return the condition that the path lies in one of the scope's subtrees."""
    subtrees = [
        Q(**{path: own}) | Q(**{f"{path}__startswith": f"{own}."}) for own in sorted(scope.paths)
    ]
    return reduce(or_, subtrees, Q(pk__in=()))
