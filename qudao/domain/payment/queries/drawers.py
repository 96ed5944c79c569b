"""Read sessions at cash drawers."""

from __future__ import annotations

from django.db.models import QuerySet, Sum

from qudao.domain.party.types import OrganizationId
from qudao.domain.payment.models import Drawer, PaymentReceived
from qudao.domain.payment.types import DrawerId, DrawerNotFound, DrawerRecord
from qudao.kernel.money import Money
from qudao.kernel.page import Page, PageRequest
from qudao.platform.commands.context import Context
from qudao.platform.tables.scoped import within


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


def _drawers() -> QuerySet[Drawer]:
    return Drawer.objects.unscoped("callers restrict to the clerk or to the scope").select_related(
        "hall"
    )


def cash_received(drawer: DrawerId) -> Money:
    """Return the cash taken into a drawer's session so far, less what was taken back."""
    rows = PaymentReceived.objects.unscoped("a drawer's own sum").filter(
        drawer_id=drawer, taken_back_at__isnull=True
    )
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
