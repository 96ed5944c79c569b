"""Record what is received. The journey `pay_in` calls these, and puts it into the wallet."""

from __future__ import annotations

from django.db.models import F

from qudao.domain.ledger import operations as ledger
from qudao.domain.ledger.types import AccountKind
from qudao.domain.party.types import OrganizationId
from qudao.domain.payment import queries, rules
from qudao.domain.payment.events import PaymentTaken, PaymentTakenBack
from qudao.domain.payment.models import BankLine, Drawer, PaymentReceived
from qudao.domain.payment.types import (
    AmountInvalid,
    DrawerClosed,
    LineDecided,
    LineId,
    LineNotFound,
    LineState,
    Method,
    MethodUnknown,
    NoOpenDrawer,
    NotTakenAtHall,
    PaymentId,
    PaymentNotFound,
    PaymentTakenBackAlready,
    ReasonMissing,
    Received,
    ReferenceMissing,
    TakenBack,
    TakingBackTooLate,
)
from qudao.domain.saleschannel import queries as saleschannel
from qudao.kernel.ids import new_id
from qudao.kernel.money import Money
from qudao.kernel.period import business_date
from qudao.platform.commands.command import announce, command, record_subject
from qudao.platform.commands.context import Context
from qudao.platform.tables.scoped import within


@command("payment.record_at_hall")
def record_at_hall(
    ctx: Context,
    *,
    outlet: OrganizationId,
    hall: OrganizationId,
    method: str,
    amount: Money,
    reference: str = "",
) -> Received:
    """
    Record cash or a card payment that a hall's clerk took from an outlet.

    :raises OutletUnknown: if the hall is not in the actor's scope.
    :raises NotAHall: if it is not the operator's own.
    :raises MethodUnknown: if it is neither cash nor card.
    :raises AmountInvalid: if the amount is not positive or implausible.
    :raises NoOpenDrawer: for cash, if the actor has no open drawer at this hall.
    :raises ReferenceMissing: for a card, without the number of its slip.
    """
    queries.own_hall(ctx, hall=hall)
    if not Money.zero() < amount <= rules.LARGEST:
        raise AmountInvalid(amount, rules.LARGEST)
    drawer = None
    match method:
        case Method.CASH:
            # A drawer that is being closed waits for us, or we for it: never a payment in between.
            drawer = (
                Drawer.objects.within(ctx.scope)
                .select_for_update(of=("self",))
                .filter(clerk=ctx.actor, hall_id=hall, state="open")
                .first()
            )
            if drawer is None:
                raise NoOpenDrawer
        case Method.CARD:
            if not reference.strip():
                raise ReferenceMissing
        case _:
            raise MethodUnknown(method)
    row = PaymentReceived(
        hall_id=hall, drawer=drawer, method=method, reference=reference.strip()[:64]
    )
    kind = AccountKind.CASH if drawer is not None else AccountKind.CARD
    return _record(ctx, row, outlet, amount, kind, hall)


@command("payment.record_line", subject="line")
def record_line(ctx: Context, *, line: LineId, outlet: OrganizationId) -> Received:
    """
    Record that a line of a bank statement is an outlet's payment.

    :raises LineNotFound: if there is none in the actor's scope.
    :raises LineDecided: if it does not wait any more.
    :raises OutletUnknown: if the outlet is not in the actor's scope.
    """
    found = (
        BankLine.objects.within(ctx.scope).select_for_update(of=("self",)).filter(id=line).first()
    )
    if found is None:
        raise LineNotFound(line)
    if found.state != LineState.WAITING:
        raise LineDecided(found.state)
    point = saleschannel.selling_points_now([outlet]).get(outlet)
    if point is None or not ctx.scope.covers(point.path):
        raise saleschannel.OutletUnknown(str(outlet))
    found.state, found.outlet_id = LineState.BOOKED, outlet
    found.decided_at, found.decided_by = ctx.at, ctx.actor
    found.save(update_fields=["state", "outlet", "decided_at", "decided_by"])
    row = PaymentReceived(line=found, method=Method.BANK_TRANSFER, reference=found.reference)
    branch = OrganizationId(found.branch_id)
    return _record(ctx, row, outlet, Money(found.amount), AccountKind.BANK, branch)


@command("payment.record_taken_back", subject="payment")
def record_taken_back(ctx: Context, *, payment: PaymentId, reason: str) -> TakenBack:
    """
    Record that a payment was recorded by mistake: it no longer counts in its drawer.

    :raises ReasonMissing: without a reason.
    :raises PaymentNotFound: if there is no such payment in the actor's scope.
    :raises NotTakenAtHall: if it came by bank transfer.
    :raises PaymentTakenBackAlready: if it was taken back before.
    :raises TakingBackTooLate: after its business day.
    :raises DrawerClosed: for cash, if the drawer that it was put into has been closed.
    """
    if not reason.strip():
        raise ReasonMissing
    rows = PaymentReceived.objects.unscoped("where it was taken counts as much as from whom")
    rows = rows.filter(within("outlet__path", ctx.scope) | within("hall__path", ctx.scope))
    row = rows.select_for_update(of=("self",)).select_related("outlet").filter(id=payment).first()
    if row is None:
        raise PaymentNotFound(payment)
    if row.hall_id is None:
        raise NotTakenAtHall(row.method)
    if row.taken_back_at is not None:
        raise PaymentTakenBackAlready(row.taken_back_at)
    if row.business_date != business_date(ctx.at):
        raise TakingBackTooLate(row.business_date)
    if row.drawer_id is not None:
        drawers = Drawer.objects.unscoped("the payment in scope lies in it")
        closed_at = drawers.select_for_update().get(id=row.drawer_id).closed_at
        if closed_at is not None:
            raise DrawerClosed(closed_at)
    row.taken_back_at, row.taken_back_by = ctx.at, ctx.actor
    row.taken_back_reason = reason.strip()
    row.save(update_fields=["taken_back_at", "taken_back_by", "taken_back_reason"])
    outlet, amount = OrganizationId(row.outlet_id), Money(row.amount)
    announce(PaymentTakenBack(payment, outlet, row.method, amount))
    return TakenBack(payment, outlet, row.outlet.path, amount)


@command("payment.print_receipt", subject="payment")
def print_receipt(ctx: Context, *, payment: PaymentId) -> int:
    """
    Count a printing of a payment's receipt; return which it is. From the second on it is a copy.

    :raises PaymentNotFound: if there is no such payment in the actor's scope.
    """
    queries.receipt(ctx, payment=payment)
    rows = PaymentReceived.objects.unscoped("looked at under the scope just now")
    row = rows.select_for_update(of=("self",), no_key=True).get(id=payment)
    row.prints = F("prints") + 1
    row.save(update_fields=["prints"])
    return rows.values_list("prints", flat=True).get(id=payment)


def _record(
    ctx: Context,
    row: PaymentReceived,
    outlet: OrganizationId,
    amount: Money,
    kind: AccountKind,
    owner: OrganizationId,
) -> Received:
    account = ledger.open_account(ctx, kind=kind, owner=owner)
    row.id = new_id(ctx.at)
    row.received_at, row.business_date = ctx.at, business_date(ctx.at)
    row.outlet_id, row.amount = outlet, amount.minor
    row.account_id, row.clerk = account, ctx.actor
    row.save(force_insert=True)
    payment = PaymentId(row.id)
    record_subject(outlet)
    announce(PaymentTaken(payment, outlet, row.method, amount))
    return Received(payment, account, amount)
