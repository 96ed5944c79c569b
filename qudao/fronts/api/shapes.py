"""From the domain's records to what clients get."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from qudao.domain.catalog.types import Offer
from qudao.domain.customer.types import DossierRecord
from qudao.domain.ledger.types import Line
from qudao.domain.ordering.ports import Due, Subscriber
from qudao.domain.ordering.types import OrderRecord, OrderState, SalesFigure, Sold
from qudao.domain.saleschannel.types import OutletRecord
from qudao.domain.wallet.types import Closing, WalletRecord
from qudao.fronts.api import forms, schemas
from qudao.kernel.money import Money

FINAL = frozenset({OrderState.COMPLETED, OrderState.FAILED, OrderState.CANCELLED})
"""States in which nothing more happens by itself."""


def fen(amount: Money | None) -> int | None:
    return None if amount is None else amount.minor


def outlet_out(outlet: OutletRecord) -> schemas.OutletOut:
    return schemas.OutletOut(
        id=outlet.outlet,
        code=outlet.code,
        node_code=outlet.node_code,
        name_zh=outlet.name_zh,
        name_en=outlet.name_en,
        kind=outlet.kind,
        market=outlet.market,
        state=outlet.state,
        sale_limit_fen=fen(outlet.sale_limit),
        day_limit_fen=fen(outlet.day_limit),
    )


def offer_out(offer: Offer) -> schemas.OfferOut:
    terms = offer.eligibility
    return schemas.OfferOut(
        code=offer.code,
        version=offer.version,
        number=offer.number,
        business=offer.business,
        name_zh=offer.name_zh,
        name_en=offer.name_en,
        description_zh=offer.description_zh,
        description_en=offer.description_en,
        price_fen=fen(offer.price),
        minimum_fen=fen(offer.minimum),
        maximum_fen=fen(offer.maximum),
        step_fen=offer.step.minor,
        proposed_fen=[chip.minor for chip in offer.chips],
        discount_ppm=offer.discount_ppm,
        debit_fen=None if offer.price is None else offer.debit(offer.price).minor,
        fit=offer.fit.value,
        eligible_states=None if terms.states is None else sorted(terms.states),
        eligible_plans=None if terms.plans is None else sorted(terms.plans),
    )


def customer_out(subscriber: Subscriber) -> schemas.CustomerOut:
    return schemas.CustomerOut(
        msisdn=subscriber.msisdn,
        name_masked=subscriber.name_masked,
        state=subscriber.state,
        plan_code=subscriber.plan_code,
        plan_name_zh=subscriber.plan_name_zh,
        plan_name_en=subscriber.plan_name_en,
        balance_fen=subscriber.balance.minor,
        add_ons=list(subscriber.add_ons),
    )


def due_out(due: Due) -> schemas.DueOut:
    return schemas.DueOut(
        msisdn=due.msisdn,
        amount_fen=due.amount.minor,
        bills=[
            schemas.BillOut(month=month, amount_fen=amount.minor) for month, amount in due.bills
        ],
    )


def order_out(order: OrderRecord) -> schemas.OrderOut:
    return schemas.OrderOut(
        id=order.id,
        number=order.number,
        outlet=order.outlet,
        outlet_code=order.outlet_code,
        channel=order.channel,
        business=order.business,
        offering=order.offering,
        offering_name_zh=order.offering_name_zh,
        offering_name_en=order.offering_name_en,
        msisdn=order.msisdn,
        amount_fen=order.amount.minor,
        debit_fen=order.debit.minor,
        state=order.state,
        is_final=order.state in FINAL,
        ordered_at=order.ordered_at,
        business_date=order.business_date,
        settled_at=order.settled_at,
        boss_reference=order.boss_reference,
        refusal_code=order.refusal_code,
        refusal_reason=order.refusal_reason,
        reverses=order.reverses,
        reversal_reason=order.reversal_reason,
        prints=order.prints,
    )


def order_event(order: OrderRecord, state: str, at: datetime) -> schemas.OrderEvent:
    """The order as it was when it came into a state; what came later is left out."""
    final = state in FINAL
    return schemas.OrderEvent(
        order=order.id,
        number=order.number,
        outlet=order.outlet,
        channel=order.channel,
        business=order.business,
        offering=order.offering,
        msisdn=order.msisdn,
        amount_fen=order.amount.minor,
        debit_fen=order.debit.minor,
        state=state,
        is_final=final,
        at=at,
        ordered_at=order.ordered_at,
        boss_reference=order.boss_reference if final else "",
        refusal_code=order.refusal_code if final else "",
        refusal_reason=order.refusal_reason if final else "",
        reverses=order.reverses,
    )


def trial_out(sold: Sold) -> schemas.TrialOut:
    return schemas.TrialOut(
        amount_fen=sold.amount.minor,
        debit_fen=sold.debit.minor,
        balance_fen=sold.balance.minor,
    )


def sold_out(sold: Sold, outcome: OrderRecord | None = None) -> schemas.SoldOut:
    return schemas.SoldOut(
        order=sold.order,
        number=sold.number,
        amount_fen=sold.amount.minor,
        debit_fen=sold.debit.minor,
        balance_fen=sold.balance.minor,
        outcome=None if outcome is None else order_out(outcome),
    )


def wallet_out(wallet: WalletRecord) -> schemas.WalletOut:
    return schemas.WalletOut(
        outlet=wallet.outlet,
        balance_fen=wallet.balance.minor,
        credit_limit_fen=wallet.credit_limit.minor,
        available_fen=wallet.available.minor,
        spent_today_fen=wallet.spent_today.minor,
        low_balance_fen=wallet.low_balance.minor,
        is_low=wallet.is_low,
        frozen=wallet.frozen,
    )


def line_out(line: Line) -> schemas.LineOut:
    return schemas.LineOut(
        id=line.id,
        at=line.at,
        business_date=line.business_date,
        kind=line.kind,
        phase=line.phase.value,
        amount_fen=line.amount.minor,
        balance_fen=line.balance.minor,
        cause=line.cause,
    )


def closing_out(closing: Closing) -> schemas.ClosingOut:
    return schemas.ClosingOut(
        business_date=closing.business_date,
        opening_fen=closing.opening.minor,
        paid_in_fen=closing.paid_in.minor,
        sold_fen=closing.sold.minor,
        returned_fen=closing.returned.minor,
        adjusted_fen=closing.adjusted.minor,
        closing_fen=closing.closing.minor,
        lines=closing.lines,
        closed_at=closing.closed_at,
    )


def figure_out(figure: SalesFigure) -> schemas.FigureOut:
    return schemas.FigureOut(
        business_date=date.fromisoformat(figure.key),
        business=figure.business,
        taken=figure.taken,
        taken_fen=figure.taken_amount.minor,
        completed=figure.completed,
        completed_fen=figure.completed_amount.minor,
        debited_fen=figure.debited.minor,
        failed=figure.failed,
        reversed=figure.reversed,
        open=figure.open,
    )


def dossier_out(record: DossierRecord) -> forms.DossierOut:
    chosen = record.choices
    return forms.DossierOut(
        id=record.id,
        outlet=record.outlet,
        purpose=record.purpose,
        state=record.state,
        agreement=record.agreement,
        msisdn=record.number,
        opened_at=record.opened_at,
        expires_at=record.expires_at,
        order=record.order,
        chosen=forms.ChosenOut(
            hold=UUID(chosen["hold"]) if chosen.get("hold") else None,
            sim=chosen.get("sim"),
            plan=chosen.get("plan"),
            add_ons=list(chosen.get("add_ons", ())),
            prepay_fen=chosen.get("prepay"),
        ),
        persons={
            role: forms.PersonOut(
                document_kind=person.document_kind,
                name_masked=person.name_masked,
                document_masked=person.document_masked,
                phone_masked=person.phone_masked,
                valid_until=person.valid_until,
                minor=person.minor,
            )
            for role, person in record.persons.items()
        },
        pictures=list(record.pictures),
        missing=list(record.missing),
    )
