"""Read bank statements: imported ones, and files before they are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, TypeVar

from django.db.models import Count

from qudao.domain.party import queries as organizations
from qudao.domain.party.types import OrganizationId
from qudao.domain.payment import rules
from qudao.domain.payment.formats import Format, formats
from qudao.domain.payment.models import BankLine, BankStatement
from qudao.domain.payment.types import (
    BranchExpected,
    FormatUnknown,
    LineId,
    LineNotFound,
    LineRecord,
    LineState,
    ParsedStatement,
    Preview,
    PreviewLine,
    RowError,
    StatementId,
    StatementRecord,
)
from qudao.domain.saleschannel import queries as saleschannel
from qudao.kernel.money import Money
from qudao.kernel.page import Page, PageRequest
from qudao.platform.commands.context import Context
from qudao.platform.identity.personal import mask_name

K = TypeVar("K")

LARGEST_FILE: Final = 5_000_000
"""Bytes of a bank statement."""

MOST_LINES: Final = 5_000
"""Credits of a bank statement."""


def formats_of_statements() -> tuple[Format, ...]:
    """Return the formats of bank statements that can be imported."""
    return tuple(formats.values())


def statements(ctx: Context, *, page: PageRequest) -> Page[StatementRecord]:
    """
    Return the imported bank statements of the actor's scope, newest first.

    :raises NotPermitted: without `payment.read`.
    """
    ctx.require("payment.read")
    rows = BankStatement.objects.within(ctx.scope).order_by("-imported_at", "-id")
    shown = rows.select_related("branch")[page.offset : page.offset + page.limit]
    waiting = dict(
        BankLine.objects.within(ctx.scope)
        .filter(statement__in=[row.id for row in shown], state=LineState.WAITING)
        .values_list("statement_id")
        .annotate(count=Count("id"))
    )
    return Page(tuple(_statement(row, waiting.get(row.id, 0)) for row in shown), rows.count(), page)


def lines(
    ctx: Context,
    *,
    page: PageRequest,
    statement: StatementId | None = None,
    state: str = "",
) -> Page[LineRecord]:
    """
    Return the lines of the bank statements of the actor's scope, in the order of the files.

    :raises NotPermitted: without `payment.read`.
    """
    ctx.require("payment.read")
    rows = BankLine.objects.within(ctx.scope).order_by("statement", "row")
    if statement is not None:
        rows = rows.filter(statement_id=statement)
    if state:
        rows = rows.filter(state=state)
    shown = rows.select_related("outlet")[page.offset : page.offset + page.limit]
    return Page(tuple(_line(row) for row in shown), rows.count(), page)


def line(ctx: Context, *, line: LineId) -> LineRecord:
    """
    Return a line of a bank statement.

    :raises LineNotFound: if there is none in the actor's scope.
    """
    row = BankLine.objects.within(ctx.scope).select_related("outlet").filter(id=line).first()
    if row is None:
        raise LineNotFound(line)
    return _line(row)


def preview(ctx: Context, *, branch: OrganizationId, format: str, content: bytes) -> Preview:
    """
    Return what an import of a file would do, without doing it.

    :raises NotPermitted: without `payment.read`.
    :raises BranchExpected: if there is no such branch in the actor's scope.
    :raises FormatUnknown: if no such format is registered.
    """
    ctx.require("payment.read")
    parsed, errors = read_statement(ctx, branch, format, content)
    places = recognise(ctx, {found.row: found.remittance for found in parsed.lines})
    shown = []
    for parsed_line in parsed.lines:
        place = places.get(parsed_line.row)
        shown.append(
            PreviewLine(
                row=parsed_line.row,
                booked_on=parsed_line.booked_on,
                amount=parsed_line.amount,
                reference=parsed_line.reference,
                remittance=parsed_line.remittance,
                payer_masked=mask_name(parsed_line.payer),
                outlet=None if place is None else place[1],
                node_code="" if place is None else place[0],
            )
        )
    return Preview(
        parsed.account,
        tuple(shown),
        rules.total(parsed_line.amount for parsed_line in parsed.lines),
        len(places),
        errors,
    )


def read_statement(
    ctx: Context, branch: OrganizationId, format: str, content: bytes
) -> tuple[ParsedStatement, tuple[RowError, ...]]:
    """
    Return what a file holds, and all that is wrong with it.

    :raises BranchExpected: if there is no such branch in the actor's scope.
    :raises FormatUnknown: if no such format is registered.
    """
    place = organizations.organization(ctx, branch)
    if place is None or place.kind != "branch":
        raise BranchExpected(branch)
    if format not in formats:
        raise FormatUnknown(format)
    empty = ParsedStatement("", ())
    if len(content) > LARGEST_FILE:
        return empty, (RowError(0, "too_large"),)
    parsed = formats[format].read(content)
    if len(parsed.lines) > MOST_LINES:
        return empty, (RowError(0, "too_large"),)
    imported = frozenset(
        BankLine.objects.unscoped("a reference is imported once, whoever did it")
        .filter(
            branch_id=branch,
            account=parsed.account,
            reference__in=[found.reference for found in parsed.lines],
        )
        .values_list("reference", flat=True)
    )
    return parsed, rules.check_statement(parsed, imported)


def recognise(ctx: Context, texts: Mapping[K, str]) -> dict[K, tuple[str, OrganizationId]]:
    """
    Return, for each text that names exactly one outlet, its node code and the outlet.

    Outlets are looked for in the actor's scope; a closed one is none.
    """
    named = {key: rules.node_codes_in(text) for key, text in texts.items()}
    known = saleschannel.by_node_codes(
        ctx, node_codes=sorted({code for codes in named.values() for code in codes})
    )
    places = {}
    for key, codes in named.items():
        hits = [(code, known[code]) for code in codes if code in known]
        if len(hits) == 1:
            places[key] = hits[0]
    return places


def _statement(row: BankStatement, waiting: int) -> StatementRecord:
    return StatementRecord(
        statement=StatementId(row.id),
        branch=OrganizationId(row.branch_id),
        branch_name_zh=row.branch.name_zh,
        branch_name_en=row.branch.name_en,
        format=row.format,
        file_name=row.file_name,
        account=row.account,
        imported_at=row.imported_at,
        imported_by=row.imported_by,
        lines=row.lines,
        total=Money(row.total),
        waiting=waiting,
    )


def _line(row: BankLine) -> LineRecord:
    return LineRecord(
        line=LineId(row.id),
        statement=StatementId(row.statement_id),
        row=row.row,
        booked_on=row.booked_on,
        amount=Money(row.amount),
        reference=row.reference,
        remittance=row.remittance,
        payer_masked=mask_name(row.payer),
        state=row.state,
        outlet=None if row.outlet is None else OrganizationId(row.outlet.id),
        outlet_name_zh=None if row.outlet is None else row.outlet.name_zh,
        outlet_name_en=None if row.outlet is None else row.outlet.name_en,
        remark=row.remark,
    )
