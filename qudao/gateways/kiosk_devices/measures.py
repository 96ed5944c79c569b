"""What is measured of the traffic with kiosks."""

from __future__ import annotations

from typing import Final

from prometheus_client import Counter

_COMMANDS: Final = Counter(
    "qudao_kiosk_commands_total",
    "Commands to the devices in kiosks, by name and result: done, silent or unreached.",
    ["name", "result"],
)


def command(name: str, result: str) -> None:
    """Count one command."""
    _COMMANDS.labels(name, result).inc()
