"""Notes and cards as means: at most once, never lost, and asked about afterwards."""

from __future__ import annotations

from dataclasses import replace
from uuid import uuid4

import pytest

from qudao.domain.checkout.ports import (
    Authorised,
    Captured,
    Charge,
    Declined,
    NotFound,
    NotReached,
    Refunded,
    Released,
    Unknown,
)
from qudao.domain.checkout.types import CheckoutId
from qudao.domain.terminal.types import EscrowState
from qudao.gateways.kiosk_devices.devices import KioskDevices
from qudao.gateways.kiosk_devices.host import Host
from qudao.gateways.kiosk_devices.means import Card, Cash
from qudao.kernel.money import Money
from qudao.kernel.personal import Secret
from tests.kiosk_process import KioskProcess


def charge(kiosk: str, yuan: int, token: str) -> Charge:
    return Charge(
        CheckoutId(uuid4()), Money(yuan * 100), "13800000000", kiosk, "Top-up", Secret(token)
    )


@pytest.fixture
def intake(host: Host, kiosk: str) -> str:
    """An open slot."""
    intake = uuid4().hex
    KioskDevices(host, kiosk).take_notes(intake)
    return intake


class TestNotes:
    def test_are_stored_once_they_are_captured(
        self, kiosk_devices: KioskProcess, host: Host, kiosk: str, intake: str
    ) -> None:
        kiosk_devices.put_in(kiosk, 100, 50)
        means, paid = Cash(lambda: host), charge(kiosk, 150, intake)
        assert means.ask(paid) == NotFound()
        assert means.authorise(paid) == Authorised(str(paid.payment))
        assert means.authorise(paid) == Authorised(str(paid.payment))
        assert kiosk_devices.notes(kiosk) == {"escrow": 150, "box": 0, "tray": 0}
        assert means.capture(paid) == Captured(str(paid.payment))
        assert means.capture(paid) == Captured(str(paid.payment))
        assert means.ask(paid) == Captured(str(paid.payment))
        assert kiosk_devices.notes(kiosk) == {"escrow": 0, "box": 150, "tray": 0}

    def test_come_back_when_the_sale_is_refused(
        self, kiosk_devices: KioskProcess, host: Host, kiosk: str, intake: str
    ) -> None:
        kiosk_devices.put_in(kiosk, 20)
        means, paid = Cash(lambda: host), charge(kiosk, 20, intake)
        means.authorise(paid)
        assert means.void(paid) == Released(str(paid.payment))
        assert means.void(paid) == Released(str(paid.payment))
        assert kiosk_devices.notes(kiosk) == {"escrow": 0, "box": 0, "tray": 20}
        assert isinstance(means.capture(paid), Declined)

    def test_another_amount_is_declined_and_stays_in_escrow(
        self, kiosk_devices: KioskProcess, host: Host, kiosk: str, intake: str
    ) -> None:
        kiosk_devices.put_in(kiosk, 50)
        means, paid = Cash(lambda: host), charge(kiosk, 100, intake)
        assert means.authorise(paid) == Declined("wrong-amount")
        assert kiosk_devices.notes(kiosk)["escrow"] == 50
        assert KioskDevices(host, kiosk).give_back(intake).state is EscrowState.RETURNED
        assert kiosk_devices.notes(kiosk)["tray"] == 50

    @pytest.mark.parametrize("token", ["", "0" * 32])
    def test_nothing_is_paid_with_no_notes(self, host: Host, kiosk: str, token: str) -> None:
        assert Cash(lambda: host).authorise(charge(kiosk, 10, token)) == Declined("no-cash")

    def test_of_another_customer_pay_nothing(
        self, kiosk_devices: KioskProcess, host: Host, kiosk: str, intake: str
    ) -> None:
        kiosk_devices.put_in(kiosk, 10)
        means, first = Cash(lambda: host), charge(kiosk, 10, intake)
        means.authorise(first)
        assert means.authorise(charge(kiosk, 10, intake)) == Declined("no-cash")
        assert means.capture(first) == Captured(str(first.payment))

    def test_a_power_cut_loses_none(
        self, kiosk_devices: KioskProcess, host: Host, kiosk: str, intake: str
    ) -> None:
        other = f"{kiosk}b"
        bound, free = charge(kiosk, 100, intake), uuid4().hex
        kiosk_devices.put_in(kiosk, 100)
        Cash(lambda: host).authorise(bound)
        KioskDevices(host, other).take_notes(free)
        kiosk_devices.put_in(other, 20)
        kiosk_devices.kill9()
        assert isinstance(Cash(lambda: host).capture(bound), NotReached)
        kiosk_devices.start()
        assert Cash(lambda: host).ask(bound) == Authorised(str(bound.payment))
        assert Cash(lambda: host).capture(bound) == Captured(str(bound.payment))
        assert kiosk_devices.notes(kiosk) == {"escrow": 0, "box": 100, "tray": 0}
        # what was bound to no payment came out when the power came back
        assert kiosk_devices.notes(other) == {"escrow": 0, "box": 0, "tray": 20}

    def test_a_lost_answer_is_unknown_and_asking_settles_it(
        self, kiosk_devices: KioskProcess, host: Host, kiosk: str, intake: str
    ) -> None:
        kiosk_devices.put_in(kiosk, 5)
        means, paid = Cash(lambda: host), charge(kiosk, 5, intake)
        kiosk_devices.faults(kiosk, lost_answer=True)
        assert isinstance(means.authorise(paid), Unknown)
        kiosk_devices.faults(kiosk)
        assert means.ask(paid) == Authorised(str(paid.payment))

    def test_a_lost_request_is_unknown_too_and_can_be_given_up_for_good(
        self, kiosk_devices: KioskProcess, host: Host, kiosk: str, intake: str
    ) -> None:
        kiosk_devices.put_in(kiosk, 5)
        means, paid = Cash(lambda: host), charge(kiosk, 5, intake)
        kiosk_devices.faults(kiosk, lost_request=True)
        assert isinstance(means.authorise(paid), Unknown)
        kiosk_devices.faults(kiosk)
        assert means.ask(paid) == NotFound()
        assert means.void(paid) == Released(str(paid.payment))
        assert means.authorise(paid) == Declined("no-cash"), "it came late"
        assert kiosk_devices.notes(kiosk)["escrow"] == 5

    @pytest.mark.parametrize(("jam", "where"), [("storing", "box"), ("returning", "tray")])
    def test_a_jam_is_unknown_until_somebody_mends_it(
        self,
        kiosk_devices: KioskProcess,
        host: Host,
        kiosk: str,
        intake: str,
        jam: str,
        where: str,
    ) -> None:
        kiosk_devices.put_in(kiosk, 50)
        means, paid = Cash(lambda: host), charge(kiosk, 50, intake)
        means.authorise(paid)
        kiosk_devices.faults(kiosk, jam=jam)
        done = means.capture if jam == "storing" else means.void
        assert isinstance(done(paid), Unknown)
        assert isinstance(means.ask(paid), Unknown)
        kiosk_devices.mend(kiosk)
        assert isinstance(done(paid), Captured if jam == "storing" else Released)
        assert kiosk_devices.notes(kiosk)[where] == 50

    def test_a_kiosk_pays_nothing_out(self, host: Host, kiosk: str, intake: str) -> None:
        assert Cash(lambda: host).refund(charge(kiosk, 5, intake)) == Declined(
            "no-notes-back", "notes in a kiosk's box are paid back at a hall"
        )


class TestCards:
    @pytest.fixture
    def token(self, kiosk_devices: KioskProcess, host: Host, kiosk: str) -> str:
        kiosk_devices.card(kiosk, balance=10_000)
        card = KioskDevices(host, kiosk).card()
        assert card is not None and card.shown == "**** 0001"
        return str.__str__(card.token)

    def test_pay_and_get_back(
        self, kiosk_devices: KioskProcess, host: Host, kiosk: str, token: str
    ) -> None:
        means, paid = Card(lambda: host), charge(kiosk, 60, token)
        assert means.authorise(paid) == Authorised(str(paid.payment))
        assert means.authorise(replace(paid, token=Secret("x"))) == Authorised(str(paid.payment))
        assert means.capture(paid) == Captured(str(paid.payment))
        assert means.capture(paid) == Captured(str(paid.payment))
        card = kiosk_devices.state(kiosk)["cards"]["6222020000000001"]
        assert card["balance"] == 4_000
        KioskDevices(host, kiosk).eject_card()
        assert means.refund(paid) == Refunded(str(paid.payment))
        assert means.ask(paid) == Refunded(str(paid.payment))
        card = kiosk_devices.state(kiosk)["cards"]["6222020000000001"]
        assert card["balance"] == 10_000

    def test_hold_no_more_than_there_is(self, host: Host, kiosk: str, token: str) -> None:
        means = Card(lambda: host)
        first, second = charge(kiosk, 60, token), charge(kiosk, 60, token)
        means.authorise(first)
        assert means.authorise(second) == Declined("insufficient-funds")
        assert means.void(first) == Released(str(first.payment))
        assert isinstance(means.authorise(charge(kiosk, 60, token)), Authorised)

    def test_that_was_taken_out_pays_nothing(
        self, kiosk_devices: KioskProcess, host: Host, kiosk: str, token: str
    ) -> None:
        KioskDevices(host, kiosk).eject_card()
        paid = charge(kiosk, 10, token)
        assert Card(lambda: host).authorise(paid) == Declined("no-card")
        assert Card(lambda: host).ask(paid) == Declined("no-card")


class TestTheWire:
    def test_who_has_not_the_token_is_not_heard(
        self, kiosk_devices: KioskProcess, kiosk: str
    ) -> None:
        stranger = Host(kiosk_devices.address, "guess")
        assert isinstance(Cash(lambda: stranger).ask(charge(kiosk, 5, "x")), NotReached)
        stranger.close()

    @pytest.mark.parametrize("name", ["", "../x", "a/b", "a?b", "k" * 41])
    def test_a_name_that_is_none_is_sent_nowhere(self, host: Host, name: str) -> None:
        assert isinstance(Cash(lambda: host).ask(charge(name, 5, "x")), NotReached)

    def test_devices_that_are_down_may_have_acted(
        self, kiosk_devices: KioskProcess, host: Host, kiosk: str
    ) -> None:
        kiosk_devices.faults(kiosk, down=True)
        assert isinstance(Cash(lambda: host).authorise(charge(kiosk, 5, "x")), Unknown)
