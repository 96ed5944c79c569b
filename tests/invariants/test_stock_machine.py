"""Whatever is done with goods, in whatever order: each is in one place and state, books agree."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from uuid import UUID

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from qudao.domain.ledger import queries as ledger
from qudao.domain.party.types import OrganizationId
from qudao.domain.stock import operations as stock
from qudao.domain.stock import queries
from qudao.domain.stock.models import Quantity, Unit
from qudao.domain.stock.types import CountId, Goods, NewUnit, RequisitionId, Terms
from qudao.kernel.money import Money
from qudao.kernel.personal import Secret
from qudao.kernel.refusals import Refusal
from tests.domain.stock.stand import card, iccid, pin
from tests.province import NOON, Province

ITEMS = {"SIM3IN1": "sim", "RC50": "recharge_card"}
COUNTED = "GIFT-POWER"
some = st.integers(0, 5)
which = st.integers(0, 30)
outlets = st.integers(0, 2)
places = st.integers(0, 4)


class Machine(RuleBasedStateMachine):
    """Each rule does one thing, which may be refused; the books must be sound after it."""

    province: Province

    def __init__(self) -> None:
        super().__init__()
        self.point = transaction.savepoint()
        p = self.province
        self.places = [
            p.agent,
            p.hall,
            p.far,
            p.organizations["4101"],
            p.organizations["4103"],
        ]
        self.serials: list[tuple[str, str, str]] = []
        self.orders: list[UUID] = []
        self.deliveries: list[RequisitionId] = []
        self.counts: list[CountId] = []
        self.days = 0
        self.made = itertools.count(1)
        self.loaded = 0

    def teardown(self) -> None:
        transaction.savepoint_rollback(self.point)

    def done(self, act: Callable[[], object]) -> object | None:
        """Do something, or be refused it: then nothing has changed."""
        with suppress(Refusal), transaction.atomic():
            return act()
        return None

    @property
    def ctx(self):  # type: ignore[no-untyped-def]
        return self.province.system(NOON + timedelta(days=self.days))

    def goods(self, at: int, quantity: int) -> list[Goods]:
        """Some unit that was ever taken in, or some of an item."""
        if quantity and at % 3 == 0:
            return [Goods(COUNTED, quantity)]
        if quantity and at % 3 == 1:
            return [Goods("SIM3IN1", quantity)]
        if not self.serials:
            return [Goods("RC50", max(1, quantity))]
        item, _, serial = self.serials[at % len(self.serials)]
        return [Goods(item, serials=(serial,))]

    @rule(place=places, item=st.sampled_from(sorted(ITEMS)), n=st.integers(1, 4))
    def load(self, place: int, item: str, n: int) -> None:
        units, kind = [], ITEMS[item]
        for _ in range(n):
            number = next(self.made)
            if kind == "sim":
                units.append(NewUnit(iccid(number)))
            else:
                day = (NOON + timedelta(days=number % 5 + 1)).date()
                units.append(NewUnit(card(number), pin=Secret(pin(number)), expires_on=day))
        stock.load_units(
            self.ctx, place=self.places[place], item=item, units=units, cost=Money(199)
        )
        self.serials += [(item, kind, one.serial) for one in units]
        self.loaded += n

    @rule(place=places, n=st.integers(1, 6), cost=st.integers(0, 5000))
    def load_counted(self, place: int, n: int, cost: int) -> None:
        stock.load_quantity(
            self.ctx, place=self.places[place], item=COUNTED, quantity=n, cost=Money(cost)
        )

    @rule(outlet=outlets, at=which, again=st.booleans())
    def hold(self, outlet: int, at: int, again: bool) -> None:
        if not self.serials:
            return
        _, kind, serial = self.serials[at % len(self.serials)]
        order = self._order(again)
        self.done(
            lambda: stock.hold(
                self.ctx, outlet=self.places[outlet], serials=[(kind, serial)], order=order
            )
        )

    @rule(outlet=outlets, n=some, terms=st.sampled_from(sorted(Terms)), again=st.booleans())
    def hold_counted(self, outlet: int, n: int, terms: str, again: bool) -> None:
        order = self._order(again)
        self.done(
            lambda: stock.hold_quantity(
                self.ctx,
                outlet=self.places[outlet],
                item=COUNTED,
                quantity=n,
                order=order,
                terms=terms,
            )
        )

    @rule(n=which, good=st.booleans())
    def settle(self, n: int, good: bool) -> None:
        if self.orders:
            order = self.orders[n % len(self.orders)]
            (stock.hand_over if good else stock.give_back)(self.ctx, orders=[order])

    @rule(at=which, n=which, fine=st.booleans())
    def bring_back(self, at: int, n: int, fine: bool) -> None:
        if not (self.serials and self.orders):
            return
        _, kind, serial = self.serials[at % len(self.serials)]
        self.done(
            lambda: stock.take_back(
                self.ctx,
                outlet=self._place_of(kind, serial),
                order=self.orders[n % len(self.orders)],
                kind=kind,
                serial=serial,
                condition="good" if fine else "defective",
                reason="x",
            )
        )

    @rule(outlet=outlets, n=which, quantity=some)
    def bring_back_counted(self, outlet: int, n: int, quantity: int) -> None:
        if self.orders:
            self.done(
                lambda: stock.take_back_quantity(
                    self.ctx,
                    outlet=self.places[outlet],
                    order=self.orders[n % len(self.orders)],
                    item=COUNTED,
                    quantity=quantity,
                    condition="good",
                    reason="x",
                )
            )

    @rule(at=which, other=which, n=which)
    def replace(self, at: int, other: int, n: int) -> None:
        if not (self.serials and self.orders):
            return
        _, kind, old = self.serials[at % len(self.serials)]
        self.done(
            lambda: stock.replace(
                self.ctx,
                outlet=self._place_of(kind, old),
                order=self.orders[n % len(self.orders)],
                kind=kind,
                old=old,
                new=self.serials[other % len(self.serials)][2],
                reason="x",
            )
        )

    @rule(outlet=outlets, sims=some, gifts=some, buys=st.booleans())
    def ask_and_send(self, outlet: int, sims: int, gifts: int, buys: bool) -> None:
        wanted = {item: n for item, n in (("SIM3IN1", sims), (COUNTED, gifts)) if n}
        terms = Terms.PURCHASE if buys else Terms.CONSIGNMENT

        def act() -> RequisitionId:
            made = stock.ask(self.ctx, place=self.places[outlet], goods=wanted, terms=terms)
            stock.decide(self.ctx, requisition=made, accepted=wanted)
            goods = [Goods(item, n) for item, n in wanted.items()]
            stock.dispatch(self.ctx, requisition=made, goods=goods)
            return made

        self._delivery(self.done(act))

    @rule(here=places, there=places, at=which, n=some)
    def transfer(self, here: int, there: int, at: int, n: int) -> None:
        self._delivery(
            self.done(
                lambda: stock.transfer(
                    self.ctx,
                    source=self.places[here],
                    target=self.places[there],
                    goods=self.goods(at, n),
                )
            )
        )

    @rule(outlet=outlets, at=which, n=some, bad=st.booleans(), own=st.booleans())
    def send_back(self, outlet: int, at: int, n: int, bad: bool, own: bool) -> None:
        self._delivery(
            self.done(
                lambda: stock.return_goods(
                    self.ctx,
                    place=self.places[outlet],
                    goods=self.goods(at, n),
                    reason="x",
                    damaged=bad,
                    terms=Terms.PURCHASE if own else Terms.CONSIGNMENT,
                )
            )
        )

    @rule(n=which, everything=st.booleans(), gifts=some, paid=st.booleans())
    def receive(self, n: int, everything: bool, gifts: int, paid: bool) -> None:
        if not self.deliveries:
            return
        made = self.deliveries[n % len(self.deliveries)]
        coming = Unit.objects.unscoped("test").filter(document=made).order_by("serial")
        serials = [one.serial for one in coming][::2]
        lines = queries.requisition(self.ctx, requisition=made).lines
        counted = {COUNTED: gifts} if any(line.item == COUNTED for line in lines) else {}
        if paid:
            order = self._order(False)
            self.done(
                lambda: stock.receive_bought(
                    self.ctx,
                    requisition=made,
                    order=order,
                    serials=serials,
                    quantities=counted,
                    everything=everything,
                )
            )
        else:
            self.done(
                lambda: stock.receive(
                    self.ctx,
                    requisition=made,
                    serials=serials,
                    quantities=counted,
                    everything=everything,
                )
            )

    @rule(n=which, how=st.sampled_from(["cancel", "lost", "stayed"]))
    def end_delivery(self, n: int, how: str) -> None:
        if not self.deliveries:
            return
        made = self.deliveries[n % len(self.deliveries)]
        if how == "cancel":
            self.done(lambda: stock.cancel(self.ctx, requisition=made, reason="x"))
        else:
            self.done(
                lambda: stock.settle_difference(self.ctx, requisition=made, outcome=how, reason="x")
            )

    @rule(place=places, at=which, n=some)
    def break_goods(self, place: int, at: int, n: int) -> None:
        self.done(
            lambda: stock.mark_defective(
                self.ctx, place=self.places[place], goods=self.goods(at, n), reason="x"
            )
        )

    @rule(place=places, at=which, n=some)
    def find_goods(self, place: int, at: int, n: int) -> None:
        self.done(
            lambda: stock.mark_found(
                self.ctx, place=self.places[place], goods=self.goods(at, n), reason="x"
            )
        )

    @rule(
        place=places,
        at=which,
        n=some,
        state=st.sampled_from(["in_stock", "defective", "missing", "expired"]),
    )
    def write_off(self, place: int, at: int, n: int, state: str) -> None:
        self.done(
            lambda: stock.write_off(
                self.ctx,
                place=self.places[place],
                goods=self.goods(at, n),
                reason="x",
                state=state,
            )
        )

    @rule(place=places, at=which, gifts=some)
    def count(self, place: int, at: int, gifts: int) -> None:
        def act() -> None:
            made = stock.open_count(self.ctx, place=self.places[place])
            serials = [serial for _, _, serial in self.serials[at % 7 :: 2]]
            stock.record_count(self.ctx, count=made, serials=serials, quantities={COUNTED: gifts})
            stock.close_count(self.ctx, count=made)

        self.done(act)

    @rule(at=which, back=st.booleans())
    def use(self, at: int, back: bool) -> None:
        cards = [serial for _, kind, serial in self.serials if kind == "recharge_card"]
        if not cards:
            return
        secret, order = Secret(pin(int(cards[at % len(cards)][4:]))), self._order(False)
        self.done(lambda: stock.use_card(self.ctx, pin=secret, order=order))
        if back:
            stock.unuse_cards(self.ctx, orders=[order])

    @rule()
    def a_day_passes(self) -> None:
        self.days += 1
        stock.expire_cards(self.ctx)

    @invariant()
    def the_books_are_sound(self) -> None:
        assert queries.unsound() == []
        assert ledger.unbalanced() == []
        assert Unit.objects.unscoped("test").count() == self.loaded
        rows = Quantity.objects.unscoped("test")
        assert not rows.filter(in_stock__lt=0).exists()

    def _order(self, again: bool) -> UUID:
        if again and self.orders:
            return self.orders[-1]
        self.orders.append(UUID(int=next(self.made)))
        return self.orders[-1]

    def _delivery(self, made: object) -> None:
        if made is not None:
            self.deliveries.append(made)  # type: ignore[arg-type]

    def _place_of(self, kind: str, serial: str) -> OrganizationId:
        row = Unit.objects.unscoped("test").get(kind=kind, serial=serial)
        return OrganizationId(row.place_id)


@pytest.mark.django_db
def test_goods(province: Province) -> None:
    stock.load_reference(province.system())
    Machine.province = province
    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=15,
            stateful_step_count=30,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
