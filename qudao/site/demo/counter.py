"""Somebody behind the counter: opens accounts, sells cards and goods, as the portal would."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from random import Random
from typing import Any, Final
from uuid import UUID

from django.db import connection
from django.utils import translation
from PIL import Image, ImageDraw

from qudao.domain.catalog import queries as catalog
from qudao.domain.catalog.types import Offer
from qudao.domain.customer import operations as customer
from qudao.domain.customer import queries as customers
from qudao.domain.customer.types import DossierId, PersonDraft, Role
from qudao.domain.ordering.types import Sold
from qudao.domain.party.types import OrganizationId
from qudao.domain.resource import operations as resource
from qudao.domain.resource.types import Held, HoldId, Reserve
from qudao.fronts.receipts.contract import ContractFacts, contract
from qudao.journeys import cards, opening
from qudao.journeys import goods as baskets
from qudao.kernel.money import Money
from qudao.kernel.personal import Personal
from qudao.kernel.refusals import Refusal
from qudao.kernel.scope import Scope
from qudao.platform.commands.context import Context
from qudao.platform.identity.roles import grants_of
from qudao.site.demo import names
from qudao.site.demo.cast import Outlet, Seller

_ADD_ONS: Final = ("DATA1GB", "CLIP", "CRBT", "SMS100")
DEAREST: Final = Money(200_00)
"""Numbers with a larger prepayment are too dear for most customers."""


@dataclass(frozen=True, slots=True)
class Newcomer:
    """Somebody who wants an account, and for a minor or an absentee who comes along."""

    person: PersonDraft
    others: tuple[tuple[Role, PersonDraft], ...] = ()


class People:
    """Customers who were never there before; their documents are nobody's."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._documents: set[str] = set()
        self._phones: set[str] = set()

    def draft(self, today: date, first: int = 1962, last: int = 2006) -> PersonDraft:
        """Somebody born in these years."""
        random = self._random
        return PersonDraft(
            kind="resident_id",
            number=Personal(names.document(random, self._documents, first, last)),
            name=Personal(names.person(random).zh),
            valid_until=today + timedelta(days=random.randrange(200, 3_000)),
            address=Personal(f"河南省{names.street(random).zh}{random.randrange(1, 400)}号"),
            phone=Personal(names.phone(random, self._phones)),
        )

    def newcomer(self, today: date) -> Newcomer:
        """Most come alone; some are minors with a guardian, some send somebody."""
        chance = self._random.random()
        if chance < 0.04:
            minor = self.draft(today, today.year - 16, today.year - 9)
            return Newcomer(minor, ((Role.GUARDIAN, self.draft(today, 1970, 1988)),))
        if chance < 0.08:
            return Newcomer(self.draft(today), ((Role.AGENT, self.draft(today)),))
        return Newcomer(self.draft(today))


@dataclass(slots=True)
class Clerk:
    """Somebody who serves at an outlet; every request gets a key of its own."""

    outlet: OrganizationId
    path: str
    code: str
    name: str
    kind: str
    market: str
    user: UUID
    role: str
    key: str
    channel: str = "portal"
    requests: int = 0

    def context(self, at: datetime) -> Context:
        self.requests += 1
        return Context(
            actor=self.user,
            channel=self.channel,
            at=at,
            request_key=f"{self.key}.{self.requests}",
            grants=grants_of(self.role),
            scope=Scope.of([self.path]),
        )


def clerk_of(outlet: Outlet, seller: Seller, key: str) -> Clerk:
    """Somebody at an outlet."""
    draft = outlet.plan.draft
    return Clerk(
        outlet=outlet.id,
        path=outlet.path,
        code=outlet.code,
        name=draft.name_zh,
        kind=draft.kind,
        market=draft.market.value,
        user=seller.user,
        role=seller.role,
        key=key,
    )


def sell_card(clerk: Clerk, at: datetime, serial: str) -> Sold:
    """
    Sell a recharge card.

    :raises Refusal: as `cards.sell` does.
    """
    return cards.sell(clerk.context(at), outlet=clerk.outlet, serial=serial)


def sell_goods(clerk: Clerk, at: datetime, line: baskets.Line, msisdn: str = "") -> Sold:
    """
    Sell one line of goods at the price that holds.

    :raises Refusal: as `goods.sell` does.
    """
    (priced,) = baskets.basket(clerk.context(at), outlet=clerk.outlet, lines=(line,))
    (sold,) = baskets.sell(
        clerk.context(at), outlet=clerk.outlet, lines=(line,), total=priced.amount, msisdn=msisdn
    )
    return sold


def hold(clerk: Clerk, at: datetime, number: str) -> Held:
    """
    Hold a number for a customer.

    :raises Refusal: as `resource.reserve` does.
    """
    held = resource.reserve.one(clerk.context(at), Reserve(clerk.outlet, number))
    if isinstance(held, Refusal):
        raise held
    return held


def begin(clerk: Clerk, at: datetime, comer: Newcomer, pictures: Sequence[str] = ()) -> DossierId:
    """
    Open a dossier and identify who stands there; take these pictures, or all that are needed.

    :raises Refusal: as the operations of `customer` do.
    """
    dossier = customer.open_dossier(
        clerk.context(at), outlet=clerk.outlet, purpose="account_opening"
    )
    soon = at + timedelta(minutes=1)
    for role, person in ((Role.CUSTOMER, comer.person), *comer.others):
        customer.identify(clerk.context(soon), dossier=dossier, role=role, person=person)
    ctx = clerk.context(soon)
    for kind in pictures or customers.missing(ctx, dossier=dossier):
        if kind != "signature":
            customer.add_picture(
                clerk.context(at + timedelta(minutes=2)),
                dossier=dossier,
                kind=kind,
                content=picture(kind),
            )
    return dossier


def leave_half_done(
    clerk: Clerk, at: datetime, comer: Newcomer, *, sim: str, number: str, random: Random
) -> None:
    """
    Begin an opening and get as far as the customer's document, of which the back is missing.

    :raises Refusal: as the operations do.
    """
    dossier = begin(clerk, at, comer, ("front",))
    held = hold(clerk, at + timedelta(minutes=2), number)
    terms = choose(clerk, at, random, held.monthly_floor, held.hold)
    chosen = {
        "sim": sim,
        "hold": str(held.hold),
        "plan": terms["plan"],
        "add_ons": list(terms["add_ons"]),
        "prepay": terms["prepay"].minor,
    }
    customer.choose(clerk.context(at + timedelta(minutes=3)), dossier=dossier, choices=chosen)


def open_account(
    clerk: Clerk, at: datetime, comer: Newcomer, *, sim: str, number: str, random: Random
) -> Sold:
    """
    Open an account, from the first question to the order, which is placed at `at`.

    `number` is a free one, or empty for a pre-opened pack, which has its own.

    :raises Refusal: as the operations and `opening.open` do.
    """
    began = at - timedelta(minutes=random.randint(6, 14))
    dossier = begin(clerk, began, comer)
    picked = at - timedelta(minutes=3)
    floor, held = Money(0), None
    if number:
        held = hold(clerk, picked, number)
        floor = held.monthly_floor
    terms = choose(clerk, picked, random, floor, held.hold if held else None)
    quote = opening.quote(clerk.context(at), outlet=clerk.outlet, sim=sim, **terms)
    signed = at - timedelta(minutes=1)
    customer.sign(
        clerk.context(signed),
        dossier=dossier,
        signature=signature(),
        contract=_paper(clerk, signed, dossier, quote),
    )
    return opening.open(clerk.context(at), dossier=dossier, sim=sim, total=quote.total, **terms)


def choose(
    clerk: Clerk, at: datetime, random: Random, floor: Money, hold: HoldId | None
) -> dict[str, Any]:
    """Plan, add-ons and prepayment that a customer takes, for `opening.quote`."""
    offers = catalog.snapshot(catalog.revision()).offers(clerk.kind, clerk.market, clerk.path, at)
    plans = [
        offer
        for offer in offers
        if offer.business == "plan_change" and _fee(offer) >= max(floor, Money(1))
    ]
    plan = random.choice(sorted(plans, key=_fee)[:5])
    add_ons = [offer.code for offer in offers if offer.code in _ADD_ONS]
    return {
        "plan": plan.code,
        "add_ons": tuple(random.sample(add_ons, min(len(add_ons), random.choice((0, 0, 1, 2))))),
        "prepay": max(_fee(plan), Money(random.choice((50_00, 100_00)))),
        "hold": hold,
    }


def _fee(offer: Offer) -> Money:
    return Money(offer.attributes.get("monthly_fee", 0))


def _paper(clerk: Clerk, at: datetime, dossier: DossierId, quote: opening.Quote) -> bytes:
    """The contract, as the portal would have drawn it."""
    ctx = clerk.context(at)
    file = customers.dossier(ctx, dossier=dossier)
    persons = customers.parties_to(ctx, dossier=dossier)
    with translation.override("zh-hans"):
        return contract(
            ContractFacts(
                agreement=file.agreement,
                operator="河南移动 (演示)",
                outlet=clerk.name,
                outlet_code=clerk.code,
                clerk=clerk.code,
                signed_at=at,
                customer=persons[Role.CUSTOMER],
                number=quote.number,
                iccid=quote.sim.serial,
                grade="" if quote.grade == "ordinary" else quote.grade,
                monthly_floor=quote.monthly_floor,
                plan=quote.plan.name_zh,
                monthly_fee=_fee(quote.plan),
                add_ons=tuple((one.name_zh, one.price or Money(0)) for one in quote.add_ons),
                charges=tuple(
                    (_CHARGES[item.kind], item.amount) for item in quote.items if item.amount
                ),
                total=quote.total,
                agent=persons.get(Role.AGENT),
                guardian=persons.get(Role.GUARDIAN),
                signature=signature(),
            )
        )


_CHARGES: Final = {
    "number": "号码预存",
    "sim": "SIM卡",
    "plan": "套餐",
    "add_on": "增值业务",
    "prepay": "预存话费",
}


@cache
def picture(kind: str) -> bytes:
    """A small picture that shows what would be on it."""
    image = Image.new("RGB", (240, 150), (214, 226, 240))
    draw = ImageDraw.Draw(image)
    draw.rectangle((6, 6, 233, 143), outline=(60, 90, 140), width=2)
    draw.ellipse((165, 30, 215, 80), fill=(150, 170, 200))
    draw.rectangle((155, 85, 225, 125), fill=(150, 170, 200))
    draw.text((16, 60), f"DEMO\n{kind}", fill=(40, 60, 100))
    out = io.BytesIO()
    image.save(out, "JPEG", quality=60)
    return out.getvalue()


@cache
def signature() -> bytes:
    """A few strokes."""
    image = Image.new("RGBA", (300, 120), (0, 0, 0, 0))
    draw = ImageDraw.Draw(image)
    draw.line([(20, 90), (70, 25), (110, 95), (160, 30), (200, 80), (280, 40)], (0, 0, 0, 255), 4)
    draw.line([(60, 100), (240, 92)], (0, 0, 0, 255), 3)
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def on_shelf(places: Sequence[tuple[OrganizationId, str]], most: int = 1) -> list[list[str]]:
    """For each (outlet, item) the serials of some units that lie there for sale, without packs."""
    with connection.cursor() as cursor:
        cursor.execute(
            _ON_SHELF, [most, [str(place) for place, _ in places], [item for _, item in places]]
        )
        return [list(row[0] or ()) for row in cursor.fetchall()]


_ON_SHELF: Final = """
SELECT (SELECT array_agg(s.serial ORDER BY s.serial) FROM (
            SELECT u.serial FROM stock_unit u
            WHERE u.place_id = w.place AND u.item_id = w.item AND u.state = 'in_stock'
              AND u.number = '' ORDER BY u.expires_on, u.serial LIMIT %s) s)
FROM unnest(%s::uuid[], %s::text[]) WITH ORDINALITY AS w(place, item, nth) ORDER BY w.nth
"""
