"""The devices as a kiosk's pages use them."""

from __future__ import annotations

import threading
from uuid import uuid4

import pytest

from qudao.domain.terminal.ports import DeviceFails
from qudao.domain.terminal.types import EscrowState, Part
from qudao.gateways.kiosk_devices.devices import KioskDevices
from qudao.gateways.kiosk_devices.host import Host
from qudao.gateways.kiosk_devices.means import Cash
from qudao.kernel.money import Money
from tests.gateways.kiosk_devices.test_means import charge
from tests.kiosk_process import KioskProcess


@pytest.fixture
def devices(host: Host, kiosk: str) -> KioskDevices:
    return KioskDevices(host, kiosk)


def test_notes_are_taken_up_to_an_amount(
    kiosk_devices: KioskProcess, devices: KioskDevices, kiosk: str
) -> None:
    intake = uuid4().hex
    devices.take_notes(intake, Money(30_00))
    assert kiosk_devices.put_in(kiosk, 20, 50, 7, 10, 1) == {
        "taken": [20, 10],
        "refused": [50, 7, 1],
    }
    escrow = devices.escrow(intake)
    assert escrow.total == Money(30_00)
    assert escrow.notes == ((Money(20_00), 1), (Money(10_00), 1))
    assert devices.take_notes(intake).total == Money(30_00), "again: nothing changes"


def test_the_slot_is_shut_as_long_as_nobody_opens_it(
    kiosk_devices: KioskProcess, kiosk: str
) -> None:
    assert kiosk_devices.put_in(kiosk, 20)["refused"] == [20]


def test_the_next_customer_does_not_get_the_last_one_s_notes(
    kiosk_devices: KioskProcess, devices: KioskDevices, kiosk: str
) -> None:
    first, second = uuid4().hex, uuid4().hex
    devices.take_notes(first)
    kiosk_devices.put_in(kiosk, 100)
    assert not devices.take_notes(second).total
    assert devices.escrow(first).state is EscrowState.RETURNED
    assert kiosk_devices.notes(kiosk) == {"escrow": 0, "box": 0, "tray": 100}


def test_what_is_bound_to_a_payment_is_not_given_back(
    kiosk_devices: KioskProcess, host: Host, devices: KioskDevices, kiosk: str
) -> None:
    intake = uuid4().hex
    devices.take_notes(intake)
    kiosk_devices.put_in(kiosk, 10)
    Cash(lambda: host).authorise(charge(kiosk, 10, intake))
    assert devices.give_back(intake).state is EscrowState.HELD
    with pytest.raises(DeviceFails):
        devices.take_notes(uuid4().hex)
    assert kiosk_devices.notes(kiosk)["escrow"] == 10


def test_of_notes_that_never_were_nothing_is_known(devices: KioskDevices) -> None:
    assert devices.escrow(uuid4().hex).state is EscrowState.NONE
    assert devices.give_back(uuid4().hex).state is EscrowState.NONE


def test_notes_that_nobody_asks_for_come_back_by_themselves(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    process = KioskProcess(tmp_path_factory.mktemp("hasty"), "--patience-s", "0.2")
    host = Host(process.address, "kiosk-secret")
    try:
        KioskDevices(host, "K1").take_notes(uuid4().hex)
        taken = process.put_in("K1", 50)["taken"]
        pause = threading.Event()
        while process.notes("K1")["escrow"]:
            pause.wait(0.05)
        assert process.notes("K1")["tray"] == sum(taken)
    finally:
        host.close()
        process.close()


def test_an_identity_card_is_read(
    kiosk_devices: KioskProcess, devices: KioskDevices, kiosk: str
) -> None:
    assert devices.document() is None
    kiosk_devices.document(kiosk, "410101199001011234")
    read = devices.document()
    assert read is not None and str.__str__(read.number) == "410101199001011234"
    assert "4101" not in repr(read)


def test_a_slip_is_printed_or_refused(
    kiosk_devices: KioskProcess, devices: KioskDevices, kiosk: str
) -> None:
    devices.print_slip(["充值", "¥50.00"])
    assert kiosk_devices.state(kiosk)["printed"] == ["充值\n¥50.00"]
    kiosk_devices.faults(kiosk, paper_out=True)
    with pytest.raises(DeviceFails) as caught:
        devices.print_slip(["x"])
    assert caught.value.problem == "paperOut"


def test_what_works_is_told(kiosk_devices: KioskProcess, devices: KioskDevices, kiosk: str) -> None:
    assert devices.working() == frozenset(Part)
    kiosk_devices.faults(kiosk, missing=["cash"])
    assert devices.working() == frozenset(Part) - {Part.CASH}
    with pytest.raises(DeviceFails):
        devices.take_notes(uuid4().hex)
    kiosk_devices.faults(kiosk, down=True)
    assert devices.working() == frozenset()
