"""What is sold at the counters besides payments, day by day: accounts, cards and goods."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Final

from qudao.domain.catalog import queries as catalog
from qudao.domain.customer import operations as customer
from qudao.domain.ordering.operations import claim
from qudao.domain.ordering.ports import BossOrder, Completed, Outcome, Refused
from qudao.domain.stock import operations as stock
from qudao.journeys import cards, fulfilment
from qudao.journeys.goods import Line
from qudao.kernel.period import MARKET_ZONE, business_date
from qudao.kernel.personal import Secret
from qudao.kernel.refusals import Refusal
from qudao.platform.commands.context import Context
from qudao.platform.identity.roles import system_context
from qudao.site.demo import counter
from qudao.site.demo.books import Books, Work, reference, work_of
from qudao.site.demo.cast import Outlet, Province
from qudao.site.demo.counter import Clerk, Newcomer, People
from qudao.site.demo.pools import Pools
from qudao.site.demo.stores import COUNTED, Stores
from qudao.site.demo.traffic import Customers
from simulators.boss.reasons import REASONS

OPENINGS: Final = 0.0045
CARDS: Final = 0.02
GOODS: Final = 0.006
"""Of an outlet, on a day."""
REFUSED: Final = 0.03
"""The part of the openings that the BOSS refuses."""
REVEALED: Final = 0.3
"""The part of the cards whose PIN the clerk prints."""
USED: Final = 0.5
"""The part of these that is used at the same outlet."""


class Trade:
    """Lets customers come for what they take home."""

    def __init__(
        self,
        random: Random,
        province: Province,
        customers: Customers,
        books: Books,
        until: datetime,
        stores: Stores,
        pools: Pools,
    ) -> None:
        self._random = random
        self._province = province
        self._customers = customers
        self._books = books
        self._until = until
        self._pools = pools
        self._people = People(random)
        self._number = 0
        self._pins: list[tuple[Outlet, Secret]] = []
        self.stores = stores
        self.sold = 0
        self.refused = 0

    def morning(self, day: date, left: int) -> None:
        """What stock keepers do on a day, so many days before the last."""
        at = datetime.combine(day, time(9, 10), MARKET_ZONE)
        if at > self._until - timedelta(hours=4):
            return
        if day.weekday() == 0 and left > 3:
            self.stores.monday(at)
        if left == 45:
            self.stores.again(at)
        if left == 26:
            self.stores.old_cards(at)
        if left == 5:
            self._specials(at)

    def moment(self, day: date) -> datetime:
        """When somebody comes on a day."""
        return datetime.combine(day, time(9, 40), MARKET_ZONE) + timedelta(
            minutes=self._random.randrange(9 * 60)
        )

    def serve(self, at: datetime, shut: set[object]) -> None:
        """Sell what is asked for at about this moment, and let the BOSS answer."""
        random = self._random
        self.stores.arrive(at)
        places = [outlet for outlet in self._province.outlets if outlet.id not in shut]
        if not places:
            return
        # The showcase shows something of everything.
        weights = [outlet.plan.busy * (1 + 4 * (outlet is places[0])) for outlet in places]

        def some(part: float) -> list[Outlet]:
            return random.choices(places, weights, k=int(part * len(places) + random.random()))

        now = at
        for outlet, serial in self._found(some(CARDS), ("RC30", "RC50", "RC50", "RC100")):
            now += timedelta(seconds=random.randint(1, 5))
            self._try(counter.sell_card, self._clerk(outlet), now, serial)
        for outlet, serial in self._found(some(GOODS), ("HS-TD100", "HS-NOVA5", "HS-LITE8")):
            now += timedelta(seconds=random.randint(1, 5))
            self._try(counter.sell_goods, self._clerk(outlet), now, Line("handset", serial))
        for outlet in some(GOODS):
            now += timedelta(seconds=random.randint(1, 5))
            line = Line(item=random.choice(list(COUNTED)), quantity=random.choice((1, 1, 1, 2)))
            self._try(counter.sell_goods, self._clerk(outlet), now, line)
        able = [one for one in some(OPENINGS) if one.plan.draft.kind != "recharge_point"]
        for outlet, sim in self._found(able, ("SIM3IN1", "SIMNANO")):
            now += timedelta(seconds=random.randint(1, 5))
            self.open(outlet, now, sim, self._pools.pick(outlet.plan.branch))
        self._redeem(now + timedelta(seconds=1))
        if now > at:
            self._print(self._settle(now + timedelta(seconds=3)), now + timedelta(seconds=30))

    def _specials(self, at: datetime) -> None:
        """What is rare: customers take pre-opened packs, an outlet buys goods for itself."""
        self._try(self.stores.purchase, at - timedelta(hours=3))
        showcase = self._province.showcase
        for place, sim in enumerate(self.stores.packs[:2]):
            self.open(showcase, at + timedelta(seconds=place), sim, "")
        # A company takes nearly all of the cards that sell well here: see `Stores.old_cards`.
        ((*serials,),) = counter.on_shelf([(showcase.id, "RC30")], most=30)
        for serial in serials[:-2]:
            self._try(counter.sell_card, self._clerk(showcase), at + timedelta(minutes=4), serial)
        self._settle(at + timedelta(minutes=5))

    def open(self, outlet: Outlet, at: datetime, sim: str, number: str) -> None:
        """An account for somebody new."""
        comer = self._people.newcomer(business_date(at))
        self._try(
            counter.open_account,
            self._clerk(outlet),
            at,
            comer,
            sim=sim,
            number=number,
            random=self._random,
        )

    def ending(self) -> None:
        """Numbers on hold, a dossier that somebody left half done, and who is not served."""
        until, showcase = self._until, self._province.showcase
        clerk, today = self._clerk(showcase), business_date(until)
        branch = showcase.plan.branch
        for minutes in (14, 9, 2):
            number = self._pools.pick(branch)
            self._try(counter.hold, clerk, until - timedelta(minutes=minutes), number)
        for outlet, sim in self._found([showcase], ("SIM3IN1",)):
            self._try(
                counter.leave_half_done,
                self._clerk(outlet),
                until - timedelta(minutes=6),
                Newcomer(self._people.draft(today)),
                sim=sim,
                number=self._pools.pick(branch),
                random=self._random,
            )
        for reason, days in (("涉嫌电信诈骗, 公安机关通报", None), ("长期恶意欠费", 365)):
            at = until - timedelta(days=3)
            customer.blacklist(
                self._system(at),
                kind="resident_id",
                number=self._people.draft(today).number,
                reason=reason,
                until=None if days is None else business_date(at + timedelta(days=days)),
            )

    # What becomes of it

    def _try(self, serve: Callable[..., object], *args: object, **more: object) -> None:
        """Serve; what is refused, as for want of money in the wallet, is refused."""
        try:
            serve(*args, **more)
        except Refusal:
            self.refused += 1
        else:
            self.sold += 1

    def _settle(self, at: datetime) -> list[BossOrder]:
        """Bring what was sold to the BOSS, and its answers back; return what is done."""
        to_send, _ = claim(self._system(at), most=1_000, lease=timedelta(minutes=1))
        done, outcomes, work = [], list[Outcome](), list[Work]()
        for order in to_send:
            if not catalog.businesses()[order.business].boss:
                outcomes.append(Completed(order.order, ""))
                continue
            refused = ""
            if order.business == "account_opening" and self._random.random() < REFUSED:
                refused = "document_over_limit"
            number = self._books.next_number + len(work)
            outcomes.append(
                Refused(order.order, refused, REASONS[refused])
                if refused
                else Completed(order.order, reference(order.business, number))
            )
            work.append(work_of(order, at, refused))
            if not refused:
                done.append(order)
        later = self._system(at + timedelta(seconds=1))
        fulfilment.conclude(later, orders=to_send, outcomes=outcomes)
        self._books.add(work)
        return done

    def _print(self, orders: Sequence[BossOrder], at: datetime) -> None:
        """Some clerks print the PIN of a card that was sold."""
        for order in orders:
            if order.business == "recharge_card" and self._random.random() < REVEALED:
                outlet = next(o for o in self._province.outlets if o.code == order.outlet_code)
                ctx = self._clerk(outlet).context(at)
                pin = stock.reveal_pin(ctx, serial=order.items[0].code)
                if self._random.random() < USED:
                    self._pins.append((outlet, pin))

    def _redeem(self, at: datetime) -> None:
        """Customers use the cards that they have bought the last time."""
        for outlet, pin in self._pins:
            clerk = self._clerk(outlet)
            line = self._random.choice(self._customers.of(outlet.plan.branch)).msisdn
            ctx = clerk.context(at)
            self._try(cards.redeem, ctx, outlet=outlet.id, pin=pin, msisdn=line)
        self._pins = []

    def _found(self, outlets: Sequence[Outlet], items: Sequence[str]) -> list[tuple[Outlet, str]]:
        """For each outlet a serial of one of these items that lies there; without one, nothing."""
        chosen = {(outlet.id, self._random.choice(items)): outlet for outlet in outlets}
        lying = counter.on_shelf(list(chosen)) if chosen else []
        return [
            (outlet, serials[0])
            for outlet, serials in zip(chosen.values(), lying, strict=True)
            if serials
        ]

    def _clerk(self, outlet: Outlet) -> Clerk:
        self._number += 1
        seller = self._random.choice(outlet.sellers)
        return counter.clerk_of(outlet, seller, f"demo.counter.{self._number}")

    def _system(self, at: datetime) -> Context:
        self._number += 1
        return system_context(at, f"demo.trade.{self._number}")
