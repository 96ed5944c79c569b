"""Dialogues in which a customer pays: what is asked, proved, confirmed and told."""

from __future__ import annotations

from dataclasses import replace

from pytest_django.fixtures import Settings

from qudao.domain.checkout.types import PaymentState as Is
from qudao.domain.credential.types import ANYBODY
from qudao.journeys.dialogue import talking
from qudao.journeys.dialogue.types import Role, ScreenKind
from qudao.kernel.money import Money
from tests.boss_process import BossProcess
from tests.journeys.dialogue.hall import orders
from tests.journeys.paying.hall import MSISDN, PaidHall
from tests.journeys.paying.talks import KIOSK, SMS, WEB, Password, known, says, talk
from tests.means import PAGES, Scripted


def test_a_bound_card_pays_once_the_line_is_proved(hall: PaidHall, line: str) -> None:
    t = talk(hall, SMS, known(hall, MSISDN), Password())
    shown = says(t, f"CZ {line} 50")
    assert shown.wanted is not None and shown.wanted.code == "word", "a card is not everybody's"
    shown = says(t, "1234")
    assert shown.kind is ScreenKind.CONFIRM, "one way to pay is not asked for"
    assert (shown.price, shown.means, shown.pay_at) == (Money(50_00), "bound", "")
    assert any(one.code == "means" and "bound" in one.text for one in shown.lines)
    done = says(t, "1")
    paid = hall.payment()
    assert done.kind is ScreenKind.DONE and done.order == paid.order
    assert done.facts["paid"] == "¥50.00" and (done.price, done.means) == (None, "")
    assert (paid.state, paid.payer, paid.line, paid.what) == (
        Is.CAPTURED,
        MSISDN,
        line,
        "Air top-up",
    )


def test_without_a_proof_nothing_is_offered(hall: PaidHall, line: str) -> None:
    t = talk(hall, SMS, known(hall, MSISDN))
    assert says(t, f"CZ {line} 50").item == ""
    proved = replace(t, caller=known(hall, MSISDN, proved=True))
    assert says(proved, f"CZ {line} 50").item == "top_up"


def test_a_way_that_nobody_holds_is_not_offered(
    hall: PaidHall, line: str, settings: Settings
) -> None:
    settings.PAYMENT_MEANS = {}
    t = talk(hall, SMS, known(hall, MSISDN, proved=True))
    assert says(t, f"CZ {line} 50").item == ""


def test_of_several_ways_one_is_chosen_last(hall: PaidHall, line: str) -> None:
    t = talk(hall, WEB, ANYBODY, Password())
    shown = says(t, f"CZ {line} 50")
    assert shown.wanted is not None and shown.wanted.code == "means"
    assert [one.value for one in shown.choices] == ["bound", "page"]
    asked = says(t, "1", shown)
    assert asked.wanted is not None and asked.wanted.code == "word", "the bound card wants proof"
    back = says(t, "back", asked)
    assert back.wanted is not None and back.wanted.code == "means", "one may think otherwise"
    confirm = says(t, "2", back)
    assert confirm.kind is ScreenKind.CONFIRM and confirm.means == "page", "nobody need be known"
    back = says(t, "back", confirm)
    assert back.wanted is not None and back.wanted.code == "means"
    done = says(t, "1", says(t, "2", back))
    assert done.kind is ScreenKind.DONE and done.order is None
    assert done.pay_at == hall.payment().url and done.facts["to_pay"] == "¥50.00"
    assert any(one.role is Role.TEXT and done.pay_at in one.text for one in done.lines)
    PAGES.pay(hall.payment().id)
    hall.settle()
    assert hall.payment().state == Is.CAPTURED and orders() == 1
    assert hall.texts(), "the line that was paid for is told, where nobody knows who paid"


def test_a_shortcut_says_how_it_is_paid_too(hall: PaidHall, line: str) -> None:
    t = talk(hall, WEB, ANYBODY, Password())
    shown = says(t, f"CZ {line} 50 2")
    assert shown.kind is ScreenKind.CONFIRM and shown.means == "page"


def test_a_shortcut_without_a_number_is_for_the_own_line(hall: PaidHall, line: str) -> None:
    t = talk(hall, SMS, known(hall, line, proved=True))
    shown = says(t, "CZ 50")
    assert (shown.kind, shown.price) == (ScreenKind.CONFIRM, Money(50_00))
    assert any(one.code == "msisdn" and line in one.text for one in shown.lines)
    other = says(t, f"CZ {MSISDN}")
    assert other.wanted is not None and other.wanted.code == "amount", "a number is a number"
    unknown = says(talk(hall, WEB, ANYBODY, Password()), "CZ 50")
    assert unknown.wanted is not None and unknown.wanted.code == "msisdn", "nobody's own line"


def test_what_costs_nothing_asks_for_no_way(hall: PaidHall, line: str) -> None:
    t = talk(hall, WEB, known(hall, line, proved=True), Password())
    shown = says(t, "BGTC 3")
    assert (shown.kind, shown.price, shown.means) == (ScreenKind.CONFIRM, None, "")
    done = says(t, "1", shown)
    assert done.kind is ScreenKind.DONE and done.order and hall.payments() == []


def test_a_plan_of_another_line_is_not_changed(hall: PaidHall, line: str) -> None:
    """However it is paid: it commits the line."""
    t = talk(hall, KIOSK, ANYBODY, Password())
    shown = says(t, "DG 2")
    assert shown.wanted is not None and shown.wanted.code == "word"


def test_a_kiosk_needs_to_know_nobody(hall: PaidHall, line: str, scripted: Scripted) -> None:
    t = talk(hall, KIOSK, ANYBODY)
    shown = says(t, f"CZ {line} 30")
    assert [one.value for one in shown.choices] == ["card", "cash"]
    confirm = says(t, "2", shown)
    done = says(t, "1", confirm, token="escrow-17")
    assert done.kind is ScreenKind.DONE and scripted.tokens == ["escrow-17", ""]
    assert hall.payment().token is None, "nobody needs it any more"
    assert hall.payment().means == "cash" and scripted.held(hall.payment().id) == "captured"


def test_what_others_owe_is_nobodys_business(hall: PaidHall, open_boss: BossProcess) -> None:
    debtor = open_boss.fresh().msisdn
    stranger = says(talk(hall, KIOSK, ANYBODY), f"JF {debtor}")
    assert stranger.wanted is not None and stranger.wanted.code == "amount"
    assert stranger.choices == ()


def test_a_declined_payment_says_why(hall: PaidHall, line: str, scripted: Scripted) -> None:
    scripted.faults.append("declined")
    t = talk(hall, SMS, known(hall, MSISDN, proved=True))
    says(t, f"CZ {line} 50")
    done = says(t, "1")
    assert (done.kind, done.outcome) == (ScreenKind.REFUSED, "paying.payment_declined")
    assert "not enough money" in done.text


def test_an_unknown_payment_is_not_to_be_repeated(
    hall: PaidHall, line: str, scripted: Scripted
) -> None:
    scripted.faults.append("deaf")
    t = talk(hall, SMS, known(hall, MSISDN, proved=True))
    says(t, f"CZ {line} 50")
    done = says(t, "1")
    assert (done.kind, done.outcome) == (ScreenKind.REFUSED, "paying.payment_unsettled")
    assert "Do not pay again" in done.text
    hall.settle()
    assert hall.payment().state == Is.CAPTURED and len(hall.texts()) == 1


def test_elsewhere_it_is_paid_in_another_way(hall: PaidHall, line: str) -> None:
    caller = known(hall, MSISDN, proved=True)
    web = talk(hall, WEB, caller, Password())
    asked = says(web, f"CZ {line} 50")
    says(web, "2", asked)
    sms = talk(hall, SMS, caller, Password())
    shown = talking.resume(sms, asked.dialogue)
    assert shown.kind is ScreenKind.CONFIRM and shown.means == "bound"
