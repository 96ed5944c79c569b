"""What the USSD hall is tested with."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytest_django.fixtures import Settings

from tests.boss_process import BossProcess, boss, boss_process
from tests.fronts.electronic import ElectronicHall, electronic_hall
from tests.province import Province
from tests.smsc_process import smsc, smsc_process

__all__ = ["boss", "boss_process", "smsc", "smsc_process"]


@pytest.fixture
def hall(province: Province, boss: BossProcess, settings: Settings) -> Iterator[ElectronicHall]:
    with electronic_hall(province, boss, settings, "ussd_hall") as opened:
        yield opened


@pytest.fixture
def committed_hall(
    committed_province: Province, boss: BossProcess, settings: Settings
) -> Iterator[ElectronicHall]:
    """Committed: for threads, which see only that."""
    with electronic_hall(committed_province, boss, settings, "ussd_hall") as opened:
        yield opened
