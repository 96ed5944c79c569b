"""What is measured, in Prometheus's terms.

Measurements of all processes are added up through files in `PROMETHEUS_MULTIPROC_DIR`, which
`qudao run` sets; without it a process tells of itself alone. Gauges that are read from the
database when asked (`Reading`) are the same in every process.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from typing import Final

from prometheus_client import REGISTRY, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

REQUESTS: Final = Counter(
    "qudao_http_requests_total", "Requests answered.", ["front", "method", "status"]
)
REQUEST_SECONDS: Final = Histogram(
    "qudao_http_request_seconds",
    "How long answers took.",
    ["front"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5),
)
CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"

Reading = Callable[[], Mapping[tuple[str, ...], float]]

_readings: dict[str, tuple[str, tuple[str, ...], Reading]] = {}


def reading(
    name: str, documentation: str, labels: Iterable[str] = ()
) -> Callable[[Reading], Reading]:
    """Register a gauge that is computed when somebody asks: label values → number."""

    def register(function: Reading) -> Reading:
        assert name not in _readings, name
        _readings[name] = (documentation, tuple(labels), function)
        return function

    return register


class _Readings:
    def collect(self) -> Iterable[GaugeMetricFamily]:
        for name, (documentation, labels, function) in sorted(_readings.items()):
            family = GaugeMetricFamily(name, documentation, labels=labels)
            for values, number in function().items():
                family.add_metric(list(values), number)
            yield family


def render() -> bytes:
    """Return all measurements of all processes as Prometheus reads them."""
    folder = os.environ.get("PROMETHEUS_MULTIPROC_DIR")
    registry = CollectorRegistry() if folder else REGISTRY
    if folder:
        _forget_dead(folder)
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    readings = CollectorRegistry()
    readings.register(_Readings())
    return generate_latest(registry) + generate_latest(readings)


def _forget_dead(folder: str) -> None:
    """Drop the live gauges of processes that are gone."""
    processes = {name.rsplit("_", 1)[-1].removesuffix(".db") for name in os.listdir(folder)}
    for process in processes:
        if process.isdigit() and not os.path.exists(f"/proc/{process}"):
            mark_process_dead(int(process))  # type: ignore[no-untyped-call]
