"""Gauges that are read when Prometheus asks."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from qudao.platform.events import relay
from qudao.platform.jobs.queries import queue_state
from qudao.platform.observability.metrics import reading


@reading("qudao_relay_lag_seconds", "Age of the oldest journal row not yet taken.", ["consumer"])
def relay_lag() -> Mapping[tuple[str, ...], float]:
    return {(name,): lag for name, lag in relay.lag(datetime.now(UTC)).items()}


@reading("qudao_jobs", "Jobs and workers, by what they are.", ["state"])
def jobs() -> Mapping[tuple[str, ...], float]:
    state = queue_state()
    return {
        ("waiting",): state.waiting,
        ("failed_last_day",): state.failed,
        ("workers",): state.workers,
        ("oldest_waiting_seconds",): state.oldest_waiting_s,
    }
