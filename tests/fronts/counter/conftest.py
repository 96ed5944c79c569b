"""The agent's shop, with money and tokens, and a counter that serves it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.boss_process import BossProcess
from tests.counter_process import (
    CounterProcess,
    counter,
    counter_environment,
    counter_process,
)
from tests.fronts.api.conftest import boss, boss_process, committed_shop, live_boss

__all__ = ["boss", "boss_process", "committed_shop", "counter", "counter_environment", "live_boss"]


@pytest.fixture
def boss_counter(
    transactional_db: None,
    counter_environment: dict[str, str],
    live_boss: BossProcess,
    tmp_path: Path,
) -> Iterator[CounterProcess]:
    """A counter that reaches the BOSS."""
    environment = counter_environment | {"QUDAO_BOSS_URL": live_boss.url}
    with counter_process(environment, tmp_path) as running:
        yield running
