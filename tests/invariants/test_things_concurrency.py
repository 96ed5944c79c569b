"""Many hands on the same few things: threads with connections of their own, all at one moment."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from threading import Lock
from typing import Any

import pytest

from qudao.domain.customer.types import DossierClosed, LineLimitReached
from qudao.domain.ordering import queries as orders
from qudao.domain.ordering.operations.dispatch import claim
from qudao.domain.ordering.types import Sold
from qudao.domain.party.types import OrganizationId
from qudao.domain.resource import operations as resource
from qudao.domain.resource import queries as numbers
from qudao.domain.resource.types import Held, HoldId, NumberSearch, NumberTaken, Reserve
from qudao.domain.saleschannel import operations as saleschannel
from qudao.domain.stock import operations as stock
from qudao.domain.stock import queries as shelf
from qudao.domain.stock.operations import CardUsed, RequisitionStateWrong
from qudao.domain.stock.types import Goods, Received, StockShort, UnitNotForSale
from qudao.domain.wallet import queries as wallets
from qudao.journeys import cards, goods, opening
from qudao.journeys.fulfilment import LEASE, conclude
from qudao.journeys.goods import Line
from qudao.kernel.money import Money
from qudao.kernel.personal import Secret
from qudao.kernel.refusals import Refusal
from qudao.platform.commands.command import Busy
from tests.invariants.test_concurrency import CLIENTS, at_once
from tests.journeys.shop import PLAN, PREPAY, SIM_PRICE, answer, assert_all_sound
from tests.province import NOON, Province
from tests.stocked import PREFIX, Shelf, dossier, person, shelve

PAID_IN = Money(500_000_00)
UMBRELLA = "GIFT-UMBRELLA"
PRICE = Money(35_00)


def stocked(province: Province, each: int = 10) -> Shelf:
    """A few numbers, goods and enough money."""
    resource.load_reference(province.system())
    resource.load_numbers(
        province.system(),
        branch=province.organizations["4101"],
        numbers=[f"{PREFIX}{n:04d}" for n in range(5300, 5500)],
    )
    province.pay_in(province.agent, PAID_IN)
    return shelve(province, province.agent, each=each)


def free(province: Province, count: int) -> list[str]:
    found = numbers.search(
        province.system(),
        outlet=province.agent,
        search=NumberSearch(grade="ordinary"),
        limit=count,
    )
    return [one.number for one in found.items]


def asked(do: Callable[[], Any]) -> Any:
    """What it answers, or how it refuses; anything else is a fault."""
    try:
        return do()
    except Refusal as refusal:
        return refusal


def patiently(do: Callable[[], Any]) -> Any:
    """
    What it answers in the end, asked again when it is busy: sixty-four openings of one outlet
    queue at its wallet, and on a slow machine the last of them waits for too long.
    """
    for _ in range(20):
        answer = asked(do)
        if not isinstance(answer, Busy):
            return answer
    return answer


def together(work: Callable[[int], Any], *, patient: bool = False) -> list[Any]:
    """All answers of sixty-four clients; nobody was told to come again later."""
    once = patiently if patient else asked
    answers = at_once(lambda n: once(lambda: work(n)))
    busy = sum(isinstance(one, Busy) for one in answers)
    assert not busy, f"{busy} of {CLIENTS} were told that it is busy"
    return answers


def won(answers: list[Any], kind: type, *refusals: type[Refusal]) -> list[Any]:
    """Those that were served; the others were refused in these ways."""
    kinds = Counter(type(one) for one in answers)
    assert set(kinds) <= {kind, *refusals}, kinds
    return [one for one in answers if isinstance(one, kind)]


def settle_all(province: Province, outcome: str = "completed") -> None:
    at = NOON
    while True:
        at += timedelta(minutes=2)
        to_send, to_ask = claim(province.system(at), most=1000, lease=LEASE)
        due = [*to_send, *to_ask]
        if not due:
            return
        conclude(
            province.system(at), orders=due, outcomes=[answer(one.order, outcome) for one in due]
        )


def nothing_in_flight(province: Province) -> None:
    count, amount, _ = orders.in_flight(province.system())
    assert (count, amount) == (0, Money(0))
    assert_all_sound()


def test_a_number_has_one_holder_at_a_time(committed_province: Province) -> None:
    """Sixty-four pick eight numbers again and again, and let go of them again."""
    province = committed_province
    stocked(province, each=1)
    chosen, lock = free(province, 8), Lock()
    holders: dict[str, HoldId] = {}
    held_twice: list[str] = []

    def take(number: str, n: int) -> None:
        found = asked(
            lambda: resource.reserve.one(province.clerk(), Reserve(province.agent, number))
        )
        if not isinstance(found, Held):
            assert isinstance(found, NumberTaken), found
            return
        with lock:
            if number in holders:
                held_twice.append(number)
            holders[number] = found.hold
        with lock:
            if holders.pop(number, None) != found.hold:
                held_twice.append(number)
        resource.release(province.clerk(), hold=found.hold)

    def work(n: int) -> None:
        dice = random.Random(n)
        for _ in range(8):
            take(dice.choice(chosen), n)

    together(work)
    assert held_twice == []
    assert not numbers.holds(province.clerk(), outlet=province.agent)
    assert_all_sound()


def test_the_last_number_goes_to_one(committed_province: Province) -> None:
    province = committed_province
    stocked(province, each=1)
    (number,) = free(province, 1)
    answers = together(
        lambda n: resource.reserve.one(province.clerk(), Reserve(province.agent, number))
    )
    (held,) = won(answers, Held, NumberTaken)
    assert numbers.held(province.clerk(), hold=held.hold) == held
    assert_all_sound()


def test_one_card_and_one_handset_are_sold_once(committed_province: Province) -> None:
    province = committed_province
    here = stocked(province)
    (serial, _), handset = here.card(), here.handset()

    def work(n: int) -> Any:
        if n % 2:
            return cards.sell(province.clerk(), outlet=province.agent, serial=serial)
        line = Line("handset", handset)
        return goods.sell(
            province.clerk(), outlet=province.agent, lines=(line,), total=Money(1_599_00)
        )

    answers = together(work)
    sold = won([one[0] if isinstance(one, tuple) else one for one in answers], Sold, UnitNotForSale)
    assert len(sold) == 2
    paid = sum((one.debit for one in sold), Money(0))
    assert wallets.wallet(province.clerk(), outlet=province.agent).balance == PAID_IN - paid
    settle_all(province)
    nothing_in_flight(province)


def test_one_sim_and_one_number_make_one_account(committed_province: Province) -> None:
    """Half of them hold numbers of their own and want the same card, half the reverse."""
    province, people = committed_province, 16
    here = stocked(province, each=people)
    shared_sim = here.sim()
    held = [
        resource.reserve.one(province.clerk(), Reserve(province.agent, number))
        for number in free(province, 9)
    ]
    files = [dossier(province, province.clerk(), province.agent) for _ in range(people)]

    def work(n: int) -> Any:
        mine = n % people
        sim, hold = (shared_sim, held[1 + mine // 2]) if mine % 2 else (here.sims[mine], held[0])
        return opening.open(
            province.clerk(),
            dossier=files[mine],
            sim=sim,
            plan=PLAN,
            prepay=PREPAY,
            hold=hold.hold,
            total=hold.price + SIM_PRICE + PREPAY,
        )

    answers = together(work, patient=True)
    sold = [one for one in answers if isinstance(one, Sold)]
    assert len(sold) == 2, Counter(type(one) for one in answers)
    assert all(isinstance(one, Sold | Refusal) for one in answers)
    settle_all(province)
    nothing_in_flight(province)


def test_a_document_has_five_lines_whoever_is_first(committed_province: Province) -> None:
    province, files_of = committed_province, 16
    here, who = stocked(province, each=files_of), person()
    held = [
        resource.reserve.one(province.clerk(), Reserve(province.agent, number))
        for number in free(province, files_of)
    ]
    files = [dossier(province, province.clerk(), province.agent, who=who) for _ in held]

    def work(n: int) -> Any:
        mine = n % files_of
        return opening.open(
            province.clerk(),
            dossier=files[mine],
            sim=here.sims[mine],
            plan=PLAN,
            prepay=PREPAY,
            hold=held[mine].hold,
            total=held[mine].price + SIM_PRICE + PREPAY,
        )

    answers = together(work, patient=True)
    sold = [one for one in answers if isinstance(one, Sold)]
    assert len(sold) == 5, Counter(type(one) for one in answers)
    refused = [one for one in answers if isinstance(one, Refusal)]
    assert any(isinstance(one, LineLimitReached) for one in refused)
    assert not any(isinstance(one, DossierClosed) and one.state == "draft" for one in refused)
    settle_all(province, "refused")
    nothing_in_flight(province)


def test_one_pin_is_used_once(committed_province: Province) -> None:
    province = committed_province
    serial, pin = stocked(province).card()
    cards.sell(province.clerk(), outlet=province.agent, serial=serial)
    settle_all(province)
    answers = together(
        lambda n: cards.redeem(
            province.clerk(), outlet=province.agent, pin=Secret(pin), msisdn="13903710001"
        )
    )
    assert len(won(answers, Sold, CardUsed)) == 1
    settle_all(province)
    nothing_in_flight(province)


def test_a_pin_is_shown_once(committed_province: Province) -> None:
    province = committed_province
    serial, _ = stocked(province).card()
    cards.sell(province.clerk(), outlet=province.agent, serial=serial)
    settle_all(province)
    answers = together(lambda n: stock.reveal_pin(province.clerk(), serial=serial))
    assert len(won(answers, Secret, stock.PinShownAlready)) == 1


def test_a_shelf_is_never_below_nothing(committed_province: Province) -> None:
    province = committed_province
    stocked(province)

    def work(n: int) -> Any:
        lines = (Line(item=UMBRELLA, quantity=1 + n % 3),)
        total = Money(PRICE.minor * (1 + n % 3))
        return goods.sell(province.clerk(), outlet=province.agent, lines=lines, total=total)

    sold = won(together(work), tuple, StockShort)
    pieces = sum(some[0].amount.minor // PRICE.minor for some in sold)
    assert 48 <= pieces <= 50
    settle_all(province)
    levels = shelf.stock_at(province.clerk(), place=province.agent)
    left = [(one.in_stock, one.held) for one in levels if one.item == UMBRELLA]
    assert left in ([(50 - pieces, 0)], []) and (left or pieces == 50)
    nothing_in_flight(province)


def test_a_requisition_is_decided_sent_and_received_once(committed_province: Province) -> None:
    province = committed_province
    stocked(province)
    store = province.organizations["4101"]
    lots = shelve(province, store)
    made = stock.ask(
        province.clerk(),
        place=province.agent,
        goods={"HS-NOVA5": 10, UMBRELLA: 20},
        terms="purchase",
    )

    def decide(n: int) -> str:
        accepted = {"HS-NOVA5": 10, UMBRELLA: 20} if n % 2 else {"HS-NOVA5": 10}
        stock.decide(province.system(), requisition=made, accepted=accepted, reason="decided")
        return "decided"

    assert len(won(together(decide), str, RequisitionStateWrong)) == 1

    def send(n: int) -> int:
        sent = [Goods("HS-NOVA5", serials=tuple(lots.handsets))]
        return stock.dispatch(province.system(), requisition=made, goods=sent)

    assert won(together(send), int, RequisitionStateWrong) == [10]

    def receive(n: int) -> Received:
        return goods.receive(province.clerk(), requisition=made, everything=True)

    (got,) = won(together(receive), Received, RequisitionStateWrong)
    assert got.amount == Money(14_200_00)
    assert wallets.wallet(province.clerk(), outlet=province.agent).balance == PAID_IN - got.amount
    settle_all(province)
    nothing_in_flight(province)


def test_counting_while_goods_are_sold(committed_province: Province) -> None:
    """Clerks sell, one counts, one breaks things, one sends them back, one settles."""
    province = committed_province
    here = stocked(province, each=60)
    serials = list(here.handsets)

    def sell(n: int) -> list[Any]:
        dice, made = random.Random(n), []
        for _ in range(3):
            handset = Line("handset", dice.choice(serials))
            umbrellas = Line(item=UMBRELLA, quantity=dice.randint(1, 2))
            lines = (handset, umbrellas)
            total = Money(1_599_00 + umbrellas.quantity * PRICE.minor)
            made.append(
                asked(
                    lambda lines=lines, total=total: goods.sell(
                        province.clerk(), outlet=province.agent, lines=lines, total=total
                    )
                )
            )
        return made

    def count(n: int) -> list[Any]:
        made: list[Any] = []
        for item in ("HS-NOVA5", UMBRELLA) * 2:
            opened = asked(
                lambda item=item: stock.open_count(
                    province.system(), place=province.agent, item=item
                )
            )
            if isinstance(opened, Refusal):
                made.append(opened)
                continue
            found = {"serials": serials[::2]} if item == "HS-NOVA5" else {"quantities": {item: 30}}
            stock.record_count(province.system(), count=opened, **found)
            made.append(stock.close_count(province.system(), count=opened))
        return made

    def wear(n: int) -> list[Any]:
        dice = random.Random(n)
        chosen = dice.sample(serials, 4)

        def break_some() -> None:
            stock.mark_defective(
                province.system(),
                place=province.agent,
                goods=(Goods("HS-NOVA5", serials=tuple(chosen)), Goods(UMBRELLA, 1)),
                reason="wet",
            )

        def send_back() -> Any:
            return stock.return_goods(
                province.system(),
                place=province.agent,
                goods=(Goods(UMBRELLA, 1), Goods("HS-NOVA5", 1)),
                reason="too many",
            )

        return [asked(break_some), asked(send_back)]

    def settle(n: int) -> list[Any]:
        for i in range(6):
            at = NOON + timedelta(minutes=2 * i)
            to_send, to_ask = claim(province.system(at), most=20, lease=LEASE)
            due = [*to_send, *to_ask]
            outcome = "completed" if (n + i) % 3 else "refused"
            conclude(
                province.system(at),
                orders=due,
                outcomes=[answer(one.order, outcome) for one in due],
            )
        return []

    def work(n: int) -> list[Any]:
        return (count if n < 4 else wear if n < 12 else settle if n < 16 else sell)(n)

    answers = [one for some in together(work) for one in some]
    codes = Counter(one.code for one in answers if isinstance(one, Refusal))
    assert set(codes) <= {
        "stock.count_open",
        "stock.stock_short",
        "stock.unit_elsewhere",
        "stock.unit_not_for_sale",
    }, codes
    settle_all(province)
    nothing_in_flight(province)


@pytest.mark.parametrize("seed", [1])
def test_openings_settling_suspension_and_expiry_at_once(
    committed_province: Province, seed: int
) -> None:
    province, people = committed_province, 30
    here = stocked(province, each=people)
    chosen = free(province, 20)
    files = [dossier(province, province.clerk(), province.agent) for _ in range(people)]

    def sell(n: int) -> list[Any]:
        dice, mine, made = random.Random(f"{seed}:{n}"), n % people, []
        for _ in range(3):
            held = asked(
                lambda: resource.reserve.one(
                    province.clerk(), Reserve(province.agent, dice.choice(chosen))
                )
            )
            made.append(held)
            if not isinstance(held, Held):
                continue
            total = held.price + SIM_PRICE + PREPAY
            made.append(
                patiently(
                    lambda held=held, total=total: opening.open(
                        province.clerk(),
                        dossier=files[mine],
                        sim=here.sims[mine],
                        plan=PLAN,
                        prepay=PREPAY,
                        hold=held.hold,
                        total=total,
                    )
                )
            )
            if isinstance(made[-1], Refusal):
                asked(lambda held=held: resource.release(province.clerk(), hold=held.hold))
        return made

    def suspend() -> list[Any]:
        for _ in range(3):
            saleschannel.suspend(province.system(), outlet=province.agent, reason="test")
            saleschannel.resume(province.system(), outlet=province.agent)
        return []

    def expire() -> list[Any]:
        for i in range(5):
            resource.expire(province.system(NOON + timedelta(minutes=31 * (i % 2))))
        return []

    def work(n: int) -> list[Any]:
        if n == 0:
            return suspend()
        if n < 3:
            return expire()
        if n < 8:
            for i in range(6):
                at = NOON + timedelta(minutes=2 * i)
                to_send, to_ask = claim(province.system(at), most=10, lease=LEASE)
                due = [*to_send, *to_ask]
                fate = random.Random(f"{seed}:{n}:{i}").choice(["completed", "refused", "unknown"])
                conclude(
                    province.system(at),
                    orders=due,
                    outcomes=[answer(one.order, fate) for one in due],
                )
            return []
        return sell(n)

    answers = [one for some in together(work) for one in some]
    assert any(isinstance(one, Sold) for one in answers)
    codes = {one.code for one in answers if isinstance(one, Refusal)}
    assert codes <= {
        "customer.dossier_closed",
        "resource.hold_expired",
        "resource.hold_unknown",
        "resource.number_taken",
        "resource.too_many_holds",
        "saleschannel.outlet_not_active",
        "stock.unit_not_for_sale",
    }, codes
    settle_all(province)
    nothing_in_flight(province)


def test_two_outlets_do_not_wait_for_each_other_in_circles(committed_province: Province) -> None:
    """Goods go to and fro between two places, both ways at once."""
    province = committed_province
    stocked(province)
    store = province.organizations["4101"]
    shelve(province, store)
    ends: list[OrganizationId] = [province.agent, store]

    def work(n: int) -> list[Any]:
        made = []
        for i in range(4):
            source, target = ends[(n + i) % 2], ends[(n + i + 1) % 2]
            sent = asked(
                lambda source=source, target=target: stock.transfer(
                    province.system(),
                    source=source,
                    target=target,
                    goods=(Goods(UMBRELLA, 1), Goods("HS-NOVA5", 1)),
                )
            )
            made.append(sent)
            if not isinstance(sent, Refusal):
                stock.receive(province.system(), requisition=sent, everything=True)
        return made

    answers = [one for some in together(work) for one in some]
    codes = {one.code for one in answers if isinstance(one, Refusal)}
    assert codes <= {"stock.stock_short"}, codes
    assert_all_sound()
