"""What plain PostgreSQL does: pgbench calls one SQL function for one sale at a time."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Sequence
from pathlib import Path

from qudao.site.bench.figures import Figure, quantile
from qudao.site.bench.stand import Stand
from qudao.site.postgres.home import client_program
from qudao.site.postgres.server import DATABASE, OWNER


def measure(
    stand: Stand, scripts: Sequence[tuple[str, int]], clients: int, seconds: int, folder: Path
) -> Figure:
    """Run pgbench, with prepared statements, and read its log of latencies.

    :param scripts: as `load.pgbench_scripts` makes them: each with its weight
    """
    files = []
    for place, (text, weight) in enumerate(scripts):
        path = folder / f"sale-{place}.pgbench"
        path.write_text(text)
        files.append(f"--file={path}@{weight}")
    for old in folder.glob("sales.*"):
        old.unlink()
    before = stand.cpu_s()
    children = os.times()
    done = subprocess.run(
        [
            *(client_program("pgbench"), "--no-vacuum", "--protocol=prepared"),
            *(f"--client={clients}", f"--jobs={min(2, clients)}", f"--time={seconds}"),
            *("--log", f"--log-prefix={folder / 'sales'}", *files),
            *(f"--host={stand.sockets}", f"--username={OWNER}", DATABASE),
        ],
        capture_output=True,
        text=True,
        check=True,
        cwd=folder,
        env={"PATH": os.environ.get("PATH", ""), "LC_ALL": "C"},
    )
    later = os.times()
    rate = re.search(r"tps = ([0-9.]+) \(without", done.stdout)
    count = re.search(r"actually processed: (\d+)", done.stdout)
    assert rate is not None and count is not None, done.stdout
    # Fields of a line: client, transaction, latency in µs, script, time.
    latencies = sorted(
        int(line.split()[2])
        for log in folder.glob("sales.*")
        for line in log.read_text().splitlines()
    )
    client_s = (later.children_user + later.children_system) - (
        children.children_user + children.children_system
    )
    sales = int(count[1])
    return Figure(
        name=f"pgbench, one function, {clients} client{'s' if clients > 1 else ''}",
        per_s=float(rate[1]),
        p50_ms=quantile(latencies, 50) / 1000,
        p99_ms=quantile(latencies, 99) / 1000,
        database_us=(stand.cpu_s() - before) * 1e6 / max(1, sales),
        server_us=0.0,
        client_us=client_s * 1e6 / max(1, sales),
    )
