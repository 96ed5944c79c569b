"""What a kiosk's pages are tested with."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from qudao.domain.catalog import queries as catalog
from qudao.gateways.boss import gateway
from qudao.journeys import customers
from tests.boss_process import BossProcess, boss, boss_process
from tests.fronts.kiosk.stand import Stand, fetching
from tests.kiosk_process import KioskProcess, kiosk_devices
from tests.kiosks import devices_of, terminal
from tests.province import Province

__all__ = ["boss", "boss_process", "kiosk_devices"]


@pytest.fixture
def stand(
    province: Province, boss: BossProcess, kiosk_devices: KioskProcess, settings: Settings
) -> Iterator[Stand]:
    """Somebody who stands before a kiosk."""
    settings.BOSS_URL = boss.url
    _forget()
    with devices_of(kiosk_devices):
        client = Client(enforce_csrf_checks=True)
        stand = Stand(
            fetching(client),
            client=client,
            province=province,
            boss=boss,
            devices=kiosk_devices,
            kiosk=terminal(province),
        )
        kiosk_devices.empty(stand.kiosk.node)
        stand.admit(stand.kiosk.token)
        yield stand
    _forget()


def _forget() -> None:
    """What a process keeps of another test's province and BOSS."""
    catalog.forget()
    customers.boss.cache_clear()
    gateway._of_process.cache_clear()
