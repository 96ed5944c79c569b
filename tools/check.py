"""`make check`: runs every check, tells how each went, and fails when one did."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

PYTHON = sys.executable
BIN = Path(PYTHON).parent

CHECKS: dict[str, list[str]] = {
    "format": [str(BIN / "ruff"), "format", "--check", "--quiet", "."],
    "lint": [str(BIN / "ruff"), "check", "--quiet", "."],
    "types": [str(BIN / "mypy")],
    "contracts": [str(BIN / "lint-imports")],
    "architecture": [PYTHON, "-m", "pytest", "-q", "tests/architecture"],
    "migrations": [PYTHON, "-m", "tools.migrations"],
    "translations": [PYTHON, "-m", "tools.messages", "check"],
}

LONGEST = "types"
"""Begins first; the others go on beside it."""


def main() -> int:
    wanted = sys.argv[1:] or list(CHECKS)
    unknown = set(wanted) - set(CHECKS)
    if unknown:
        print(f"no such check: {', '.join(sorted(unknown))}; there are {', '.join(CHECKS)}")
        return 2
    # Each check brings its own settings.
    environment = {k: v for k, v in os.environ.items() if k != "DJANGO_SETTINGS_MODULE"}

    def run(name: str) -> tuple[subprocess.CompletedProcess[str], float]:
        began = time.monotonic()
        done = subprocess.run(
            CHECKS[name],
            capture_output=True,
            text=True,
            check=False,
            env=environment,
        )
        return done, time.monotonic() - began

    failed = []
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        running = {
            name: pool.submit(run, name)
            for name in sorted(wanted, key=lambda name: name != LONGEST)
        }
        for name in wanted:
            done, took = running[name].result()
            result = "ok" if done.returncode == 0 else "FAILED"
            print(f"{name:14} {result:6} {took:5.1f} s", flush=True)
            if done.returncode != 0:
                failed.append(name)
                print(done.stdout[-12_000:] + done.stderr[-4_000:], flush=True)
    if failed:
        print(f"make check: {', '.join(failed)} failed")
        return 1
    print("make check: everything is in order")
    return 0


if __name__ == "__main__":
    sys.exit(main())
