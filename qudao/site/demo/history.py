"""
Months of business, through the platform's own operations and with a moving clock.

Sales are taken in sets, as the web server takes those that come at once. What the BOSS answered
is written down in sets too, each order at its own moment: see `past.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Final

from django.db import connection

from qudao.domain.ordering.operations import claim, reverse, sell, settle
from qudao.domain.ordering.ports import Completed, Outcome, Refused, Unknown
from qudao.domain.ordering.types import OrderId, Sale, Sold
from qudao.domain.party.types import OrganizationId
from qudao.domain.payment import operations as payment
from qudao.domain.saleschannel import operations as saleschannel
from qudao.domain.wallet import operations as wallet
from qudao.domain.wallet import queries as wallets
from qudao.journeys import pay_in
from qudao.kernel.money import Money
from qudao.kernel.page import MAX_LIMIT, PageRequest
from qudao.kernel.period import MARKET_ZONE, business_date
from qudao.kernel.scope import Scope
from qudao.platform.commands.command import AwaitingApproval
from qudao.platform.commands.context import Context
from qudao.platform.events import relay
from qudao.platform.identity.roles import grants_of, system_context
from qudao.site.demo import past, unfinished
from qudao.site.demo.books import Books, Work, reference
from qudao.site.demo.cast import Outlet, Province, Say
from qudao.site.demo.trade import Trade
from qudao.site.demo.traffic import Traffic, Wish, days
from simulators.boss.rules import REASONS

SET: Final = 256
REVERSED: Final = 0.0006
"""The part of payments and top-ups that is taken back."""
_REASONS: Final = ("号码输错", "金额输错", "客户取消", "重复缴费")
_FUNDED_FOR: Final = (28, 35, 45, 60)
"""Days that an outlet pays in for at once."""
_LOW: Final = 9
"""It pays in when what it has lasts for fewer days."""
_LAZY: Final = 0.05
"""The part of the outlets that forgot to pay in, the last weeks."""


class History:
    """Lets the days go by."""

    def __init__(
        self,
        random: Random,
        province: Province,
        traffic: Traffic,
        trade: Trade,
        books: Books,
        until: datetime,
    ) -> None:
        self._random = random
        self._province = province
        self._traffic = traffic
        self._trade = trade
        self._books = books
        self._until = until
        self._selling = province.outlets
        self._shut = trade.stores.shut
        self._number = 0
        self._wishes: list[Wish] = []
        self._refusing: set[OrganizationId] = set()
        self._grants = frozenset({"ordering.sell"})
        self._lazy = {o.id for o in self._selling[1:] if random.random() < _LAZY}
        self._scopes = {outlet.id: Scope.of([outlet.path]) for outlet in self._selling}
        self.sold = 0
        self.refused_here = 0
        past.prepare()

    def live(self, since: date, say: Say) -> None:
        """Do all that happened from the first day until now."""
        last = business_date(self._until)
        self._fund(_at(since, 9) - timedelta(days=2))
        self._trade.stores.open(_at(since, 9) - timedelta(days=2))
        told = 0
        total = (last - since).days + 1
        for number, day in enumerate(days(since, last), start=1):
            self._day(day, (last - day).days)
            if number * 10 // total > told:
                told = number * 10 // total
                say(f"  {day}: {self.sold:,} sales")
        unfinished.leave(self._trade.stores)
        self._trade.ending()
        self._ending()
        self._flush()
        while relay.run_all(limit=5_000):
            continue

    # One day

    def _day(self, day: date, left: int) -> None:
        self._events(day, left)
        if day.weekday() == 0:
            self._fund(_at(day, 9))
        self._trade.morning(day, left)
        calm = self._until - timedelta(minutes=6)
        reversals: list[tuple[datetime, Wish]] = []
        counter: datetime | None = self._trade.moment(day)
        for wish in self._traffic.day(day, self._shut, calm):
            if counter and counter <= wish.at < calm - timedelta(minutes=15):
                self._flush()
                self._trade.serve(counter, self._shut)
                counter = None
            while reversals and reversals[0][0] <= wish.at:
                self._reverse(*reversals.pop(0))
            self._add(wish)
            if self._to_reverse(wish, calm):
                moment = wish.at + timedelta(minutes=self._random.randint(2, 25))
                if business_date(moment) == day:
                    reversals.append((moment, wish))
        for moment, wish in reversals:
            self._reverse(moment, wish)
        if left:
            self._flush()
            midnight = _at(day, 0) + timedelta(days=1, minutes=10)
            wallet.close_day(self._system(midnight, "close"), day=day)

    def _to_reverse(self, wish: Wish, calm: datetime) -> bool:
        return (
            wish.business in ("bill_payment", "top_up")
            and not wish.refusal
            and wish.amount <= 200_00
            and self._random.random() < REVERSED
            and wish.at < calm - timedelta(minutes=40)
        )

    def _add(self, wish: Wish) -> None:
        # A refused sale's money comes back before the outlet's next sale, as it did at the time.
        if len(self._wishes) >= SET or wish.outlet.id in self._refusing:
            self._flush()
        self._wishes.append(wish)
        if wish.refusal:
            self._refusing.add(wish.outlet.id)

    def _flush(self) -> None:
        wishes, self._wishes = self._wishes, []
        self._refusing.clear()
        if wishes:
            self._settle(self._sell(wishes))

    # Sales

    def _sell(self, wishes: Sequence[Wish]) -> list[tuple[Wish, OrderId]]:
        answers = sell([(self._context(wish), self._sale(wish)) for wish in wishes])
        sold = [
            (wish, answer.order)
            for wish, answer in zip(wishes, answers, strict=True)
            if isinstance(answer, Sold)
        ]
        self.sold += len(sold)
        self.refused_here += len(wishes) - len(sold)
        return sold

    def _context(self, wish: Wish) -> Context:
        self._number += 1
        return Context(
            actor=wish.seller.user,
            channel=wish.channel,
            at=wish.at,
            request_key=f"demo-{self._number}",
            grants=self._grants,
            scope=self._scopes[wish.outlet.id],
        )

    @staticmethod
    def _sale(wish: Wish) -> Sale:
        return Sale(wish.outlet.id, wish.offering, wish.msisdn, Money(wish.amount))

    def _settle(self, sold: Sequence[tuple[Wish, OrderId]]) -> None:
        if not sold:
            return
        first = self._books.next_number
        past.settle(
            [
                (
                    _outcome(wish, order, first + place),
                    wish.at + timedelta(seconds=wish.sent_s + wish.took_s),
                )
                for place, (wish, order) in enumerate(sold)
            ]
        )
        self._books.add([_work(wish, order) for wish, order in sold])

    def _reverse(self, moment: datetime, wish: Wish) -> None:
        self._flush()
        found = self._order(wish)
        if found is None:
            return
        ctx = replace(self._context(wish), at=moment, grants=grants_of(wish.seller.role))
        reversal = reverse(ctx, order=found, reason=self._random.choice(_REASONS))
        worker = self._system(moment + timedelta(seconds=0.4), "dispatch")
        claim(worker, most=10, lease=timedelta(minutes=1))
        outcome: Outcome = Completed(reversal, f"RF{reversal.hex[:10].upper()}")
        if self._random.random() < 0.15:
            outcome = Refused(reversal, "balance_used", REASONS["balance_used"])
        settle(self._system(moment + timedelta(seconds=1.3), "settle"), outcomes=[outcome])

    def _order(self, wish: Wish) -> OrderId | None:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT id FROM ordering_order WHERE outlet_id = %s AND ordered_at = %s"
                " AND msisdn = %s AND state = 'completed'",
                [wish.outlet.id, wish.at, wish.msisdn],
            )
            row = cursor.fetchone()
        return None if row is None else OrderId(row[0])

    # Money

    def _fund(self, at: datetime) -> None:
        """Import each branch's bank statement: what its outlets have paid in."""
        self._flush()
        have = self._balances(at)
        lines: dict[str, list[tuple[Outlet, int]]] = {}
        for outlet in self._selling:
            daily = max(50_00, self._traffic.spending(outlet))
            forgot = outlet.id in self._lazy and (self._until - at).days < 35
            if outlet.id in self._shut or forgot or have[outlet.id] >= daily * _LOW:
                continue
            lasting = 14 if outlet is self._province.showcase else self._random.choice(_FUNDED_FOR)
            wanted = daily * lasting - have[outlet.id]
            amount = min(48_000_00, max(1, -(-wanted // 500_00)) * 500_00)
            lines.setdefault(outlet.plan.branch, []).append((outlet, amount))
        for branch in sorted(lines):
            self._statement(at, branch, lines[branch])

    def _statement(self, at: datetime, branch: str, lines: Sequence[tuple[Outlet, int]]) -> None:
        day = business_date(at)
        rows = ["账号,交易日期,贷方金额,流水号,附言,对方户名"]
        for number, (outlet, amount) in enumerate(lines):
            payer = outlet.plan.draft.name_zh
            rows.append(
                f"4100{branch}0017,{day:%Y-%m-%d},{amount // 100}.{amount % 100:02},"
                f"{day:%y%m%d}{branch}{number:04},预存款 {outlet.code},{payer}"
            )
        ctx = replace(
            self._system(at, f"statement.{branch}"),
            actor=self._province.finance[branch],
            channel="backoffice",
            scope=Scope.of([_path(self._province, lines[0][0])]),
        )
        pay_in.import_statement(
            ctx,
            branch=self._province.organizations[branch],
            format="csv",
            file_name=f"{branch}-{day:%Y%m%d}.csv",
            content="\n".join(rows).encode(),
        )

    def _balances(self, at: datetime) -> dict[OrganizationId, int]:
        ctx = self._system(at, "look")
        have: dict[OrganizationId, int] = {}
        page = PageRequest(MAX_LIMIT)
        while True:
            found = wallets.wallets(ctx, page=page)
            have |= {row.outlet: row.balance.minor for row in found.items}
            if not found.has_next:
                return have
            page = PageRequest(MAX_LIMIT, page.offset + MAX_LIMIT)

    # What else happens

    def _events(self, day: date, left: int) -> None:
        """Some outlets are suspended, closed or frozen, some days before the end."""
        others = self._selling[2:]
        if len(others) < 20:
            return
        at = _at(day, 8)
        if left == 20:
            self._stop(others[3], at, "close", "店主退出经营")
        if left in (6, 9):
            self._stop(others[left], at, "suspend", "合同年审未通过")
        if left in (3, 4):
            outlet = others[left + 20 if len(others) > 30 else left + 8]
            self._flush()
            ctx = replace(
                self._system(at, "freeze"),
                actor=self._province.finance[outlet.plan.branch],
                channel="backoffice",
            )
            wallet.freeze(ctx, outlet=outlet.id, reason="涉嫌违规套利, 核查中")
            self._shut.add(outlet.id)
        if left == 1:
            self._awaiting(others[1], at)
        if left == 0:
            self._drawer(_at(day, 8, 20))

    def _stop(self, outlet: Outlet, at: datetime, verb: str, reason: str) -> None:
        self._flush()
        ctx = replace(
            self._system(at, verb),
            actor=self._province.supervisors[outlet.plan.branch],
            channel="backoffice",
        )
        getattr(saleschannel, verb)(ctx, outlet=outlet.id, reason=reason)
        self._shut.add(outlet.id)

    def _awaiting(self, outlet: Outlet, at: datetime) -> None:
        """A credit limit so high that somebody else has to approve it."""
        ctx = replace(
            self._system(at, "credit"),
            actor=self._province.supervisors[outlet.plan.branch],
            channel="backoffice",
            scope=Scope.of([".".join(outlet.path.split(".")[:3])]),
            exempt=False,
        )
        try:
            wallet.set_credit_limit(ctx, outlet=outlet.id, limit=Money(8_000_00))
        except AwaitingApproval:
            return

    def _drawer(self, at: datetime) -> None:
        """The teller opens the drawer, and the showcase pays in cash."""
        hall, showcase = self._province.hall, self._province.showcase
        if hall is None or at > self._until - timedelta(minutes=30):
            return
        teller = replace(
            self._system(at, "drawer"),
            actor=self._province.named["teller"][0].user,
            channel="backoffice",
            scope=Scope.of([hall.path]),
        )
        payment.open_drawer(teller, hall=hall.id, opening_float=Money(500_00))
        pay_in.receive(
            replace(teller, at=at + timedelta(minutes=12), request_key="demo.drawer.cash"),
            outlet=showcase.id,
            hall=hall.id,
            method="cash",
            amount=Money(3_000_00),
        )

    def _ending(self) -> None:
        """The last minutes: some sales are on their way, of some the answer was lost."""
        self._flush()
        showcase = self._province.showcase
        others = [o for o in self._selling if o.id not in self._shut and o.id not in self._lazy]
        wishes = []
        for number in range(16):
            at = self._until - timedelta(seconds=350 - number * 20)
            outlet = showcase if number % 3 == 0 else self._random.choice(others)
            wish = self._traffic.wish(outlet, at)
            while wish.refusal:
                wish = self._traffic.wish(outlet, at)
            wishes.append(wish)
        sold = self._sell(wishes)
        self._settle(sold[:-5])
        left = sold[-5:]
        at = self._until - timedelta(seconds=5)
        lost, asked = left[:2], self._system(at, "lost")
        claim(self._system(at - timedelta(seconds=6), "claim"), most=2, lease=timedelta(seconds=30))
        settle(asked, outcomes=[Unknown(order, "no answer within 5 s") for _, order in lost])

    def _system(self, at: datetime, what: str) -> Context:
        self._number += 1
        return system_context(at, f"demo.{what}.{self._number}")


def _outcome(wish: Wish, order: OrderId, number: int) -> Completed | Refused:
    if wish.refusal:
        return Refused(order, wish.refusal, REASONS[wish.refusal])
    return Completed(order, reference(wish.business, number))


def _work(wish: Wish, order: OrderId) -> Work:
    return Work(
        external_id=str(order),
        business=wish.business,
        msisdn=wish.msisdn,
        amount=wish.amount,
        at=wish.at + timedelta(seconds=wish.sent_s + wish.took_s),
        product=wish.product,
        outlet=wish.outlet.code,
        refused=wish.refusal,
    )


def _path(province: Province, outlet: Outlet) -> str:
    """The path of the branch that an outlet belongs to."""
    return ".".join(outlet.path.split(".")[:3])


def _at(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime.combine(day, time(hour, minute), MARKET_ZONE)
