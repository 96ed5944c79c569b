"""The agent's shop, with money and tokens, and a counter that serves it."""

import pytest

from tests.boss_process import BossProcess
from tests.counter_process import (
    CounterProcess,
    Counters,
    counter,
    counter_environment,
    counters,
    own_counter,
)
from tests.fronts.api.conftest import boss, boss_process, committed_shop, live_boss

__all__ = [
    "boss",
    "boss_process",
    "committed_shop",
    "counter",
    "counter_environment",
    "counters",
    "live_boss",
    "own_counter",
]


@pytest.fixture
def boss_counter(
    transactional_db: None,
    counter_environment: dict[str, str],
    live_boss: BossProcess,
    counters: Counters,
) -> CounterProcess:
    """A counter that reaches the BOSS."""
    return counters.told(counter_environment | {"QUDAO_BOSS_URL": live_boss.url})
