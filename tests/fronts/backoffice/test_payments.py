"""Customers' payments in the back office: listed for whom they concern, masked, settled by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.urls import reverse

from qudao.domain.checkout import operations as checkout
from qudao.domain.checkout.models import CustomerPayment
from qudao.domain.checkout.ports import Authorised, Declined
from qudao.domain.checkout.types import CheckoutId, Pay, Step
from qudao.journeys import halls
from qudao.kernel.money import Money
from qudao.kernel.personal import Personal, Secret
from tests.fronts.backoffice.conftest import Enter, do, page, text
from tests.province import Province

PAYER, LINE = "13837100001", "13837100002"


@pytest.fixture
def payment(province: Province) -> CheckoutId:
    """Of the hall, declined; in a branch."""
    pay = Pay(
        province.hall, "bound", Money(50_00), "TOPUP", Personal(LINE), Personal(PAYER), "充值"
    )
    customer = replace(province.system(), actor=halls.ACTOR, channel="sms")
    made = checkout.open(customer, pay=pay, token=Secret("escrow-1"))
    answer = Declined("no-card", "no card is bound")
    checkout.note(province.system(), payment=made, step=Step.AUTHORISE, answer=answer)
    return made


def test_they_are_listed_and_masked(province: Province, payment: CheckoutId, enter: Enter) -> None:
    address = reverse("admin:checkout_customerpayment_changelist")
    client = enter("finance")
    listed = text(client.get(address))
    assert "50.00" in listed and "Declined" in listed
    shown = page(client, "checkout_customerpayment", payment)
    for said in (listed, text(shown)):
        assert PAYER not in said and LINE not in said and "escrow-1" not in said
        assert PAYER[:3] in said and PAYER[-4:] in said
    assert "no-card" in text(shown) and "a customer, at a hall" in text(shown)
    assert "Note how a customer's payment stands" in text(shown)
    assert "50.00" in text(client.get(address, {"q": PAYER}))
    assert "Nothing found" in text(client.get(address, {"open": "yes"}))
    assert "Nothing here yet" in text(enter("luoyang").get(address)), "another branch's"
    assert client.get(reverse("admin:index")).status_code == 200


def test_what_is_owed_is_settled_by_hand(
    province: Province, payment: CheckoutId, enter: Enter
) -> None:
    rows = CustomerPayment.objects.unscoped("a test").filter(id=payment)
    client, name = enter("finance"), "checkout_customerpayment"
    reason = {"reason": "Paid back at the hall"}
    assert do(client, name, "settle_by_hand", payment, **reason).status_code != 302
    rows.update(state="owed")
    assert do(enter("auditor"), name, "settle_by_hand", payment, **reason).status_code == 403
    assert do(client, name, "settle_by_hand", payment, **reason).status_code == 302
    assert rows.get().state == "refunded"
    assert "Paid back at the hall" in text(page(client, name, payment))


def test_what_is_authorised_after_all_is_given_up(province: Province, payment: CheckoutId) -> None:
    answer = Authorised("R1")
    stands = checkout.note(province.system(), payment=payment, step=Step.ASK, answer=answer)
    assert stands.state == "releasing"
