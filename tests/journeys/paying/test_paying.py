"""A customer pays and gets what was paid for, or the money back."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from pytest_django import DjangoAssertNumQueries
from pytest_django.fixtures import Settings

from qudao.domain.catalog.types import OfferingUnknown
from qudao.domain.checkout import operations as checkout
from qudao.domain.checkout import queries as payments
from qudao.domain.checkout.operations import PaymentPast, ReasonMissing
from qudao.domain.checkout.queries import Backlog
from qudao.domain.checkout.types import PaymentState as Is
from qudao.domain.ledger import queries as ledger
from qudao.domain.ordering import queries as ordering
from qudao.domain.ordering.types import OrderId
from qudao.domain.saleschannel import operations as saleschannel
from qudao.domain.saleschannel.types import OutletNotActive
from qudao.domain.wallet import operations as wallet
from qudao.domain.wallet import queries as wallets
from qudao.journeys import paying
from qudao.journeys.paying import (
    MeansMissing,
    PaymentDeclined,
    PaymentGivenUp,
    PaymentUnreached,
    PaymentUnsettled,
)
from qudao.kernel.money import Money
from qudao.kernel.refusals import Refusal
from qudao.platform.commands.context import Context
from tests.journeys.dialogue.hall import orders
from tests.journeys.paying.hall import MSISDN, PaidHall
from tests.means import PAGES, Scripted


def pay(hall: PaidHall, ctx: Context | None = None, means: str = "bound") -> object:
    return paying.pay_and_sell(
        ctx or hall.context(),
        sale=hall.sale(),
        means=means,
        payer=MSISDN,
        what="Top-up",
        language="en",
    )


def refused(hall: PaidHall, refusal: type[Refusal], ctx: Context | None = None) -> Refusal:
    with pytest.raises(refusal) as caught:
        pay(hall, ctx)
    return caught.value


@pytest.mark.parametrize(("means", "kind"), [("bound", "card"), ("cash", "cash")])
def test_it_is_paid_sold_and_captured(
    hall: PaidHall, scripted: Scripted, means: str, kind: str
) -> None:
    sold = pay(hall, means=means)
    paid = hall.payment()
    assert (paid.state, paid.unsure, paid.step) == (Is.CAPTURED, False, None)
    assert scripted.held(paid.id) == "captured" and scripted.calls == ["authorise", "capture"]
    order = ordering.order(hall.province.system(), order=OrderId(paid.order))  # type: ignore[arg-type]
    assert (order.id, order.channel, order.amount) == (sold.order, "sms", Money(50_00))  # type: ignore[attr-defined]
    assert hall.balance() == Money.zero() and hall.texts() == []
    takings = ledger.account_of(hall.outlet, kind)
    assert takings is not None and ledger.derived_balance(takings) == Money(-50_00)


def test_a_wallet_through_which_it_goes_does_not_warn(hall: PaidHall) -> None:
    assert not wallets.wallet(hall.province.system(), outlet=hall.outlet).is_low
    assert wallets.wallet(hall.province.system(), outlet=hall.province.agent).is_low


def test_again_under_the_same_key_it_is_the_same(hall: PaidHall, scripted: Scripted) -> None:
    ctx = hall.context("dialogue:1:7")
    first = pay(hall, ctx)
    hall.later()
    assert pay(hall, hall.context("dialogue:1:7")) == first
    assert orders() == 1 and scripted.calls == ["authorise", "capture"]


def test_what_costs_nothing_is_not_paid(hall: PaidHall, scripted: Scripted) -> None:
    sold = paying.pay_and_sell(
        hall.context(), sale=hall.sale(0, "GT58"), means="bound", payer=MSISDN
    )
    assert sold.amount == Money.zero() and hall.payments() == [] and scripted.calls == []


def test_what_is_declined_is_not_sold(hall: PaidHall, scripted: Scripted) -> None:
    scripted.faults.append("declined")
    ctx = hall.context()
    refusal = refused(hall, PaymentDeclined, ctx)
    assert isinstance(refusal, PaymentDeclined) and refusal.declined == "insufficient-funds"
    assert hall.payment().state == Is.DECLINED and orders() == 0
    refused(hall, PaymentDeclined, ctx)  # again: the same, and nobody is asked
    assert scripted.calls == ["authorise"] and hall.settle() == 0 and hall.texts() == []


def test_who_is_not_reached_has_nothing(hall: PaidHall, scripted: Scripted) -> None:
    scripted.faults.append("down")
    ctx = hall.context()
    refused(hall, PaymentUnreached, ctx)
    refused(hall, PaymentUnreached, ctx)
    assert hall.settle() == 0 and scripted.calls == ["authorise", "void"]
    assert hall.payment().state == Is.RELEASED and orders() == 0 and hall.texts() == []


def test_a_refused_sale_gives_up_what_is_held(hall: PaidHall, scripted: Scripted) -> None:
    saleschannel.suspend(hall.province.system(), outlet=hall.outlet, reason="Works")
    refused(hall, OutletNotActive)
    paid = hall.payment()
    assert (paid.state, paid.code) == (Is.RELEASED, OutletNotActive.code)
    assert scripted.held(paid.id) == "released" and hall.settle() == 0 and hall.texts() == []
    saleschannel.resume(hall.province.system(), outlet=hall.outlet)


def test_giving_up_is_repeated_until_it_is_done(hall: PaidHall, scripted: Scripted) -> None:
    scripted.faults.extend(["", "down", "lost"])
    with pytest.raises(OfferingUnknown):
        paying.pay_and_sell(hall.context(), sale=hall.sale(offering="NOTHING"), means="bound")
    assert hall.payment().state == Is.RELEASING
    assert hall.settle() == 1 and hall.payment().unsure
    assert hall.settle() == 1
    assert (hall.payment().state, hall.payment().unsure) == (Is.RELEASED, False)
    assert scripted.held(hall.payment().id) == "released"


@pytest.mark.parametrize("fault", ["lost", "deaf"])
def test_what_is_unknown_is_asked_for(hall: PaidHall, scripted: Scripted, fault: str) -> None:
    scripted.faults.append(fault)
    ctx = hall.context("dialogue:2:3")
    refused(hall, PaymentUnsettled, ctx)
    assert hall.payment().unsure and orders() == 0
    assert hall.settle() == 1
    paid = hall.payment()
    if fault == "deaf":  # it was held: the customer has it after all, and is told so
        assert (paid.state, scripted.held(paid.id)) == (Is.CAPTURED, "captured")
        assert pay(hall, ctx) and orders() == 1
        assert "is paid. Receipt number" in hall.texts()[0]
    else:  # it never arrived; that it does not, late, is seen to
        assert (paid.state, scripted.held(paid.id)) == (Is.RELEASED, "released")
        refused(hall, PaymentGivenUp, ctx)
        assert "nothing was taken" in hall.texts()[0]
    assert len(hall.texts()) == 1 and hall.settle() == 0


def test_a_capture_is_repeated_until_it_is_done(hall: PaidHall, scripted: Scripted) -> None:
    scripted.faults.extend(["", "lost", "down", "deaf"])
    pay(hall)  # the customer has it, whoever is not reached
    assert (hall.payment().state, hall.payment().unsure) == (Is.SOLD, True)
    for _time in range(4):
        hall.settle()
    paid = hall.payment()
    assert (paid.state, scripted.held(paid.id)) == (Is.CAPTURED, "captured")
    assert scripted.calls.count("authorise") == 1 and orders() == 1 and hall.texts() == []


def test_what_cannot_be_captured_needs_a_person(hall: PaidHall, scripted: Scripted) -> None:
    scripted.faults.extend(["", "down"])
    pay(hall)
    scripted.void(paying.charge_of(hall.payment()))
    assert payments.backlog(hall.at + timedelta(seconds=75)) == Backlog(1, 0, 0, 15.0)
    hall.settle()
    assert hall.payment().state == Is.UNPAID and hall.settle() == 0
    assert payments.backlog(hall.at) == Backlog(0, 0, 1, 0.0)


def test_a_hall_that_dies_is_followed_by_the_job(hall: PaidHall, scripted: Scripted) -> None:
    hall.opened()  # and nothing more: the process is gone
    assert paying.settle(hall.province.system(hall.at)) == 0, "it may be at it still"
    hall.settle()
    assert hall.payment().state == Is.RELEASED and scripted.calls == ["ask", "void"]
    assert "nothing was taken" in hall.texts()[0]


def test_who_is_slow_after_all_holds_nothing(hall: PaidHall, scripted: Scripted) -> None:
    """The job has given it up; what the hall hears then is given up once more."""
    payment = hall.opened()
    hall.settle()
    scripted.reset_to(payment, "authorised")  # an acquirer that does not know what "never" means
    slow = replace(hall.payment(), state=Is.OPENED)
    paid = paying.advance(hall.province.system(hall.at), slow, waited_for=True).paid
    assert (paid.state, scripted.held(payment)) == (Is.RELEASED, "released") and orders() == 0


class TestPages:
    def test_it_is_sold_once_it_is_paid(self, hall: PaidHall) -> None:
        page = hall.begin_page()
        assert page.url.startswith("https://pay.example/") and hall.payment().state == Is.WAITING
        assert hall.begin_page() == page, "the same confirmation, the same page"
        assert paying.noticed(page.payment, at=hall.at).state == Is.WAITING, "nothing has happened"
        PAGES.pay(page.payment)
        paid = paying.noticed(page.payment, at=hall.at)
        assert (paid.state, PAGES.held(paid.id)) == (Is.CAPTURED, "captured")
        assert paying.noticed(page.payment, at=hall.at).order == paid.order
        (text,) = hall.texts()
        order = ordering.order(hall.province.system(), order=OrderId(paid.order))  # type: ignore[arg-type]
        assert order.number in text and order.channel == "web" and orders() == 1

    def test_without_a_notice_the_job_asks(self, hall: PaidHall) -> None:
        page = hall.begin_page()
        PAGES.pay(page.payment)
        hall.settle()
        assert hall.payment().state == Is.CAPTURED and len(hall.texts()) == 1

    def test_who_leaves_has_nothing(self, hall: PaidHall) -> None:
        page = hall.begin_page()
        PAGES.leave(page.payment)
        assert paying.noticed(page.payment, at=hall.at).state == Is.DECLINED
        assert orders() == 0 and "nothing was taken" in hall.texts()[0]

    def test_who_does_not_pay_in_time_cannot_any_more(self, hall: PaidHall) -> None:
        page = hall.begin_page()
        hall.settle()
        assert hall.payment().state == Is.WAITING
        hall.later(timedelta(minutes=30))
        hall.settle()
        assert (hall.payment().state, PAGES.held(page.payment)) == (Is.RELEASED, "released")

    def test_a_sale_that_is_refused_for_good_gives_the_money_up(self, hall: PaidHall) -> None:
        page = hall.begin_page()
        PAGES.pay(page.payment)
        saleschannel.suspend(hall.province.system(), outlet=hall.outlet, reason="Works")
        assert paying.noticed(page.payment, at=hall.at).state == Is.RELEASED
        assert PAGES.held(page.payment) == "released" and orders() == 0
        saleschannel.resume(hall.province.system(), outlet=hall.outlet)


class TestRefunds:
    def test_what_the_boss_refuses_is_refunded(self, hall: PaidHall, scripted: Scripted) -> None:
        pay(hall)
        hall.boss_refuses()
        assert hall.payment().state == Is.RETURNING and hall.balance() == Money(50_00)
        scripted.faults.extend(["deaf", "", "lost"])
        for _time in range(4):
            hall.settle()
        paid = hall.payment()
        assert (paid.state, scripted.held(paid.id)) == (Is.REFUNDED, "refunded")
        assert hall.balance() == Money.zero() and hall.texts()[0].endswith("given back to you.")
        takings = ledger.account_of(hall.outlet, "card")
        assert takings is not None and ledger.derived_balance(takings) == Money.zero()
        hall.boss_refuses()  # the relay brings it again
        assert hall.payment().state == Is.REFUNDED and len(hall.texts()) == 1

    def test_what_was_not_captured_yet_is_given_up(
        self, hall: PaidHall, scripted: Scripted
    ) -> None:
        scripted.faults.extend(["", "down"])
        pay(hall)
        hall.boss_refuses()
        hall.settle()
        paid = hall.payment()
        assert (paid.state, scripted.held(paid.id)) == (Is.RELEASED, "released")
        assert hall.balance() == Money.zero()

    def test_money_that_cannot_leave_the_wallet_waits(
        self, hall: PaidHall, scripted: Scripted
    ) -> None:
        pay(hall)
        hall.boss_refuses()
        wallet.freeze(hall.province.system(), outlet=hall.outlet, reason="Looked into")
        hall.settle()
        assert (hall.payment().state, hall.payment().problem) == (
            Is.RETURNING,
            "ledger.account_frozen",
        )
        wallet.unfreeze(hall.province.system(), outlet=hall.outlet)
        hall.settle()
        assert hall.payment().state == Is.REFUNDED

    def test_what_cannot_be_given_back_is_owed(self, hall: PaidHall, scripted: Scripted) -> None:
        pay(hall, means="cash")
        hall.boss_refuses()
        scripted.faults.extend(["", "declined"])
        hall.settle()
        owed = hall.payment()
        assert (owed.state, hall.settle()) == (Is.OWED, 0)
        assert "Come to one of our halls" in hall.texts()[0] and hall.balance() == Money.zero()
        ctx = hall.province.context("finance", hall.province.organizations["41"])
        with pytest.raises(ReasonMissing):
            checkout.settle_by_hand(ctx.part("a"), payment=owed.id, reason=" ")
        checkout.settle_by_hand(ctx.part("b"), payment=owed.id, reason="Paid back at hall HALL")
        assert hall.payment().state == Is.REFUNDED and len(hall.texts()) == 1
        with pytest.raises(PaymentPast):
            checkout.settle_by_hand(ctx.part("c"), payment=owed.id, reason="Once more")

    def test_the_second_answer_is_the_first_one(self, hall: PaidHall) -> None:
        ctx = hall.context("dialogue:3:4")
        first = pay(hall, ctx)
        hall.boss_refuses()
        hall.settle()
        assert pay(hall, ctx) == first


def test_a_way_that_nobody_has_is_refused(hall: PaidHall, settings: Settings) -> None:
    settings.PAYMENT_MEANS = {}
    refused(hall, MeansMissing)
    assert hall.payments() == []


def test_statements(
    hall: PaidHall, scripted: Scripted, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    """One transaction opens, one sells, one notes that it is captured."""
    pay(hall)
    with django_assert_num_queries(22):
        pay(hall)
