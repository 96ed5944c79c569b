"""
Goods and numbers in the small province: what account openings and sales of goods need.

Serials, PINs and documents are made by counting, so every call gives things nobody has had.
"""

from __future__ import annotations

import io
import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from PIL import Image, ImageDraw

from qudao.domain.customer import operations as customer
from qudao.domain.customer import queries as customers
from qudao.domain.customer.types import DossierId, PersonDraft, Role
from qudao.domain.party.types import OrganizationId
from qudao.domain.resource import operations as resource
from qudao.domain.resource import queries as numbers
from qudao.domain.resource.types import Held, NumberSearch, Reserve
from qudao.domain.stock import operations as stock
from qudao.domain.stock.types import NewUnit
from qudao.kernel.money import Money
from qudao.kernel.numbers import luhn_digit
from qudao.kernel.personal import Personal, Secret
from qudao.platform.commands.context import Context
from tests import database, kept
from tests import province as small
from tests.province import NOON, Province

PREFIX, FAR_PREFIX = "1340371", "1340379"
"""Segments of Zhengzhou and Luoyang."""

TAILS = [
    tail
    for tail in (f"{n:04d}" for n in range(10_000))
    if len(set(tail)) <= 2 or tail < "0300" or "5300" <= tail < "5500"
]
"""What numbers end with: all that have a pattern of one or two digits, and some plain ones. A whole
segment takes much longer to load."""

_count = itertools.count(1)


def iccid() -> str:
    body = f"898600{next(_count):013d}"
    return body + luhn_digit(body)


def imei() -> str:
    body = f"86012345{next(_count):06d}"
    return body + luhn_digit(body)


def resident_id(year: int = 1990) -> str:
    """A well-formed number of nobody, of a division in Zhengzhou."""
    body = f"410102{year}0307{next(_count) % 1000:03d}"
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    total = sum(int(digit) * weight for digit, weight in zip(body, weights, strict=True))
    return body + "10X98765432"[total % 11]


def person(number: str = "", name: str = "王小明", year: int = 1990) -> PersonDraft:
    return PersonDraft(
        kind="resident_id",
        number=Personal(number or resident_id(year)),
        name=Personal(name),
        valid_until=(NOON + timedelta(days=1000)).date(),
        address=Personal("河南省郑州市中原区建设路1号"),
        phone=Personal("13903710001"),
    )


def photo() -> bytes:
    """A small JPEG."""
    out = io.BytesIO()
    Image.new("RGB", (320, 200), (180, 200, 220)).save(out, "JPEG")
    return out.getvalue()


def signature() -> bytes:
    """A PNG with a stroke."""
    image = Image.new("RGBA", (400, 160), (0, 0, 0, 0))
    ImageDraw.Draw(image).line([(20, 130), (120, 30), (220, 120), (380, 40)], (0, 0, 0, 255), 5)
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


CONTRACT = b"%PDF-1.7\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"


@dataclass
class Shelf:
    """What was put at an outlet."""

    outlet: OrganizationId
    sims: list[str] = field(default_factory=list)
    cards: list[tuple[str, str]] = field(default_factory=list)
    """(serial, PIN)"""
    handsets: list[str] = field(default_factory=list)

    def sim(self) -> str:
        return self.sims.pop()

    def card(self) -> tuple[str, str]:
        return self.cards.pop()

    def handset(self) -> str:
        return self.handsets.pop()


KEPT = "numbers"


def keep() -> None:
    """Keep the province, and the numbers in it, for the tests of this process."""
    database.clear()
    province = small.keep()
    kept.keep(KEPT, lambda: _load_numbers(province))
    database.clear()


def load_numbers(province: Province) -> None:
    """The grades, patterns, and numbers of a segment (see `TAILS`) for each of the two branches."""
    if kept.is_kept(KEPT):
        kept.put(KEPT, type(None))
    else:
        _load_numbers(province)


def _load_numbers(province: Province) -> None:
    resource.load_reference(province.system())
    for code, prefix in (("4101", PREFIX), ("4103", FAR_PREFIX)):
        resource.load_numbers(
            province.system(),
            branch=province.organizations[code],
            numbers=[f"{prefix}{tail}" for tail in TAILS],
        )


def shelve(
    province: Province, outlet: OrganizationId, *, each: int = 10, at: datetime = NOON
) -> Shelf:
    """Put so many SIM cards, recharge cards and handsets, and 50 gifts, at an outlet."""
    stock.load_reference(province.system(at))
    shelf = Shelf(outlet)
    shelf.sims = [iccid() for _ in range(each)]
    shelf.cards = [(f"26{next(_count):014d}", f"{next(_count):018d}") for _ in range(each)]
    shelf.handsets = [imei() for _ in range(each)]

    def load(item: str, units: Iterator[NewUnit], cost: int) -> None:
        stock.load_units(
            province.system(at), place=outlet, item=item, units=tuple(units), cost=Money(cost)
        )

    load("SIM3IN1", (NewUnit(one, imsi=f"46000{one[-11:-1]}") for one in shelf.sims), 300)
    expiry = (at + timedelta(days=400)).date()
    load(
        "RC50",
        (NewUnit(one, pin=Secret(pin), expires_on=expiry) for one, pin in shelf.cards),
        20,
    )
    load("HS-NOVA5", (NewUnit(one) for one in shelf.handsets), 1_300_00)
    stock.load_quantity(
        province.system(at), place=outlet, item="GIFT-UMBRELLA", quantity=50, cost=Money(15_00)
    )
    return shelf


def hold_number(ctx: Context, outlet: OrganizationId, **search: object) -> Held:
    """Hold some free number."""
    wanted = NumberSearch(grade="ordinary", **search)  # type: ignore[arg-type]
    page = numbers.search(ctx, outlet=outlet, search=wanted)
    return resource.reserve.one(ctx, Reserve(outlet, page.items[0].number))


def dossier(
    province: Province,
    ctx: Context,
    outlet: OrganizationId,
    *,
    purpose: str = "account_opening",
    who: PersonDraft | None = None,
    number: str = "",
) -> DossierId:
    """A dossier with everything in it, ready to be submitted."""

    def keyed() -> Context:
        return ctx.with_key(f"{ctx.request_key}#{next(_count)}")

    made = customer.open_dossier(keyed(), outlet=outlet, purpose=purpose, number=number)
    customer.identify(keyed(), dossier=made, role=Role.CUSTOMER, person=who or person())
    for kind in customers.missing(ctx, dossier=made):
        if kind != "signature":
            customer.add_picture(keyed(), dossier=made, kind=kind, content=photo())
    if "signature" in customers.missing(ctx, dossier=made):
        customer.sign(keyed(), dossier=made, signature=signature(), contract=CONTRACT)
    return made
