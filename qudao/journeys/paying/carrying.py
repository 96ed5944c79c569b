"""Carry a payment on, step by step, as far as it goes now."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings

from qudao.domain.checkout import operations as checkout
from qudao.domain.checkout import queries as payments
from qudao.domain.checkout.operations import PaymentPast, Stands
from qudao.domain.checkout.ports import (
    Authorised,
    Captured,
    Charge,
    Declined,
    NotReached,
    State,
    Unknown,
    Waiting,
)
from qudao.domain.checkout.types import NOT_REACHED, CheckoutId, PaymentRecord, PaymentState, Step
from qudao.domain.ordering.types import Sold
from qudao.journeys.paying import selling, telling
from qudao.journeys.paying.means import MeansMissing, means_of
from qudao.kernel.ids import new_id
from qudao.kernel.personal import Secret
from qudao.kernel.refusals import Kind, Refusal
from qudao.platform.commands.arguments import printable
from qudao.platform.commands.context import Context
from qudao.platform.identity.roles import system_context

PAGE_LIFE: Final = timedelta(minutes=30)
"""After so long a page that nobody has paid is given up."""
PATIENCE: Final = timedelta(minutes=30)
"""For so long a sale is tried again that is refused for a moment."""
STEPS: Final = 12
"""More than any payment has at once."""

_BEFORE_THE_SALE: Final = (PaymentState.OPENED, PaymentState.WAITING, PaymentState.AUTHORISED)

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Carried:
    """How far a payment was carried."""

    paid: PaymentRecord
    sold: Sold | None = None
    """The sale, if it was made just now."""
    refused: Refusal | None = None
    """What the sale was refused by, if it was."""


def advance(ctx: Context, paid: PaymentRecord, *, waited_for: bool, ask: bool = False) -> Carried:
    """
    Take the steps that can be taken now; return where the payment stands then.

    `waited_for`: the customer waits for the answer: a sale that is refused is not tried again.
    `ask`: ask how it stands before it is sold, whatever is known.
    """
    carried = Carried(paid)
    for _step in range(STEPS):
        step = Step.ASK if ask and paid.state in _BEFORE_THE_SALE else paid.step
        ask = False
        match step:
            case None:
                break
            case Step.SELL:
                carried = _sell(ctx, paid, waited_for=waited_for)
                paid = carried.paid
                if paid.state == PaymentState.AUTHORISED:
                    break
            case Step.TAKE_BACK:
                if not _take_back(ctx, paid):
                    break
                paid = payments.payment(payment=paid.id)
            case Step.TELL:
                telling.tell(selling.context_of(ctx, paid, f"told:{paid.state}"), payment=paid.id)
                paid = replace(paid, tell=False)
            case _:
                answer = _asked(paid, step)
                if isinstance(answer, Waiting) and _page_is_old(ctx, paid):
                    paid = _give_up(ctx, paid, "not-paid")
                    continue
                before = (paid.state, paid.unsure, paid.tell)
                paid = _noted(ctx, paid, step, answer)
                stuck = (paid.state, paid.unsure, paid.tell) == before
                if stuck or paid.unsure or isinstance(answer, Waiting | NotReached):
                    break
    return replace(carried, paid=paid)


def noticed(payment: CheckoutId, *, at: datetime) -> PaymentRecord:
    """
    Conclude a payment of which whoever holds the money says that something has happened to it.

    What is said is not believed: it is asked for. Return where the payment stands then.

    :raises PaymentUnknown: if there is no such payment.
    """
    ctx = system_context(at, f"payment:{payment}:noticed", channel="acquirer")
    found = payments.payment(payment=payment)
    return advance(ctx, found, waited_for=False, ask=True).paid


def settle(ctx: Context, *, most: int = 200) -> int:
    """
    Carry on what is due: payments whose hall has died, or which were unknown, or not reached.

    Returns how many were looked at.
    """
    taken = checkout.take_due(ctx, most=most)
    for paid in taken:
        try:
            advance(ctx, paid, waited_for=False, ask=True)
        except Exception:
            # One that cannot be carried on must not keep the others: it is due again later.
            log.exception("payment %s could not be carried on", paid.id)
    return len(taken)


def charge_of(paid: PaymentRecord) -> Charge:
    """Return what whoever holds the money is told of a payment: always the same."""
    template: str = settings.PAYMENT_RETURN_URL
    return Charge(
        payment=paid.id,
        amount=paid.amount,
        msisdn=paid.payer,
        hall=paid.hall_code,
        what=paid.what,
        token=Secret(paid.token or ""),
        return_to=template.format(payment=paid.id),
        language=paid.language,
    )


def _asked(paid: PaymentRecord, step: Step) -> State:
    try:
        means = means_of(paid.means)
    except MeansMissing as missing:
        return NotReached(missing.code)
    charge = charge_of(paid)
    match step:
        case Step.AUTHORISE:
            return _clean(means.authorise(charge))
        case Step.CAPTURE:
            return _clean(means.capture(charge))
        case Step.VOID:
            return _clean(means.void(charge))
        case Step.REFUND:
            return _clean(means.refund(charge))
    return _clean(means.ask(charge))


def _clean(answer: State) -> State:
    """What others write is kept as far as it can be shown."""
    match answer:
        case Unknown(problem):
            return Unknown(printable(problem))
        case NotReached(problem):
            return NotReached(printable(problem))
        case Declined(code, reason):
            return Declined(printable(code, 40), printable(reason))
    return answer


def _noted(ctx: Context, paid: PaymentRecord, step: Step, answer: State) -> PaymentRecord:
    """Write an answer down, unless the next step does it at once."""
    if paid.state in _BEFORE_THE_SALE and isinstance(answer, Authorised | Captured):
        # The sale, or its refusal, is written down at once; dying before leaves it to be asked for.
        return replace(
            paid, state=PaymentState.AUTHORISED, unsure=False, reference=answer.reference
        )
    own = selling.context_of(ctx, paid, f"{step}:{new_id(ctx.at)}")
    if step is Step.CAPTURE and isinstance(answer, Captured):
        stands = checkout.record_captured(own, payment=paid.id, reference=answer.reference)
    else:
        stands = checkout.note(own, payment=paid.id, step=step, answer=answer)
    fresh = _standing(paid, stands)
    match answer:
        case Waiting(reference, url):
            return replace(fresh, reference=reference, url=url)
        case Declined(code, reason):
            return replace(fresh, code=code, problem=reason)
        case NotReached(problem) if fresh.state != paid.state:
            return replace(fresh, code=NOT_REACHED, problem=problem)
        case Unknown(problem) | NotReached(problem):
            return replace(fresh, problem=problem)
    return fresh


def _standing(paid: PaymentRecord, stands: Stands) -> PaymentRecord:
    return replace(paid, state=stands.state, unsure=stands.unsure, tell=stands.tell)


def _sell(ctx: Context, paid: PaymentRecord, *, waited_for: bool) -> Carried:
    """Sell, or give up what is held; what is refused for a moment is left for the next time."""
    own = selling.context_of(ctx, paid, "sold")
    try:
        sold = selling.sell(own, payment=paid.id, reference=paid.reference)
    except PaymentPast:
        # Somebody else was faster: it is sold already, or what is held is to be given up.
        return Carried(_held(ctx, paid))
    except Refusal as refusal:
        passing = refusal.kind is Kind.UNAVAILABLE and ctx.at - paid.opened_at < PATIENCE
        if passing and not waited_for:
            return Carried(_held(ctx, paid), refused=refusal)
        return Carried(_give_up(ctx, paid, refusal.code), refused=refusal)
    state, order = PaymentState.SOLD, sold.order
    done = replace(paid, state=state, unsure=False, order=order, problem="", token=None)
    return Carried(done, sold=sold)


def _held(ctx: Context, paid: PaymentRecord) -> PaymentRecord:
    """Write down that the amount is held."""
    own = selling.context_of(ctx, paid, f"held:{new_id(ctx.at)}")
    answer = Authorised(paid.reference)
    checkout.note(own, payment=paid.id, step=Step.ASK, answer=answer)
    return payments.payment(payment=paid.id)


def _give_up(ctx: Context, paid: PaymentRecord, code: str) -> PaymentRecord:
    own = selling.context_of(ctx, paid, f"given-up:{new_id(ctx.at)}")
    return _standing(paid, checkout.give_up(own, payment=paid.id, code=code))


def _take_back(ctx: Context, paid: PaymentRecord) -> bool:
    own = selling.context_of(ctx, paid, "taken-back")
    try:
        selling.take_back(own, payment=paid.id)
    except PaymentPast:
        return True
    except Refusal as refusal:
        key = selling.context_of(ctx, paid, f"problem:{new_id(ctx.at)}")
        checkout.record_problem(key, payment=paid.id, problem=refusal.code)
        return False
    return True


def _page_is_old(ctx: Context, paid: PaymentRecord) -> bool:
    return paid.state == PaymentState.WAITING and ctx.at - paid.opened_at >= PAGE_LIFE
