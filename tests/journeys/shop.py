"""An outlet with goods, numbers and money, and whatever is done at its counter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from qudao.domain.customer import queries as customers
from qudao.domain.customer.types import DossierId
from qudao.domain.ordering import queries as orders
from qudao.domain.ordering.operations.dispatch import claim
from qudao.domain.ordering.ports import (
    BossOrder,
    Completed,
    NotFound,
    NotReached,
    Outcome,
    Refused,
    Unknown,
)
from qudao.domain.ordering.types import OrderId, Sold
from qudao.domain.party.types import OrganizationId
from qudao.domain.resource import queries as numbers
from qudao.domain.resource.types import Held
from qudao.domain.stock import queries as goods
from qudao.domain.wallet import queries as wallets
from qudao.journeys import goods as goods_journey
from qudao.journeys import lines, opening
from qudao.journeys.fulfilment import LEASE, conclude
from qudao.journeys.goods import Line
from qudao.kernel.money import Money
from qudao.platform.commands.context import Context
from tests.province import NOON, Province, assert_sound
from tests.stocked import Shelf, dossier, hold_number, load_numbers, shelve

PAID_IN = Money(5_000_00)
PLAN, FEE = "GT58", Money(58_00)
PREPAY = Money(100_00)
SIM_PRICE = Money(10_00)
LINE = "13903710001"
"""A line that was there before us."""


@dataclass
class Shop:
    province: Province
    shelf: Shelf

    @property
    def outlet(self) -> OrganizationId:
        return self.province.agent

    def ctx(self, *, at: datetime = NOON, key: str | None = None) -> Context:
        return self.province.clerk(at=at, key=key)

    # ---- what is sold ------------------------------------------------------------------------

    def open(self, *, ctx: Context | None = None, **more: object) -> Sold:
        """Open an account; what is not given is made."""
        sim = more.pop("sim", None) or self.shelf.sim()
        held = more.pop("held", None) or hold_number(self.ctx(), self.outlet)
        file = more.pop("dossier", None) or dossier(self.province, self.ctx(), self.outlet)
        values = {"plan": PLAN, "prepay": PREPAY, "hold": held.hold, **more}
        total = values.pop("total", None)
        if total is None:
            total = held.price + self.price(sim) + values["prepay"]
        return opening.open(ctx or self.ctx(), dossier=file, sim=sim, total=total, **values)

    def opened(self, **more: object) -> str:
        """Open an account, let the BOSS complete it, and return its number."""
        held = hold_number(self.ctx(), self.outlet)
        self.open(held=held, **more)
        self.settle("completed")
        return held.number

    def file(self, purpose: str, number: str = "", **more: object) -> DossierId:
        """A dossier with everything in it."""
        return dossier(
            self.province,
            self.ctx(),
            self.outlet,
            purpose=purpose,
            number=number,
            **more,  # type: ignore[arg-type]
        )

    def swap(self, msisdn: str = LINE, **more: object) -> Sold:
        values = {"msisdn": msisdn, "price": SIM_PRICE, **more}
        values["dossier"] = values.get("dossier") or self.file("sim_swap", msisdn)
        values["sim"] = values.get("sim") or self.shelf.sim()
        return lines.swap_sim(self.ctx(), **values)

    def renumber(self, msisdn: str, held: Held, **more: object) -> Sold:
        price = lines.change_price(self.ctx(), hold=held.hold)
        values = {"msisdn": msisdn, "hold": held.hold, "price": price, **more}
        values["dossier"] = values.get("dossier") or self.file("number_change", msisdn)
        return lines.change_number(self.ctx(), **values)

    def cancel(self, msisdn: str, **more: object) -> Sold:
        values = {"msisdn": msisdn, **more}
        values["dossier"] = values.get("dossier") or self.file("cancellation", msisdn)
        return lines.cancel(self.ctx(), **values)

    def sell(self, *basket: Line, ctx: Context | None = None) -> Sequence[Sold]:
        """Sell a basket at what it costs."""
        priced = goods_journey.basket(self.ctx(), outlet=self.outlet, lines=basket)
        total = sum((one.amount for one in priced), Money(0))
        return goods_journey.sell(
            ctx or self.ctx(), outlet=self.outlet, lines=tuple(basket), total=total
        )

    # ---- what the BOSS says ------------------------------------------------------------------

    def settle(self, outcome: str, *, at: datetime = NOON) -> list[BossOrder]:
        """Take what is due, and answer all of it with one outcome."""
        to_send, to_ask = claim(self.province.system(at), most=100, lease=LEASE)
        due = [*to_send, *to_ask]
        conclude(
            self.province.system(at),
            orders=due,
            outcomes=[answer(one.order, outcome) for one in due],
        )
        return due

    # ---- what there is -----------------------------------------------------------------------

    def balance(self) -> Money:
        return wallets.wallet(self.ctx(), outlet=self.outlet).balance

    def price(self, sim: str) -> Money:
        found = goods.find(self.ctx(), serial=sim)
        return found[0].price if found else SIM_PRICE

    def number_state(self, number: str) -> str:
        return numbers.number(self.ctx(), msisdn=number).state

    def unit_state(self, kind: str, serial: str) -> str:
        return goods.unit(self.province.system(), kind=kind, serial=serial).state

    def sim_state(self, sim: str) -> str:
        return self.unit_state("sim", sim)

    def file_state(self, file: DossierId) -> str:
        return customers.dossier(self.ctx(), dossier=file).state

    def order_state(self, sold: Sold) -> str:
        return orders.order(self.ctx(), order=sold.order).state

    def quantity(self, item: str) -> tuple[int, int]:
        """How many are on the shelf, and how many are held."""
        for level in goods.stock_at(self.ctx(), place=self.outlet):
            if level.item == item:
                return level.in_stock, level.held
        return 0, 0


def answer(order: OrderId, outcome: str) -> Outcome:
    """What the BOSS says of an order."""
    match outcome:
        case "completed":
            return Completed(order, f"B-{order}")
        case "refused":
            return Refused(order, "number_in_use", "No")
        case "unknown":
            return Unknown(order, "time-out")
        case "not_reached":
            return NotReached(order, "connection refused")
        case "not_found":
            return NotFound(order)
    raise AssertionError(outcome)


def open_shop(province: Province) -> Shop:
    """Stock the agent's outlet of a province, and put money into its wallet."""
    load_numbers(province)
    province.pay_in(province.agent, PAID_IN)
    return Shop(province, shelve(province, province.agent))


def faults() -> list[str]:
    """What does not agree, in words: books, orders, numbers, goods, customers."""
    return [*goods.unsound(), *customers.unsound(), *numbers.unsound()]


def assert_all_sound() -> None:
    assert_sound()
    assert faults() == []
