"""Goods on their way: what branches take in and send out, what outlets ask for and count."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from random import Random
from typing import Final

from django.db import connection

from qudao.domain.stock import operations as stock
from qudao.domain.stock.types import Goods, NewUnit, RequisitionId
from qudao.journeys import goods as baskets
from qudao.journeys import packs
from qudao.kernel.money import Money
from qudao.kernel.numbers import luhn_digit
from qudao.kernel.period import business_date
from qudao.kernel.personal import Secret
from qudao.kernel.scope import Scope
from qudao.platform.commands.context import Context
from qudao.platform.identity.roles import grants_of
from qudao.site.demo.cast import Outlet, Province
from qudao.site.demo.pools import Pools
from simulators.boss.sims import sim

SERIALS: Final = {
    "SIM3IN1": (1.0, 10, 3_00),
    "SIMNANO": (0.4, 5, 3_00),
    "RC30": (0.5, 5, 20),
    "RC50": (1.0, 8, 20),
    "RC100": (0.5, 5, 20),
    "HS-TD100": (0.5, 3, 150_00),
    "HS-NOVA5": (0.35, 2, 1_280_00),
    "HS-LITE8": (0.25, 2, 1_850_00),
}
"""Item → the part of the outlets that keep it, how many an average one gets, and the cost, fen."""
COUNTED: Final = {
    "KIT-STUDENT": (0.15, 12, 9_00),
    "GIFT-UMBRELLA": (0.25, 8, 14_00),
    "GIFT-POWER": (0.15, 4, 48_00),
    "ACC-CASE": (0.25, 10, 8_00),
}
AT_FIRST: Final = 0.6
"""The part of the outlets that have goods from the beginning; others ask for them later."""
LOW: Final = {"SIM3IN1": 6, "RC50": 8}
"""Below this an outlet is warned, and asks for more."""
OPENING_ONLY: Final = ("SIM3IN1", "SIMNANO", "KIT-STUDENT")
"""Of no use to outlets that open no accounts."""
AT_ONCE: Final = 10
"""Outlets that ask for goods on a Monday."""
EXPIRE_IN: Final = timedelta(days=24)


class Stores:
    """The stock keepers of the branches, and who asks them for goods."""

    def __init__(self, random: Random, province: Province, pools: Pools, until: datetime) -> None:
        self._random = random
        self.province = province
        self._pools = pools
        self.until = until
        self._made: Counter[str] = Counter()
        self._requests = 0
        self._due: list[tuple[datetime, Outlet, RequisitionId]] = []
        self.packs: list[str] = []
        """SIM cards of pre-opened packs at the showcase."""
        self.shut: set[object] = set()
        """Outlets that sell no more."""
        self.outlets: dict[str, list[Outlet]] = {}
        """By branch."""
        for outlet in province.outlets:
            self.outlets.setdefault(outlet.plan.branch, []).append(outlet)

    # Who acts

    def keeper(self, branch: str, at: datetime) -> Context:
        """The stock keeper of a branch."""
        path = ".".join(self.outlets[branch][0].path.split(".")[:3])
        return self._context(self.province.keepers[branch], "stock_keeper", path, at, "backoffice")

    def seller(self, outlet: Outlet, at: datetime) -> Context:
        """Who receives goods at an outlet: the owner, or the first clerk."""
        one = outlet.sellers[0]
        return self._context(one.user, one.role, outlet.path, at, "portal")

    def _context(self, user: object, role: str, path: str, at: datetime, channel: str) -> Context:
        self._requests += 1
        return Context(
            actor=user,  # type: ignore[arg-type]
            channel=channel,
            at=at,
            request_key=f"demo.goods.{self._requests}",
            grants=grants_of(role),
            scope=Scope.of([path]),
        )

    # Before the first day

    def open(self, at: datetime) -> None:
        """Branches take in their first goods, and bring them to their outlets."""
        wanted = {
            branch: [(outlet, self._first(outlet)) for outlet in outlets]
            for branch, outlets in self.outlets.items()
        }
        for branch, sendings in wanted.items():
            total: Counter[str] = Counter()
            for _, goods in sendings:
                total.update(goods)
            for item in LOW:
                total[item] += 40 + 6 * len(sendings)
            self._take_in(branch, at, {item: n + n // 3 + 5 for item, n in total.items()}, 1)
        later = at + timedelta(hours=3)
        for branch, sendings in wanted.items():
            for outlet, goods in sendings:
                if goods:
                    later += timedelta(seconds=40)
                    every = [Goods(item, n) for item, n in sorted(goods.items())]
                    self._bring(branch, outlet, later, every, "首次铺货")
        for branch, outlets in self.outlets.items():
            self._thresholds(branch, outlets, at)
        self._packs(later)
        self.arrive(later + timedelta(days=1))

    def again(self, at: datetime) -> None:
        """In the middle of the time each branch takes in more of what sells."""
        for branch, outlets in self.outlets.items():
            n = len(outlets)
            self._take_in(branch, at, {"RC50": 6 * n, "SIM3IN1": 4 * n}, 2)

    def _first(self, outlet: Outlet) -> Counter[str]:
        """What an outlet begins with."""
        random, goods = self._random, Counter[str]()
        opens = outlet.plan.draft.kind != "recharge_point"
        if outlet.plan.branch != "4101" and random.random() >= AT_FIRST:
            return goods
        size = min(3.0, 0.6 + outlet.plan.busy / 2)
        for item, (part, amount, _) in {**SERIALS, **COUNTED}.items():
            handset = item.startswith("HS-")
            if (not opens and item in OPENING_ONLY) or (
                handset and not self._sells_handsets(outlet)
            ):
                continue
            if outlet is self.province.showcase or random.random() < part:
                goods[item] = max(2, round(amount * size * random.uniform(0.6, 1.4)))
        return goods

    def _sells_handsets(self, outlet: Outlet) -> bool:
        return outlet.plan.own or outlet.plan.draft.kind == "franchise_store"

    def _take_in(self, branch: str, at: datetime, goods: dict[str, int], lot: int) -> None:
        place = self.province.organizations[branch]
        for item, quantity in sorted(goods.items()):
            if item in COUNTED:
                cost = Money(COUNTED[item][2])
                stock.load_quantity(
                    self.keeper(branch, at), place=place, item=item, quantity=quantity, cost=cost
                )
                continue
            self._load(branch, at, item, quantity, f"{branch}-{at:%y%m}-{lot}")

    def _load(
        self,
        branch: str,
        at: datetime,
        item: str,
        quantity: int,
        batch: str,
        last: date | None = None,
    ) -> list[str]:
        units = [
            self._unit(item, last or business_date(self.until) + timedelta(days=500))
            for _ in range(quantity)
        ]
        stock.load_units(
            self.keeper(branch, at),
            place=self.province.organizations[branch],
            item=item,
            units=units,
            cost=Money(SERIALS[item][2]),
            batch=batch,
        )
        return [unit.serial for unit in units]

    def _unit(self, item: str, last: date) -> NewUnit:
        kind = item[:2]
        self._made[kind] += 1
        number = self._made[kind]
        if kind == "SI":
            card = sim(number, 26)
            return NewUnit(card.iccid, card.imsi)
        if kind == "RC":
            pin = f"{self._random.randrange(10**18):018}"
            return NewUnit(f"26410{number:011}", pin=Secret(pin), expires_on=last)
        body = f"86{41_0000 + len(item):06}{number:06}"
        return NewUnit(body + luhn_digit(body))

    def _bring(
        self, branch: str, outlet: Outlet, at: datetime, goods: Sequence[Goods], note: str
    ) -> None:
        """Send goods to an outlet that did not ask; it receives them on the next day."""
        sent = stock.transfer(
            self.keeper(branch, at),
            source=self.province.organizations[branch],
            target=outlet.id,
            goods=goods,
            note=note,
        )
        self._due.append((at + timedelta(hours=20), outlet, sent))

    def _thresholds(self, branch: str, outlets: Sequence[Outlet], at: datetime) -> None:
        place = self.province.organizations[branch]
        for item, low in LOW.items():
            stock.set_threshold(self.keeper(branch, at), place=place, item=item, low=low * 5)
            for outlet in outlets[:4]:
                if item not in OPENING_ONLY or outlet.plan.draft.kind != "recharge_point":
                    stock.set_threshold(
                        self.keeper(branch, at), place=outlet.id, item=item, low=low
                    )

    def _packs(self, at: datetime) -> None:
        """Pre-opened packs, half of them at the showcase."""
        branch = self.province.showcase.plan.branch
        place = self.province.organizations[branch]
        serials = tuple(self._load(branch, at, "SIM3IN1", 20, f"{branch}-成卡"))
        chosen = tuple(self._pools.pick(branch) for _ in serials)
        packs.pack(self.keeper(branch, at), branch=place, serials=serials, numbers=chosen)
        self._bring(
            branch,
            self.province.showcase,
            at + timedelta(hours=1),
            [Goods("SIM3IN1", serials=serials[:10])],
            "成卡",
        )
        self.packs = list(serials[:10])

    # While the days go by

    def monday(self, at: datetime) -> None:
        """The outlets with the least of what they need ask for it, and get it or most of it."""
        for outlet, goods in self._needy()[:AT_ONCE]:
            branch = outlet.plan.branch
            asked = stock.ask(self.seller(outlet, at), place=outlet.id, goods=goods)
            at += timedelta(minutes=self._random.randint(1, 9))
            part = 0.5 if self._random.random() < 0.2 else 1.0
            there = self._in_store(branch)
            given = {item: min(round(n * part), there.get(item, 0)) for item, n in goods.items()}
            reason = "" if given == goods else "库存紧张, 先发现有的"
            self.decide(branch, asked, at + timedelta(minutes=40), given, reason)
            given = {item: n for item, n in given.items() if n}
            if not given:
                continue
            self.send(branch, asked, at + timedelta(hours=2), given)
            self._due.append((at + timedelta(hours=26), outlet, asked))

    def arrive(self, at: datetime) -> None:
        """Outlets receive what has reached them by now."""
        due = [one for one in self._due if one[0] <= at]
        self._due = [one for one in self._due if one[0] > at]
        for moment, outlet, requisition in due:
            baskets.receive(self.seller(outlet, moment), requisition=requisition, everything=True)

    def old_cards(self, at: datetime) -> None:
        """A quiet outlet gets cards that expire soon, a busy one has too few: see proposals."""
        showcase = self.province.showcase
        branch = showcase.plan.branch
        last = business_date(self.until + EXPIRE_IN)
        serials = self._load(branch, at, "RC30", 34, f"{branch}-旧批次", last)
        quiet = min(self.outlets[branch], key=lambda outlet: outlet.plan.busy)
        for outlet, some in ((quiet, serials[:30]), (showcase, serials[30:])):
            self._bring(branch, outlet, at, [Goods("RC30", serials=tuple(some))], "调拨旧批次")

    def purchase(self, at: datetime) -> None:
        """
        An outlet of an agent buys what it will sell as its own.

        :raises Refusal: if its wallet cannot pay for it, for one.
        """
        branch = self.province.showcase.plan.branch
        buyer = next(one for one in reversed(self.outlets[branch]) if not one.plan.own)
        goods = {"ACC-CASE": 10}
        asked = stock.ask(self.seller(buyer, at), place=buyer.id, goods=goods, terms="purchase")
        self.decide(branch, asked, at + timedelta(minutes=30), goods)
        self.send(branch, asked, at + timedelta(hours=1), goods)
        arrived = self.seller(buyer, at + timedelta(hours=3))
        baskets.receive(arrived, requisition=asked, everything=True)

    def _in_store(self, branch: str) -> dict[str, int]:
        """How many there are at a branch of what outlets ask for."""
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT item_id, count(*) FROM stock_unit WHERE place_id = %s"
                " AND item_id = ANY(%s) AND state = 'in_stock' AND number = '' GROUP BY item_id",
                [self.province.organizations[branch], list(LOW)],
            )
            return dict(cursor.fetchall())

    def _needy(self) -> list[tuple[Outlet, dict[str, int]]]:
        """Outlets with less than they should have of something, those with least first."""
        by_id = {outlet.id: outlet for outlet in self.province.outlets}
        with connection.cursor() as cursor:
            cursor.execute(_LEFT, [list(LOW), [str(id) for id in by_id]])
            left = {(place, item): n for place, item, n in cursor.fetchall()}
        found = []
        for outlet in self.province.outlets:
            if outlet.id in self.shut:
                continue
            goods = {
                item: 10
                for item, low in LOW.items()
                if left[outlet.id, item] < low
                and (item not in OPENING_ONLY or outlet.plan.draft.kind != "recharge_point")
            }
            if goods:
                found.append((outlet, goods))
        found.sort(key=lambda one: sum(left[one[0].id, item] for item in LOW))
        return found

    def decide(
        self,
        branch: str,
        asked: RequisitionId,
        at: datetime,
        accepted: dict[str, int],
        reason: str = "",
    ) -> None:
        stock.decide(self.keeper(branch, at), requisition=asked, accepted=accepted, reason=reason)

    def send(self, branch: str, asked: RequisitionId, at: datetime, goods: dict[str, int]) -> None:
        stock.dispatch(
            self.keeper(branch, at),
            requisition=asked,
            goods=[Goods(item, quantity) for item, quantity in sorted(goods.items())],
        )


_LEFT: Final = """
SELECT o.id, i.code, (SELECT count(*) FROM stock_unit u
                      WHERE u.place_id = o.id AND u.item_id = i.code
                        AND u.state IN ('in_stock', 'in_transit') AND u.number = '')
FROM party_organization o CROSS JOIN unnest(%s::text[]) AS i(code)
WHERE o.id = ANY(%s::uuid[])
"""
