"""Count lines on documents: opened, ended, renumbered."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import IntegrityError, connection, transaction

from qudao.domain.customer import queries
from qudao.domain.customer.events import LineEnded, LineOpened
from qudao.domain.customer.models import LIVE, Customer, Dossier, Line
from qudao.domain.customer.operations.dossiers import NumberInvalid
from qudao.domain.customer.operations.drafts import _draft
from qudao.domain.customer.types import (
    MOST_LINES,
    Blacklisted,
    CustomerId,
    CustomerUnknown,
    DossierId,
    DossierState,
    LineLimitReached,
    LineState,
    NotTheOwner,
    Purpose,
)
from qudao.kernel.ids import new_id
from qudao.kernel.numbers import valid_msisdn
from qudao.kernel.period import business_date
from qudao.kernel.refusals import Kind, Refusal
from qudao.platform.commands.command import announce, command
from qudao.platform.commands.context import Context


@dataclass(eq=False)
class DossierIncomplete(Refusal, kind=Kind.CONFLICT):
    """The dossier still needs something."""

    missing: tuple[str, ...]


@dataclass(eq=False)
class AnotherNumber(Refusal, kind=Kind.CONFLICT):
    """The dossier is about another line."""

    number: str


@dataclass(eq=False)
class LineExists(Refusal, kind=Kind.CONFLICT):
    """A line with this number is known, and has not ended."""

    number: str


@command("customer.submit", subject="dossier")
def submit(ctx: Context, *, dossier: DossierId, number: str, order: UUID) -> None:
    """
    Close a draft: an order carries it from here on. Of an opening the line is counted.

    Called by the journey that sells, inside its transaction.

    :raises DossierUnknown: if there is none in the actor's scope.
    :raises DossierClosed: if it is no draft any more.
    :raises DossierIncomplete: if something is missing.
    :raises NumberInvalid: if the number is no mobile number.
    :raises AnotherNumber: if the dossier was opened for another line.
    :raises Blacklisted: if one of its persons has come onto the blacklist since.
    :raises NotTheOwner: if the line is known to be somebody else's.
    :raises LineExists: if a line is to be opened that is there.
    :raises LineLimitReached: if the document has all lines that one may have.
    """
    row = _draft(ctx, dossier)
    if not valid_msisdn(number):
        raise NumberInvalid(number)
    if row.number not in ("", number):
        raise AnotherNumber(row.number)
    needed = queries.missing_in(row, business_date(ctx.at))
    if needed:
        raise DossierIncomplete(needed)
    _not_blacklisted(ctx, row)
    row.number, row.order, row.submitted_at = number, order, ctx.at
    row.state = DossierState.SUBMITTED
    row.save(update_fields=["number", "order", "submitted_at", "state"])
    assert row.customer_id is not None
    if Purpose(row.purpose).opens_line:
        mark = bytes(_customers().values_list("document_hash", flat=True).get(id=row.customer_id))
        if not _insert(ctx, row.customer_id, number, LineState.PENDING, order):
            raise LineExists(number)
        if not _count(mark):
            raise LineLimitReached(MOST_LINES)
    else:
        owner = queries.owner_of(number)
        if owner not in (None, row.customer_id):
            raise NotTheOwner(number)


@command("customer.complete")
def complete(ctx: Context, *, orders: Sequence[UUID]) -> int:
    """
    The BOSS has done what orders asked for: close their dossiers, count their lines as active.

    A line that was opened before us and whose owner was identified for a SIM swap or another
    number is adopted. Orders without an open dossier are passed over; returns how many had one.
    """
    closed = _settle(ctx, orders, DossierState.COMPLETED)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE customer_line SET state = 'active' WHERE state = 'pending'"
            ' AND "order" = ANY(%s) RETURNING number, customer_id, "order"',
            [list(orders)],
        )
        for number, owner, order in cursor.fetchall():
            announce(LineOpened(number, CustomerId(owner), order))
    for purpose, owner, number in closed:
        if purpose in (Purpose.SIM_SWAP, Purpose.NUMBER_CHANGE):
            adopt_line(ctx, customer=CustomerId(owner), number=number)
    return len(closed)


@command("customer.fail")
def fail(ctx: Context, *, orders: Sequence[UUID]) -> int:
    """
    The BOSS has refused what orders asked for: close their dossiers, give their lines back.

    Orders without an open dossier are passed over; returns how many had one.
    """
    closed = _settle(ctx, orders, DossierState.FAILED)
    _end(ctx, "line.state = 'pending' AND line.\"order\" = ANY(%s)", [list(orders)])
    return len(closed)


@command("customer.end_line")
def end_line(ctx: Context, *, numbers: Sequence[str]) -> int:
    """
    Lines are no more: their documents have room again. Unknown ones are passed over.

    Returns how many were known.
    """
    ended = _end(ctx, "line.state = 'active' AND line.number = ANY(%s)", [list(numbers)])
    for number, owner, _mark in ended:
        announce(LineEnded(number, CustomerId(owner)))
    return len(ended)


@command("customer.renumber")
def renumber(ctx: Context, *, old: str, new: str) -> bool:
    """
    A line has another number now; return whether it was known.

    The BOSS has given it the number: an active line that we still know by it is no more.

    :raises LineExists: if a line is just being opened with the new number.
    """
    end_line(ctx, numbers=[new])
    rows = Line.objects.unscoped("a line is changed wherever it was opened")
    try:
        with transaction.atomic():
            return rows.filter(number=old, state__in=LIVE).update(number=new) > 0
    except IntegrityError as error:
        if "customer_line_live_number" not in str(error):
            raise
        raise LineExists(new) from error


@command("customer.adopt_line", subject="customer")
def adopt_line(ctx: Context, *, customer: CustomerId, number: str) -> bool:
    """
    Note whose a line is that was opened before us; return whether it is counted now.

    Lines that are known stay as they are. A document with as many lines as we may count gets none:
    the line is there all the same, and stays unknown here.

    :raises CustomerUnknown: if there is no such customer.
    """
    mark = _customers().filter(id=customer).values_list("document_hash", flat=True).first()
    if mark is None:
        raise CustomerUnknown(customer)
    try:
        with transaction.atomic():
            added = _insert(ctx, customer, number, LineState.ACTIVE, None)
            if added and not _count(bytes(mark)):
                raise LineLimitReached(MOST_LINES)
            return added
    except LineLimitReached:
        return False


def _settle(
    ctx: Context, orders: Sequence[UUID], state: DossierState
) -> list[tuple[str, UUID, str]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE customer_dossier SET state = %s, settled_at = %s WHERE state = 'submitted'"
            ' AND "order" = ANY(%s) RETURNING purpose, customer_id, number',
            [state.value, ctx.at, list(orders)],
        )
        closed: list[tuple[str, UUID, str]] = cursor.fetchall()
        return closed


def _insert(
    ctx: Context, customer: UUID, number: str, state: LineState, order: UUID | None
) -> bool:
    """Insert a line unless a live one has its number."""
    with connection.cursor() as cursor:
        cursor.execute(
            'INSERT INTO customer_line (id, number, customer_id, "order", state, opened_at)'
            " VALUES (%s, %s, %s, %s, %s, %s)"
            " ON CONFLICT (number) WHERE state IN ('pending', 'active') DO NOTHING",
            [new_id(ctx.at), number, customer, order, state.value, ctx.at],
        )
        return bool(cursor.rowcount == 1)


def _count(mark: bytes) -> bool:
    """
    Count a line more on a document, unless it has all.

    Whoever comes at the same moment waits for the row, and then sees its new count.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO customer_document AS document (document_hash, lines) VALUES (%s, 1)
            ON CONFLICT (document_hash) DO UPDATE SET lines = document.lines + 1
            WHERE document.lines < %s
            """,
            [mark, MOST_LINES],
        )
        return bool(cursor.rowcount == 1)


def _end(ctx: Context, condition: str, values: list[Any]) -> list[tuple[str, UUID, bytes]]:
    """End the lines of a condition, and count them off their documents."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            UPDATE customer_line line SET state = 'ended', ended_at = %s
            FROM customer_customer customer
            WHERE customer.id = line.customer_id AND {condition}
            RETURNING line.number, line.customer_id, customer.document_hash
            """,
            [ctx.at, *values],
        )
        ended: list[tuple[str, UUID, bytes]] = cursor.fetchall()
        if not ended:
            return ended
        fewer = sorted(Counter(bytes(mark) for _number, _owner, mark in ended).items())
        marks, counts = [mark for mark, _ in fewer], [count for _, count in fewer]
        cursor.execute(
            "SELECT FROM customer_document WHERE document_hash = ANY(%s)"
            " ORDER BY document_hash FOR UPDATE",
            [marks],
        )
        cursor.execute(
            """
            UPDATE customer_document document SET lines = document.lines - ended.lines
            FROM unnest(%s::bytea[], %s::int[]) AS ended (document_hash, lines)
            WHERE document.document_hash = ended.document_hash
            """,
            [marks, counts],
        )
    return ended


def _not_blacklisted(ctx: Context, row: Dossier) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT listed.reason, listed.until
            FROM customer_blacklist listed
            JOIN customer_customer person ON person.document_hash = listed.document_hash
            WHERE person.id = ANY(%(persons)s) AND listed.lifted_at IS NULL
              AND listed.since <= %(today)s
              AND (listed.until IS NULL OR listed.until >= %(today)s)
            ORDER BY listed.until DESC NULLS FIRST LIMIT 1
            """,
            {
                "persons": [one for one in (row.customer_id, row.agent_id, row.guardian_id) if one],
                "today": business_date(ctx.at),
            },
        )
        listed = cursor.fetchone()
    if listed is not None:
        raise Blacklisted(*listed)


def _customers() -> Any:
    return Customer.objects.unscoped("the person whom a dossier within scope names")
