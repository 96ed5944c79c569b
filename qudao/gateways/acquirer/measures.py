"""What is measured of the traffic with the acquirer."""

from __future__ import annotations

from typing import Final

from prometheus_client import Counter, Gauge, Histogram

from qudao.gateways.outgoing.breaker import State

_REQUESTS: Final = Counter(
    "qudao_acquirer_requests_total",
    "Requests to the acquirer, by what was asked and result: a status, silent or not_reached.",
    ["act", "result"],
)
_SECONDS: Final = Histogram(
    "qudao_acquirer_request_seconds",
    "How long the acquirer took to answer.",
    ["act"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
_BREAKER: Final = Gauge(
    "qudao_acquirer_breaker",
    "The breaker to the acquirer: 0 closed, 1 half-open, 2 open; the worst of all processes.",
    multiprocess_mode="livemax",
)
_LEVELS: Final = {State.CLOSED: 0, State.HALF_OPEN: 1, State.OPEN: 2}


def request(act: str, result: str, seconds: float, breaker: State) -> None:
    """Count one request and how the breaker stands after it."""
    _REQUESTS.labels(act, result).inc()
    _SECONDS.labels(act).observe(seconds)
    _BREAKER.set(_LEVELS[breaker])
