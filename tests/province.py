"""
A small province to test in: two branches, three outlets, somebody for each role.

    Henan ─┬─ Zhengzhou (4101) ─┬─ Zhongyuan (410102) ─ HALL, AGENT
           │                    └─ Jinshui (410105)
           └─ Luoyang (4103) ──── Jianxi (410305) ───── FAR
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from django.db import connection

from qudao.domain.catalog import operations as catalog
from qudao.domain.catalog import queries as offerings
from qudao.domain.echannel import queries as echannel
from qudao.domain.ledger import operations as ledger
from qudao.domain.ledger import queries as accounts
from qudao.domain.ordering.operations import beat, claim, settle
from qudao.domain.ordering.ports import Completed, Outcome, Refused, Unknown
from qudao.domain.ordering.queries import unsound
from qudao.domain.ordering.types import OrderId
from qudao.domain.party import operations as party
from qudao.domain.party import queries as organizations
from qudao.domain.party.types import Admitted, OrganizationId
from qudao.domain.saleschannel import operations as saleschannel
from qudao.domain.saleschannel import queries as outlets
from qudao.domain.saleschannel.types import Contract, Market, OutletDraft
from qudao.domain.wallet import operations as wallet
from qudao.kernel.money import Money
from qudao.kernel.period import Period
from qudao.kernel.personal import Personal, Secret
from qudao.kernel.scope import Scope
from qudao.platform.commands.context import Context
from qudao.platform.events import relay
from qudao.platform.identity.roles import grants_of, system_context
from tests import kept

NOON = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
"""A Friday, twelve o'clock in Henan."""

PASSWORD = Secret("correct-horse-battery")

RUNNER = UUID(int=1)

_keys = itertools.count()


@dataclass
class Province:
    """Ids of what there is, and ways to act in it."""

    organizations: dict[str, OrganizationId]
    """By code: 000, 41, 4101, 410102, … and the three outlets by their node codes."""
    hall: OrganizationId
    """An own sales hall in Zhengzhou, city."""
    agent: OrganizationId
    """An agency point in Zhengzhou, city."""
    far: OrganizationId
    """An agency point in Luoyang, rural."""
    people: dict[str, Admitted] = field(default_factory=dict)
    """By user name; see `PEOPLE`."""
    paths: dict[OrganizationId, str] = field(default_factory=dict)

    def system(self, at: datetime = NOON) -> Context:
        """The context of the platform itself, with a fresh request key."""
        return system_context(at, f"test-{next(_keys)}")

    def context(
        self,
        role: str,
        where: OrganizationId,
        *,
        at: datetime = NOON,
        key: str | None = None,
        actor: UUID | None = None,
        channel: str = "portal",
        more: Iterable[str] = (),
    ) -> Context:
        """The context of somebody in a role at an organization."""
        return Context(
            actor=actor or self._holder(role, where),
            channel=channel,
            at=at,
            request_key=key or f"test-{next(_keys)}",
            grants=grants_of(role) | frozenset(more),
            scope=Scope.of([self.paths[where]]),
        )

    def clerk(self, *, at: datetime = NOON, key: str | None = None) -> Context:
        """The context of the agent's clerk."""
        return self.context("outlet_clerk", self.agent, at=at, key=key)

    def pay_in(self, outlet: OrganizationId, amount: Money, *, at: datetime = NOON) -> None:
        """Put money into a wallet, from a bank account."""
        ctx = self.system(at)
        bank = ledger.open_account(ctx, kind="bank", owner=self.organizations["4101"])
        wallet.credit(
            self.system(at), outlet=outlet, source=bank, amount=amount, cause=UUID(int=next(_keys))
        )

    def dispatch(self, *, at: datetime = NOON, most: int = 1000) -> list[OrderId]:
        """Take what is due, as the dispatcher would."""
        to_send, to_ask = claim(self.system(at), most=most, lease=timedelta(minutes=1))
        return [order.order for order in (*to_send, *to_ask)]

    def beat(self, *, at: datetime = NOON, runner: UUID = RUNNER) -> int:
        """Be a dispatcher that is alive; return how many orders dead ones had."""
        return beat(
            self.system(at),
            runner=runner,
            lease=timedelta(minutes=1),
            completed=0,
            refused=0,
            breaker="closed",
        )

    def complete(self, orders: Iterable[OrderId], *, at: datetime = NOON) -> None:
        self.settle([Completed(order, f"B{order}") for order in orders], at=at)

    def refuse(self, orders: Iterable[OrderId], *, at: datetime = NOON) -> None:
        self.settle([Refused(order, "line_suspended", "Suspended") for order in orders], at=at)

    def lose(self, orders: Iterable[OrderId], *, at: datetime = NOON) -> None:
        self.settle([Unknown(order, "read time-out") for order in orders], at=at)

    def settle(self, outcomes: list[Outcome], *, at: datetime = NOON) -> None:
        settle(self.system(at), outcomes=outcomes)

    def relay(self) -> None:
        """
        Let every consumer take in what was committed (see `committed_province`).

        The relay sees a row once no older transaction runs anywhere in the server, and tests in
        parallel hold theirs open: so it is asked again until it has taken all.
        """
        late = datetime.now(UTC) + timedelta(seconds=120)
        pause = threading.Event()
        in_vain = connection.in_atomic_block  # the test's own rows are not committed
        while (
            relay.run_all()
            or not in_vain
            and any(relay.lag(datetime.max.replace(tzinfo=UTC)).values())
        ):
            assert datetime.now(UTC) < late, "an older transaction does not end"
            pause.wait(0.02)

    def _holder(self, role: str, where: OrganizationId) -> UUID:
        for name, (its_role, its_place) in PEOPLE.items():
            if its_role == role and self.organizations.get(its_place) == where:
                return self.people[name].user
        return UUID(int=hash((role, str(where))) & ((1 << 120) - 1))


PEOPLE = {
    "province": ("province_administrator", "41"),
    "marketing": ("marketing", "41"),
    "finance": ("finance", "41"),
    "auditor": ("auditor", "41"),
    "supervisor": ("branch_supervisor", "4101"),
    "luoyang": ("branch_supervisor", "4103"),
    "manager": ("channel_manager", "410102"),
    "keeper": ("stock_keeper", "4101"),
    "teller": ("hall_clerk", "HALL"),
    "owner": ("outlet_owner", "AGENT"),
    "clerk": ("outlet_clerk", "AGENT"),
    "farclerk": ("outlet_clerk", "FAR"),
}
"""User name → role, and the code of the organization (or which outlet)."""


KEPT = "province"


def build() -> Province:
    """Build the province in the current database, or put back what was kept of it there."""
    # What another test has committed is gone.
    echannel.forget()
    offerings.forget()
    outlets.forget()
    return kept.put(KEPT, Province) if kept.is_kept(KEPT) else _build()


def keep() -> Province:
    """Build the province, committed, and keep it for the tests of this process."""
    return kept.keep(KEPT, _build)


def _build() -> Province:
    """Build it by the operations of the product; within a second or so."""
    known = Province({}, *(OrganizationId(UUID(int=0)),) * 3)

    def system() -> Context:
        return known.system(NOON - timedelta(days=60))

    saleschannel.load_reference(system())
    catalog.load_reference(system())
    for code in ("000", "41", "4101", "4103", "410102", "410105", "410305"):
        row = organizations.organization_by_code(system(), code)
        assert row is not None, code
        known.organizations[code] = row.id

    def outlet(name: str, kind: str, county: str, market: Market) -> OrganizationId:
        made = saleschannel.open_outlet(
            system(),
            place=known.organizations[county],
            draft=OutletDraft(
                name_zh=f"{name}网点",
                name_en=f"Outlet {name}",
                kind=kind,
                market=market,
                address="1 High Street",
                contract=Contract(f"C-{name}", Period(NOON - timedelta(days=90))),
            ),
        )
        wallet.open(system(), outlet=made)
        saleschannel.activate(system(), outlet=made)
        known.organizations[name] = made
        return made

    known.hall = outlet("HALL", "sales_hall", "410102", Market.CITY)
    known.agent = outlet("AGENT", "agency_point", "410102", Market.CITY)
    known.far = outlet("FAR", "agency_point", "410305", Market.RURAL)
    for name in ("HALL", "AGENT", "FAR"):
        row = organizations.organization(system(), known.organizations[name])
        assert row is not None
        known.organizations[row.code] = row.id
    known.paths = {
        where: organizations.ancestors(system(), where)[-1].path
        for where in set(known.organizations.values())
        if where
        in {
            known.hall,
            known.agent,
            known.far,
            *(known.organizations[code] for code in ("41", "4101", "4103", "410102", "410305")),
        }
    }
    for name, (role, place) in PEOPLE.items():
        known.people[name] = party.admit_member(
            system(),
            organization=known.organizations[place],
            role=role,
            username=name,
            name=Personal(f"测试{name}"),
            password=PASSWORD,
        )
    return known


@pytest.fixture
def province(db: None) -> Province:
    return build()


@pytest.fixture
def committed_province(transactional_db: None) -> Province:
    """The province, committed: for threads, processes and relays, which see only that."""
    return build()


def assert_sound() -> None:
    """The ledger balances, and agrees with the orders."""
    assert accounts.unbalanced() == []
    assert unsound() == []
