"""Paying at a kiosk: with notes, and by card; and getting back what was not taken."""

from __future__ import annotations

from datetime import UTC, datetime

from qudao.domain.checkout.models import CustomerPayment
from qudao.domain.ordering.models import Order
from qudao.domain.saleschannel import operations as saleschannel
from qudao.domain.wallet import operations as wallet
from qudao.journeys import paying
from qudao.journeys.paying import audit
from qudao.journeys.paying.carrying import PATIENCE
from tests.fronts.kiosk.stand import PASSWORD, Stand
from tests.province import assert_sound


def orders() -> list[tuple[int, str]]:
    rows = Order.objects.unscoped("all that there are").order_by("id")
    return list(rows.values_list("amount", "state"))


def payments() -> list[tuple[str, int, str]]:
    rows = CustomerPayment.objects.unscoped("all that there are").order_by("id")
    return list(rows.values_list("means", "amount", "state"))


def at_amount(stand: Stand, msisdn: str = "") -> str:
    """Begin a top-up of somebody's line, up to the amount."""
    msisdn = msisdn or stand.boss.fresh().msisdn
    stand.begin()
    stand.touch("Top-up")
    stand.type(msisdn)
    assert stand.heading == "How much?"
    return msisdn


def put_in(stand: Stand, *notes: int) -> None:
    stand.devices.put_in(stand.kiosk.node, *notes)
    stand.get("/kiosk/talk/")


class TestNotes:
    def test_are_the_amount(self, stand: Stand) -> None:
        msisdn = at_amount(stand)
        stand.touch("Put notes in")
        assert "In the machine ¥0.00" in stand.text
        put_in(stand, 50, 20)
        assert "In the machine ¥70.00" in stand.text
        stand.touch("That is all: ¥70.00")
        assert "¥70.00 of ¥70.00" in stand.text
        assert orders() == []
        stand.touch("Confirm and pay")
        assert stand.heading == "Done"
        assert orders() == [(70_00, "acknowledged")]
        assert payments() == [("cash", 70_00, "captured")]
        assert stand.notes == {"escrow": 0, "box": 70, "tray": 0}
        (slip,) = stand.slips
        assert "¥70.00" in slip and msisdn not in slip
        assert audit.unsound() == []
        assert_sound()

    def test_are_asked_for_when_the_amount_was_keyed_in(self, stand: Stand) -> None:
        at_amount(stand)
        stand.type("30")
        assert stand.heading == "How would you like to pay?"
        stand.touch("in cash")
        assert "¥0.00 of ¥30.00" in stand.text
        assert not stand.offers("Confirm and pay")
        put_in(stand, 50, 20)  # fifty would be too much: it comes straight back
        assert "¥20.00 of ¥30.00" in stand.text
        assert not stand.offers("Confirm and pay")
        put_in(stand, 10)
        stand.touch("Confirm and pay")
        assert payments() == [("cash", 30_00, "captured")]
        assert stand.notes == {"escrow": 0, "box": 30, "tray": 0}

    def test_come_back_to_who_changes_their_mind(self, stand: Stand) -> None:
        at_amount(stand)
        stand.touch("Put notes in")
        put_in(stand, 100)
        stand.touch("Give my notes back")
        assert "Please take your notes." in stand.text
        assert stand.notes == {"escrow": 0, "box": 0, "tray": 100}
        assert stand.typed, "an amount may be keyed in instead"
        stand.touch("Put notes in")
        put_in(stand, 50)
        stand.touch("That is all")
        stand.touch("Stop, give my notes back")
        assert "Please take your notes." in stand.text
        assert stand.notes == {"escrow": 0, "box": 0, "tray": 150}
        at_amount(stand)
        stand.touch("Put notes in")
        put_in(stand, 10)
        stand.touch("Back")
        assert "Please take your notes." in stand.text, "also who goes back to the number"
        assert stand.notes == {"escrow": 0, "box": 0, "tray": 160}
        at_amount(stand)
        stand.touch("Put notes in")
        put_in(stand, 20)
        stand.touch("Finish")
        assert stand.offers("English"), "the idle page"
        assert stand.notes == {"escrow": 0, "box": 0, "tray": 180}
        assert (orders(), payments()) == ([], [])

    def test_come_back_when_the_sale_is_refused(self, stand: Stand) -> None:
        """What was fine when it was quoted is not any more when it is confirmed."""
        at_amount(stand)
        stand.touch("Put notes in")
        put_in(stand, 50)
        stand.touch("That is all")
        wallet.freeze(
            stand.province.system(datetime.now(UTC)), outlet=stand.kiosk.outlet, reason="audit"
        )
        stand.touch("Confirm and pay")
        assert stand.heading == "This was not done"
        assert payments() == [("cash", 50_00, "released")]
        assert stand.notes == {"escrow": 0, "box": 0, "tray": 50}
        assert orders() == []

    def test_come_back_when_the_kiosk_is_admitted_no_more(self, stand: Stand) -> None:
        at_amount(stand)
        stand.touch("Put notes in")
        put_in(stand, 50)
        saleschannel.suspend(
            stand.province.system(datetime.now(UTC)), outlet=stand.kiosk.outlet, reason="broken"
        )
        stand.touch("That is all")
        assert stand.heading == "登记本终端" or stand.heading == "Admit this kiosk"
        assert stand.notes == {"escrow": 0, "box": 0, "tray": 50}

    def test_of_an_amount_that_is_not_sold_stay_until_they_are_taken_back(
        self, stand: Stand
    ) -> None:
        at_amount(stand)
        stand.touch("Put notes in")
        put_in(stand, *[100] * 11)
        stand.touch("That is all: ¥1,100.00")
        assert stand.heading == "How much?"
        assert "¥1,000.00" in stand.text, "the problem is said"
        assert stand.notes["escrow"] == 1_100
        stand.touch("Give my notes back")
        assert stand.notes == {"escrow": 0, "box": 0, "tray": 1_100}

    def test_that_jam_on_their_way_into_the_box_are_sold_for_all_the_same(
        self, stand: Stand
    ) -> None:
        at_amount(stand)
        stand.touch("Put notes in")
        put_in(stand, 50)
        stand.touch("That is all")
        stand.devices.faults(stand.kiosk.node, jam="storing")
        stand.touch("Confirm and pay")
        assert orders() == [(50_00, "acknowledged")]
        assert payments() == [("cash", 50_00, "sold")]
        stand.devices.mend(stand.kiosk.node)
        later = datetime.now(UTC) + PATIENCE
        paying.settle(stand.province.system(later))
        assert payments() == [("cash", 50_00, "captured")]
        assert stand.notes == {"escrow": 0, "box": 50, "tray": 0}

    def test_with_a_lost_answer_are_settled_by_asking(self, stand: Stand) -> None:
        at_amount(stand)
        stand.touch("Put notes in")
        put_in(stand, 50)
        stand.touch("That is all")
        stand.devices.faults(stand.kiosk.node, lost_answer=True)
        stand.touch("Confirm and pay")
        assert stand.heading == "This was not done" or stand.heading == "Done"
        stand.devices.faults(stand.kiosk.node)
        later = datetime.now(UTC) + PATIENCE
        paying.settle(stand.province.system(later))
        ((_means, _amount, state),) = payments()
        where = {"captured": "box", "released": "tray"}[state]
        assert stand.notes == {"escrow": 0, "box": 0, "tray": 0, where: 50}
        assert len(orders()) == (state == "captured")


class TestCards:
    def test_pay(self, stand: Stand) -> None:
        at_amount(stand)
        stand.type("50")
        stand.touch("by card")
        assert not stand.offers("Confirm and pay")
        stand.devices.card(stand.kiosk.node, balance=60_00)
        stand.get("/kiosk/talk/")
        assert "**** 0001" in stand.text
        stand.touch("Confirm and pay")
        assert stand.heading == "Done"
        assert payments() == [("card", 50_00, "captured")]
        state = stand.devices.state(stand.kiosk.node)
        assert state["cards"]["6222020000000001"]["balance"] == 10_00
        assert state["inside"] == "", "the card is given back"
        assert stand.slips == [], "a slip is printed when it is wished for"
        stand.touch("Print a slip")
        assert len(stand.slips) == 1
        assert "Take your slip." in stand.text

    def test_without_enough_on_them_pay_nothing(self, stand: Stand) -> None:
        at_amount(stand)
        stand.type("50")
        stand.touch("by card")
        stand.devices.card(stand.kiosk.node, number="6222020000000002", balance=49_99)
        stand.get("/kiosk/talk/")
        stand.touch("Confirm and pay")
        assert stand.heading == "This was not done"
        assert payments() == [("card", 50_00, "declined")]
        assert orders() == []

    def test_change_a_plan_once_the_line_is_proved(self, stand: Stand) -> None:
        msisdn = stand.customer()
        stand.begin()
        stand.touch("Plan change")
        stand.type(msisdn)
        assert stand.heading == "Your service password, please."
        stand.type(PASSWORD)
        stand.touch(next(words for _p, words, _f in stand.buttons if "/month" in words))
        stand.touch("Yes, do it")
        assert stand.heading == "Done"
        assert len(orders()) == 1 and payments() == [], "the operator bills it"


def test_without_devices_only_what_is_free_is_offered(stand: Stand) -> None:
    stand.devices.faults(stand.kiosk.node, down=True)
    stand.get("/kiosk/")
    assert "No notes are taken at the moment" in stand.text
    stand.begin()
    stand.touch("Pay and top up")
    assert not stand.offers("Top-up")
    stand.touch("Back")
    stand.touch("Balance")
    assert stand.heading == "Which number is it about?"


def test_without_notes_one_pays_by_card_without_being_asked(stand: Stand) -> None:
    stand.devices.faults(stand.kiosk.node, missing=["cash"])
    stand.get("/kiosk/")
    at_amount(stand)
    assert not stand.offers("Put notes in")
    stand.type("50")
    assert "Put your bank card into the terminal" in stand.text
