"""Outlets and people: planned from a seed, entered by the platform's own operations."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Final
from uuid import UUID

from django.db import transaction

from qudao.domain.care import operations as care
from qudao.domain.party import operations as party
from qudao.domain.party import queries as organizations
from qudao.domain.party.types import Admitted, OrganizationId
from qudao.domain.saleschannel import operations as saleschannel
from qudao.domain.saleschannel import queries as channels
from qudao.domain.saleschannel.types import OutletChange
from qudao.domain.wallet import operations as wallet
from qudao.kernel.page import MAX_LIMIT, PageRequest
from qudao.kernel.personal import Personal
from qudao.platform.commands.context import Context
from qudao.platform.identity.roles import system_context
from qudao.site.demo import halls, names, places
from qudao.site.demo.places import BRANCHES, Plan

Say = Callable[[str], None]

_CLERKS: Final = {
    "flagship_hall": (4, 4),
    "sales_hall": (2, 3),
    "strategic_hall": (2, 2),
    "franchise_store": (1, 3),
    "agency_point": (1, 2),
    "recharge_point": (1, 1),
}
"""Fewest and most clerks of an outlet of a kind."""

SIGN_INS: Final = (
    ("group", "group", "000"),
    ("province", "province_administrator", "41"),
    ("deputy", "province_administrator", "41"),
    ("marketing", "marketing", "41"),
    ("finance", "finance", "41"),
    ("support", "support_centre", "41"),
    ("service", "customer_service", "41"),
    ("auditor", "auditor", "41"),
    ("supervisor", "branch_supervisor", "4101"),
    ("manager", "channel_manager", "410105"),
    ("keeper", "stock_keeper", "4101"),
    ("teller", "hall_clerk", "HALL"),
    ("owner", "outlet_owner", "SHOWCASE"),
    ("clerk", "outlet_clerk", "SHOWCASE"),
    ("apiclient", "api_client", "SHOWCASE"),
)
"""User names that are told to whoever looks at the demo, with role and place: one for each role,
and the deputy, who approves what the administrator of the province asks for."""


@dataclass(frozen=True, slots=True)
class Seller:
    """Somebody who sells."""

    user: UUID
    role: str


@dataclass(frozen=True, slots=True)
class Outlet:
    """An outlet that was entered."""

    id: OrganizationId
    path: str
    code: str
    plan: Plan
    sellers: tuple[Seller, ...]


@dataclass(slots=True)
class Province:
    """Who and what there is."""

    outlets: list[Outlet] = field(default_factory=list)
    named: dict[str, tuple[Admitted, str]] = field(default_factory=dict)
    """The sign-ins: user name → who it is, and a description."""
    organizations: dict[str, OrganizationId] = field(default_factory=dict)
    """By code, down to the counties."""
    finance: dict[str, UUID] = field(default_factory=dict)
    """Branch → who imports its bank statements."""
    supervisors: dict[str, UUID] = field(default_factory=dict)
    keepers: dict[str, UUID] = field(default_factory=dict)
    """Branch → who keeps its store."""
    halls: dict[str, list[OrganizationId]] = field(default_factory=dict)
    """Kind of channel → the outlets of electronic halls, which nobody works at."""

    @property
    def showcase(self) -> Outlet:
        return self.outlets[0]

    @property
    def hall(self) -> Outlet | None:
        """The own hall of the showcase's branch at which its outlets pay in."""
        return next((o for o in self.outlets if o.plan.own and o.plan.branch == "4101"), None)


class Clock:
    """System contexts for setting things up, each a little later than the one before."""

    def __init__(self, at: datetime) -> None:
        self.at = at
        self._number = 0

    def __call__(self, what: str = "setup") -> Context:
        self._number += 1
        self.at += timedelta(seconds=1)
        return system_context(self.at, f"demo.{what}.{self._number}", channel="console")


class _People:
    """Admits people whom nobody else resembles."""

    def __init__(self, random: Random, clock: Clock) -> None:
        self._random = random
        self._clock = clock
        self._usernames = {username for username, _, _ in SIGN_INS}
        self._phones: set[str] = set()
        self._documents: set[str] = set()
        self._number = 0

    def admit(self, where: OrganizationId, role: str, username: str = "") -> tuple[Admitted, str]:
        """Admit somebody without a password; return who, and the name in both languages."""
        name = names.person(self._random)
        self._number += 1
        admitted = party.admit_member(
            self._clock("admit"),
            organization=where,
            role=role,
            username=username or names.username(name, self._usernames),
            name=Personal(name.zh),
            phone=Personal(names.phone(self._random, self._phones)),
            document=Personal(names.document(self._random, self._documents)),
            employee_number=f"HN{self._number:06}",
            passwordless=True,
            language="",
        )
        return admitted, f"{name.zh} {name.en}"


def build(random: Random, count: int, since: datetime, say: Say) -> Province:
    """Enter `count` outlets and their people, some days before the history begins."""
    clock = Clock(since - timedelta(days=10))
    province = Province(organizations=_organizations(clock()))
    people = _People(random, clock)
    plans = places.outlets(random, channels.divisions(), count, since)
    plans.sort(key=lambda plan: plan.draft.name_en != places.SHOWCASE[2].en)  # the showcase first
    for number, plan in enumerate(plans, start=1):
        with transaction.atomic():
            province.outlets.append(_outlet(clock, people, province, plan, random))
        if number % 50 == 0 or number == len(plans):
            say(f"  {number} of {len(plans)} outlets")
    with transaction.atomic():
        province.halls = halls.open_all(clock, province.organizations)
        _staff(people, province)
    return province


def _organizations(ctx: Context) -> dict[str, OrganizationId]:
    known: dict[str, OrganizationId] = {}
    page = PageRequest(MAX_LIMIT)
    while True:
        found = organizations.organizations(
            ctx, page, kinds=("group", "province", "branch", "county")
        )
        known |= {row.code: row.id for row in found.items}
        if not found.has_next:
            return known
        page = PageRequest(MAX_LIMIT, page.offset + MAX_LIMIT)


def _outlet(
    clock: Clock, people: _People, province: Province, plan: Plan, random: Random
) -> Outlet:
    county = province.organizations[plan.county]
    made = saleschannel.open_outlet(clock("open"), place=county, draft=plan.draft)
    wallet.open(clock("wallet"), outlet=made)
    if plan.own:
        care.set_desk(clock("desk"), outlet=made, seats=2, minutes=20)
    showcase = not province.outlets
    sellers = []
    fewest, most = _CLERKS[plan.draft.kind]
    role = "hall_clerk" if plan.own else "outlet_clerk"
    if not plan.own:
        owner, name = people.admit(made, "outlet_owner", "owner" if showcase else "")
        if showcase:
            province.named["owner"] = owner, name
        sellers.append(Seller(owner.user, "outlet_owner"))
        saleschannel.change(
            clock("owner"), outlet=made, changes=OutletChange(owner=owner.individual)
        )
    for number in range(random.randint(fewest, most)):
        known = "clerk" if showcase and number == 0 else ""
        if plan.own and plan.branch == "4101" and "teller" not in province.named:
            known = "teller"
        clerk, name = people.admit(made, role, known)
        if known:
            province.named[known] = clerk, name
        sellers.append(Seller(clerk.user, role))
    if showcase:
        province.named["apiclient"] = people.admit(made, "api_client", "apiclient")
    saleschannel.activate(clock("activate"), outlet=made)
    row = organizations.organization(clock(), made)
    assert row is not None
    return Outlet(made, row.path, row.code, plan, tuple(sellers))


def _staff(people: _People, province: Province) -> None:
    for username, role, place in SIGN_INS:
        if username not in province.named and place in province.organizations:
            where = province.organizations[place]
            province.named[username] = people.admit(where, role, username)
    if "teller" not in province.named:  # a province too small for a hall in Zhengzhou
        province.named["teller"] = people.admit(
            province.organizations["4101"], "hall_clerk", "teller"
        )
    for branch in BRANCHES:
        where = province.organizations[branch]
        if branch == "4101":
            province.supervisors[branch] = province.named["supervisor"][0].user
            province.keepers[branch] = province.named["keeper"][0].user
        else:
            province.supervisors[branch] = people.admit(where, "branch_supervisor")[0].user
            province.keepers[branch] = people.admit(where, "stock_keeper")[0].user
        province.finance[branch] = people.admit(where, "finance")[0].user
        for _ in range(2):
            people.admit(where, "channel_manager")
    for role in ("marketing", "finance", "support_centre", "customer_service"):
        people.admit(province.organizations["41"], role)
