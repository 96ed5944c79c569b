"""What customers want, and when: sales planned from a seed, day after day."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import accumulate
from random import Random
from typing import Final

from qudao.domain.catalog import queries as catalog
from qudao.kernel.period import day_bounds
from qudao.site.demo.cast import Outlet, Seller
from simulators.boss.people import Person, people

PER_OUTLET_AND_DAY: Final = 4.6

_WEEKDAYS: Final = (0.97, 0.94, 0.95, 0.97, 1.06, 1.16, 1.08)
_HOLIDAYS: Final = {
    (1, 1): 1.25,
    (5, 1): 1.3,
    (5, 2): 1.2,
    (10, 1): 1.4,
    (10, 2): 1.3,
    (10, 3): 1.2,
}
_HOURS: Final = {
    "city": (0, 0, 0, 0, 0, 0, 0, 3, 28, 62, 80, 75, 55, 52, 60, 68, 72, 82, 78, 62, 35, 12, 3, 1),
    "rural": (0, 0, 0, 0, 0, 0, 2, 18, 62, 88, 92, 70, 42, 40, 55, 66, 70, 62, 40, 20, 8, 2, 0, 0),
}
"""How many customers come in each hour, market time."""

_MIX: Final = {
    "flagship_hall": (40, 22, 22, 16),
    "sales_hall": (40, 24, 22, 14),
    "strategic_hall": (48, 26, 16, 10),
    "franchise_store": (34, 36, 20, 10),
    "agency_point": (32, 48, 15, 5),
    "recharge_point": (15, 85, 0, 0),
}
"""Bill payments, top-ups, add-ons and plan changes of every hundred sales."""

_BUSINESSES: Final = ("bill_payment", "top_up", "add_on", "plan_change")
_BILLS: Final = (
    18_00,
    28_00,
    30_00,
    38_00,
    50_00,
    50_00,
    58_00,
    88_00,
    100_00,
    100_00,
    128_00,
    200_00,
)
_TOP_UPS: Final = (10_00, 20_00, 30_00, 30_00, 50_00, 50_00, 50_00, 50_00, 100_00, 100_00, 200_00)

REFUSED: Final = 0.015
_AVERAGE: Final = {
    "flagship_hall": 45_00,
    "sales_hall": 46_00,
    "strategic_hall": 52_00,
    "franchise_store": 45_00,
    "agency_point": 49_00,
    "recharge_point": 55_00,
}
"""Roughly what a sale costs an outlet, fen."""


@dataclass(slots=True)
class Wish:
    """One sale as a customer asks for it, and what the BOSS will make of it."""

    at: datetime
    outlet: Outlet
    seller: Seller
    channel: str
    offering: str
    business: str
    product: str
    msisdn: str
    amount: int
    """fen"""
    sent_s: float
    """Seconds until it goes to the BOSS."""
    took_s: float
    """Seconds from there until the BOSS answers."""
    refusal: str
    """The BOSS's code; empty when it does the work."""


class Customers:
    """The operator's customers, by branch and by what can be sold to them."""

    def __init__(self, seed: int, count: int) -> None:
        self.active: dict[str, list[Person]] = {}
        self.suspended: dict[str, list[Person]] = {}
        self.terminated: list[Person] = []
        for person in people(seed, count):
            if person.state == "terminated":
                self.terminated.append(person)
            else:
                lists = self.active if person.state == "active" else self.suspended
                lists.setdefault(person.branch, []).append(person)
        self._all = [person for one in self.active.values() for person in one]

    def lines(self) -> Iterator[tuple[str, bool]]:
        """Every number in the BOSS, and whether it is in use."""
        for state in (self.active, self.suspended):
            for some in state.values():
                yield from ((person.msisdn, True) for person in some)
        yield from ((person.msisdn, False) for person in self.terminated)

    def of(self, branch: str) -> list[Person]:
        """Those of a branch who can buy anything; of a province too small for that, all."""
        return self.active.get(branch) or self._all


class Traffic:
    """Draws the sales of each day."""

    def __init__(
        self, random: Random, outlets: Sequence[Outlet], customers: Customers, at: datetime
    ) -> None:
        self._random = random
        self._customers = customers
        self._outlets = list(outlets)
        mean = sum(outlet.plan.busy for outlet in outlets) / max(1, len(outlets))
        self.expected = {
            outlet.id: PER_OUTLET_AND_DAY * outlet.plan.busy / mean for outlet in outlets
        }
        """Sales a day, by outlet."""
        snapshot = catalog.snapshot(catalog.revision())
        self._priced: dict[tuple[str, str, str], list[tuple[str, str, int]]] = {}
        for kind, market in {(o.plan.draft.kind, o.plan.draft.market.value) for o in outlets}:
            for offer in snapshot.offers(kind, market, "000.41.4101", at):
                if offer.price is not None and not catalog.businesses()[offer.business].journey:
                    self._priced.setdefault((kind, market, offer.business), []).append(
                        (offer.code, offer.boss_product_code, offer.price.minor)
                    )

    def spending(self, outlet: Outlet) -> int:
        """What an outlet's wallet spends on an average day, fen."""
        return round(self.expected[outlet.id] * _AVERAGE[outlet.plan.draft.kind])

    def day(self, day: date, shut: set[object], until: datetime | None = None) -> list[Wish]:
        """The sales of a day in their order; none of outlets that are shut, none after `until`."""
        random = self._random
        factor = _WEEKDAYS[day.weekday()] * _HOLIDAYS.get((day.month, day.day), 1.0)
        factor *= 1.15 if day.day >= 26 or day.day <= 3 else 0.97  # bills fall due
        mean = factor * sum(self.expected.values())
        count = max(0, round(random.gauss(mean, mean**0.5)))
        weights = list(accumulate(self.expected[outlet.id] for outlet in self._outlets))
        chosen = random.choices(self._outlets, cum_weights=weights, k=count)
        midnight = day_bounds(day).start
        hours = {
            market: random.choices(range(24), table, k=count) for market, table in _HOURS.items()
        }
        wishes = []
        for number, outlet in enumerate(chosen):
            hour = hours[outlet.plan.draft.market.value][number]
            at = midnight + timedelta(seconds=hour * 3600 + random.random() * 3600)
            wishes.append(self.wish(outlet, at))
        wishes.sort(key=lambda wish: wish.at)
        return [
            wish
            for wish in wishes
            if wish.outlet.id not in shut and (until is None or wish.at < until)
        ]

    def wish(self, outlet: Outlet, at: datetime) -> Wish:
        """One sale at an outlet."""
        random = self._random
        draft = outlet.plan.draft
        business = random.choices(_BUSINESSES, _MIX[draft.kind])[0]
        some = self._customers.of(outlet.plan.branch)
        # Some customers come often.
        person = some[int(random.random() * random.random() * len(some))]
        offering, product, amount = "BILLPAY", "", 0
        if business == "bill_payment":
            amount = random.choice(_BILLS)
        elif business == "top_up":
            offering, amount = "TOPUP", random.choice(_TOP_UPS)
        else:
            offering, product, amount = random.choice(
                self._priced[draft.kind, draft.market.value, business]
            )
        refusal, msisdn = "", person.msisdn
        if random.random() < REFUSED:
            refusal, msisdn = self._refusal(business, person)
        slow = random.random() < 0.02
        seller = outlet.sellers[int(random.random() * len(outlet.sellers))]
        return Wish(
            at=at.replace(microsecond=at.microsecond // 1000 * 1000),
            outlet=outlet,
            seller=seller,
            channel="portal" if random.random() < 0.93 else "api",
            offering=offering,
            business=business,
            product=product,
            msisdn=msisdn,
            amount=amount,
            sent_s=round(0.05 + 0.2 * random.random(), 3),
            took_s=round((4 if slow else 0.2) + random.expovariate(2.5), 3),
            refusal=refusal,
        )

    def _refusal(self, business: str, person: Person) -> tuple[str, str]:
        random = self._random
        if business == "plan_change":
            return random.choice(("same_plan", "line_suspended")), person.msisdn
        if business == "add_on":
            return random.choice(
                ("add_on_active", "add_on_exclusive", "line_suspended")
            ), person.msisdn
        if self._customers.terminated and random.random() < 0.4:
            return "line_terminated", random.choice(self._customers.terminated).msisdn
        # A digit was mistyped: a number of a range without customers.
        return "unknown_number", "166" + person.msisdn[3:]


def days(since: date, until: date) -> Iterator[date]:
    """Every day from the first to the last."""
    return (since + timedelta(days=number) for number in range((until - since).days + 1))
