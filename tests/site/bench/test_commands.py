"""The benchmarks run from one end to the other, and write down what they promise.

How fast anything is does not matter here.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests import installed

Run = Callable[..., tuple[int, dict[str, Any], str]]


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    data = Path(tempfile.mkdtemp(prefix="qudao-bench-test-"))
    data.chmod(0o711)

    def bench(*arguments: str) -> tuple[int, dict[str, Any], str]:
        file = tmp_path / "figures.json"
        environment = {**os.environ, "QUDAO_DATA": str(data)}
        environment["DJANGO_SETTINGS_MODULE"] = "qudao.site.settings"
        environment["QUDAO_BENCH_CLUSTER"] = str(installed.kept() / "cluster")
        environment.pop("DATABASE_URL", None)
        done = subprocess.run(
            [sys.executable, "-m", "qudao.site.cli", "bench", *arguments, "--json", str(file)],
            env=environment,
            capture_output=True,
            text=True,
        )
        assert file.exists(), done.stdout + done.stderr
        return done.returncode, json.loads(file.read_text()), done.stdout

    yield bench
    shutil.rmtree(data)


def test_counter(run: Run, tmp_path: Path) -> None:
    chart = tmp_path / "chart.svg"
    code, report, said = run("counter", "--seconds=1", "--outlets=100", f"--chart={chart}")
    assert code == 0
    speeds = {f"pgbench_tps_{n}" for n in (1, 8, 32)} | {"pgbench_best"}
    speeds |= {f"http_tps_{n}" for n in (32, 128, 512)} | {f"portal_tps_{n}" for n in (32, 128)}
    assert all(report[name] > 0 for name in speeds)
    assert report["p99_ms_128"] >= report["p50_ms_128"] > 0
    assert _is_quotient(report["ratio"], report["http_tps_128"], report["pgbench_tps_32"])
    assert report["books_balance"] is True
    assert report["machine"]["postgresql"]["fsync"] == "on"
    assert report["machine"]["load_before"]
    figures = {one["name"]: one for one in report["figures"]}
    assert len(figures) == 8
    assert all(one["database_us"] > 0 and not one["note"] for one in figures.values()), said
    assert all(one["server_us"] > 0 for name, one in figures.items() if "pgbench" not in name)
    assert chart.read_text().startswith("<svg")


def _is_quotient(ratio: float, dividend: float, divisor: float) -> bool:
    """Whether it is what was divided before all three were rounded: to 3, 1 and 1 places."""
    least = (dividend - 0.05) / (divisor + 0.05) - 0.0005
    most = (dividend + 0.05) / (divisor - 0.05) + 0.0005
    return least <= ratio <= most


def test_soak(run: Run, tmp_path: Path) -> None:
    chart = tmp_path / "chart.svg"
    arguments = ["--minutes=0.1", "--rate=40", "--outlets=100", "--customers=300"]
    code, report, said = run("soak", *arguments, f"--chart={chart}")
    # In so short a run nothing is flat, and a busy machine misses the rate: the books are right.
    timely = {"the rate that was wanted", "requests that could not leave in time"}
    timely.add("completions that do not keep up")
    wrong = {name: text for name, text in report["checks"].items() if text and name not in timely}
    assert wrong == {}, said
    assert code == (0 if report["passed"] else 1)
    assert report["passed"] == (report["flat"] and not any(report["checks"].values()))
    assert report["counts"]["acknowledged"] > 0
    assert report["answers"]["sale 201"] == report["counts"]["acknowledged"]
    assert report["answers"]["repeated 201"] > 0
    sample = report["samples"][-1]
    assert sample["memory_mb"].keys() == {"counter", "worker", "BOSS", "database"}
    assert sample["size_mb"]["ordering_order"] > 0 and sample["completions"] > 0
    assert chart.read_text().startswith("<svg")


def test_overload(run: Run, tmp_path: Path) -> None:
    chart = tmp_path / "chart.svg"
    arguments = ["--seconds=1", "--outlets=100", "--connections=256"]
    code, report, said = run("overload", *arguments, f"--chart={chart}")
    assert code == 0
    assert report["books_balance"] is True, said
    assert report["statuses"].keys() <= {"201", "429", "503"}
    assert report["statuses"]["201"] > 0
    assert report["retry_after"]["without"] == 0
    assert report["goodput"] == pytest.approx(
        report["sold_per_s"] / report["peak_per_s"], abs=0.001
    )
    assert chart.read_text().startswith("<svg")


@pytest.mark.skipif(shutil.which("sipp") is None, reason="SIPp makes the calls")
def test_calls(run: Run) -> None:
    code, report, said = run("calls", "--calls=2", "--seconds=1")
    assert code == 0
    assert (report["calls"], report["answered"], report["failed"]) == (2, 2, 0), said
    assert report["p99_ms"] >= report["p50_ms"] > 0
    assert report["cpu_ms_per_call_s"] > 0
