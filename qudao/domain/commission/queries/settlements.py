"""Read settlements and statements, down to a line's transaction."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import F, Q, QuerySet, Sum

from qudao.domain.commission.models.settlements import (
    Settlement,
    Statement,
    StatementClerk,
    StatementSum,
)
from qudao.domain.commission.queries import book
from qudao.domain.commission.queries.effective import policies_of, rules_of
from qudao.domain.commission.types import Unit
from qudao.domain.commission.types.settlements import (
    FactRecord,
    LineKey,
    LineNotFound,
    LineRecord,
    SettlementId,
    SettlementNotFound,
    SettlementRecord,
    StatementClerkRow,
    StatementId,
    StatementNotFound,
    StatementRecord,
    StatementSumRow,
)
from qudao.domain.party.types import OrganizationId
from qudao.kernel.money import Money
from qudao.kernel.page import Page, PageRequest
from qudao.platform.commands.context import Context
from qudao.platform.tables.project import page_of, project, record_of

READ = "commission.read"

_STATEMENT = {
    "settlement": "settlement_id",
    "settlement_state": "settlement__state",
    "month": "settlement__month",
    "outlet": "outlet_id",
    "outlet_code": "outlet__code",
    "outlet_name_zh": "outlet__name_zh",
    "outlet_name_en": "outlet__name_en",
    "versions": "settlement__versions",
    "computed_at": "settlement__computed_at",
}


def settlement(ctx: Context, *, settlement: SettlementId) -> SettlementRecord:
    """
    Return a settlement.

    :raises NotPermitted: without `commission.read`.
    :raises SettlementNotFound: if there is none in the actor's scope.
    """
    ctx.require(READ)
    rows = Settlement.objects.within(ctx.scope).filter(id=settlement)
    found = project(rows, SettlementRecord, province="province_id")
    if not found:
        raise SettlementNotFound(settlement)
    return found[0]


def settlement_of(province: UUID, month: date) -> SettlementRecord | None:
    """Return a province's settlement of a month, if there is one: for jobs."""
    rows = Settlement.objects.unscoped("a job knows its province")
    found = project(
        rows.filter(province=province, month=month), SettlementRecord, province="province_id"
    )
    return found[0] if found else None


def settlements(ctx: Context, *, page: PageRequest) -> Page[SettlementRecord]:
    """
    Return settlements, newest month first.

    :raises NotPermitted: without `commission.read`.
    """
    ctx.require(READ)
    rows = Settlement.objects.within(ctx.scope).order_by("-month", "id")
    return page_of(rows, SettlementRecord, page, province="province_id")


def statement(ctx: Context, *, statement: StatementId) -> StatementRecord:
    """
    Return a statement.

    :raises NotPermitted: without `commission.read`.
    :raises StatementNotFound: if there is none in the actor's scope.
    """
    ctx.require(READ)
    found = project(_statements(ctx).filter(id=statement), StatementRecord, **_STATEMENT)
    if not found:
        raise StatementNotFound(statement)
    return found[0]


def statement_of(ctx: Context, *, outlet: OrganizationId, month: date) -> StatementRecord | None:
    """
    Return an outlet's statement of a month as it stands, also while the month goes on.

    :raises NotPermitted: without `commission.read`.
    """
    ctx.require(READ)
    rows = _statements(ctx).filter(outlet=outlet, settlement__month=month)
    found = project(rows, StatementRecord, **_STATEMENT)
    return found[0] if found else None


def statements(
    ctx: Context,
    *,
    page: PageRequest,
    outlet: OrganizationId | None = None,
    settlement: SettlementId | None = None,
) -> Page[StatementRecord]:
    """
    Return statements, newest month first, then by outlet.

    :raises NotPermitted: without `commission.read`.
    """
    ctx.require(READ)
    rows = _statements(ctx)
    if outlet is not None:
        rows = rows.filter(outlet=outlet)
    if settlement is not None:
        rows = rows.filter(settlement=settlement)
    rows = rows.order_by("-settlement__month", "outlet__code")
    return page_of(rows, StatementRecord, page, **_STATEMENT)


def sums(statement: StatementRecord) -> tuple[StatementSumRow, ...]:
    """Return a statement's parts by rule; the caller has got the statement in scope."""
    rows = (
        StatementSum.objects.filter(statement=statement.id)
        .values_list("rule", "unit")
        .annotate(Sum("lines"), Sum("base"), Sum("amount"))
        .order_by("rule")
    )
    return tuple(
        record_of([int(x) if i != 1 else x for i, x in enumerate(row)], StatementSumRow)
        for row in rows
    )


def current_sums(settlement: UUID) -> QuerySet[StatementSum]:
    """Return the parts by rule of all of a settlement's statements that count."""
    return StatementSum.objects.filter(
        statement__settlement=settlement, statement__edition=F("statement__settlement__edition")
    )


def clerks(statement: StatementRecord) -> tuple[StatementClerkRow, ...]:
    """Return a statement's parts by clerk; the caller has got the statement in scope."""
    rows = StatementClerk.objects.filter(statement=statement.id).order_by("-amount", "id")
    return project(rows, StatementClerkRow)


def lines(
    statement: StatementRecord, page: PageRequest, *, rule: int | None = None
) -> Page[LineRecord]:
    """Return a statement's lines; the caller has got the statement in scope."""
    return book.lines(statement.versions, statement.number, page, rule=rule)


def every_line(statement: StatementRecord) -> Iterator[LineRecord]:
    """Yield a statement's lines for a file; the caller has got the statement in scope."""
    return book.every_line(statement.versions, statement.number)


def lines_at(statement: StatementRecord, key: LineKey) -> tuple[LineRecord, ...]:
    """
    Return the lines of a statement that have one key, its own first: more than one only where
    something was taken back of a fact and paid otherwise. The caller has got the statement in
    scope.

    :raises LineNotFound: if there is none.
    """
    found = book.lines_at(statement.versions, statement.number, key)
    if not found:
        raise LineNotFound(key.rule, key.fact)
    return found


def facts(lines: Collection[LineRecord]) -> dict[int, FactRecord]:
    """Return the sales behind lines, by fact, as far as they are in the lake."""
    return book.facts(sorted({one for line in lines for one in (line.fact, line.origin) if one}))


def has_rules(month: date) -> bool:
    """Say whether there is anything to compute in a month."""
    return bool(rules_of(month))


def over_budget(settlement: UUID, month: date) -> list[tuple[str, int]]:
    """Return the policies that cost more than they may in a month, and by how much, in fen."""
    rows = current_sums(settlement).filter(unit=Unit.FEN)
    cost = dict(rows.values_list("rule").annotate(Sum("amount")))
    found = []
    for one in policies_of(month):
        if one.budget is not None:
            over = int(sum(cost.get(rule, 0) for rule in one.rules)) - one.budget.minor
            if over > 0:
                found.append((one.code, over))
    return found


def earned_by_month(
    ctx: Context, *, outlet: OrganizationId, months: int
) -> list[tuple[date, Money]]:
    """
    Return what an outlet earned in its last months, oldest first.

    :raises NotPermitted: without `commission.read`.
    """
    ctx.require(READ)
    rows = _statements(ctx).filter(outlet=outlet).order_by("-settlement__month")
    found = rows.values_list("settlement__month", "earned", "adjusted")[:months]
    return [(month, Money(earned + adjusted)) for month, earned, adjusted in reversed(found)]


def _statements(ctx: Context) -> QuerySet[Statement]:
    return Statement.objects.within(ctx.scope)


def searched(rows: QuerySet[Any], text: str) -> QuerySet[Any]:
    """Narrow rows with an outlet to those of it: part of a name, or the beginning of a code."""
    return rows.filter(
        Q(outlet__name_zh__icontains=text)
        | Q(outlet__name_en__icontains=text)
        | Q(outlet__code__startswith=text)
    )
