"""The agent's shop, with money and tokens, and a counter that serves it."""

from tests.counter_process import counter, counter_environment
from tests.fronts.api.conftest import boss, boss_process, committed_shop, live_boss

__all__ = ["boss", "boss_process", "committed_shop", "counter", "counter_environment", "live_boss"]
