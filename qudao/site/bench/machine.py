"""What a benchmark ran on: without it, no figure says anything."""

from __future__ import annotations

import os
import platform
from pathlib import Path
from typing import Any

from qudao.site.bench.stand import Stand


def facts_of(made: Stand, seconds: int) -> dict[str, Any]:
    """Return the machine, the server and the settings, as JSON has them."""
    with made.connect() as connection:
        shown = {
            name: str(connection.execute(f"SHOW {name}").fetchone()[0])  # type: ignore[index]
            for name in ("server_version", "fsync", "synchronous_commit", "shared_buffers")
        }
    return {
        "cores": len(os.sched_getaffinity(0)),
        "processor": _processor(),
        "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1),
        "system": platform.platform(),
        "python": platform.python_version(),
        "load_average": [round(load, 2) for load in os.getloadavg()],
        "outlets": made.outlets,
        "seconds_each": seconds,
        "postgresql": shown,
    }


def _processor() -> str:
    for text in Path("/proc/cpuinfo").read_text().splitlines():
        if text.startswith("model name"):
            return text.partition(":")[2].strip()
    return platform.processor()
