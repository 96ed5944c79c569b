"""wrk, the compiled load generator, as many clients of the sale."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from qudao.site.bench import load

_SCRIPT: Final = Path(__file__).parent / "sales.lua"
MISSING: Final = (
    "wrk is not installed: a client in Python takes its place, which costs several times as much"
    " of the cores that it shares with the server. On Debian: apt-get install wrk"
)


@dataclass(frozen=True, slots=True)
class Told:
    """What the clients saw."""

    client: str
    """`wrk`, or what took its place."""
    took_s: float
    statuses: dict[int, int]
    """Answers by HTTP status: all of them. Where they were not told apart, 201 stands for all below
    400, and 0 for the others."""
    p50_ms: float
    p99_ms: float
    broken: int
    """Connections that failed, and answers that did not come in ten seconds."""
    missed: int
    """Requests that were due and could not leave, for want of a free connection."""
    client_s: float
    """CPU seconds of the clients."""

    @property
    def sold(self) -> int:
        return self.statuses.get(201, 0)

    @property
    def answered(self) -> int:
        return sum(self.statuses.values())

    @property
    def others(self) -> str:
        """What was answered besides 201, in words; empty when nothing was."""
        said = [f"{count} × {status}" for status, count in sorted(self.statuses.items())]
        said = [text.replace("× 0", "refused") for text in said if not text.endswith("× 201")]
        if self.broken:
            said.append(f"{self.broken} broken")
        return ", ".join(said)


def sell(
    port: int,
    outlets: int,
    connections: int,
    seconds: int,
    folder: Path,
    *,
    rate: float = 0,
    apart: bool = False,
) -> Told:
    """Let so many connections sell, each as soon as it is answered, or `rate` sales a second.

    :param folder: where the requests that are made beforehand are put
    :param apart: count the answers of each status, which costs the client a third more
    """
    run = f"bench-{time.time_ns():x}"
    wrk = shutil.which("wrk")
    if wrk is None:
        return _in_python(port, outlets, connections, seconds, rate=rate, run=run)
    heads, middles = folder / f"heads-{outlets}.txt", folder / "middles.txt"
    if not heads.exists():
        _write(heads, [load.head(outlet) for outlet in range(1, outlets + 1)])
        _write(middles, load.middles(1000))
    command = [wrk, "--threads=1", f"--connections={connections}", f"--duration={seconds}s"]
    command += ["--timeout=10s", "--latency", f"--script={_SCRIPT}", f"http://127.0.0.1:{port}"]
    command += ["--", run, str(heads), str(middles), str(load.hot_outlets(outlets))]
    command += [str(round(1000 * load.HOT_SALES)), str(rate), "apart" if apart else "together"]
    before = _children_s()
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    client_s = _children_s() - before
    told = json.loads(done.stdout.strip().splitlines()[-1])
    return Told(
        client="wrk",
        took_s=told["us"] / 1e6,
        statuses={int(status): count for status, count in told["statuses"].items()},
        p50_ms=told["p50_us"] / 1000,
        p99_ms=told["p99_us"] / 1000,
        broken=told["broken"],
        missed=max(0, round(rate * told["us"] / 1e6) - told["sent"]),
        client_s=client_s,
    )


def _write(path: Path, texts: list[str]) -> None:
    path.write_text("".join(text.replace("\r\n", "|") + "\n" for text in texts))


def _children_s() -> float:
    times = os.times()
    return times.children_user + times.children_system


def warm_up(port: int, outlets: int) -> None:
    """Let each outlet sell once: a counter that has just started knows no token yet.

    :raises RuntimeError: when not all of them can
    """
    told = _in_python(port, outlets, 64, 300, run=f"warm-{time.time_ns():x}", each=True)
    if told.sold != outlets:
        raise RuntimeError(f"of {outlets} outlets {told.sold} can sell; others: {told.others}")


def _in_python(port: int, outlets: int, connections: int, seconds: int, **more: object) -> Told:
    wanted: dict[str, object] = {"port": port, "outlets": outlets, "connections": connections}
    wanted |= {"seconds": seconds, "rate": 0} | more
    before = _children_s()
    done = subprocess.run(
        [sys.executable, "-m", "qudao.site.bench.client"],
        input=json.dumps(wanted),
        capture_output=True,
        text=True,
        check=True,
    )
    client_s = _children_s() - before
    told = json.loads(done.stdout.strip().splitlines()[-1])
    return Told(
        client="client in Python",
        took_s=told["took_s"],
        statuses={int(status): count for status, count in told["statuses"].items()},
        p50_ms=told["p50_ms"],
        p99_ms=told["p99_ms"],
        broken=told["broken"],
        missed=told["missed"],
        client_s=client_s,
    )
