"""
Nothing is sold under what was true before: prices, limits, places, states, rights.

Threads, or processes of their own, sell in sets from seats and selling points that they keep, while
somebody takes something away and gives it back, again and again. Once the command that took it away
has returned, whatever is begun is refused; once the one that gave it back has returned, whatever is
begun is sold. And where an outlet or an account at an outlet may sell no more, nothing at all is
committed between the two: not even what was begun before.

All of it also without a single notice: it is the stamps that see to it.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from threading import Event, Thread
from uuid import UUID

import pytest
from django.db import connection

from qudao.domain.catalog import operations as catalog
from qudao.domain.catalog.types import FitCell, FitLevel
from qudao.domain.ordering.models import Order
from qudao.domain.party import operations as party
from qudao.domain.saleschannel import operations as saleschannel
from qudao.domain.saleschannel import queries as outlets
from qudao.domain.saleschannel.types import Contract, OutletChange
from qudao.journeys.seats import Seats, listen
from qudao.kernel.money import Money
from qudao.kernel.period import Period
from qudao.platform.commands.context import Context
from qudao.platform.identity import operations as identity
from qudao.platform.identity.models import ApiToken
from tests.invariants.seller import WAIT_S, Attempt, Clock, Seller, Wish, keep_selling, orders
from tests.province import NOON, Province, assert_sound

ROUNDS = 4
"""How often each thing is taken away and given back."""

SEEN = 6
"""Requests of one client that must be answered each time before it goes on."""

CLIENTS = 3

DEBIT = 9_92
DEARER = 9_50


class Market:
    """The province, its clients, the test's clock, and what the clients were told."""

    def __init__(self, province: Province) -> None:
        self.province = province
        self.clock = Clock(NOON.isoformat(), time.monotonic_ns())
        self.told: list[Attempt] = []
        self._pause = Event()
        for outlet in (province.agent, province.hall, province.far):
            province.pay_in(outlet, Money(10_000_000_00))
        party.admit_member(
            self.system(),
            organization=province.organizations["410102"],
            role="hall_clerk",
            username="roaming",
            name="测试",
            passwordless=True,
        )
        agent, far = str(province.agent), str(province.far)
        self.secrets = {
            name: str.__str__(
                identity.issue_token(self.system(), user=self.user(name), name="till").secret
            )
            for name in ("clerk", "owner", "farclerk", "roaming")
        }
        self.wishes = [
            Wish("clerk", self.secrets["clerk"], agent),
            Wish("owner", self.secrets["owner"], agent),
            Wish("roaming", self.secrets["roaming"], agent),
            Wish("far", self.secrets["farclerk"], far),
            Wish("hall", self.secrets["roaming"], str(province.hall)),
        ]

    def user(self, name: str) -> UUID:
        from qudao.platform.identity.models import User

        return User.objects.get(username=name).id

    def system(self) -> Context:
        return self.province.system(self.clock.now())

    def sold(self, actor: str | None = None) -> int:
        """How many orders of the agent's outlet are there to be seen now."""
        rows = Order.objects.unscoped("test").filter(outlet=self.province.agent)
        return rows.filter(actor=self.user(actor)).count() if actor else rows.count()

    def until_answered(self, names: set[str], since: int) -> None:
        """Wait until enough requests of each client that were begun after a moment have ended."""
        late = time.monotonic() + WAIT_S
        while True:
            counts = dict.fromkeys(names, 0)
            for one in reversed(self.told):
                if one.ended < since:
                    break
                if one.wish in counts and one.began > since:
                    counts[one.wish] += 1
            if min(counts.values()) >= SEEN:
                return
            assert time.monotonic() < late, (counts, self.told[-5:])
            self._pause.wait(0.003)


@dataclass(frozen=True)
class Change:
    """Something that is taken away and given back."""

    clients: set[str]
    """Whom it concerns; the others go on selling."""
    outcomes: set[str]
    """What they are told meanwhile."""
    take: Callable[[Market], object]
    give: Callable[[Market], object]
    waits: bool = False
    """Nothing is committed once it has been taken away."""
    actor: str | None = None
    """Of this account; None: at the whole outlet."""
    debits: tuple[int, int] | None = None
    """What a sale costs, before and meanwhile, if that is what changes."""


AT_AGENT = {"clerk", "owner", "roaming"}


def _limits(sale: int | None, day: int | None) -> Callable[[Market], object]:
    return lambda m: saleschannel.set_limits(
        m.system(),
        outlet=m.province.agent,
        sale_limit=None if sale is None else Money(sale),
        day_limit=None if day is None else Money(day),
    )


def _contract(over: bool) -> Callable[[Market], object]:
    def sign(market: Market) -> None:
        ctx = market.system()
        period = Period(NOON - timedelta(days=90), ctx.at if over else None)
        saleschannel.sign_contract(
            ctx, outlet=market.province.agent, contract=Contract("C-AGENT", period)
        )

    return sign


def _change(changes: OutletChange) -> Callable[[Market], object]:
    return lambda m: saleschannel.change(m.system(), outlet=m.province.agent, changes=changes)


def _move(code: str) -> Callable[[Market], object]:
    return lambda m: saleschannel.move(
        m.system(), outlet=m.province.agent, place=m.province.organizations[code]
    )


def _county(code: str) -> Callable[[Market], object]:
    return lambda m: party.move_organization(
        m.system(),
        organization=m.province.organizations["410102"],
        parent=m.province.organizations[code],
    )


def _fit(level: FitLevel) -> Callable[[Market], object]:
    cells = [FitCell("top_up", "agency_point", "city", level)]
    return lambda m: catalog.set_fit(m.system(), cells=cells)


def _discount(rate_ppm: int) -> Callable[[Market], object]:
    return lambda m: catalog.set_discount(
        m.system(),
        business="top_up",
        channel_kind="agency_point",
        rate_ppm=rate_ppm,
        offering="TOPUP",
    )


def _taken_away(move: Callable[[Market], object]) -> Callable[[Market], object]:
    """Where the outlet comes to, the offering is not sold."""

    def act(market: Market) -> None:
        branch = market.province.organizations["4103"]
        catalog.unshelve(market.system(), code="TOPUP", branch=branch)
        move(market)

    return act


def _brought_back(move: Callable[[Market], object]) -> Callable[[Market], object]:
    def act(market: Market) -> None:
        move(market)
        branch = market.province.organizations["4103"]
        catalog.shelve(market.system(), code="TOPUP", branch=branch)

    return act


def _revoked(revoked: bool) -> Callable[[Market], object]:
    def act(market: Market) -> None:
        token = ApiToken.objects.get(user=market.user("clerk"))
        if revoked:
            identity.revoke_token(market.system(), token=token.id)
        else:  # no command does it: by hand
            ApiToken.objects.filter(id=token.id).update(revoked_at=None)

    return act


def _member(verb: Callable[..., object], **more: str) -> Callable[[Market], object]:
    return lambda m: verb(m.system(), membership=m.province.people["clerk"].membership, **more)


CHANGES = {
    "outlet suspended": Change(
        AT_AGENT,
        {"saleschannel.outlet_not_active"},
        lambda m: saleschannel.suspend(m.system(), outlet=m.province.agent, reason="checked"),
        lambda m: saleschannel.resume(m.system(), outlet=m.province.agent),
        waits=True,
    ),
    "contract over": Change(
        AT_AGENT,
        {"saleschannel.contract_not_valid"},
        # It ends at a moment: what was begun before that is sold, however late it is written.
        _contract(True),
        _contract(False),
    ),
    "business taken away": Change(
        AT_AGENT,
        {"saleschannel.business_not_allowed"},
        lambda m: saleschannel.set_businesses(
            m.system(), outlet=m.province.agent, businesses=["bill_payment"]
        ),
        lambda m: saleschannel.set_businesses(m.system(), outlet=m.province.agent, businesses=None),
        waits=True,
    ),
    "sale limit": Change(
        AT_AGENT,
        {"saleschannel.sale_above_limit"},
        _limits(9_99, None),
        _limits(None, None),
        waits=True,
    ),
    "day limit": Change(
        AT_AGENT,
        {"ordering.day_limit_reached"},
        _limits(None, 1),
        _limits(None, None),
        waits=True,
    ),
    "shut": Change(
        AT_AGENT,
        {"saleschannel.outlet_shut"},
        _change(
            OutletChange("新名", opening_hours={"sun": [["03:00", "03:01"]]}, hours_enforced=True)
        ),
        _change(OutletChange(hours_enforced=False)),
        waits=True,
    ),
    "membership suspended": Change(
        {"clerk"},
        {"nowhere"},
        _member(party.suspend_member, reason="left"),
        _member(party.resume_member),
        waits=True,
        actor="clerk",
    ),
    "account closed": Change(
        {"clerk"},
        {"out"},
        lambda m: identity.deactivate(m.system(), user=m.user("clerk")),
        lambda m: identity.activate(m.system(), user=m.user("clerk")),
        waits=True,
        actor="clerk",
    ),
    "token revoked": Change(
        {"clerk"}, {"out"}, _revoked(True), _revoked(False), waits=True, actor="clerk"
    ),
    "moved out of reach": Change(
        {"roaming"}, {"saleschannel.outlet_unknown"}, _move("410105"), _move("410102")
    ),
    "off the shelf": Change(
        {*AT_AGENT, "far", "hall"},
        {"catalog.not_on_shelf"},
        lambda m: catalog.unshelve(m.system(), code="TOPUP"),
        lambda m: catalog.shelve(m.system(), code="TOPUP"),
    ),
    "unfit": Change(
        AT_AGENT, {"catalog.unfit_for_channel"}, _fit(FitLevel.UNFIT), _fit(FitLevel.FIT)
    ),
    "another price": Change(
        {*AT_AGENT, "far"}, {"sold"}, _discount(50_000), _discount(8_000), debits=(DEBIT, DEARER)
    ),
    "moved to where it is not sold": Change(
        {*AT_AGENT, "far"},
        {"catalog.not_on_shelf", "saleschannel.outlet_unknown"},
        _taken_away(_move("410305")),
        _brought_back(_move("410102")),
    ),
    "moved with its county": Change(
        {*AT_AGENT, "far", "hall"},
        {"catalog.not_on_shelf"},
        _taken_away(_county("4103")),
        _brought_back(_county("4101")),
    ),
}

OF_ACCOUNTS_AND_STATES = ["outlet suspended", "membership suspended", "token revoked", "sale limit"]


def play(market: Market, name: str, rounds: int = ROUNDS) -> None:
    """Take something away and give it back; then look at all that was told since it began."""
    change, windows = CHANGES[name], []
    first = time.monotonic_ns()
    market.until_answered(change.clients, first)
    for _ in range(rounds):
        change.take(market)
        taken, there = time.monotonic_ns(), market.sold(change.actor)
        market.until_answered(change.clients, taken)
        if change.waits:
            assert market.sold(change.actor) == there, f"{name}: sold what was begun before"
        before = time.monotonic_ns()
        change.give(market)
        given = time.monotonic_ns()
        market.until_answered(change.clients, given)
        windows += [(taken, before, True), (given, time.monotonic_ns(), False)]
    for one in market.told:
        if one.wish not in change.clients:
            if one.began > first:
                assert one.outcome == "sold", (name, one)
            continue
        for since, until, away in windows:
            if since < one.began and one.ended < until:
                assert one.outcome in (change.outcomes if away else {"sold"}), (name, away, one)
                if change.debits is not None:
                    assert one.debit == change.debits[away], (name, away, one)


def deadlocks() -> int:
    """How many there have been in this database, as far as sessions that have ended know."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_force_next_flush()")
        cursor.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        return int(cursor.fetchone()[0])


@contextmanager
def selling_threads(market: Market, *, listening: bool) -> Iterator[None]:
    """Clients in threads of this process, which know the same seats and selling points."""
    outlets.forget()
    seats, end, ready = Seats(), Event(), Event()
    failed: list[BaseException] = []

    def run() -> None:
        try:
            keep_selling(Seller(seats, market.clock, market.wishes, market.told.append), end)
        except BaseException as error:
            failed.append(error)
            raise

    notices = listen(seats, lost=ready.set)
    if listening:
        notices.start()
        assert ready.wait(WAIT_S)
    clients = [Thread(target=run) for _ in range(CLIENTS)]
    for one in clients:
        one.start()
    try:
        yield
    finally:
        end.set()
        for one in clients:
            one.join()
        notices.stop()
    assert failed == []


@contextmanager
def selling_process(
    market: Market, environment: dict[str, str], *, listening: bool
) -> Iterator[None]:
    """Clients in a process of their own, with seats and selling points of its own."""
    program = [sys.executable, "-m", "tests.invariants.seller"]
    with subprocess.Popen(
        program, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None and process.stdout is not None
        told = orders(market.clock, market.wishes, threads=2, listening=listening)
        process.stdin.write(json.dumps(told) + "\n")
        process.stdin.flush()

        def read(lines: Iterator[str]) -> None:
            for line in lines:
                market.told.append(Attempt(**json.loads(line)))

        reader = Thread(target=read, args=(process.stdout,))
        reader.start()
        try:
            yield
        finally:
            process.stdin.close()
            reader.join()
    assert process.returncode == 0


@pytest.mark.parametrize("name", CHANGES)
def test_nothing_is_sold_under_what_was_true_before(
    committed_province: Province, name: str
) -> None:
    """Without notices: stamps and the catalogue's revision alone."""
    market = Market(committed_province)
    connection.close()
    before = deadlocks()
    with selling_threads(market, listening=False):
        play(market, name)
    connection.close()
    assert deadlocks() == before, "whoever waits for a sale holds nothing that a sale waits for"
    assert_sound()


def test_nor_when_notices_are_heard(committed_province: Province) -> None:
    market = Market(committed_province)
    with selling_threads(market, listening=True):
        for name in CHANGES:
            play(market, name, rounds=2)
    assert_sound()


@pytest.mark.parametrize("listening", [False, True])
def test_nor_by_other_processes(
    committed_province: Province, server_environment: dict[str, str], listening: bool
) -> None:
    market = Market(committed_province)
    with ExitStack() as processes:
        for _ in range(2):
            processes.enter_context(
                selling_process(market, server_environment, listening=listening)
            )
        for name in OF_ACCOUNTS_AND_STATES:
            play(market, name)
    assert_sound()
