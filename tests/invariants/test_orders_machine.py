"""Whatever happens in whatever order: no fen is made or lost, books and orders agree."""

from datetime import timedelta

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from qudao.domain.ledger import operations as ledger
from qudao.domain.ordering import queries
from qudao.domain.ordering.operations import claim, reverse, sell, settle
from qudao.domain.ordering.ports import Completed, NotFound, NotReached, Outcome, Refused, Unknown
from qudao.domain.ordering.types import OrderId, Sale, Sold
from qudao.domain.party.types import OrganizationId
from qudao.domain.saleschannel import operations as saleschannel
from qudao.domain.wallet import operations as wallet
from qudao.domain.wallet import queries as wallets
from qudao.kernel.money import Money
from qudao.kernel.refusals import Refusal
from tests.province import NOON, Province, assert_sound

OUTCOMES = {
    "completed": lambda order: Completed(order, "B1"),
    "refused": lambda order: Refused(order, "no", "No"),
    "unknown": lambda order: Unknown(order, "time-out"),
    "not_reached": lambda order: NotReached(order, "refused"),
    "not_found": NotFound,
}


class Orders(RuleBasedStateMachine):
    """A model of wallets and orders beside the real ones."""

    province: Province
    requests = Bundle("requests")

    def __init__(self) -> None:
        super().__init__()
        self.at = NOON
        self.undo = transaction.atomic()
        self.undo.__enter__()
        self.outlets = [self.province.agent, self.province.far]
        self.balance = dict.fromkeys(self.outlets, 0)
        self.floor = dict.fromkeys(self.outlets, 0)
        self.frozen = dict.fromkeys(self.outlets, False)
        self.spent = dict.fromkeys(self.outlets, 0)
        self.limit: dict[OrganizationId, int | None] = dict.fromkeys(self.outlets)
        self.debit: dict[OrderId, tuple[OrganizationId, int]] = {}
        self.state: dict[OrderId, str] = {}
        self.reversal: dict[OrderId, OrderId] = {}
        self.answers: dict[tuple[str, Sale], Sold] = {}
        self.keys: dict[str, Sale] = {}

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.undo.__exit__(None, None, None)

    # ---- what may happen ---------------------------------------------------------------------

    @rule(which=st.integers(0, 1), yuan=st.integers(1, 300))
    def pay_in(self, which: int, yuan: int) -> None:
        self.province.pay_in(self.outlets[which], Money(yuan * 100), at=self.at)
        self.balance[self.outlets[which]] += yuan * 100

    @rule(
        target=requests,
        asked=st.lists(
            st.tuples(st.integers(0, 1), st.integers(1, 200), st.integers(0, 8)),
            min_size=1,
            max_size=6,
        ),
    )
    def sell_a_set(self, asked: list[tuple[int, int, int]]) -> object:
        pairs = []
        for which, yuan, key in asked:
            sale = Sale(self.outlets[which], "TOPUP", "13800138000", Money(yuan * 100))
            name = f"{self.at:%d}-{key}-{which}"
            pairs.append((name, sale))
        answers = sell([(self._clerk(sale.outlet, name), sale) for name, sale in pairs])
        for (name, sale), answer in zip(pairs, answers, strict=True):
            self._check(name, sale, answer)
        return multiple(*pairs)

    @rule(request=requests)
    def repeat(self, request: tuple[str, Sale]) -> None:
        name, sale = request
        (answer,) = sell([(self._clerk(sale.outlet, name), sale)])
        self._check(name, sale, answer)

    @rule(
        most=st.integers(1, 10),
        fates=st.lists(st.sampled_from(sorted(OUTCOMES)), min_size=10, max_size=10),
    )
    def dispatch(self, most: int, fates: list[str]) -> None:
        self.at += timedelta(seconds=90)
        ctx = self.province.system(self.at)
        to_send, to_ask = claim(ctx, most=most, lease=timedelta(minutes=1))
        outcomes: list[Outcome] = []
        for order, fate in zip((*to_send, *to_ask), fates, strict=False):
            outcomes.append(OUTCOMES[fate](order.order))
            self._settled(order.order, fate)
        settle(ctx, outcomes=outcomes)
        settle(self.province.system(self.at), outcomes=outcomes)  # told twice, done once

    @rule(nth=st.integers(0, 50))
    def take_back(self, nth: int) -> None:
        done = [order for order, state in self.state.items() if state == "completed"]
        done = [order for order in done if order in self.debit]
        if not done:
            return
        order = done[nth % len(done)]
        outlet = self.debit[order][0]
        ctx = self.province.context("outlet_owner", outlet, at=self.at)
        reversal = reverse(ctx, order=order, reason="test")
        self.state[order] = "assessingCancellation"
        self.state[reversal] = "open"
        self.reversal[reversal] = order

    @rule(which=st.integers(0, 1))
    def freeze_or_unfreeze(self, which: int) -> None:
        outlet = self.outlets[which]
        if self.frozen[outlet]:
            wallet.unfreeze(self.province.system(self.at), outlet=outlet)
        else:
            wallet.freeze(self.province.system(self.at), outlet=outlet, reason="test")
        self.frozen[outlet] = not self.frozen[outlet]

    @rule(which=st.integers(0, 1), yuan=st.integers(0, 300))
    def give_credit(self, which: int, yuan: int) -> None:
        outlet = self.outlets[which]
        try:
            wallet.set_credit_limit(
                self.province.system(self.at), outlet=outlet, limit=Money(yuan * 100)
            )
        except ledger.FloorAboveBalance:
            assert self.balance[outlet] < -yuan * 100
        else:
            assert self.balance[outlet] >= -yuan * 100
            self.floor[outlet] = -yuan * 100

    @rule(which=st.integers(0, 1), yuan=st.one_of(st.none(), st.integers(1, 500)))
    def limit_the_day(self, which: int, yuan: int | None) -> None:
        outlet = self.outlets[which]
        saleschannel.set_limits(
            self.province.system(self.at),
            outlet=outlet,
            sale_limit=None,
            day_limit=None if yuan is None else Money(yuan * 100),
        )
        self.limit[outlet] = None if yuan is None else yuan * 100

    # ---- what must be true -------------------------------------------------------------------

    @invariant()
    def books_are_sound(self) -> None:
        assert_sound()

    @invariant()
    def model_and_books_agree(self) -> None:
        system = self.province.system(self.at)
        for outlet in self.outlets:
            record = wallets.wallet(system, outlet=outlet)
            assert record.balance.minor == self.balance[outlet]
            assert record.balance.minor >= self.floor[outlet]
            assert record.spent_today.minor == self.spent[outlet]
        open_orders = [o for o in self.debit if self.state[o] == "open"]
        count, amount, _ = queries.in_flight(system)
        assert (count, amount.minor) == (
            len(open_orders),
            sum(self.debit[order][1] for order in open_orders),
        )

    def _clerk(self, outlet: OrganizationId, key: str):
        return self.province.context("outlet_clerk", outlet, at=self.at, key=key)

    def _check(self, key: str, sale: Sale, answer: Sold | Refusal) -> None:
        outlet = sale.outlet
        if (key, sale) in self.answers:
            assert answer == self.answers[key, sale]
            return
        if key in self.keys:
            assert isinstance(answer, Refusal) and answer.code == "commands.key_reused", answer
            return
        price = sale.amount.minor - sale.amount.part(8000).minor
        limit = self.limit[outlet]
        payable = not self.frozen[outlet] and self.balance[outlet] - price >= self.floor[outlet]
        payable = payable and (limit is None or self.spent[outlet] + price <= limit)
        assert payable == isinstance(answer, Sold), answer
        if isinstance(answer, Sold):
            self.keys[key] = sale
            self.answers[key, sale] = answer
            self.balance[outlet] -= price
            self.spent[outlet] += price
            self.debit[answer.order] = (outlet, price)
            self.state[answer.order] = "open"
            assert answer.balance.minor == self.balance[outlet]

    def _settled(self, order: OrderId, fate: str) -> None:
        if fate not in {"completed", "refused"}:
            return
        sale = self.reversal.get(order)
        if sale is not None:
            self.state[order] = fate
            self.state[sale] = "cancelled" if fate == "completed" else "completed"
            if fate == "completed":
                self._give_back(sale)
            return
        self.state[order] = "completed" if fate == "completed" else "failed"
        if fate == "refused":
            self._give_back(order)

    def _give_back(self, order: OrderId) -> None:
        outlet, price = self.debit[order]
        self.balance[outlet] += price
        self.spent[outlet] -= price


@pytest.mark.django_db
def test_no_fen_is_made_or_lost(province: Province) -> None:
    assert connection.in_atomic_block
    Orders.province = province
    run_state_machine_as_test(
        Orders,
        settings=settings(
            max_examples=15,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
