"""What is measured at the phone hall."""

from __future__ import annotations

from typing import Final

from prometheus_client import Counter

CALLS: Final = Counter("qudao_phone_calls_total", "Calls that began.", ["gateway"])
STEPS: Final = Counter("qudao_phone_steps_total", "Pages, by what they are.", ["screen"])
