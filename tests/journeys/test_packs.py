"""Pre-opened packs: made, sold as they are, taken apart."""

from __future__ import annotations

import pytest

from qudao.domain.resource import operations as resource
from qudao.domain.resource import queries as numbers
from qudao.domain.resource.types import (
    BranchNeeded,
    NumberElsewhere,
    NumberSearch,
    NumberState,
    NumberTaken,
    NumberUnknown,
    Reserve,
)
from qudao.domain.stock import operations as stock
from qudao.domain.stock import queries as goods
from qudao.domain.stock.operations import NumberPacked
from qudao.domain.stock.types import Goods, UnitNotForSale, UnitState, UnitUnknown
from qudao.journeys import opening, packs
from qudao.kernel.refusals import Refusal
from tests.fingerprint import nothing_changes
from tests.journeys.shop import PLAN, PREPAY, SIM_PRICE, Shop, assert_all_sound
from tests.stocked import FAR_PREFIX, hold_number, iccid


def free(shop: Shop, count: int) -> list[str]:
    found = numbers.search(
        shop.ctx(), outlet=shop.outlet, search=NumberSearch(grade="ordinary"), limit=count
    )
    return [one.number for one in found.items]


def pack(shop: Shop, cards: list[str], chosen: list[str]) -> int:
    return packs.pack(
        shop.province.system(),
        branch=shop.province.organizations["4101"],
        serials=tuple(cards),
        numbers=tuple(chosen),
    )


def number_of(shop: Shop, sim: str) -> str:
    return goods.unit(shop.ctx(), kind="sim", serial=sim).number


def test_cards_and_numbers_are_put_together_in_their_order(shop: Shop) -> None:
    cards, chosen = [shop.shelf.sim() for _ in range(3)], free(shop, 3)
    assert pack(shop, cards[::-1], chosen) == 3
    assert [number_of(shop, sim) for sim in cards[::-1]] == chosen
    assert {shop.number_state(number) for number in chosen} == {NumberState.BOUND}
    with nothing_changes(), pytest.raises(NumberTaken):
        resource.reserve.one(shop.ctx(), Reserve(shop.outlet, chosen[0]))
    assert_all_sound()
    assert packs.unpack(shop.province.system(), serials=tuple(cards)) == 3
    assert {shop.number_state(number) for number in chosen} == {NumberState.FREE}
    assert [number_of(shop, sim) for sim in cards] == ["", "", ""]
    assert_all_sound()


def test_packs_that_are_not_made(shop: Shop) -> None:
    cards, chosen = [shop.shelf.sim() for _ in range(3)], free(shop, 4)
    held = resource.reserve.one(shop.ctx(), Reserve(shop.outlet, chosen[3]))
    gone = shop.shelf.sim()
    shop.open(sim=gone)
    cases: list[tuple[list[str], list[str], type[Refusal]]] = [
        (cards, chosen[:2], packs.PacksUneven),
        ([], [], packs.PacksUneven),
        (cards * 200, chosen[:3] * 200, packs.PacksUneven),
        (cards, [*chosen[:2], held.number], NumberTaken),
        (cards, [*chosen[:2], f"{FAR_PREFIX}5309"], NumberElsewhere),
        (cards, [*chosen[:2], "13900000000"], NumberUnknown),
        (cards, [*chosen[:2], "number"], NumberUnknown),
        ([*cards[:2], gone], chosen[:3], UnitNotForSale),
        ([*cards[:2], iccid()], chosen[:3], UnitUnknown),
        ([*cards[:2], cards[0]], chosen[:3], NumberPacked),
    ]
    for serials, wanted, refusal in cases:
        with nothing_changes(), pytest.raises(refusal):
            pack(shop, serials, wanted)
    with nothing_changes(), pytest.raises(Refusal):
        pack(shop, cards[:2], [chosen[0], chosen[0]])
    with nothing_changes(), pytest.raises(BranchNeeded):
        packs.pack(
            shop.province.system(),
            branch=shop.outlet,
            serials=(cards[0],),
            numbers=(chosen[0],),
        )
    assert_all_sound()


def test_a_pack_on_its_way_to_a_customer_is_not_taken_apart(shop: Shop) -> None:
    sim, (number,) = shop.shelf.sim(), free(shop, 1)
    pack(shop, [sim], [number])
    opened = {"sim": sim, "plan": PLAN, "prepay": PREPAY, "total": SIM_PRICE + PREPAY}
    opening.open(shop.ctx(), dossier=shop.file("account_opening"), **opened)
    with nothing_changes(), pytest.raises(UnitNotForSale):
        packs.unpack(shop.province.system(), serials=(sim,))
    shop.settle("refused")
    assert (number_of(shop, sim), shop.number_state(number)) == (number, NumberState.BOUND)
    assert shop.sim_state(sim) == UnitState.IN_STOCK
    opening.open(shop.ctx(), dossier=shop.file("account_opening"), **opened)
    shop.settle("completed")
    assert shop.number_state(number) == NumberState.ACTIVE
    assert_all_sound()


def test_a_pack_takes_no_other_number(shop: Shop) -> None:
    sim, (number,) = shop.shelf.sim(), free(shop, 1)
    pack(shop, [sim], [number])
    held, file = hold_number(shop.ctx(), shop.outlet), shop.file("account_opening")
    with nothing_changes(), pytest.raises(opening.PackHasNumber):
        shop.open(sim=sim, held=held, dossier=file)


def test_a_pack_is_taken_apart_before_its_card_is_written_off(shop: Shop) -> None:
    sim, (number,) = shop.shelf.sim(), free(shop, 1)
    pack(shop, [sim], [number])
    card = (Goods("SIM3IN1", serials=(sim,)),)
    system, here = shop.province.system, shop.outlet
    stock.mark_defective(system(), place=here, goods=card, reason="broken")
    with nothing_changes(), pytest.raises(NumberPacked):
        stock.write_off(system(), place=here, goods=card, reason="broken")
    packs.unpack(system(), serials=(sim,))
    stock.write_off(system(), place=here, goods=card, reason="broken")
    assert shop.number_state(number) == NumberState.FREE
    assert_all_sound()


def test_a_pack_is_taken_apart_before_it_is_lost_on_its_way(shop: Shop) -> None:
    (sim, kept), (number,) = (shop.shelf.sim(), shop.shelf.sim()), free(shop, 1)
    pack(shop, [sim], [number])
    system, far = shop.province.system, shop.province.organizations["4103"]
    sent = (Goods("SIM3IN1", serials=(sim, kept)),)
    made = stock.transfer(system(), source=shop.outlet, target=far, goods=sent)
    stock.receive(system(), requisition=made, serials=(kept,))
    with nothing_changes(), pytest.raises(NumberPacked):
        stock.settle_difference(system(), requisition=made, outcome="lost", reason="lost")
    packs.unpack(system(), serials=(sim,))
    stock.settle_difference(system(), requisition=made, outcome="lost", reason="lost")
    assert shop.number_state(number) == NumberState.FREE
    assert_all_sound()
