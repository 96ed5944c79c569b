"""The agent's shop, with money and tokens, and a counter that serves it."""

from tests.counter_process import counter, counter_environment
from tests.fronts.api.conftest import committed_shop

__all__ = ["committed_shop", "counter", "counter_environment"]
