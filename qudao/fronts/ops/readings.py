"""Gauges that are read when Prometheus asks."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from qudao.domain.checkout import queries as checkout
from qudao.domain.ordering import queries as ordering
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


@reading("qudao_dispatch_orders", "Orders that the BOSS owes an answer for.", ["state"])
def dispatch_orders() -> Mapping[tuple[str, ...], float]:
    backlog = ordering.backlog(datetime.now(UTC))
    return {("open",): backlog.open, ("unknown",): backlog.unknown}


@reading("qudao_dispatch_oldest_seconds", "Age of the oldest order that the BOSS owes.")
def dispatch_oldest() -> Mapping[tuple[str, ...], float]:
    now = datetime.now(UTC)
    return {(): ordering.backlog(now).oldest_s(now)}


@reading(
    "qudao_dispatchers",
    "Dispatchers at work, by how their breaker to the BOSS stands.",
    ["breaker"],
)
def dispatchers() -> Mapping[tuple[str, ...], float]:
    alive = ordering.runners(datetime.now(UTC))
    return {(state,): alive.count(state) for state in ("closed", "half-open", "open")}


@reading("qudao_payments", "Customers' payments that are not over.", ["state"])
def payments() -> Mapping[tuple[str, ...], float]:
    backlog = checkout.backlog(datetime.now(UTC))
    return {
        ("open",): backlog.open,
        ("unknown",): backlog.unsure,
        ("by_hand",): backlog.by_hand,
    }


@reading("qudao_payments_overdue_seconds", "How long the next step of a payment is due already.")
def payments_overdue() -> Mapping[tuple[str, ...], float]:
    now = datetime.now(UTC)
    return {(): checkout.backlog(now).overdue_s}
