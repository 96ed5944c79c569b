"""What is measured at the USSD hall."""

from __future__ import annotations

from typing import Final

from prometheus_client import Counter, Gauge, Histogram

STEPS: Final = Counter("qudao_ussd_steps_total", "Words of phones, by what was shown.", ["shown"])
STEP_SECONDS: Final = Histogram(
    "qudao_ussd_step_seconds",
    "From a phone's word to its screen.",
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
SETS: Final = Histogram(
    "qudao_ussd_set_words", "Words answered together.", buckets=(1, 2, 4, 8, 16, 32, 64)
)
WAITING: Final = Gauge("qudao_ussd_waiting", "Words that wait.", multiprocess_mode="livesum")
BOUND: Final = Gauge(
    "qudao_ussd_bound", "Gateways that are bound.", ["gateway"], multiprocess_mode="livesum"
)
LOST: Final = Counter(
    "qudao_ussd_lost_total", "Screens that did not reach their gateway.", ["gateway"]
)
