"""Requests that hypothesis makes, outlets to make them at, and what they and others do there."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from django.db import connection
from hypothesis import strategies as st

from qudao.domain.catalog import operations as catalog
from qudao.domain.ordering.operations import claim, sell, settle
from qudao.domain.ordering.ports import Refused
from qudao.domain.ordering.types import Sale, Sold
from qudao.domain.party import operations as party
from qudao.domain.party import queries as organizations
from qudao.domain.party.types import OrganizationId
from qudao.domain.saleschannel import operations as saleschannel
from qudao.domain.saleschannel.types import Contract, Market, OutletDraft
from qudao.domain.wallet import operations as wallet
from qudao.domain.wallet import queries as wallets
from qudao.kernel.money import Money
from qudao.kernel.period import Period, business_date
from qudao.kernel.personal import Personal
from qudao.kernel.refusals import Refusal
from qudao.kernel.scope import Scope
from qudao.platform.commands.context import Context
from qudao.platform.identity import operations as identity
from qudao.platform.identity.roles import grants_of
from tests.invariants.serial import Answer, Asked, Books, No, Purse, Step, Yes
from tests.province import NOON, Province

SELLERS = 4
"""Threads, or clients, that sell at once; one more changes things."""
WALLETS = 3
CLERKS = {0: (0,), 1: (1, 2), 2: (2,), 3: (0,)}
"""Actor → the wallets it may sell from: two share a wallet, one has two."""

_names = itertools.count()


# ---- what hypothesis makes -----------------------------------------------------------------------


def asked(who: tuple[int, int], **rest: Any) -> Asked:
    return Asked(actor=who[0], wallet=who[1], **rest)


requests = st.builds(
    asked,
    who=st.sampled_from(
        [(0, 0)] * 6 + [(1, 1)] * 4 + [(1, 2)] * 3 + [(2, 2)] * 3 + [(3, 0)] * 3 + [(2, 0)]
    ),
    key=st.integers(0, 9).map(str),
    offering=st.sampled_from(["TOPUP"] * 8 + ["BILLPAY", "DATA1GB", "NONSUCH"]),
    fen=st.sampled_from([*range(1_00, 61_00, 1_00), 20_00, 20_00, 0, -1_00, 1_50, 10_000_00]),
    msisdn=st.sampled_from(["13800138000"] * 12 + ["13800138001", "12345"]),
    day=st.sampled_from([NOON.date()] * 4 + [NOON.date() + timedelta(days=1)]),
)
wishes = st.builds(
    asked,
    who=st.sampled_from([(0, 0)] * 4 + [(3, 0)] * 2 + [(1, 1)] * 3 + [(2, 2)] * 2 + [(2, 0)]),
    key=st.integers(0, 7).map(str),
    offering=st.sampled_from(["TOPUP"] * 8 + ["BILLPAY", "DATA1GB", "NONSUCH"]),
    fen=st.sampled_from([*range(1_00, 61_00, 1_00), 20_00, 20_00, 0, 1_50]),
    msisdn=st.sampled_from(["13800138000"] * 12 + ["13800138001"]),
    day=st.builds(lambda: business_date(datetime.now(UTC))),
)
"""As a program sends them: what its front would not even read is no question here."""
purses = st.builds(
    Purse,
    balance=st.integers(0, 150).map(lambda yuan: yuan * 100),
    floor=st.sampled_from([0, 0, 0, -20_00]),
    frozen=st.sampled_from([False] * 5 + [True]),
    active=st.sampled_from([True] * 5 + [False]),
    sale_limit=st.sampled_from([None, None, 40_00]),
    day_limit=st.one_of(st.none(), st.integers(1, 60).map(lambda yuan: yuan * 100)),
)
changes = st.tuples(
    st.sampled_from(["pay_in", "freeze", "suspend", "limits", "price", "refuse"]),
    st.integers(0, WALLETS - 1),
    st.integers(1, 50),
)


@dataclass(frozen=True)
class Plan:
    """Who does what at once."""

    purses: tuple[Purse, ...]
    sellers: tuple[tuple[tuple[bool, tuple[Asked, ...]], ...], ...]
    """For each thread its sets, one after the other: patient or not, and the requests."""
    changes: tuple[tuple[str, int, int], ...]


sets = st.tuples(
    st.sampled_from([True, True, False]), st.lists(requests, min_size=1, max_size=6).map(tuple)
)
plans = st.builds(
    Plan,
    purses=st.tuples(*[purses] * WALLETS),
    sellers=st.tuples(*[st.lists(sets, min_size=1, max_size=3).map(tuple)] * SELLERS),
    changes=st.lists(changes, max_size=6).map(tuple),
)
one_by_one = st.tuples(st.just(False), wishes.map(lambda one: (one,)))
till_plans = st.builds(
    Plan,
    purses=st.tuples(*[purses] * WALLETS),
    sellers=st.tuples(*[st.lists(one_by_one, min_size=1, max_size=4).map(tuple)] * (2 * SELLERS)),
    # A price begins at an instant, a sale has one: the clocks of two processes would decide.
    changes=st.lists(changes.filter(lambda change: change[0] != "price"), max_size=5).map(tuple),
)


# ---- how it is done ------------------------------------------------------------------------------


class Bazaar:
    """Outlets that nobody has sold at, in a province that outlives the examples."""

    def __init__(self, province: Province, late: datetime = NOON + timedelta(days=2)) -> None:
        self.province = province
        self.late = late
        """When the BOSS has its say: after all that was sold."""
        self.rate = 8000
        self.outlets: list[OrganizationId] = []
        self.paths: list[str] = []
        self.run = ""

    def open(self, plan: Plan) -> Books:
        """Open an outlet for each purse, as it says; return the books that go with them."""
        self.run = f"run-{next(_names)}"
        self.outlets, self.paths = [], []
        for purse in plan.purses:
            self._open(purse)
        return Books(
            plan.purses,
            rates=(("BILLPAY", 0), ("DATA1GB", 0), ("TOPUP", self.rate)),
            covers=tuple((actor, n) for actor, some in CLERKS.items() for n in some),
        )

    def _open(self, purse: Purse) -> None:
        name, system = f"{self.run}-{len(self.outlets)}", self.province.system
        made = saleschannel.open_outlet(
            system(),
            place=self.province.organizations["410102"],
            draft=OutletDraft(
                name_zh=name,
                name_en=name,
                kind="agency_point",
                market=Market.CITY,
                address="1 High Street",
                contract=Contract(name, Period(NOON - timedelta(days=90))),
                sale_limit=_money(purse.sale_limit),
                day_limit=_money(purse.day_limit),
            ),
        )
        wallet.open(system(), outlet=made)
        saleschannel.activate(system(), outlet=made)
        if purse.balance:
            self.province.pay_in(made, Money(purse.balance))
        if purse.floor:
            wallet.set_credit_limit(system(), outlet=made, limit=Money(-purse.floor))
        if purse.frozen:
            wallet.freeze(system(), outlet=made, reason="test")
        if not purse.active:
            saleschannel.suspend(system(), outlet=made, reason="test")
        row = organizations.organization(system(), made)
        assert row is not None
        self.outlets.append(made)
        self.paths.append(row.path)

    def token(self, actor: int) -> str:
        """Make an account at the first wallet of an actor; return the secret of its token."""
        made = party.admit_member(
            self.province.system(),
            organization=self.outlets[CLERKS[actor][0]],
            role="outlet_clerk",
            username=f"{self.run}-{actor}",
            name=Personal("测试"),
            passwordless=True,
        )
        issued = identity.issue_token(self.province.system(), user=made.user, name="till")
        return str.__str__(issued.secret)

    def context(self, asked: Asked, *, patient: bool) -> Context:
        return Context(
            actor=UUID(int=1000 + asked.actor),
            channel="api",
            at=NOON + timedelta(days=(asked.day - NOON.date()).days),
            request_key=f"{self.run}/{asked.key}",
            grants=grants_of("outlet_clerk"),
            scope=Scope.of([self.paths[n] for n in CLERKS[asked.actor]]),
            patient=patient,
        )

    def sale(self, asked: Asked) -> Sale:
        return Sale(self.outlets[asked.wallet], asked.offering, asked.msisdn, Money(asked.fen))

    def sell(self, some: tuple[Asked, ...], *, patient: bool) -> list[Step[Books]]:
        began = time.monotonic()
        answers = sell([(self.context(one, patient=patient), self.sale(one)) for one in some])
        ended = time.monotonic()
        return [
            step_of(began, ended, one, self.told(one, answer), patient)
            for one, answer in zip(some, answers, strict=True)
        ]

    def told(self, asked: Asked, answer: Sold | Refusal) -> Answer:
        """The answer in the words of the books."""
        if isinstance(answer, Sold):
            assert answer.amount == Money(asked.fen)
            return Yes(str(answer.order), answer.debit.minor, answer.balance.minor)
        match answer.code:
            case "ordering.balance_too_low" | "ordering.day_limit_reached":
                amounts = {name: value.minor for name, value in vars(answer).items()}
                return No(answer.code, tuple(sorted(amounts.items())))
            case "commands.key_reused":
                return No(answer.code, (("request_key", asked.key),))
        return No(answer.code)

    def change(self, what: str, n: int, yuan: int, now: Books) -> tuple[Step[Books], Books]:
        """Make a change; `now` is how wallets and prices were left by the changes before."""
        began, system, outlet = time.monotonic(), self.province.system, self.outlets[n]
        does: Callable[[Books], Books | None]
        match what, now.purses[n]:
            case "pay_in", _:
                self.province.pay_in(outlet, Money(yuan * 100))
                does = partial(Books.pay_in, wallet=n, fen=yuan * 100)
            case "freeze", Purse(frozen=False):
                wallet.freeze(system(), outlet=outlet, reason="test")
                does = partial(Books.change, wallet=n, frozen=True)
            case "freeze", _:
                wallet.unfreeze(system(), outlet=outlet)
                does = partial(Books.change, wallet=n, frozen=False)
            case "suspend", Purse(active=True):
                saleschannel.suspend(system(), outlet=outlet, reason="test")
                does = partial(Books.change, wallet=n, active=False)
            case "suspend", _:
                saleschannel.resume(system(), outlet=outlet)
                does = partial(Books.change, wallet=n, active=True)
            case "limits", _:
                most, day = (None if yuan % 3 else 30_00), (None if yuan % 2 else yuan * 200)
                saleschannel.set_limits(
                    system(), outlet=outlet, sale_limit=_money(most), day_limit=_money(day)
                )
                does = partial(Books.change, wallet=n, sale_limit=most, day_limit=day)
            case "price", _:
                self.rate = 1000 * yuan
                catalog.set_discount(
                    system(), business="top_up", channel_kind="agency_point", rate_ppm=self.rate
                )
                does = partial(Books.price, offering="TOPUP", rate=self.rate)
            case _:
                orders = claim(system(self.late), most=yuan % 4, lease=timedelta(minutes=1))[0]
                settle(system(), outcomes=[Refused(one.order, "no", "No") for one in orders])
                does = partial(Books.undo, orders=tuple(str(one.order) for one in orders))
        after = now if what == "refuse" else does(now)
        assert after is not None
        return Step(began, time.monotonic(), does, f"{what} {n} {yuan}"), after

    def clear(self) -> None:
        """Leave no order in the queue to the next example."""
        self.province.complete(self.province.dispatch(at=self.late), at=self.late)

    def at_rest(self) -> Step[Books]:
        """The books as the database has them in the end."""
        ctx = self.province.system()
        found = []
        for outlet in self.outlets:
            row = wallets.wallet(ctx, outlet=outlet)
            found.append((row.balance.minor, row.frozen))
        open_orders = _open_orders(self.outlets)

        def agrees(books: Books) -> Books | None:
            here = [(purse.balance, purse.frozen) for purse in books.purses]
            orders = {e[2].order for e in books.sold} - books.undone
            return books if (here, orders) == (found, open_orders) else None

        return Step(time.monotonic(), float("inf"), agrees, f"at rest: {found}")


def _open_orders(outlets: list[OrganizationId]) -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id::text FROM ordering_order WHERE outlet_id = ANY(%s) AND state <> 'failed'",
            [outlets],
        )
        return {row[0] for row in cursor.fetchall()}


def _money(fen: int | None) -> Money | None:
    return None if fen is None else Money(fen)


def step_of(began: float, ended: float, asked: Asked, answer: Answer, patient: bool) -> Step[Books]:
    return Step(
        began,
        ended,
        lambda books: books.sell(asked, answer, patient=patient),
        f"{asked} → {answer}",
    )
