"""The electronic halls: an outlet for each, some kiosks, and customers to try them with."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from random import SystemRandom
from typing import Final

from qudao.domain.credential import operations as credential
from qudao.domain.credential.types import PasswordWeak
from qudao.domain.party.types import OrganizationId
from qudao.domain.saleschannel import operations as saleschannel
from qudao.domain.saleschannel.types import Market, OutletDraft
from qudao.domain.wallet import operations as wallet
from qudao.kernel.personal import Secret
from qudao.platform.commands.context import Context
from qudao.site.demo.names import Name
from simulators.boss.people import Person, people

BRANCH: Final = "4101"
"""Halls stand for the whole province in the name of an outlet of its capital."""

HALLS: Final = {
    "web_hall": Name("河南网上营业厅", "Henan web hall"),
    "mobile_hall": Name("河南掌上营业厅", "Henan mobile hall"),
    "sms_hall": Name("河南短信营业厅", "Henan SMS hall"),
    "ussd_hall": Name("河南USSD营业厅", "Henan USSD hall"),
    "ivr_hall": Name("河南电话营业厅", "Henan phone hall"),
}
KIOSKS: Final = (
    ("410105", Name("国贸360广场自助终端", "Kiosk, Guomao 360 Plaza"), "113.6790", "34.7810"),
    ("410103", Name("郑州站自助终端", "Kiosk, Zhengzhou Station"), "113.6580", "34.7460"),
    ("410102", Name("碧沙岗公园自助终端", "Kiosk, Bishagang Park"), "113.6350", "34.7530"),
)


def open_all(
    context: Callable[[str], Context], organizations: dict[str, OrganizationId]
) -> dict[str, list[OrganizationId]]:
    """Open an outlet for each hall, and the kiosks; return them by kind of channel."""
    made: dict[str, list[OrganizationId]] = {}
    for kind, name in HALLS.items():
        draft = OutletDraft(name.zh, name.en, kind, Market.CITY, address="郑州市")
        made[kind] = [_open(context, organizations[BRANCH], draft)]
    for county, name, longitude, latitude in KIOSKS:
        draft = OutletDraft(
            name.zh,
            name.en,
            "kiosk",
            Market.CITY,
            address=name.zh.removesuffix("自助终端"),
            longitude=Decimal(longitude),
            latitude=Decimal(latitude),
        )
        made.setdefault("kiosk", []).append(_open(context, organizations[county], draft))
    return made


def _open(
    context: Callable[[str], Context], place: OrganizationId, draft: OutletDraft
) -> OrganizationId:
    made = saleschannel.open_outlet(context("open"), place=place, draft=draft)
    wallet.open(context("wallet"), outlet=made)
    saleschannel.activate(context("activate"), outlet=made)
    return made


# ---- customers -----------------------------------------------------------------------------------


def customers(seed: int, count: int) -> Iterator[tuple[Person, str]]:
    """Customers who are good to try halls with, each with what is special about them."""
    active = [one for one in people(seed, count) if one.state == "active"]
    taken: set[str] = set()
    wanted: tuple[tuple[str, Callable[[Person], bool]], ...] = (
        ("预付费 prepaid", lambda one: one.payment == "prepaid"),
        ("有欠费 owes money", lambda one: any(bill.open for bill in one.bills)),
        ("有加油包 with add-ons", lambda one: bool(one.add_ons)),
    )
    for what, like in wanted:
        for one in active:
            if one.branch == BRANCH and like(one) and one.msisdn not in taken:
                taken.add(one.msisdn)
                yield one, what
                break


def give_passwords(seed: int, count: int, context: Callable[[str], Context]) -> list[str]:
    """Give some customers service passwords, made now; return a line to show for each."""
    lines = []
    for one, what in customers(seed, count):
        password = _set_password(one.msisdn, context)
        lines.append(f"{one.msisdn} {password}   {what}")
    return lines


def _set_password(msisdn: str, context: Callable[[str], Context]) -> str:
    random = SystemRandom()
    while True:
        password = f"{random.randrange(1_000_000):06}"
        try:
            credential.set_password(
                context(f"password.{password}"), msisdn=msisdn, password=Secret(password)
            )
        except PasswordWeak:
            continue
        return password
