"""
Whatever is done with numbers, goods and lines in whatever order: each thing is in one place and
one state, a number has one holder, and books, orders and things agree.

A model of all of it runs beside the real things and says beforehand what must be refused.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, ClassVar
from uuid import UUID, uuid4

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from qudao.domain.catalog import queries as catalog
from qudao.domain.ordering import queries as orders
from qudao.domain.ordering.operations.dispatch import claim
from qudao.domain.ordering.types import Sold
from qudao.domain.party.types import OrganizationId
from qudao.domain.resource import operations as resource
from qudao.domain.resource import queries as numbers
from qudao.domain.resource.types import HoldId, NumberSearch, Reserve
from qudao.domain.stock import operations as stock
from qudao.domain.stock.types import Goods, RequisitionId
from qudao.domain.wallet import queries as wallets
from qudao.journeys import cards, goods, lines, opening, packs
from qudao.journeys.fulfilment import LEASE, conclude
from qudao.journeys.goods import Line
from qudao.kernel.money import Money
from qudao.kernel.period import business_date
from qudao.kernel.personal import Secret
from qudao.kernel.refusals import Refusal
from qudao.platform.commands import operations as commands
from qudao.platform.commands.command import AwaitingApproval
from qudao.platform.commands.context import Context
from tests.journeys.shop import PLAN, PREPAY, SIM_PRICE, answer, faults
from tests.province import NOON, Province, assert_sound
from tests.stocked import FAR_PREFIX, PREFIX, Shelf, dossier, person, shelve

EXAMPLES = int(os.environ.get("QUDAO_TEST_EXAMPLES", "7"))
STEPS = 40
ITEM = "GIFT-UMBRELLA"
ITEMS = {"sim": "SIM3IN1", "recharge_card": "RC50", "handset": "HS-NOVA5"}
WHOLESALE = {"SIM3IN1": 5_00, "RC50": 49_00, "HS-NOVA5": 1420_00, ITEM: 18_00}
FOREIGN = "13903710001"
"""A line that was there before us, under a number that is none of ours."""
PAID_IN = 1_000_000_00
LYING = ("in_stock", "defective", "expired")
FATES = ("completed", "completed", "completed", "refused", "unknown", "not_reached", "not_found")

Key = tuple[str, str]
"""Kind and serial."""


@dataclass
class Number:
    state: str = "free"
    holder: OrganizationId | None = None
    hold: HoldId | None = None
    until: datetime | None = None
    cause: UUID | None = None
    packed: bool = False
    changed: datetime = NOON

    def shown(self) -> tuple[Any, ...]:
        return (self.state, self.holder, self.hold, self.until, self.cause, self.packed)


@dataclass
class Unit:
    place: OrganizationId
    state: str = "in_stock"
    cause: UUID | None = None
    terms: str = "consignment"
    number: str = ""
    document: UUID | None = None
    damaged: bool = False
    used_by: UUID | None = None
    shown: bool = False


@dataclass
class Order:
    business: str
    outlet: OrganizationId
    debit: int
    at: datetime
    number: str = ""
    old: str = ""
    units: tuple[Key, ...] = ()
    counted: tuple[str, int] | None = None
    """Terms and how many."""
    used: Key | None = None
    person: int = 0
    reverses: UUID | None = None
    state: str = "open"


@dataclass
class Document:
    """A requisition, transfer or return."""

    kind: str
    terms: str
    source: OrganizationId
    target: OrganizationId
    state: str = "asked"
    units: list[Key] = field(default_factory=list)
    """On their way, or missing."""
    sims: int = 0
    """Asked for."""
    asked: int = 0
    accepted: tuple[int, int] = (0, 0)
    counted: int = 0
    """Pieces without serials that are on their way, or missing."""
    sent: int = 0
    paid: int = 0
    damaged: bool = False


class Things(RuleBasedStateMachine):
    """Numbers, goods and lines, and a model of them."""

    province: ClassVar[Province]
    shelves: ClassVar[dict[OrganizationId, Shelf]]
    free: ClassVar[dict[OrganizationId, list[str]]]

    def __init__(self) -> None:
        super().__init__()
        self.at = NOON
        self.undo = transaction.atomic()
        self.undo.__enter__()
        self.store = self.province.organizations["4101"]
        self.outlets = [self.province.agent, self.province.far]
        self.numbers = {one: Number() for some in self.free.values() for one in some}
        self.branch = {one: home for home, some in self.free.items() for one in some}
        self.units: dict[Key, Unit] = {}
        self.pins: dict[Key, str] = {}
        for place, shelf in self.shelves.items():
            self.units |= {("sim", one): Unit(place) for one in shelf.sims}
            self.units |= {("handset", one): Unit(place) for one in shelf.handsets}
            for serial, pin in shelf.cards:
                self.units["recharge_card", serial] = Unit(place)
                self.pins["recharge_card", serial] = pin
        self.counts: dict[tuple[OrganizationId, str], dict[str, int]] = {
            (place, "consignment"): {"in_stock": 50} for place in self.shelves
        }
        self.balance = dict.fromkeys(self.outlets, PAID_IN)
        self.orders: dict[UUID, Order] = {}
        self.documents: dict[UUID, Document] = {}
        self.people = [person(name=name) for name in ("王小明", "李四", "赵六")]
        self.lines: dict[str, tuple[int, str]] = {}
        """Live lines: number → person and state."""
        self.boss: set[str] = {FOREIGN}
        """The BOSS's own lines."""

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.undo.__exit__(None, None, None)

    # ---- ways to act -------------------------------------------------------------------------

    def clerk(self, outlet: OrganizationId) -> Context:
        return self.province.context("outlet_clerk", outlet, at=self.at)

    def system(self) -> Context:
        return self.province.system(self.at)

    @contextmanager
    def may(self, allowed: bool) -> Any:
        """What is done inside is done or refused, as the model says."""
        try:
            with transaction.atomic():
                yield
        except Refusal as refusal:
            assert not allowed, f"refused, but allowed: {refusal!r}"
        else:
            assert allowed, "done, but it had to be refused"

    def one_of(self, found: Sequence[Any], nth: int) -> Any:
        return found[nth % len(found)]

    def unit(self, kind: str, nth: int) -> Key:
        """Any unit of a kind, wherever it is."""
        return self.one_of(sorted(key for key in self.units if key[0] == kind), nth)

    def here(self, key: Key, place: OrganizationId, *states: str) -> bool:
        one = self.units[key]
        return one.place == place and one.state in states and one.document is None

    def count(self, place: OrganizationId, terms: str = "consignment") -> dict[str, int]:
        return self.counts.setdefault((place, terms), {})

    def shift(self, place: OrganizationId, terms: str, n: int, source: str, target: str) -> None:
        count = self.count(place, terms)
        if source:
            count[source] = count.get(source, 0) - n
            assert count[source] >= 0
        if target:
            count[target] = count.get(target, 0) + n

    def file(self, outlet: OrganizationId, purpose: str, who: int, number: str = "") -> Any:
        return dossier(
            self.province,
            self.clerk(outlet),
            outlet,
            purpose=purpose,
            who=self.people[who],
            number=number,
        )

    def sold(self, sold: Sold, business: str, outlet: OrganizationId, **more: Any) -> None:
        self.orders[sold.order] = Order(business, outlet, sold.debit.minor, self.at, **more)
        self.balance[outlet] -= sold.debit.minor
        for key in self.orders[sold.order].units:
            self.units[key].state, self.units[key].cause = "held", sold.order

    # ---- numbers -----------------------------------------------------------------------------

    @rule(which=st.integers(0, 1), nth=st.integers(0, 99), minutes=st.integers(0, 121))
    def reserve(self, which: int, nth: int, minutes: int) -> None:
        outlet, number = self.outlets[which], self.one_of(sorted(self.numbers), nth)
        held = self.numbers[number]
        over = held.until is not None and held.until <= self.at
        allowed = (
            0 < minutes <= 120
            and self.branch[number] == outlet
            and (held.state == "free" or (held.state in ("reserved", "paid") and over))
        )
        with self.may(allowed):
            made = resource.reserve.one(self.clerk(outlet), Reserve(outlet, number, minutes))
            until = self.at + timedelta(minutes=minutes)
            self.numbers[number] = Number("reserved", outlet, made.hold, until, changed=self.at)

    def _held(self) -> list[str]:
        return sorted(number for number, one in self.numbers.items() if one.hold is not None)

    @precondition(lambda self: self._held())
    @rule(nth=st.integers(0, 99), which=st.integers(0, 1))
    def release(self, nth: int, which: int) -> None:
        number = self.one_of(self._held(), nth)
        held = self.numbers[number]
        with self.may(held.state == "reserved" and held.holder == self.outlets[which]):
            assert held.hold is not None
            resource.release(self.clerk(self.outlets[which]), hold=held.hold)
            self.numbers[number] = Number(changed=self.at)

    @precondition(lambda self: self._held())
    @rule(nth=st.integers(0, 99), days=st.integers(0, 7))
    def pay_for_a_number(self, nth: int, days: int) -> None:
        number, order = self.one_of(self._held(), nth), uuid4()
        held = self.numbers[number]
        alive = held.until is not None and held.until > self.at
        with self.may(held.state == "reserved" and alive and days > 0):
            assert held.hold is not None
            resource.pay(self.system(), hold=held.hold, order=order, days=days)
            held.state, held.until, held.cause = "paid", self.at + timedelta(days=days), order

    @rule(by=st.sampled_from([1, 5, 29, 31, 130, 24 * 60, 8 * 24 * 60, 91 * 24 * 60]))
    def time_passes(self, by: int) -> None:
        self.at += timedelta(minutes=by)

    @rule()
    def what_has_run_out_returns(self) -> None:
        late = {
            number
            for number, one in self.numbers.items()
            if one.state in ("reserved", "paid", "resting")
            and one.until is not None
            and one.until <= self.at
        }
        assert resource.expire(self.system()) == len(late)
        for number in late:
            self.numbers[number] = Number(changed=self.at)

    @rule()
    def cancelled_numbers_rest(self) -> None:
        tired = [
            number
            for number, one in self.numbers.items()
            if one.state == "cancelled" and one.changed < self.at
        ]
        assert resource.rest(self.system(), before=self.at) == len(tired)
        for number in tired:
            until = self.at + timedelta(days=90)
            self.numbers[number] = Number("resting", until=until, changed=self.at)

    @rule(nth=st.integers(0, 99), sim=st.integers(0, 99))
    def pack(self, nth: int, sim: int) -> None:
        number, key = self.one_of(sorted(self.numbers), nth), self.unit("sim", sim)
        unit = self.units[key]
        allowed = (
            self.numbers[number].state == "free"
            and self.branch[number] == self.province.agent
            and unit.state == "in_stock"
            and not unit.number
        )
        with self.may(allowed):
            packs.pack(self.system(), branch=self.store, serials=(key[1],), numbers=(number,))
            unit.number = number
            self.numbers[number] = Number("bound", packed=True, changed=self.at)

    @rule(sim=st.integers(0, 99))
    def unpack(self, sim: int) -> None:
        key = self.unit("sim", sim)
        unit = self.units[key]
        with self.may(unit.state in (*LYING, "missing")):
            packs.unpack(self.system(), serials=(key[1],))
            if unit.number:
                self.numbers[unit.number] = Number(changed=self.at)
            unit.number = ""

    # ---- lines -------------------------------------------------------------------------------

    def _room(self, who: int) -> bool:
        return sum(1 for owner, _ in self.lines.values() if owner == who) < 5

    @rule(
        which=st.integers(0, 1),
        nth=st.integers(0, 99),
        sim=st.integers(0, 99),
        who=st.integers(0, 2),
        packed=st.booleans(),
    )
    def open_an_account(self, which: int, nth: int, sim: int, who: int, packed: bool) -> None:
        outlet, key = self.outlets[which], self.unit("sim", sim)
        unit = self.units[key]
        mine = [n for n in self._held() if self.numbers[n].holder == outlet] or self._held()
        if not packed and not mine:
            return
        number = unit.number if packed else self.one_of(mine, nth)
        held = self.numbers.get(number, Number())
        if packed:
            good = bool(unit.number) and held.packed and held.cause is None
        else:
            alive = held.until is not None and held.until > self.at
            good = held.state == "reserved" and alive and held.holder == outlet and not unit.number
        good = good and self.here(key, outlet, "in_stock") and self._room(who)
        with self.may(good):
            file = self.file(outlet, "account_opening", who)
            wanted: dict[str, Any] = {
                "sim": key[1],
                "plan": PLAN,
                "prepay": PREPAY,
                "hold": None if packed else held.hold,
            }
            total = opening.quote(self.clerk(outlet), outlet=outlet, **wanted).total
            made = opening.open(self.clerk(outlet), dossier=file, total=total, **wanted)
            self.sold(made, "account_opening", outlet, number=number, units=(key,), person=who)
            held.state, held.until, held.cause = "bound", None, made.order
            self.lines[number] = (who, "pending")

    def _known(self) -> list[str]:
        return [FOREIGN, *sorted(self.lines)]

    @rule(
        which=st.integers(0, 1),
        nth=st.integers(0, 99),
        sim=st.integers(0, 99),
        who=st.integers(0, 2),
    )
    def swap_a_sim(self, which: int, nth: int, sim: int, who: int) -> None:
        outlet, number, key = self.outlets[which], self.one_of(self._known(), nth), ("", "")
        key = self.unit("sim", sim)
        allowed = (
            self.here(key, outlet, "in_stock")
            and not self.units[key].number
            and self.lines.get(number, (who, ""))[0] == who
        )
        with self.may(allowed):
            file = self.file(outlet, "sim_swap", who)
            made = lines.swap_sim(
                self.clerk(outlet), dossier=file, msisdn=number, sim=key[1], price=SIM_PRICE
            )
            self.sold(made, "sim_swap", outlet, old=number, units=(key,), person=who)

    @precondition(lambda self: self._held())
    @rule(
        which=st.integers(0, 1),
        nth=st.integers(0, 99),
        hold=st.integers(0, 99),
        who=st.integers(0, 2),
    )
    def change_a_number(self, which: int, nth: int, hold: int, who: int) -> None:
        outlet, old = self.outlets[which], self.one_of(self._known(), nth)
        new = self.one_of(self._held(), hold)
        held = self.numbers[new]
        alive = held.until is not None and held.until > self.at
        allowed = (
            held.state == "reserved"
            and alive
            and held.holder == outlet
            and self.lines.get(old, (who, ""))[0] == who
        )
        with self.may(allowed):
            file = self.file(outlet, "number_change", who)
            assert held.hold is not None
            price = lines.change_price(self.clerk(outlet), hold=held.hold)
            made = lines.change_number(
                self.clerk(outlet), dossier=file, msisdn=old, hold=held.hold, price=price
            )
            self.sold(made, "number_change", outlet, number=new, old=old, person=who)
            held.state, held.until, held.cause = "bound", None, made.order

    @rule(which=st.integers(0, 1), nth=st.integers(0, 99), who=st.integers(0, 2))
    def cancel_a_line(self, which: int, nth: int, who: int) -> None:
        outlet, number = self.outlets[which], self.one_of(self._known(), nth)
        with self.may(self.lines.get(number, (who, ""))[0] == who):
            file = self.file(outlet, "cancellation", who)
            made = lines.cancel(self.clerk(outlet), dossier=file, msisdn=number)
            self.sold(made, "cancellation", outlet, old=number, person=who)

    # ---- cards and goods ---------------------------------------------------------------------

    def _late(self) -> bool:
        return business_date(self.at) > (NOON + timedelta(days=400)).date()

    @rule(which=st.integers(0, 1), nth=st.integers(0, 99))
    def sell_a_card(self, which: int, nth: int) -> None:
        outlet, key = self.outlets[which], self.unit("recharge_card", nth)
        allowed = self.here(key, outlet, "in_stock") and not self._late()
        with self.may(allowed and self.units[key].terms == "consignment"):
            made = cards.sell(self.clerk(outlet), outlet=outlet, serial=key[1])
            self.sold(made, "recharge_card", outlet, units=(key,))

    @rule(which=st.integers(0, 1), nth=st.integers(0, 99))
    def use_a_card(self, which: int, nth: int) -> None:
        outlet, key = self.outlets[which], self.unit("recharge_card", nth)
        unit = self.units[key]
        with self.may(unit.state == "sold" and not self._late()):
            made = cards.redeem(
                self.clerk(outlet), outlet=outlet, pin=Secret(self.pins[key]), msisdn=FOREIGN
            )
            self.sold(made, "card_recharge", outlet, used=key)
            unit.state, unit.used_by = "used", made.order

    @rule(which=st.integers(0, 1), nth=st.integers(0, 99))
    def show_a_pin(self, which: int, nth: int) -> None:
        outlet, key = self.outlets[which], self.unit("recharge_card", nth)
        unit = self.units[key]
        with self.may(unit.place == outlet and unit.state in ("sold", "used") and not unit.shown):
            pin = stock.reveal_pin(self.clerk(outlet), serial=key[1])
            assert str.__str__(pin) == self.pins[key]
            unit.shown = True

    @rule()
    def cards_expire(self) -> None:
        late = [
            key
            for key, unit in self.units.items()
            if key[0] == "recharge_card" and unit.state == "in_stock" and self._late()
        ]
        assert stock.expire_cards(self.system()) == len(late)
        for key in late:
            self.units[key].state = "expired"

    @rule(which=st.integers(0, 1), nth=st.integers(0, 99))
    def sell_a_handset(self, which: int, nth: int) -> None:
        outlet, key = self.outlets[which], self.unit("handset", nth)
        with self.may(self.here(key, outlet, "in_stock")):
            (made,) = self._basket(outlet, Line("handset", key[1]))
            self.sold(made, "goods", outlet, units=(key,))

    @rule(
        which=st.integers(0, 1),
        n=st.integers(0, 60),
        terms=st.sampled_from(["consignment", "purchase"]),
    )
    def sell_umbrellas(self, which: int, n: int, terms: str) -> None:
        outlet = self.outlets[which]
        with self.may(0 < n <= self.count(outlet, terms).get("in_stock", 0)):
            (made,) = self._basket(outlet, Line(item=ITEM, quantity=n, terms=terms))
            self.sold(made, "goods", outlet, counted=(terms, n))
            self.shift(outlet, terms, n, "in_stock", "held")

    def _basket(self, outlet: OrganizationId, line: Line) -> Sequence[Sold]:
        (priced,) = goods.basket(self.clerk(outlet), outlet=outlet, lines=(line,))
        return goods.sell(self.clerk(outlet), outlet=outlet, lines=(line,), total=priced.amount)

    @rule(which=st.integers(0, 1), nth=st.integers(0, 99))
    def sell_with_a_contract(self, which: int, nth: int) -> None:
        outlet, key = self.outlets[which], self.unit("handset", nth)
        mine = self.units[key].terms == "consignment"
        with self.may(self.here(key, outlet, "in_stock") and mine):
            made = goods.sell_with_contract(
                self.clerk(outlet),
                outlet=outlet,
                serial=key[1],
                contract="HSC12",
                msisdn=FOREIGN,
                price=Money(1439_10),
            )
            self.sold(made, "contract_handset", outlet, units=(key,))

    def _done(self, *businesses: str) -> list[UUID]:
        return sorted(
            order
            for order, one in self.orders.items()
            if one.business in businesses and one.reverses is None
        )

    @precondition(lambda self: self._done("goods", "contract_handset", "recharge_card"))
    @rule(nth=st.integers(0, 99), condition=st.sampled_from(["good", "defective"]))
    def take_goods_back(self, nth: int, condition: str) -> None:
        order = self.one_of(self._done("goods", "contract_handset", "recharge_card"), nth)
        sale = self.orders[order]
        days = (business_date(self.at) - business_date(sale.at)).days
        allowed = sale.state == "completed" and sale.business == "goods" and days <= 7
        allowed = allowed and all(self.units[key].cause == order for key in sale.units)
        with self.may(allowed):
            back = goods.take_back(
                self.clerk(sale.outlet), order=order, condition=condition, reason="not liked"
            )
            sale.state = "assessing"
            self.orders[back] = Order("goods", sale.outlet, 0, self.at, reverses=order)
            state = "in_stock" if condition == "good" else "defective"
            for key in sale.units:
                self.units[key].state, self.units[key].cause = state, None
            if sale.counted:
                terms, n = sale.counted
                self.shift(sale.outlet, terms, n, "", state)

    @precondition(lambda self: self._done("goods", "contract_handset"))
    @rule(nth=st.integers(0, 99), new=st.integers(0, 99))
    def replace_a_handset(self, nth: int, new: int) -> None:
        order = self.one_of(self._done("goods", "contract_handset"), nth)
        sale, fresh = self.orders[order], self.unit("handset", new)
        worn = next((key for key in sale.units), fresh)
        allowed = (
            self.units[worn].state == "sold"
            and self.units[worn].cause == order
            and self.here(fresh, sale.outlet, "in_stock")
        )
        with self.may(allowed):
            stock.replace(
                self.clerk(sale.outlet),
                outlet=sale.outlet,
                order=order,
                kind="handset",
                old=worn[1],
                new=fresh[1],
                reason="does not start",
            )
            self.units[worn].state, self.units[worn].cause = "defective", None
            self.units[fresh].state, self.units[fresh].cause = "sold", order
            sale.units = (fresh,)

    # ---- what the BOSS says ------------------------------------------------------------------

    @rule(
        most=st.integers(1, 6),
        fates=st.lists(st.sampled_from(FATES), min_size=6, max_size=6),
    )
    def dispatch(self, most: int, fates: list[str]) -> None:
        self.at += timedelta(seconds=90)
        to_send, to_ask = claim(self.system(), most=most, lease=LEASE)
        due = [*to_send, *to_ask]
        outcomes = []
        for order, chance in zip(due, fates, strict=False):
            fate = chance if catalog.businesses()[order.business].boss else "completed"
            if fate == "completed" and not self._the_boss_can(self.orders[order.order]):
                fate = "refused"
            outcomes.append(answer(order.order, fate))
            self._settled(order.order, fate)
        conclude(self.system(), orders=due, outcomes=outcomes)
        conclude(self.system(), orders=due, outcomes=outcomes)  # told twice, done once

    def _the_boss_can(self, order: Order) -> bool:
        return (not order.old or order.old in self.boss) and order.number not in self.boss

    def _settled(self, order: UUID, fate: str) -> None:
        one = self.orders[order]
        if fate not in ("completed", "refused"):
            return
        if one.reverses is not None:
            one.state = "completed"
            self.orders[one.reverses].state = "cancelled"
            self.balance[one.outlet] += self.orders[one.reverses].debit
            return
        one.state = "completed" if fate == "completed" else "failed"
        if fate == "completed":
            self._completed(one)
        else:
            self._failed(one)

    def _completed(self, one: Order) -> None:
        for key in one.units:
            self.units[key].state = "sold"
        if one.counted:
            self.shift(one.outlet, one.counted[0], one.counted[1], "held", "")
        if one.number:
            before = self.numbers[one.number]
            self.numbers[one.number] = Number("active", cause=before.cause, changed=self.at)
            self.boss.add(one.number)
        if one.business == "account_opening":
            self.lines[one.number] = (one.person, "active")
        adopts = one.business in ("sim_swap", "number_change") and one.old not in self.lines
        if adopts and self._room(one.person):
            self.lines[one.old] = (one.person, "active")
        if one.business in ("cancellation", "number_change"):
            self.boss.discard(one.old)
            ended = self.lines.pop(one.old, None)
            if one.old in self.numbers:
                old = self.numbers[one.old]
                assert old.state == "active"
                self.numbers[one.old] = Number("cancelled", changed=self.at)
            if one.business == "number_change" and ended is not None:
                self.lines[one.number] = ended

    def _failed(self, one: Order) -> None:
        self.balance[one.outlet] += one.debit
        for key in one.units:
            self.units[key].state, self.units[key].cause = "in_stock", None
        if one.counted:
            self.shift(one.outlet, one.counted[0], one.counted[1], "held", "in_stock")
        if one.used:
            self.units[one.used].state, self.units[one.used].used_by = "sold", None
        if one.number:
            packed = self.numbers[one.number].packed
            state = "bound" if packed else "free"
            self.numbers[one.number] = Number(state, packed=packed, changed=self.at)
        if one.business == "account_opening":
            self.lines.pop(one.number)

    # ---- deliveries --------------------------------------------------------------------------

    @rule(
        which=st.integers(0, 1),
        n=st.integers(0, 30),
        terms=st.sampled_from(["consignment", "purchase"]),
        handsets=st.integers(0, 2),
    )
    def ask(self, which: int, n: int, terms: str, handsets: int) -> None:
        outlet = self.outlets[which]
        wanted = {ITEM: n, **({ITEMS["handset"]: handsets} if handsets else {})}
        with self.may(n > 0):
            made = stock.ask(
                self.clerk(outlet), place=outlet, goods=wanted, terms=terms, source=self.store
            )
            self.documents[made] = Document(
                "requisition", terms, self.store, outlet, sims=handsets, asked=n
            )

    def _papers(self, *states: str) -> list[UUID]:
        return sorted(i for i, one in self.documents.items() if one.state in states)

    @precondition(lambda self: self.documents)
    @rule(nth=st.integers(0, 99), part=st.integers(0, 3), reason=st.sampled_from(["", "short"]))
    def decide(self, nth: int, part: int, reason: str) -> None:
        paper = self.one_of(sorted(self.documents), nth)
        one = self.documents[paper]
        n, units = one.asked * part // 3, one.sims * part // 3
        whole = (n, units) == (one.asked, one.sims)
        with self.may(one.state == "asked" and (whole or bool(reason))):
            stock.decide(
                self.system(),
                requisition=RequisitionId(paper),
                accepted={ITEM: n, **({ITEMS["handset"]: units} if one.sims else {})},
                reason=reason,
            )
            one.state = "accepted" if n + units else "declined"
            one.accepted = (n, units)

    @precondition(lambda self: self._papers("accepted", "dispatched"))
    @rule(nth=st.integers(0, 99), unit=st.integers(0, 99))
    def send_off(self, nth: int, unit: int) -> None:
        paper = self.one_of(self._papers("accepted", "dispatched"), nth)
        one = self.documents[paper]
        n, units = one.accepted
        picked = [self.unit("handset", unit + i) for i in range(units)]
        wanted = [Goods(ITEM, n)] if n else []
        if picked:
            wanted.append(Goods(ITEMS["handset"], serials=tuple(key[1] for key in picked)))
        allowed = (
            one.state == "accepted"
            and all(self.here(key, one.source, "in_stock") for key in picked)
            and all(self.units[key].terms == "consignment" for key in picked)
            and n <= self.count(one.source).get("in_stock", 0)
        )
        with self.may(allowed):
            stock.dispatch(self.system(), requisition=RequisitionId(paper), goods=wanted)
            self._sent(paper, picked, n, "consignment")

    def _sent(self, paper: UUID, picked: Sequence[Key], n: int, terms: str) -> None:
        one = self.documents[paper]
        one.state, one.units, one.counted, one.sent = "dispatched", list(picked), n, n
        for key in picked:
            unit = self.units[key]
            unit.state, unit.place, unit.document = "in_transit", one.target, paper
        if n:
            state = "in_stock"
            if one.damaged:
                worn = min(n, self.count(one.source, terms).get("defective", 0))
                self.shift(one.source, terms, worn, "defective", "")
                n -= worn
                self.shift(one.target, terms, worn, "", "in_transit")
            self.shift(one.source, terms, n, state, "")
            self.shift(one.target, terms, n, "", "in_transit")

    @rule(
        way=st.integers(0, 3),
        n=st.integers(0, 30),
        unit=st.integers(0, 99),
        with_unit=st.booleans(),
    )
    def transfer(self, way: int, n: int, unit: int, with_unit: bool) -> None:
        agent, far = self.outlets
        source, target = [
            (agent, self.store),
            (self.store, agent),
            (self.store, far),
            (agent, far),
        ][way]
        picked = [self.unit("handset", unit)] if with_unit else []
        wanted = [Goods(ITEM, n)] if n or not picked else []
        if picked:
            wanted.append(Goods(ITEMS["handset"], serials=(picked[0][1],)))
        allowed = (
            (n > 0 or bool(picked))
            and all(self.here(key, source, "in_stock") for key in picked)
            and all(self.units[key].terms == "consignment" for key in picked)
            and n <= self.count(source).get("in_stock", 0)
        )
        with self.may(allowed):
            made = stock.transfer(self.system(), source=source, target=target, goods=wanted)
            self.documents[made] = Document("transfer", "consignment", source, target)
            self._sent(made, picked, n, "consignment")

    @rule(
        which=st.integers(0, 1),
        n=st.integers(0, 10),
        terms=st.sampled_from(["consignment", "purchase"]),
        damaged=st.booleans(),
    )
    def send_umbrellas_back(self, which: int, n: int, terms: str, damaged: bool) -> None:
        outlet, count = self.outlets[which], self.count(self.outlets[which], terms)
        there = count.get("in_stock", 0) + (count.get("defective", 0) if damaged else 0)
        with self.may(0 < n <= there):
            made = stock.return_goods(
                self.clerk(outlet),
                place=outlet,
                goods=(Goods(ITEM, n),),
                reason="too many",
                terms=terms,
                damaged=damaged,
                target=self.store,
            )
            self.documents[made] = Document("return", terms, outlet, self.store, damaged=damaged)
            self._sent(made, (), n, terms)

    @rule(which=st.integers(0, 1), nth=st.integers(0, 99), damaged=st.booleans())
    def send_a_handset_back(self, which: int, nth: int, damaged: bool) -> None:
        outlet, key = self.outlets[which], self.unit("handset", nth)
        with self.may(self.here(key, outlet, "in_stock", "defective", "expired")):
            made = stock.return_goods(
                self.clerk(outlet),
                place=outlet,
                goods=(Goods(ITEMS["handset"], serials=(key[1],)),),
                reason="not wanted",
                damaged=damaged,
                target=self.store,
            )
            terms = self.units[key].terms
            self.documents[made] = Document("return", terms, outlet, self.store, damaged=damaged)
            self._sent(made, (key,), 0, terms)
            self.units[key].damaged = damaged

    @precondition(lambda self: self._papers("dispatched", "received"))
    @rule(nth=st.integers(0, 99), part=st.integers(0, 2), everything=st.booleans())
    def receive(self, nth: int, part: int, everything: bool) -> None:
        paper = self.one_of(self._papers("dispatched", "received"), nth)
        one = self.documents[paper]
        n = one.counted if everything else one.counted * part // 2
        arrived = list(one.units) if everything else one.units[: len(one.units) * part // 2]
        allowed = one.state == "dispatched" or bool(one.units) or one.counted > 0
        buys = one.kind == "requisition" and one.terms == "purchase"
        price = n * WHOLESALE[ITEM] + len(arrived) * WHOLESALE[ITEMS["handset"]]
        if buys and price > self.balance[one.target]:
            allowed = False
        with self.may(allowed):
            ctx = self.system()
            before = set(self._purchases())
            goods.receive(
                ctx,
                requisition=RequisitionId(paper),
                serials=tuple(key[1] for key in arrived),
                quantities={ITEM: n} if one.sent else {},
                everything=everything,
            )
            self._arrived(one, arrived, n)
            if buys and price:
                (order,) = set(self._purchases()) - before
                self.orders[order] = Order("goods_purchase", one.target, price, self.at)
                self.balance[one.target] -= price
            if one.kind == "return" and one.terms == "purchase":
                self._paid_back(one)

    def _purchases(self) -> list[UUID]:
        with connection.cursor() as cursor:
            cursor.execute("SELECT id FROM ordering_order WHERE business = 'goods_purchase'")
            return [row[0] for row in cursor.fetchall()]

    def _arrived(self, one: Document, arrived: Sequence[Key], n: int) -> None:
        shelf = one.terms if one.kind == "return" else "consignment"
        waiting = "in_transit" if one.state == "dispatched" else "missing"
        lands = "defective" if one.damaged else "in_stock"
        self.shift(one.target, shelf, n, waiting, lands)
        if waiting == "in_transit":
            self.shift(one.target, shelf, one.counted - n, waiting, "missing")
        one.counted -= n
        for key in arrived:
            unit = self.units[key]
            unit.state = "defective" if unit.damaged else "in_stock"
            unit.document, unit.damaged = None, False
            one.units.remove(key)
        for key in one.units:
            self.units[key].state = "missing"
        if one.kind == "requisition" and one.terms == "purchase":
            self.shift(one.target, "consignment", n, lands, "")
            self.shift(one.target, "purchase", n, "", lands)
            for key in arrived:
                self.units[key].terms = "purchase"
        if one.kind == "return" and one.terms == "purchase":
            self.shift(one.target, "purchase", n, lands, "")
            self.shift(one.target, "consignment", n, "", lands)
            for key in arrived:
                self.units[key].terms = "consignment"
        one.state = "received"

    def _paid_back(self, one: Document) -> None:
        """What was paid back for goods depends on what was paid for them: at most their price."""
        now = wallets.wallet(self.system(), outlet=one.source).balance.minor
        assert now >= self.balance[one.source]
        self.balance[one.source] = now

    @precondition(lambda self: self.documents)
    @rule(nth=st.integers(0, 99))
    def call_off(self, nth: int) -> None:
        paper = self.one_of(sorted(self.documents), nth)
        one = self.documents[paper]
        with self.may(one.state in ("asked", "accepted", "dispatched")):
            stock.cancel(self.system(), requisition=RequisitionId(paper), reason="not needed")
            if one.state == "dispatched":
                self._turned_back(one, "in_transit")
            one.state = "cancelled"

    def _turned_back(self, one: Document, waiting: str) -> None:
        shelf = one.terms if one.kind == "return" else "consignment"
        self.shift(one.target, shelf, one.counted, waiting, "")
        lands = "defective" if one.damaged else "in_stock"
        self.shift(one.source, shelf, one.counted, "", lands)
        for key in one.units:
            unit = self.units[key]
            unit.state = "defective" if unit.damaged else "in_stock"
            unit.place, unit.document, unit.damaged = one.source, None, False
        one.units, one.counted = [], 0

    @precondition(lambda self: self._papers("dispatched", "received"))
    @rule(nth=st.integers(0, 99), outcome=st.sampled_from(["lost", "stayed"]))
    def settle_what_is_missing(self, nth: int, outcome: str) -> None:
        paper = self.one_of(self._papers("dispatched", "received"), nth)
        one = self.documents[paper]
        with self.may(one.state == "received" and (bool(one.units) or one.counted > 0)):
            self._approved(
                lambda ctx: stock.settle_difference(
                    ctx, requisition=RequisitionId(paper), outcome=outcome, reason="looked for"
                ),
                parks=outcome == "lost",
            )
            if outcome == "stayed":
                self._turned_back(one, "missing")
                return
            shelf = one.terms if one.kind == "return" else "consignment"
            self.shift(one.target, shelf, one.counted, "missing", "")
            for key in one.units:
                self.units[key].state, self.units[key].document = "written_off", None
            one.units, one.counted = [], 0

    def _approved(self, do: Callable[[Context], object], *, parks: bool = True) -> None:
        """Do what needs a second person: one asks, another approves."""
        ctx = replace(self.system(), exempt=False, actor=uuid4())
        try:
            do(ctx)
        except AwaitingApproval as held:
            assert parks
            commands.approve(
                replace(self.system(), actor=uuid4()), parked=held.parked, remark="seen"
            )
        else:
            assert not parks

    # ---- on the shelf ------------------------------------------------------------------------

    @rule(place=st.integers(0, 2), nth=st.integers(0, 99), n=st.integers(0, 5))
    def something_breaks(self, place: int, nth: int, n: int) -> None:
        where, key = [*self.outlets, self.store][place], self.unit("handset", nth)
        wanted = [Goods(ITEMS["handset"], serials=(key[1],))]
        wanted += [Goods(ITEM, n)] if n else []
        allowed = self.here(key, where, "in_stock") and n <= self.count(where).get("in_stock", 0)
        with self.may(allowed):
            stock.mark_defective(self.system(), place=where, goods=wanted, reason="fell down")
            self.units[key].state = "defective"
            self.shift(where, "consignment", n, "in_stock", "defective")

    def _free_missing(self, place: OrganizationId, terms: str) -> int:
        bound = sum(
            one.counted
            for one in self.documents.values()
            if one.state == "received"
            and one.target == place
            and (one.terms if one.kind == "return" else "consignment") == terms
        )
        return self.count(place, terms).get("missing", 0) - bound

    @rule(place=st.integers(0, 2), nth=st.integers(0, 99))
    def something_turns_up(self, place: int, nth: int) -> None:
        where, key = [*self.outlets, self.store][place], self.unit("handset", nth)
        with self.may(self.here(key, where, "missing")):
            stock.mark_found(
                self.system(),
                place=where,
                goods=(Goods(ITEMS["handset"], serials=(key[1],)),),
                reason="behind the shelf",
            )
            self.units[key].state = "in_stock"

    @rule(
        place=st.integers(0, 2),
        kind=st.sampled_from(["sim", "handset", "recharge_card"]),
        nth=st.integers(0, 99),
    )
    def write_a_unit_off(self, place: int, kind: str, nth: int) -> None:
        where, key = [*self.outlets, self.store][place], self.unit(kind, nth)
        unit = self.units[key]
        allowed = self.here(key, where, "in_stock", "defective", "missing", "expired")
        with self.may(allowed and not unit.number):
            self._approved(
                lambda ctx: stock.write_off(
                    ctx,
                    place=where,
                    goods=(Goods(ITEMS[kind], serials=(key[1],)),),
                    reason="no good any more",
                )
            )
            unit.state = "written_off"

    @rule(
        place=st.integers(0, 2),
        n=st.integers(0, 5),
        state=st.sampled_from(["in_stock", "defective", "missing"]),
    )
    def write_umbrellas_off(self, place: int, n: int, state: str) -> None:
        where = [*self.outlets, self.store][place]
        there = self.count(where).get(state, 0)
        if state == "missing":
            there = self._free_missing(where, "consignment")
        with self.may(0 < n <= there):
            self._approved(
                lambda ctx: stock.write_off(
                    ctx, place=where, goods=(Goods(ITEM, n),), reason="torn", state=state
                )
            )
            self.shift(where, "consignment", n, state, "")

    @rule(place=st.integers(0, 2), every=st.integers(1, 3))
    def count_handsets(self, place: int, every: int) -> None:
        where = [*self.outlets, self.store][place]
        there = sorted(
            key
            for key, unit in self.units.items()
            if key[0] == "handset" and unit.place == where
            if unit.state in (*LYING, "missing", "held")
        )
        found = there[::every]
        count = stock.open_count(self.system(), place=where, item=ITEMS["handset"])
        stock.record_count(self.system(), count=count, serials=[key[1] for key in found])
        stock.close_count(self.system(), count=count)
        for key in there:
            unit = self.units[key]
            if key in found and unit.state == "missing" and unit.document is None:
                unit.state = "in_stock"
            elif key not in found and unit.state in LYING:
                unit.state = "missing"

    @rule(place=st.integers(0, 2), differs=st.integers(-4, 4))
    def count_umbrellas(self, place: int, differs: int) -> None:
        where = [*self.outlets, self.store][place]
        shelves = [(terms, self.count(where, terms)) for terms in ("consignment", "purchase")]
        expected = sum(
            count.get(state, 0) for _, count in shelves for state in ("in_stock", "defective")
        )
        counted = max(0, expected + differs)
        count = stock.open_count(self.system(), place=where, item=ITEM)
        stock.record_count(self.system(), count=count, quantities={ITEM: counted})
        stock.close_count(self.system(), count=count)
        left = expected - counted
        for state in ("in_stock", "defective"):
            for terms, shelf in shelves:
                lost = min(max(left, 0), shelf.get(state, 0))
                self.shift(where, terms, lost, state, "missing")
                left -= lost
        for terms, _ in shelves:
            back = min(max(-left, 0), max(0, self._free_missing(where, terms)))
            self.shift(where, terms, back, "missing", "in_stock")
            left += back
        self.shift(where, "consignment", max(-left, 0), "", "in_stock")

    # ---- what must be true -------------------------------------------------------------------

    @invariant()
    def all_audits_are_empty(self) -> None:
        assert_sound()
        assert faults() == []

    @invariant()
    def numbers_are_as_the_model_has_them(self) -> None:
        found = self._rows(
            "SELECT number::text, state, holder_id, hold, until, cause, packed FROM resource_number"
            " WHERE number = ANY(%s)",
            [int(number) for number in self.numbers],
        )
        assert {row[0]: row[1:] for row in found} == {
            number: one.shown() for number, one in self.numbers.items()
        }

    @invariant()
    def units_are_as_the_model_has_them(self) -> None:
        found = self._rows(
            "SELECT kind, serial, place_id, state, cause, terms, document, used_by FROM stock_unit"
        )
        assert {row[:2]: row[2:] for row in found} == {
            key: (one.place, one.state, one.cause, one.terms, one.document, one.used_by)
            for key, one in self.units.items()
        }

    @invariant()
    def counts_are_as_the_model_has_them(self) -> None:
        states = ("in_stock", "in_transit", "held", "defective", "missing")
        found = self._rows(
            f"SELECT place_id, terms, {', '.join(states)} FROM stock_quantity WHERE item_id = %s",
            ITEM,
        )
        assert {row[:2]: row[2:] for row in found if any(row[2:])} == {
            key: shown
            for key, count in self.counts.items()
            if any(shown := tuple(count.get(state, 0) for state in states))
        }

    @invariant()
    def lines_are_as_the_model_has_them(self) -> None:
        found = self._rows(
            "SELECT number, state FROM customer_line WHERE state IN ('pending', 'active')"
        )
        assert dict(found) == {number: state for number, (_, state) in self.lines.items()}

    @invariant()
    def money_is_as_the_model_has_it(self) -> None:
        for outlet in self.outlets:
            wallet = wallets.wallet(self.system(), outlet=outlet)
            assert wallet.balance.minor == self.balance[outlet]
        open_orders = [one for one in self.orders.values() if one.state == "open"]
        _, amount, _ = orders.in_flight(self.system())
        assert amount.minor == sum(one.debit for one in open_orders)

    def _rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        with connection.cursor() as cursor:
            cursor.execute(query, values)
            return cursor.fetchall()  # type: ignore[no-any-return]


def prepare(province: Province) -> None:
    """Few things, so that many hands meet on them."""
    Things.province = province
    resource.load_reference(province.system())
    Things.free = {}
    for outlet, code, prefix in (
        (province.agent, "4101", PREFIX),
        (province.far, "4103", FAR_PREFIX),
    ):
        resource.load_numbers(
            province.system(),
            branch=province.organizations[code],
            numbers=[f"{prefix}{n:04d}" for n in range(5300, 5360)],
        )
        found = numbers.search(
            province.system(), outlet=outlet, search=NumberSearch(grade="ordinary"), limit=8
        )
        Things.free[outlet] = sorted(one.number for one in found.items)
        province.pay_in(outlet, Money(PAID_IN))
    Things.shelves = {
        place: shelve(province, place, each=each)
        for place, each in (
            (province.agent, 4),
            (province.far, 3),
            (province.organizations["4101"], 3),
        )
    }


@pytest.mark.django_db
def test_each_thing_is_in_one_place_and_state(province: Province) -> None:
    assert connection.in_atomic_block
    prepare(province)
    run_state_machine_as_test(
        Things,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            phases=[Phase.explicit, Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )
