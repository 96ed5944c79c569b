"""Write down customers' payments, step by step. The journey `paying` takes the steps."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.db import connection
from django.db.models import F

from qudao.domain.checkout import rules
from qudao.domain.checkout.events import PaymentMoved, PaymentSold
from qudao.domain.checkout.models import CustomerPayment
from qudao.domain.checkout.ports import (
    Captured,
    Declined,
    NotReached,
    Released,
    State,
    Unknown,
    Waiting,
)
from qudao.domain.checkout.queries import PATHS, TOKEN, PaymentUnknown
from qudao.domain.checkout.types import (
    NOT_REACHED,
    OVER,
    PAID_IN,
    CheckoutId,
    Pay,
    PaymentRecord,
    PaymentState,
    Step,
)
from qudao.domain.saleschannel import queries as outlets
from qudao.domain.saleschannel.queries import OutletUnknown
from qudao.kernel.ids import new_id
from qudao.kernel.personal import Secret
from qudao.kernel.refusals import Kind, Refusal
from qudao.platform.commands.command import announce, command, record_subject
from qudao.platform.commands.context import Context
from qudao.platform.commands.set_command import journalled
from qudao.platform.identity.personal import key_ring
from qudao.platform.tables import prepared
from qudao.platform.tables.project import project

_UNDECIDED = (PaymentState.OPENED, PaymentState.WAITING, PaymentState.AUTHORISED)
_BY_HAND = {
    PaymentState.OWED: PaymentState.REFUNDED,
    PaymentState.UNPAID: PaymentState.CAPTURED,
}


@dataclass(eq=False)
class PaymentPast(Refusal, kind=Kind.CONFLICT):
    """The payment is not where this could be done with it."""

    state: str


@dataclass(eq=False)
class ReasonMissing(Refusal, kind=Kind.INVALID):
    """How it was settled must be said."""


@dataclass(frozen=True, slots=True)
class Stands:
    """Where a payment stands."""

    state: str
    unsure: bool
    tell: bool


@command("checkout.open")
def open(ctx: Context, *, pay: Pay, token: Secret) -> CheckoutId:
    """
    Write down that a customer is about to pay. Nothing is asked for yet.

    Somebody looks at it again after a while, whatever becomes of who opened it.

    :raises OutletUnknown: if the hall is not in the actor's scope.
    """
    point = outlets.selling_points([pay.hall]).get(pay.hall)
    if point is None or not ctx.scope.covers(point.path):
        raise OutletUnknown(str(pay.hall))
    payment = CheckoutId(new_id(ctx.at))
    given = str.__str__(token)
    prepared.run(
        _OPEN,
        [
            str(payment),
            str(ctx.actor),
            ctx.channel,
            str(pay.hall),
            pay.means,
            str(pay.amount.minor),
            pay.offering,
            str.__str__(pay.line),
            str.__str__(pay.payer),
            pay.what,
            pay.language,
            "\\x" + key_ring().encrypt(given, TOKEN).hex() if given else None,
            (ctx.at + rules.LEASE).isoformat(),
            ctx.at.isoformat(),
        ],
    )
    record_subject(payment)
    return payment


_OPEN = """
INSERT INTO checkout_payment
    (id, actor, channel, hall_id, means, amount, offering, line, payer, what, language, token,
     state, opened_at, changed_at, next_at)
SELECT %s::uuid, %s::uuid, %s::text, %s::uuid, %s::text, %s::bigint, %s::text, %s::text, %s::text,
       %s::text, %s::text, %s::bytea, 'opened', g.at, g.at, %s::timestamptz
FROM (SELECT %s::timestamptz AS at) AS g
"""


@command("checkout.note", subject="payment")
def note(ctx: Context, *, payment: CheckoutId, step: str, answer: State) -> Stands:
    """
    Write down what whoever holds the money answered to a step; return where the payment stands.

    :raises PaymentUnknown: if there is no such payment in the actor's scope.
    """
    row = _locked(ctx, payment)
    before = PaymentState(row.state)
    state, unsure = rules.after(before, Step(step), answer)
    row.problem = ""
    if isinstance(answer, NotReached) and state != before:
        row.code = NOT_REACHED
    match answer:
        case Unknown(problem) | NotReached(problem):
            row.problem = problem
        case Declined(code, reason):
            row.code, row.problem = code or "declined", reason
        case Waiting(reference, url):
            row.reference, row.url = reference, url
            row.tell = True  # nobody waits for the end of it
        case Released() if before in _UNDECIDED:
            row.code = "released"
    row.reference = getattr(answer, "reference", "") or row.reference
    if before is PaymentState.OPENED and unsure:
        row.tell = True  # who waits for it is told that it will come by short message
    return _move(ctx, row, state, unsure)


@command("checkout.give_up", subject="payment")
def give_up(ctx: Context, *, payment: CheckoutId, code: str) -> Stands:
    """
    Sell nothing for a payment: what is held for it is to be given up. One that is decided stays.

    :raises PaymentUnknown: if there is no such payment in the actor's scope.
    """
    row = _locked(ctx, payment)
    if row.state not in _UNDECIDED:
        return _stands(row)
    row.code, row.problem = code, ""
    return _move(ctx, row, PaymentState.RELEASING, False)


@command("checkout.record_sold", subject="payment")
def record_sold(ctx: Context, *, payment: CheckoutId, order: UUID, reference: str) -> None:
    """
    Write down what was sold for a payment, in the transaction that sells it.

    :raises PaymentUnknown: if there is no such payment in the actor's scope.
    :raises PaymentPast: if it is decided already.
    """
    until = ctx.at + rules.LEASE
    found = prepared.fetch(
        _SOLD, [str(order), reference, ctx.at.isoformat(), until.isoformat(), str(payment)]
    )
    if not found:
        raise PaymentPast(_locked(ctx, payment).state)
    if not ctx.scope.covers(found[0][0]):
        raise PaymentUnknown(payment)
    announce(PaymentSold(payment, order))


_SOLD = """
UPDATE checkout_payment p
SET state = 'sold', unsure = false, token = NULL, "order" = %s::uuid, reference = %s::text,
    problem = '', attempts = 0, changed_at = %s::timestamptz, next_at = %s::timestamptz
FROM party_organization o
WHERE p.id = %s::uuid AND p.state IN ('opened', 'waiting', 'authorised') AND o.id = p.hall_id
RETURNING o.path
"""


@command("checkout.record_captured", subject="payment")
def record_captured(ctx: Context, *, payment: CheckoutId, reference: str) -> Stands:
    """
    Write down that what was sold is paid: what `note` does of most payments, in one statement.

    :raises PaymentUnknown: if there is no such payment in the actor's scope.
    """
    found = prepared.fetch(_CAPTURED, [reference, ctx.at.isoformat(), str(payment)])
    if not found:
        return note(ctx, payment=payment, step=Step.CAPTURE, answer=Captured(reference))
    path, tell = found[0]
    if not ctx.scope.covers(path):
        raise PaymentUnknown(payment)
    announce(PaymentMoved(payment, PaymentState.CAPTURED, False))
    return Stands(PaymentState.CAPTURED, False, tell)


_CAPTURED = """
UPDATE checkout_payment p
SET state = 'captured', unsure = false, problem = '', attempts = 0, reference = %s::text,
    changed_at = %s::timestamptz, next_at = CASE WHEN p.tell THEN p.next_at END
FROM party_organization o
WHERE p.id = %s::uuid AND p.state = 'sold' AND o.id = p.hall_id
RETURNING o.path, p.tell
"""


@command("checkout.record_failed", subject="payment")
def record_failed(ctx: Context, *, payment: CheckoutId) -> Stands:
    """
    Write down that what was sold came to nothing: the customer is to get the money back, and to be
    told so. Again, it changes nothing.

    :raises PaymentUnknown: if there is no such payment in the actor's scope.
    """
    row = _locked(ctx, payment)
    if row.state not in PAID_IN:
        return _stands(row)
    row.tell, row.code = True, "order-failed"
    return _move(ctx, row, PaymentState.RETURNING, False)


@command("checkout.record_taken_back", subject="payment")
def record_taken_back(ctx: Context, *, payment: CheckoutId) -> Stands:
    """
    Write down that the pay-in has left the hall's wallet, in the transaction in which it does.

    Whether the amount had been captured is asked for next: if not, it is given up instead.

    :raises PaymentUnknown: if there is no such payment in the actor's scope.
    :raises PaymentPast: if nothing is to be taken back.
    """
    row = _locked(ctx, payment)
    if row.state != PaymentState.RETURNING:
        raise PaymentPast(row.state)
    return _move(ctx, row, PaymentState.REFUNDING, True)


@command("checkout.record_problem", subject="payment")
def record_problem(ctx: Context, *, payment: CheckoutId, problem: str) -> None:
    """
    Write down why a step could not be done; it is tried again later.

    :raises PaymentUnknown: if there is no such payment in the actor's scope.
    """
    row = _locked(ctx, payment)
    row.problem = problem
    row.save(update_fields=["problem"])


@command("checkout.record_told", subject="payment")
def record_told(ctx: Context, *, payment: CheckoutId) -> bool:
    """
    Write down that the customer was told, in the transaction that does; return whether there was
    something to tell.

    :raises PaymentUnknown: if there is no such payment in the actor's scope.
    """
    row = _locked(ctx, payment)
    if not row.tell:
        return False
    row.tell = False
    if row.state in OVER and not row.unsure:
        row.next_at = None
    row.save(update_fields=["tell", "next_at"])
    return True


@command("checkout.settle_by_hand", subject="payment")
def settle_by_hand(ctx: Context, *, payment: CheckoutId, reason: str) -> Stands:
    """
    Write down that a person has seen to a payment: has paid back what was owed, or has had what
    was sold and not paid.

    :raises PaymentUnknown: if there is no such payment in the actor's scope.
    :raises PaymentPast: if it needs no person.
    :raises ReasonMissing: without a reason: how it was settled.
    """
    if not reason.strip():
        raise ReasonMissing
    row = _locked(ctx, payment)
    if row.state not in _BY_HAND:
        raise PaymentPast(row.state)
    row.tell = False
    return _move(ctx, row, _BY_HAND[PaymentState(row.state)], False)


@journalled("checkout.take_due")
def take_due(ctx: Context, *, most: int) -> tuple[PaymentRecord, ...]:
    """
    Take payments at which somebody must look again, the longest due first, each for a while.

    Whoever had them and has not written down what came of it is gone: its customer was not told.

    :raises NotPermitted: without `checkout.take_due`.
    """
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, {"at": ctx.at, "most": most})
        taken = {row[0]: nth for nth, row in enumerate(cursor.fetchall())}
    if not taken:
        return ()
    rows = CustomerPayment.objects.unscoped("the platform settles all payments")
    found = project(rows.filter(id__in=taken), PaymentRecord, **PATHS)
    return tuple(sorted(found, key=lambda one: taken[one.id]))


_TAKE = """
UPDATE checkout_payment p
SET attempts = least(p.attempts + 1, 1000),
    next_at = %(at)s + least(interval '1 hour', interval '30 seconds' * 2 ^ least(p.attempts, 10)),
    tell = p.tell OR p.state IN ('opened', 'authorised')
        OR (p.state = 'sold' AND NOT p.unsure AND p.problem = '')
FROM (
    SELECT id FROM checkout_payment WHERE next_at <= %(at)s
    ORDER BY next_at LIMIT %(most)s FOR NO KEY UPDATE SKIP LOCKED
) due
WHERE p.id = due.id
RETURNING p.id
"""


def _locked(ctx: Context, payment: CheckoutId) -> CustomerPayment:
    rows = CustomerPayment.objects.within(ctx.scope).select_for_update(of=("self",), no_key=True)
    row = rows.filter(id=payment).first()
    if row is None:
        raise PaymentUnknown(payment)
    return row


def _move(ctx: Context, row: CustomerPayment, state: PaymentState, unsure: bool) -> Stands:
    changed = (row.state, row.unsure) != (state, unsure)
    if changed:
        row.changed_at = ctx.at
        row.attempts = 0 if row.state != state else F("attempts")
    row.state, row.unsure = state, unsure
    if state not in _UNDECIDED:
        row.token = None  # from here on everything goes by the payment's id
    if state in OVER and not unsure and not row.tell:
        row.next_at = None
    elif changed or row.next_at is None:
        row.next_at = ctx.at if state is PaymentState.RETURNING else ctx.at + rules.LEASE
    row.save(
        update_fields=[
            "state",
            "unsure",
            "tell",
            "token",
            "reference",
            "url",
            "code",
            "problem",
            "attempts",
            "changed_at",
            "next_at",
        ]
    )
    if changed:
        announce(PaymentMoved(CheckoutId(row.id), state, unsure, row.problem))
    return _stands(row)


def _stands(row: CustomerPayment) -> Stands:
    return Stands(row.state, row.unsure, row.tell)
