"""Read drawers, payments and bank statements."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Final, TypeVar

from django.db.models import Count, QuerySet, Sum

from qudao.domain.party import queries as organizations
from qudao.domain.party.types import OrganizationId
from qudao.domain.payment import rules
from qudao.domain.payment.formats import Format, formats
from qudao.domain.payment.models import (
    BankLine,
    BankStatement,
    Drawer,
    PaymentReceived,
)
from qudao.domain.payment.types import (
    BranchExpected,
    DrawerId,
    DrawerNotFound,
    DrawerRecord,
    FormatUnknown,
    LineId,
    LineNotFound,
    LineRecord,
    LineState,
    NotAHall,
    ParsedStatement,
    PayingOutlet,
    PaymentRecord,
    Preview,
    PreviewLine,
    RowError,
    StatementId,
    StatementRecord,
)
from qudao.domain.saleschannel import queries as saleschannel
from qudao.domain.saleschannel.types import OutletFilter, OutletRecord, OutletState, Ownership
from qudao.kernel.money import Money
from qudao.kernel.page import Page, PageRequest
from qudao.kernel.scope import Scope
from qudao.platform.commands.context import Context
from qudao.platform.identity.personal import mask_name
from qudao.platform.tables.project import page_of
from qudao.platform.tables.scoped import within

K = TypeVar("K")

LARGEST_FILE: Final = 5_000_000
"""Bytes of a bank statement."""

MOST_LINES: Final = 5_000
"""Credits of a bank statement."""

_PAYMENT = {
    "payment": "id",
    "outlet": "outlet_id",
    "outlet_code": "outlet__code",
    "outlet_name_zh": "outlet__name_zh",
    "outlet_name_en": "outlet__name_en",
    "hall": "hall_id",
    "hall_name_zh": "hall__name_zh",
    "hall_name_en": "hall__name_en",
}


def formats_of_statements() -> tuple[Format, ...]:
    """Return the formats of bank statements that can be imported."""
    return tuple(formats.values())


def own_hall(ctx: Context, *, hall: OrganizationId) -> OutletRecord:
    """
    Return one of the operator's own halls.

    :raises OutletUnknown: if there is none in the actor's scope.
    :raises NotAHall: if the outlet belongs to somebody else.
    """
    found = saleschannel.outlet(ctx, outlet=hall)
    if found.ownership != Ownership.OWN:
        raise NotAHall(hall)
    return found


def branch_scope(path: str) -> Scope:
    """Return the branch that a place belongs to, as a scope."""
    return Scope.of([".".join(path.split(".")[:3])])


def paying_outlets(ctx: Context, *, hall: OrganizationId, text: str) -> tuple[PayingOutlet, ...]:
    """
    Return the outlets of a hall's branch that a text may mean (a name, a node code's beginning).

    A hall's clerk sees no more of the branch than this: whose money it is that lies on the table.

    :raises NotPermitted: without `payment.read`.
    :raises OutletUnknown: if there is no such hall in the actor's scope.
    :raises NotAHall: if it is no hall of the operator's own.
    """
    ctx.require("payment.read")
    here = own_hall(ctx, hall=hall)
    rows = saleschannel.outlets(
        replace(ctx, scope=branch_scope(here.path)),
        filter=OutletFilter(
            text=text,
            states=frozenset({OutletState.DRAFT, OutletState.ACTIVE, OutletState.SUSPENDED}),
        ),
        page=PageRequest(20),
    )
    return tuple(
        PayingOutlet(row.outlet, row.node_code, row.name_zh, row.name_en, row.state)
        for row in rows.items
    )


def own_drawer(ctx: Context) -> DrawerRecord | None:
    """Return the actor's open drawer, if there is one."""
    row = _drawers().filter(clerk=ctx.actor, state="open").first()
    return None if row is None else _drawer(row)


def drawer(ctx: Context, *, drawer: DrawerId) -> DrawerRecord:
    """
    Return a session at a drawer.

    :raises NotPermitted: without `payment.read`.
    :raises DrawerNotFound: if there is none in the actor's scope.
    """
    ctx.require("payment.read")
    row = _drawers().filter(within("hall__path", ctx.scope), id=drawer).first()
    if row is None:
        raise DrawerNotFound(drawer)
    return _drawer(row)


def drawers(
    ctx: Context, *, page: PageRequest, state: str = "", hall: OrganizationId | None = None
) -> Page[DrawerRecord]:
    """
    Return the sessions at the drawers of the actor's scope, newest first.

    :raises NotPermitted: without `payment.read`.
    """
    ctx.require("payment.read")
    rows = _drawers().filter(within("hall__path", ctx.scope)).order_by("-opened_at", "id")
    if state:
        rows = rows.filter(state=state)
    if hall is not None:
        rows = rows.filter(hall_id=hall)
    found = rows[page.offset : page.offset + page.limit]
    return Page(tuple(_drawer(row) for row in found), rows.count(), page)


def payments(
    ctx: Context,
    *,
    page: PageRequest,
    outlet: OrganizationId | None = None,
    hall: OrganizationId | None = None,
    method: str = "",
    first: date | None = None,
    last: date | None = None,
) -> Page[PaymentRecord]:
    """
    Return the payments from outlets, or taken at halls, of the actor's scope, newest first.

    :raises NotPermitted: without `payment.read`.
    """
    ctx.require("payment.read")
    rows = PaymentReceived.objects.unscoped("where it was taken counts as much as from whom")
    rows = rows.filter(within("outlet__path", ctx.scope) | within("hall__path", ctx.scope))
    if outlet is not None:
        rows = rows.filter(outlet_id=outlet)
    if hall is not None:
        rows = rows.filter(hall_id=hall)
    if method:
        rows = rows.filter(method=method)
    if first is not None:
        rows = rows.filter(business_date__gte=first)
    if last is not None:
        rows = rows.filter(business_date__lte=last)
    return page_of(rows.order_by("-received_at", "-id"), PaymentRecord, page, **_PAYMENT)


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


def _drawers() -> QuerySet[Drawer]:
    return Drawer.objects.unscoped("callers restrict to the clerk or to the scope").select_related(
        "hall"
    )


def cash_received(drawer: DrawerId) -> Money:
    """Return the cash taken into a drawer's session so far."""
    rows = PaymentReceived.objects.unscoped("a drawer's own sum").filter(drawer_id=drawer)
    return Money(rows.aggregate(sum=Sum("amount"))["sum"] or 0)


def _drawer(row: Drawer) -> DrawerRecord:
    received = cash_received(DrawerId(row.id))
    expected = Money(row.opening_float) + received
    counted = None if row.counted is None else Money(row.counted)
    return DrawerRecord(
        drawer=DrawerId(row.id),
        hall=OrganizationId(row.hall_id),
        hall_name_zh=row.hall.name_zh,
        hall_name_en=row.hall.name_en,
        clerk=row.clerk,
        state=row.state,
        opened_at=row.opened_at,
        closed_at=row.closed_at,
        opening_float=Money(row.opening_float),
        received=received,
        expected=expected,
        counted=counted,
        difference=None if counted is None else counted - expected,
        remark=row.remark,
    )


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
