"""Taking back a pay-in that was recorded by mistake: drawer, wallet, ledger, history."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import UUID

import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qudao.domain.ledger.models import Posting
from qudao.domain.ledger.operations import AccountFrozen
from qudao.domain.ledger.types import Phase
from qudao.domain.ordering.operations import sell
from qudao.domain.ordering.types import Sale
from qudao.domain.payment import operations, queries
from qudao.domain.payment.models import PaymentReceived
from qudao.domain.payment.types import (
    DrawerClosed,
    DrawerId,
    NotTakenAtHall,
    PaymentId,
    PaymentNotFound,
    PaymentTakenBackAlready,
    ReasonMissing,
    TakingBackTooLate,
)
from qudao.domain.wallet import operations as wallet
from qudao.domain.wallet import queries as wallets
from qudao.domain.wallet.operations import MoneySpent
from qudao.journeys import pay_in
from qudao.kernel.money import Money
from qudao.kernel.page import PageRequest
from qudao.kernel.period import business_date
from qudao.kernel.refusals import Refusal
from qudao.platform.commands import operations as commands
from qudao.platform.commands.command import AwaitingApproval
from qudao.platform.commands.context import Context, NotPermitted
from qudao.platform.commands.models import JournalEntry
from tests.province import NOON, Province, assert_sound

pytestmark = pytest.mark.django_db

PAGE = PageRequest(50)


def teller(province: Province) -> Context:
    return province.context("hall_clerk", province.hall)


def supervisor(province: Province, **more: object) -> Context:
    return province.context("branch_supervisor", province.organizations["4101"], **more)  # type: ignore[arg-type]


def balance(province: Province) -> Money:
    return wallets.wallet(province.system(), outlet=province.agent).balance


def receive(province: Province, fen: int, method: str = "cash") -> PaymentId:
    return pay_in.receive(
        teller(province),
        outlet=province.agent,
        hall=province.hall,
        method=method,
        amount=Money(fen),
        reference="SLIP" if method == "card" else "",
    )


def ask(province: Province, payment: PaymentId) -> UUID:
    """The clerk asks; returns what a second person has to decide on."""
    with pytest.raises(AwaitingApproval) as parked:
        pay_in.take_back(teller(province), payment=payment, reason="typed a nought too many")
    return parked.value.parked


def take_back(province: Province, payment: PaymentId) -> None:
    parked = ask(province, payment)
    commands.approve(supervisor(province), parked=parked, remark="seen the slip")


def refused(act: Callable[[], object], kind: type[Refusal]) -> Refusal:
    rows = PaymentReceived.objects.unscoped("test").order_by("id")
    before = [list(rows.values()), Posting.objects.count()]
    with pytest.raises(kind) as caught:
        act()
    assert [list(rows.values()), Posting.objects.count()] == before
    return caught.value


@pytest.fixture
def drawer(province: Province) -> DrawerId:
    return operations.open_drawer(teller(province), hall=province.hall, opening_float=Money(50_000))


def test_cash_leaves_wallet_and_drawer_by_the_opposite_posting(
    province: Province, drawer: DrawerId
) -> None:
    kept, mistaken = receive(province, 1_000), receive(province, 100_000)
    parked = ask(province, mistaken)
    assert balance(province) == Money(101_000)
    commands.approve(supervisor(province), parked=parked, remark="seen")
    assert balance(province) == Money(1_000)
    there, back = Posting.objects.filter(cause=mistaken).order_by("id")
    assert (back.source_id, back.target_id) == (there.target_id, there.source_id)
    assert (back.amount, back.kind, back.phase) == (there.amount, there.kind, "reverse")
    assert back.resolves_id == there.id
    held = queries.own_drawer(teller(province))
    assert held is not None
    assert (held.received, held.expected) == (Money(1_000), Money(51_000))
    end = operations.close_drawer(teller(province), drawer=drawer, counted=Money(51_000))
    assert end.difference == Money(0)
    shown = {one.payment: one for one in queries.payments(teller(province), page=PAGE).items}
    assert shown[kept].taken_back_at is None
    assert shown[mistaken].taken_back_at == NOON
    assert shown[mistaken].taken_back_reason == "typed a nought too many"
    assert_sound()


def test_a_card_payment_needs_no_drawer(province: Province) -> None:
    payment = receive(province, 7_000, "card")
    take_back(province, payment)
    assert balance(province) == Money(0)
    assert_sound()


def test_statement_closing_and_history_tell_of_it(province: Province) -> None:
    payment = receive(province, 7_000, "card")
    receive(province, 500, "card")
    take_back(province, payment)
    lines = wallets.statement(
        province.system(), outlet=province.agent, page=PAGE, kind="pay_in"
    ).items
    assert [(one.phase, one.amount) for one in lines] == [
        (Phase.REVERSE, Money(-7_000)),
        (Phase.SINGLE, Money(500)),
        (Phase.SINGLE, Money(7_000)),
    ]
    day = business_date(NOON)
    wallet.close_day(province.system(NOON + timedelta(days=1)), day=day)
    (closing,) = wallets.closings(province.system(), outlet=province.agent, page=PAGE).items
    assert (closing.paid_in, closing.returned, closing.closing) == (
        Money(500),
        Money(0),
        Money(500),
    )
    entry = JournalEntry.objects.get(command="pay_in.take_back", subject=payment)
    assert entry.actor == teller(province).actor
    assert entry.approved_by == supervisor(province).actor
    assert_sound()


def test_it_always_needs_a_second_person_who_may(province: Province) -> None:
    payment = receive(province, 1, "card")
    parked = ask(province, payment)
    refused(
        lambda: commands.approve(
            province.context("province_administrator", province.organizations["41"]),
            parked=parked,
            remark="",
        ),
        NotPermitted,
    )
    clerk = province.clerk()
    refused(lambda: pay_in.take_back(clerk, payment=payment, reason="mine"), NotPermitted)


def test_spent_money_is_not_taken_back_not_even_on_credit(province: Province) -> None:
    payment = receive(province, 10_000, "card")
    wallet.set_credit_limit(province.system(), outlet=province.agent, limit=Money(100_000))
    parked = ask(province, payment)
    sold = sell.one(province.clerk(), Sale(province.agent, "TOPUP", "13800138000", Money(5_000)))
    for act in (
        lambda: commands.approve(supervisor(province), parked=parked, remark=""),
        lambda: pay_in.take_back(teller(province), payment=payment, reason="too late"),
    ):
        refusal = refused(act, MoneySpent)
        assert isinstance(refusal, MoneySpent) and refusal.balance == sold.balance
    wallet.set_credit_limit(province.system(), outlet=province.agent, limit=Money(0))
    refusal = refused(
        lambda: pay_in.take_back(teller(province), payment=payment, reason="no credit"), MoneySpent
    )
    assert isinstance(refusal, MoneySpent) and refusal.balance == sold.balance
    assert_sound()


def test_a_frozen_wallet_keeps_what_it_has(province: Province) -> None:
    payment = receive(province, 10_000, "card")
    wallet.freeze(province.system(), outlet=province.agent, reason="audit")
    refused(
        lambda: pay_in.take_back(teller(province), payment=payment, reason="typo"), AccountFrozen
    )


def test_it_is_done_once(province: Province) -> None:
    payment = receive(province, 10_000, "card")
    receive(province, 10_000, "card")
    first, second = ask(province, payment), ask(province, payment)
    commands.approve(supervisor(province), parked=first, remark="")
    refused(
        lambda: commands.approve(supervisor(province), parked=second, remark=""),
        PaymentTakenBackAlready,
    )
    assert balance(province) == Money(10_000)
    assert_sound()


def test_not_after_the_day_nor_after_the_drawer(province: Province, drawer: DrawerId) -> None:
    in_cash, by_card = receive(province, 300), receive(province, 400, "card")
    waiting = ask(province, in_cash)
    operations.close_drawer(teller(province), drawer=drawer, counted=Money(50_300))
    refused(
        lambda: pay_in.take_back(teller(province), payment=in_cash, reason="typo"), DrawerClosed
    )
    refused(lambda: commands.approve(supervisor(province), parked=waiting, remark=""), DrawerClosed)
    tomorrow = province.context("hall_clerk", province.hall, at=NOON + timedelta(days=1))
    refused(lambda: pay_in.take_back(tomorrow, payment=by_card, reason="typo"), TakingBackTooLate)


def test_what_makes_no_sense_is_refused(province: Province) -> None:
    payment = receive(province, 300, "card")
    refused(lambda: pay_in.take_back(teller(province), payment=payment, reason=" "), ReasonMissing)
    unknown = PaymentId(UUID(int=5))
    refused(
        lambda: pay_in.take_back(teller(province), payment=unknown, reason="typo"), PaymentNotFound
    )
    luoyang = province.context("branch_supervisor", province.organizations["4103"])
    refused(lambda: pay_in.take_back(luoyang, payment=payment, reason="typo"), PaymentNotFound)


def test_a_bank_transfer_stands(province: Province) -> None:
    from qudao.domain.saleschannel import queries as saleschannel

    node = saleschannel.outlet(province.system(), outlet=province.agent).node_code
    finance = province.context("finance", province.organizations["41"])
    pay_in.import_statement(
        finance,
        branch=province.organizations["4101"],
        format="csv",
        file_name="f.csv",
        content=f"date,amount,reference,remittance,payer\n2026-11-19,5.00,B1,{node},x".encode(),
    )
    (one,) = queries.payments(finance, page=PAGE).items
    asked = province.context("finance", province.organizations["41"])
    refused(lambda: pay_in.take_back(asked, payment=one.payment, reason="typo"), NotTakenAtHall)


@given(taken=st.lists(st.tuples(st.integers(1, 10**6), st.booleans()), max_size=5))
@settings(
    max_examples=10,
    deadline=None,
    # every example is rolled back
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_a_drawer_expects_what_was_not_taken_back(
    province: Province, taken: list[tuple[int, bool]]
) -> None:
    with transaction.atomic():
        operations.open_drawer(teller(province), hall=province.hall, opening_float=Money(100))
        for fen, mistaken in taken:
            payment = receive(province, fen)
            if mistaken:
                take_back(province, payment)
        kept = sum(fen for fen, mistaken in taken if not mistaken)
        held = queries.own_drawer(teller(province))
        assert held is not None
        assert (held.received, held.expected) == (Money(kept), Money(100 + kept))
        assert balance(province) == Money(kept)
        cash = Posting.objects.filter(kind="pay_in")
        moved = sum(p.amount if p.phase == Phase.SINGLE else -p.amount for p in cash)
        assert moved == kept
        assert_sound()
        transaction.set_rollback(True)


def test_the_database_keeps_reasons_and_bank_transfers(province: Province) -> None:
    payment = receive(province, 300, "card")
    with pytest.raises(IntegrityError), transaction.atomic():
        PaymentReceived.objects.unscoped("test").filter(id=payment).update(taken_back_at=NOON)


@pytest.mark.django_db(transaction=True)
def test_approved_by_two_at_once_it_is_done_once(committed_province: Province) -> None:
    province = committed_province
    payment = receive(province, 10_000, "card")
    receive(province, 10_000, "card")
    parked = [ask(province, payment) for _ in range(4)]
    people = [supervisor(province) for _ in parked]

    def attempt(place: int) -> str:
        try:
            commands.approve(people[place], parked=parked[place], remark="")
            return "done"
        except PaymentTakenBackAlready:
            return "already"
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        answers = sorted(pool.map(attempt, range(4)))
    assert answers == ["already"] * 3 + ["done"]
    assert balance(province) == Money(10_000)
    assert_sound()
