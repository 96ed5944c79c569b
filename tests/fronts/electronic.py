"""An electronic hall in the small province: its outlet, a BOSS, and customers with cards."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

from pytest_django.fixtures import Settings

from qudao.domain.credential import operations as credential
from qudao.domain.ordering.models import Order
from qudao.domain.party.types import OrganizationId
from qudao.domain.saleschannel import operations as saleschannel
from qudao.domain.saleschannel.types import Contract, Market, OutletDraft
from qudao.domain.wallet import operations as wallet
from qudao.journeys import cards
from qudao.kernel.period import Period
from qudao.kernel.personal import Secret
from tests.boss_process import BossProcess
from tests.journeys.dialogue.conftest import _forget
from tests.journeys.shop import Shop, open_shop
from tests.province import NOON, Province

PASSWORD = "270519"


@dataclass
class ElectronicHall:
    province: Province
    boss: BossProcess
    outlet: OrganizationId
    shop: Shop

    def line(self) -> str:
        """The number of an active line that has the service password `PASSWORD`."""
        number = self.boss.fresh().msisdn
        credential.set_password(
            self.province.system(), msisdn=number, password=Secret(PASSWORD), avoid=()
        )
        return number

    def card(self) -> str:
        """The PIN of a recharge card that was sold."""
        serial, pin = self.shop.shelf.card()
        cards.sell(self.shop.ctx(), outlet=self.shop.outlet, serial=serial)
        self.shop.settle("completed")
        return pin

    def orders(self) -> int:
        """How many orders were made here."""
        return Order.objects.unscoped("all that there are").filter(outlet=self.outlet).count()


@contextmanager
def electronic_hall(
    province: Province, boss: BossProcess, settings: Settings, kind: str
) -> Iterator[ElectronicHall]:
    settings.BOSS_URL = boss.url
    _forget()
    outlet = saleschannel.open_outlet(
        province.system(NOON - timedelta(days=60)),
        place=province.organizations["4101"],
        draft=OutletDraft(
            name_zh="电子营业厅",
            name_en="Electronic hall",
            kind=kind,
            market=Market.CITY,
            address="",
            contract=Contract("C-HALL", Period(NOON - timedelta(days=90))),
        ),
    )
    wallet.open(province.system(), outlet=outlet)
    saleschannel.activate(province.system(), outlet=outlet)
    yield ElectronicHall(province, boss, outlet, open_shop(province))
    _forget()
