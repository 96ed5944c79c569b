"""A payment's life with a real acquirer process, and each of its faults."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
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
    Waiting,
)
from qudao.domain.checkout.types import CheckoutId
from qudao.gateways.acquirer.gateway import Acquirer, AcquirerMeans
from qudao.gateways.acquirer.link import Connection
from qudao.gateways.outgoing.breaker import Breaker, State
from qudao.kernel.money import Money
from qudao.kernel.personal import Secret
from qudao.kernel.signatures import SharedKey
from tests.acquirer_process import AcquirerProcess

KEY = SharedKey(AcquirerProcess.key, Secret(AcquirerProcess.secret), "Acquirer")
Make = Callable[..., Acquirer]


@pytest.fixture
def reach() -> Iterator[Make]:
    """Makes gateways with settings of their own, whose breaker stays out of the way."""
    made: list[Acquirer] = []

    def make(url: str, breaker: Breaker | None = None, **more: Any) -> Acquirer:
        connection = Connection(url, **{"key": KEY, "read_timeout_s": 2, **more})
        made.append(Acquirer(connection, breaker or Breaker(threshold=10_000)))
        return made[-1]

    yield make
    for each in made:
        each.close()


@pytest.fixture
def bound(acquirer: AcquirerProcess, reach: Make) -> AcquirerMeans:
    return means(reach(acquirer.url))


@pytest.fixture
def page(acquirer: AcquirerProcess, reach: Make) -> AcquirerMeans:
    return means(reach(acquirer.url), "page")


def means(gateway: Acquirer, method: str = "bound") -> AcquirerMeans:
    return AcquirerMeans(lambda: gateway, method)


def a_charge(msisdn: str = "", amount: int = 5_000, **more: Any) -> Charge:
    return Charge(CheckoutId(uuid4()), Money(amount), msisdn, "H-WEB", "话费充值", **more)


def reference(acquirer: AcquirerProcess, charge: Charge) -> str:
    found = acquirer.payment(charge.payment)
    assert found is not None
    return str(found["reference"])


def effects(acquirer: AcquirerProcess, charge: Charge) -> dict[str, int]:
    """How often each thing was done with a payment."""
    return dict(acquirer.audit(charge.payment)["payments"].get(str(charge.payment), {})["effects"])


# ---- a payment's life


def test_a_bound_card_is_held_taken_and_given_back(
    acquirer: AcquirerProcess, bound: AcquirerMeans
) -> None:
    msisdn = acquirer.number()
    acquirer.bind(msisdn, limit=8_000)
    charge = a_charge(msisdn)
    assert bound.ask(charge) == NotFound()
    held = bound.authorise(charge)
    assert held == Authorised(reference(acquirer, charge)) == bound.ask(charge)
    assert acquirer.card(msisdn)["available"] == 3_000
    number = held.reference
    assert bound.capture(charge) == Captured(number) == bound.capture(charge) == bound.ask(charge)
    assert bound.void(charge) == Captured(number)  # too late, and said so
    assert bound.refund(charge) == Refunded(number) == bound.refund(charge) == bound.ask(charge)
    assert bound.capture(charge) == Refunded(number)
    assert acquirer.card(msisdn)["available"] == 8_000
    assert effects(acquirer, charge) == {"hold": 1, "capture": 1, "refund": 1}
    noticed = {notice["payment"] for notice in acquirer.notices()}
    assert str(charge.payment) not in noticed  # we know it: we asked for each step


def test_what_is_held_is_released(acquirer: AcquirerProcess, bound: AcquirerMeans) -> None:
    msisdn = acquirer.number()
    acquirer.bind(msisdn, limit=5_000)
    charge = a_charge(msisdn)
    assert isinstance(bound.authorise(charge), Authorised)
    assert bound.authorise(a_charge(msisdn, 1)) == Declined(
        "insufficient-funds", "the card's limit does not suffice"
    )
    assert bound.void(charge) == Released(reference(acquirer, charge)) == bound.capture(charge)
    assert acquirer.card(msisdn)["available"] == 5_000
    assert effects(acquirer, charge) == {"hold": 1, "release": 1}


@pytest.mark.parametrize("code", ["no-card", "expired", "declined"])
def test_declined(acquirer: AcquirerProcess, bound: AcquirerMeans, code: str) -> None:
    charge = a_charge(acquirer.number())
    if code != "no-card":
        acquirer.bind(charge.msisdn, declines=code)
    answer = bound.authorise(charge)
    assert isinstance(answer, Declined) and answer.code == code and answer.reason
    acquirer.bind(charge.msisdn)
    assert bound.authorise(charge) == answer == bound.ask(charge)  # for good, under this id
    assert effects(acquirer, charge) == {"decline": 1}


def test_one_id_is_one_payment(acquirer: AcquirerProcess, bound: AcquirerMeans) -> None:
    msisdn = acquirer.number()
    acquirer.bind(msisdn, limit=1_000_000)
    charge = a_charge(msisdn)
    with ThreadPoolExecutor(8) as threads:
        answers = set(threads.map(lambda _: bound.authorise(charge), range(8)))
    assert answers == {Authorised(reference(acquirer, charge))}
    assert acquirer.card(msisdn)["available"] == 995_000
    other = Charge(charge.payment, Money(1), msisdn, charge.hall, charge.what)
    assert isinstance(bound.authorise(other), Unknown)
    assert isinstance(bound.ask(other), Unknown)
    assert effects(acquirer, charge) == {"hold": 1}


def test_given_up_before_it_came(acquirer: AcquirerProcess, bound: AcquirerMeans) -> None:
    charge = a_charge(acquirer.number())
    acquirer.bind(charge.msisdn)
    released = bound.void(charge)
    assert isinstance(released, Released)
    assert bound.authorise(charge) == released == bound.capture(charge)
    assert effects(acquirer, charge) == {}


def test_a_page_waits_for_its_customer(acquirer: AcquirerProcess, page: AcquirerMeans) -> None:
    charge = a_charge(return_to="http://127.0.0.1:1/payments/x", language="en")
    waiting = page.authorise(charge)
    assert isinstance(waiting, Waiting)
    assert waiting.url.startswith(f"{acquirer.url}/page/") and "language=en" in waiting.url
    assert str(charge.payment) not in waiting.url  # whoever knows the id cannot pay with it
    assert page.authorise(charge) == waiting == page.ask(charge) == page.capture(charge)
    acquirer.pay(charge.payment)
    assert page.ask(charge) == Authorised(waiting.reference)
    assert page.capture(charge) == Captured(waiting.reference)


def test_a_page_is_cancelled_or_closed(acquirer: AcquirerProcess, page: AcquirerMeans) -> None:
    cancelled, closed = a_charge(), a_charge()
    for charge in (cancelled, closed):
        assert isinstance(page.authorise(charge), Waiting)
    acquirer.cancel(cancelled.payment)
    answer = page.ask(cancelled)
    assert isinstance(answer, Declined) and answer.code == "cancelled"
    assert page.void(cancelled) == answer
    assert isinstance(page.void(closed), Released)
    acquirer.pay(closed.payment)
    assert isinstance(page.ask(closed), Released)


def test_it_outlives_a_power_cut(acquirer: AcquirerProcess, bound: AcquirerMeans) -> None:
    charge = a_charge(acquirer.number())
    acquirer.bind(charge.msisdn)
    held = bound.authorise(charge)
    acquirer.restart()
    assert bound.ask(charge) == held
    assert isinstance(bound.capture(charge), Captured)
    assert effects(acquirer, charge) == {"hold": 1, "capture": 1}


# ---- faults


@pytest.mark.parametrize("fault", ["lost_answer", "error_after"])
@pytest.mark.parametrize("act", ["authorise", "capture", "void", "refund"])
def test_what_was_done_in_silence_is_unknown(
    acquirer: AcquirerProcess, bound: AcquirerMeans, act: str, fault: str
) -> None:
    charge = a_charge(acquirer.number())
    acquirer.bind(charge.msisdn)
    before = {"capture": ["authorise"], "void": ["authorise"], "refund": ["authorise", "capture"]}
    for each in before.get(act, []):
        getattr(bound, each)(charge)
    acquirer.faults(**{fault: 1, "strikes": [act]})
    assert isinstance(getattr(bound, act)(charge), Unknown)
    done = {"authorise": Authorised, "capture": Captured, "void": Released, "refund": Refunded}
    assert isinstance(bound.ask(charge), done[act])
    effect = {"authorise": "hold", "void": "release"}.get(act, act)
    assert effects(acquirer, charge)[effect] == 1


@pytest.mark.parametrize("fault", ["reset", "error_before"])
def test_what_was_not_done_may_be_asked_for_again(
    acquirer: AcquirerProcess, bound: AcquirerMeans, fault: str
) -> None:
    charge = a_charge(acquirer.number())
    acquirer.bind(charge.msisdn)
    acquirer.faults(**{fault: 1})
    assert isinstance(bound.authorise(charge), Unknown)
    assert bound.ask(charge) == NotFound()
    acquirer.faults()
    assert isinstance(bound.authorise(charge), Authorised)


def test_a_slow_acquirer_is_unknown(acquirer: AcquirerProcess, reach: Make) -> None:
    impatient = means(reach(acquirer.url, read_timeout_s=0.1))
    charge = a_charge(acquirer.number())
    acquirer.bind(charge.msisdn)
    acquirer.faults(latency_ms=400)
    assert isinstance(impatient.authorise(charge), Unknown)
    acquirer.faults()
    patient = means(reach(acquirer.url))
    assert isinstance(patient.authorise(charge), Authorised)
    assert effects(acquirer, charge) == {"hold": 1}


def test_silence_of_questions(acquirer: AcquirerProcess, bound: AcquirerMeans) -> None:
    charge = a_charge(acquirer.number())
    acquirer.faults(error_before=1, strikes=["ask"])
    assert isinstance(bound.ask(charge), Unknown)


@pytest.mark.parametrize("how", ["refused", "503"])
def test_down(acquirer: AcquirerProcess, bound: AcquirerMeans, how: str) -> None:
    charge = a_charge(acquirer.number())
    acquirer.bind(charge.msisdn)
    acquirer.faults(down={"seconds": 60, "how": how})
    expected = NotReached if how == "refused" else Unknown
    assert isinstance(bound.authorise(charge), expected)
    assert isinstance(bound.ask(charge), Unknown)
    acquirer.faults()
    assert isinstance(bound.authorise(charge), Authorised)


def test_a_wrong_secret_does_nothing(acquirer: AcquirerProcess, reach: Make) -> None:
    wrong = SharedKey("qudao", Secret("guessed"), "Acquirer")
    stranger = means(reach(acquirer.url, key=wrong))
    charge = a_charge(acquirer.number())
    acquirer.bind(charge.msisdn)
    assert stranger.authorise(charge) == NotReached("401 unauthorized")
    assert isinstance(stranger.ask(charge), Unknown)
    assert acquirer.payment(charge.payment) is None


def test_the_breaker_spares_an_acquirer_in_trouble(acquirer: AcquirerProcess, reach: Make) -> None:
    gateway = reach(acquirer.url, breaker=Breaker(threshold=2, rest_s=60))
    one = means(gateway)
    acquirer.faults(error_before=1)
    for _ in range(2):
        assert isinstance(one.authorise(a_charge(acquirer.number())), Unknown)
    assert gateway.breaker_state() is State.OPEN
    acquirer.faults()
    assert one.authorise(a_charge(acquirer.number())) == NotReached("the breaker is open")


def test_nobody_listens(reach: Make) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, not listening
        one = means(reach(f"http://127.0.0.1:{taken.getsockname()[1]}"))
        assert isinstance(one.authorise(a_charge("13800000001")), NotReached)
        assert isinstance(one.ask(a_charge("13800000001")), Unknown)
