"""What a benchmark ran on: without it, no figure says anything."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
from pathlib import Path
from typing import Any, Final

from qudao.site.bench.stand import Stand

_SETTINGS: Final = (
    *("server_version", "fsync", "synchronous_commit", "full_page_writes", "shared_buffers"),
    *("max_wal_size", "checkpoint_timeout", "wal_compression", "commit_delay"),
)


def facts_of(made: Stand, seconds: float) -> dict[str, Any]:
    """Return the machine, the server and the settings, as JSON has them."""
    with made.connect() as connection:
        shown = {
            name: str(connection.execute(f"SHOW {name}").fetchone()[0])  # type: ignore[index]
            for name in _SETTINGS
        }
    return {
        "cores": len(os.sched_getaffinity(0)),
        "processor": _processor(),
        "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1),
        "system": platform.platform(),
        "python": platform.python_version(),
        "load_average": load_now(),
        "outlets": made.outlets,
        "seconds_each": seconds,
        "postgresql": shown,
        "wrk": _wrk(),
    }


def load_now() -> list[float]:
    """Return the load of the last one, five and fifteen minutes."""
    return [round(load, 2) for load in os.getloadavg()]


def short(facts: dict[str, Any]) -> str:
    """Return the facts in a line, for a chart."""
    server = facts["postgresql"]
    return (
        f"{facts['cores']} cores of {facts['processor']}, {facts['memory_gib']:g} GiB,"
        f" PostgreSQL {server['server_version'].split()[0]}, fsync {server['fsync']},"
        f" {facts['outlets']:,} outlets, {facts['seconds_each']:g} s each"
    )


def _processor() -> str:
    for text in Path("/proc/cpuinfo").read_text().splitlines():
        if text.startswith("model name"):
            return text.partition(":")[2].strip()
    return platform.processor()


def _wrk() -> str:
    found = shutil.which("wrk")
    if found is None:
        return "not installed"
    said = subprocess.run([found, "--version"], capture_output=True, text=True).stdout
    return said.partition(" Copyright")[0].strip()
