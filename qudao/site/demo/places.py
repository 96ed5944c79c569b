"""Which outlets there are: how many of each kind, where, under what terms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Final

from qudao.domain.saleschannel.types import Contract, Division, Market, OpeningHours, OutletDraft
from qudao.kernel.money import Money
from qudao.kernel.period import Period
from qudao.site.demo import names
from qudao.site.demo.names import Name

BRANCHES: Final = {
    "4101": 14,
    "4102": 5,
    "4103": 7,
    "4104": 5,
    "4105": 5,
    "4106": 2,
    "4107": 6,
    "4108": 4,
    "4109": 4,
    "4110": 4,
    "4111": 3,
    "4112": 2,
    "4113": 9,
    "4114": 8,
    "4115": 7,
    "4116": 8,
    "4117": 6,
    "4190": 1,
}
"""Henan's branches, each with its part of every hundred customers, and so of the outlets."""

OWN: Final = ("flagship_hall", "sales_hall", "strategic_hall")

_MIX: Final = {
    "sales_hall": 9,
    "strategic_hall": 3,
    "franchise_store": 26,
    "agency_point": 38,
    "recharge_point": 24,
}
"""Of a hundred outlets beside the flagship halls, one of which each branch has."""

BUSY: Final = {
    "flagship_hall": 4.5,
    "sales_hall": 3.0,
    "strategic_hall": 1.6,
    "franchise_store": 1.6,
    "agency_point": 0.8,
    "recharge_point": 0.5,
}
"""How much is sold at a kind, beside the average."""

_SHOPS: Final = {
    "franchise_store": (Name("通讯", "Telecom"), Name("数码", "Digital")),
    "agency_point": (
        Name("通讯", "Telecom"),
        Name("手机店", "Mobile"),
        Name("家电", "Appliances"),
        Name("文具店", "Stationery"),
    ),
    "recharge_point": (
        Name("超市", "Supermarket"),
        Name("便利店", "Convenience Store"),
        Name("药店", "Pharmacy"),
        Name("书报亭", "Newsstand"),
    ),
}

SHOWCASE: Final = (
    "410105",
    "agency_point",
    Name("金水文化路鑫达通讯", "Xinda Telecom, Wenhua Road"),
)
"""The pleasant outlet whose owner and clerk have sign-ins of their own: in Jinshui, Zhengzhou."""


@dataclass(frozen=True, slots=True)
class Plan:
    """An outlet as it is to be, and how busy."""

    county: str
    branch: str
    draft: OutletDraft
    busy: float

    @property
    def own(self) -> bool:
        return self.draft.kind in OWN


def outlets(
    random: Random, divisions: Sequence[Division], count: int, since: datetime
) -> list[Plan]:
    """
    Return `count` outlets over all branches, at least one; the first is the showcase.

    `since` is when the history begins; contracts began before it.
    """
    plans = []
    for branch, share in _shares(count).items():
        counties = [place for place in divisions if place.parent == branch]
        places = [place for place in counties if place.kind != "zone"] or [
            place for place in divisions if place.code == branch
        ]
        for number in range(share):
            plans.append(_outlet(random, branch, places, number, since))
    return plans


def _shares(count: int) -> dict[str, int]:
    """Part outlets among the branches by their weights, the remainders to the largest."""
    shares = {branch: count * weight // 100 for branch, weight in BRANCHES.items()}
    while (left := count - sum(shares.values())) > 0:
        by_need = sorted(
            BRANCHES, key=lambda branch: (shares[branch] > 0, -BRANCHES[branch], branch)
        )
        for branch in by_need[:left]:
            shares[branch] += 1
    return shares


def _outlet(
    random: Random, branch: str, places: Sequence[Division], number: int, since: datetime
) -> Plan:
    showcase = branch == "4101" and number == 0
    if showcase:
        county, kind, _ = SHOWCASE
        place = next(place for place in places if place.code == county)
    else:
        kind = (
            "flagship_hall" if number == 1 else random.choices(list(_MIX), list(_MIX.values()))[0]
        )
        city = [place for place in places if place.kind == "district"] or list(places)
        place = random.choice(city if kind in OWN else list(places))
    rural = place.kind in ("county", "county_city") and random.random() < 0.7
    market = Market.RURAL if rural and kind != "flagship_hall" else Market.CITY
    road = names.town(random) if market is Market.RURAL else names.street(random)
    if showcase:
        road = Name("文化路", "Wenhua Road")
    name = SHOWCASE[2] if showcase else _name(random, kind, place, road)
    longitude, latitude = _near(random, place)
    own = kind in OWN
    term = timedelta(days=365 * random.choice((1, 2, 2, 3)))
    signed = since - timedelta(days=random.randrange(20, 300))
    return Plan(
        county=place.code,
        branch=branch,
        draft=OutletDraft(
            name_zh=name.zh,
            name_en=name.en,
            kind=kind,
            market=market,
            address=f"{place.name_zh}{road.zh}{random.randrange(1, 380)}号",
            longitude=longitude,
            latitude=latitude,
            star=4 if showcase else _star(random, kind),
            contract=None
            if own
            else Contract(
                f"HN{branch}{signed:%y%m}{random.randrange(10_000):04}",
                Period(signed, signed + max(term, since + timedelta(days=200) - signed)),
                Money(random.choice((2_000_00, 3_000_00, 5_000_00, 10_000_00))),
            ),
            opening_hours=_hours(random, own),
            businesses=None,
            sale_limit=None if own else Money(random.choice((1_000_00, 2_000_00, 3_000_00))),
            day_limit=None if own else Money(random.choice((20_000_00, 30_000_00, 50_000_00))),
        ),
        busy=3.0 if showcase else BUSY[kind] * random.lognormvariate(-0.25, 0.75),
    )


def _name(random: Random, kind: str, place: Division, road: Name) -> Name:
    where = Name(_short(place.name_zh), place.name_en.removesuffix(" District"))
    if kind in OWN:
        return Name(f"{where.zh}{road.zh}营业厅", f"{where.en} {road.en} Hall")
    shop = names.trade(random, _SHOPS[kind])
    return Name(f"{where.zh}{road.zh}{shop.zh}", f"{shop.en}, {road.en}, {where.en}")


def _short(name: str) -> str:
    for ending in ("回族区", "区", "县", "市"):
        if name.endswith(ending) and len(name) > len(ending) + 1:
            return name.removesuffix(ending)
    return name


def _near(random: Random, place: Division) -> tuple[Decimal, Decimal]:
    """Somewhere within some five kilometres of the centre."""

    def around(centre: Decimal) -> Decimal:
        metre = Decimal(round(random.gauss(0, 18_000))) / 1_000_000
        return (centre + max(Decimal("-0.05"), min(Decimal("0.05"), metre))).quantize(
            Decimal("0.000001")
        )

    return around(place.longitude), around(place.latitude)


def _star(random: Random, kind: str) -> int | None:
    if kind == "recharge_point":
        return None
    return random.choices((1, 2, 3, 4, 5), (5, 15, 40, 30, 10))[0]


def _hours(random: Random, own: bool) -> OpeningHours:
    start, end = (
        ("08:30", "18:00")
        if own
        else random.choice((("08:00", "20:00"), ("08:30", "19:30"), ("07:30", "21:00")))
    )
    return {day: [[start, end]] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}
