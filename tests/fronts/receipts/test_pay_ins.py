"""A pay-in's receipt: printed by the hall and by the outlet, copies marked and counted."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from qudao.domain.ledger.models import Posting
from qudao.domain.payment import operations, queries
from qudao.domain.payment.types import PaymentId
from qudao.fronts.receipts import pay_ins
from qudao.journeys import pay_in
from qudao.kernel.money import Money
from qudao.kernel.numbers import luhn_ok
from qudao.platform.commands import operations as commands
from qudao.platform.commands.models import JournalEntry, ParkedCommand
from tests.fronts.backoffice.conftest import Enter, enter
from tests.province import Province

__all__ = ["enter"]

pytestmark = pytest.mark.django_db


@pytest.fixture
def paid(province: Province) -> PaymentId:
    """The hall has taken 123.45 by card from the agent."""
    return pay_in.receive(
        province.context("hall_clerk", province.hall, at=datetime.now(UTC)),
        outlet=province.agent,
        hall=province.hall,
        method="card",
        amount=Money(123_45),
        reference="SLIP-9",
    )


def pages(client: Client, front: str, payment: PaymentId) -> tuple[str, str, str]:
    """Addresses that print, show, and draw a receipt."""
    name = {"portal": "portal:pay_in_{}", "office": "admin:hall_{}"}[front]
    names = ("print", "receipt", "receipt_pdf" if front == "office" else "pdf")
    return tuple(reverse(name.format(one), args=[payment]) for one in names)  # type: ignore[return-value]


@pytest.mark.parametrize(("front", "who"), [("office", "teller"), ("portal", "owner")])
def test_a_receipt_is_printed_and_then_again_as_a_copy(
    province: Province, enter: Enter, paid: PaymentId, front: str, who: str
) -> None:
    client = enter(who)
    printing, shown, drawn = pages(client, front, paid)
    listed = client.get(reverse({"office": "admin:hall", "portal": "portal:pay_ins"}[front]))
    assert printing in listed.content.decode()
    assert client.get(shown).status_code == client.get(drawn).status_code == 404
    assert client.post(printing, {"request_key": "one"}).url == shown
    number = queries.number_of(paid, Posting.objects.get(cause=paid).business_date)
    page = client.get(shown).content.decode()
    assert number in page and "¥123.45" in page and "SLIP-9" in page and "teller" in page
    assert "REPRINT" not in page
    client.post(printing, {"request_key": "one"})  # the same click, sent twice
    assert "REPRINT" not in client.get(shown).content.decode()
    client.post(printing, {"request_key": "two"})
    assert "补打 REPRINT 1" in client.get(shown).content.decode()
    pdf = client.get(drawn)
    assert pdf["Content-Type"] == "application/pdf" and pdf.content.startswith(b"%PDF-")
    rows = JournalEntry.objects.filter(command="payment.print_receipt", subject=paid)
    assert [row.answer for row in rows.order_by("id")] == [1, 2]


def test_others_print_nothing(province: Province, enter: Enter, paid: PaymentId) -> None:
    clerk = enter("farclerk")
    printing, shown, _drawn = pages(clerk, "portal", paid)
    assert clerk.post(printing, {"request_key": "far"}).status_code == 404
    assert clerk.get(shown).status_code == 404
    assert not JournalEntry.objects.filter(command="payment.print_receipt").exists()


def test_the_number_checks_itself_and_leads_back(province: Province, paid: PaymentId) -> None:
    ctx = province.context("hall_clerk", province.hall, at=datetime.now(UTC))
    operations.print_receipt(ctx, payment=paid)
    receipt = queries.receipt(ctx, payment=paid)
    assert len(receipt.number) == 17 and luhn_ok(receipt.number)
    assert queries.payment_of_receipt(receipt.number) == paid
    wrong = receipt.number[:-1] + str((int(receipt.number[-1]) + 1) % 10)
    assert queries.payment_of_receipt(wrong) is None
    with translation.override("zh-hans"):
        paper = pay_ins.paper(receipt, "teller")
    assert (paper.title, paper.paid) == ("缴款收据", "¥123.45")
    assert ("缴款方式", "刷卡") in paper.lines


def test_the_office_finds_a_pay_in_by_its_receipt(
    province: Province, enter: Enter, paid: PaymentId
) -> None:
    number = queries.number_of(paid, Posting.objects.get(cause=paid).business_date)
    client = enter("finance")
    found = client.get(reverse("admin:payment_paymentreceived_changelist"), {"q": number})
    assert str(paid) in found.content.decode()
    missed = client.get(reverse("admin:payment_paymentreceived_changelist"), {"q": number[::-1]})
    assert str(paid) not in missed.content.decode()


def test_one_that_was_taken_back_says_so_everywhere(
    province: Province, enter: Enter, paid: PaymentId
) -> None:
    client = enter("teller")
    page = reverse("admin:payment_paymentreceived_change", args=[paid])
    assert page in client.get(reverse("admin:hall")).content.decode()
    act = reverse("admin:payment_paymentreceived_act", args=[paid, "take-back"])
    assert act in client.get(page).content.decode()
    asked = client.post(act, {"request_key": "back", "reason": "typed twice"})
    assert "always needs a second person" in asked.content.decode()
    (parked,) = ParkedCommand.objects.filter(command="pay_in.take_back")
    supervisor = province.context(
        "branch_supervisor", province.organizations["4101"], at=datetime.now(UTC)
    )
    commands.approve(supervisor, parked=parked.id, remark="seen")
    assert "Taken back" in client.get(reverse("admin:hall")).content.decode()
    assert "typed twice" in client.get(page).content.decode()
    printing, shown, _drawn = pages(client, "office", paid)
    client.post(printing, {"request_key": "one"})
    assert "the outlet has got the money back" in client.get(shown).content.decode()
    owner = enter("owner")
    listed = owner.get(reverse("portal:pay_ins")).content.decode()
    assert "Pay-in taken back" in listed and reverse("portal:order", args=[paid]) not in listed
