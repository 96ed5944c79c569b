"""What the phone hall is tested with."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytest_django.fixtures import Settings

from tests.boss_process import BossProcess, boss, boss_process
from tests.fronts.electronic import ElectronicHall, electronic_hall
from tests.province import Province

__all__ = ["boss", "boss_process"]


@pytest.fixture
def hall(province: Province, boss: BossProcess, settings: Settings) -> Iterator[ElectronicHall]:
    with electronic_hall(province, boss, settings, "ivr_hall") as opened:
        yield opened
