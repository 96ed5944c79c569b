"""What the HTTP API does: the web server as `qudao run` starts it, and wrk as many clients."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Final

from qudao.site.bench.figures import Figure, quantile
from qudao.site.bench.stand import Stand, tree_cpu
from qudao.site.run import web_command

_SCRIPT: Final = Path(__file__).parent / "sales.lua"
WORKERS, THREADS = 2, 8
"""Of the web server: what `qudao run` uses."""


@dataclass(frozen=True, slots=True)
class Web:
    """A web server that answers."""

    process: subprocess.Popen[bytes]
    port: int


@contextmanager
def serving(stand: Stand, log: Path) -> Iterator[Web]:
    """A web server on the stand's database, until the block ends."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with log.open("wb") as output:
        process = subprocess.Popen(
            web_command("127.0.0.1", port, WORKERS, THREADS),
            env={
                **os.environ,
                "DJANGO_SETTINGS_MODULE": "qudao.site.settings",
                "QUDAO_LOG_LEVEL": "WARNING",
            },
            stdout=output,
            stderr=output,
        )
    try:
        _wait(process, port, log)
        yield Web(process, port)
    finally:
        process.terminate()
        process.wait()


def _wait(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    """Return when a sale is answered."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        request = urllib.request.Request(
            f"http://127.0.0.1:{port}/api/v1/sales",
            data=_body(Random(0)),
            headers=_headers(1, f"warm-{time.time_ns():x}"),
        )
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                if answer.status == 201:
                    return
        except urllib.error.HTTPError as error:
            text = error.read().decode(errors="replace")
            raise RuntimeError(f"the API answers {error.code}: {text}") from None
        except OSError:
            time.sleep(0.1)  # it is not listening yet
    raise RuntimeError(f"the web server does not answer: {log.read_text(errors='replace')[-500:]}")


def measure(stand: Stand, web: Web, connections: int, seconds: int) -> Figure:
    """Sell over so many connections at once, each waiting for its answer before the next sale."""
    wrk = shutil.which("wrk")
    before = stand.cpu_s(), tree_cpu(web.process.pid)
    run = f"bench-{time.time_ns():x}"
    if wrk is None:
        told, client = (
            asyncio.run(_clients(stand, web, connections, seconds, run)),
            "asyncio client",
        )
    else:
        told, client = _wrk(wrk, stand, web, connections, seconds, run), "wrk"
    sales = int(told["requests"]) - int(told["refused"])
    after = stand.cpu_s(), tree_cpu(web.process.pid)
    wrong = int(told["refused"]) + int(told["broken"])
    return Figure(
        name=f"HTTP API, {connections} connections ({client})",
        per_s=sales * 1e6 / told["us"],
        p50_ms=told["p50_us"] / 1000,
        p99_ms=told["p99_us"] / 1000,
        database_us=(after[0] - before[0]) * 1e6 / max(1, sales),
        client_us=(after[1] - before[1]) * 1e6 / max(1, sales),
        note=f"{wrong} not sold" if wrong else "",
    )


def _wrk(
    wrk: str, stand: Stand, web: Web, connections: int, seconds: int, run: str
) -> dict[str, float]:
    command = [wrk, "--threads=1", f"--connections={connections}", f"--duration={seconds}s"]
    command += ["--timeout=10s", "--latency", f"--script={_SCRIPT}"]
    command += [f"http://127.0.0.1:{web.port}", "--", run, str(stand.outlets)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    told: dict[str, float] = json.loads(done.stdout.strip().splitlines()[-1])
    return told


async def _clients(
    stand: Stand, web: Web, connections: int, seconds: int, run: str
) -> dict[str, float]:
    """In place of wrk where it is not installed: slower itself, and on the same two cores."""
    latencies: list[float] = []
    refused = 0
    began = time.perf_counter()

    async def client(place: int) -> None:
        nonlocal refused
        random = Random(place)
        reader, writer = await asyncio.open_connection("127.0.0.1", web.port)
        number = 0
        while time.perf_counter() - began < seconds:
            number += 1
            body = _body(random)
            headers = _headers(random.randint(1, stand.outlets), f"{run}-{place}-{number}")
            head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
            before = time.perf_counter()
            writer.write(
                f"POST /api/v1/sales HTTP/1.1\r\nHost: 127.0.0.1\r\n{head}"
                f"Content-Length: {len(body)}\r\n\r\n".encode()
                + body
            )
            answer = (await reader.readuntil(b"\r\n\r\n")).lower()
            length = answer.partition(b"content-length:")[2].partition(b"\r\n")[0]
            await reader.readexactly(int(length))
            latencies.append((time.perf_counter() - before) * 1e6)
            refused += b" 201 " not in answer.partition(b"\r\n")[0]
        writer.close()

    await asyncio.gather(*(client(place) for place in range(connections)))
    latencies.sort()
    return {
        "requests": len(latencies),
        "us": (time.perf_counter() - began) * 1e6,
        "p50_us": quantile(latencies, 50),
        "p99_us": quantile(latencies, 99),
        "refused": refused,
        "broken": 0,
    }


def _body(random: Random) -> bytes:
    sale = {
        "offering": "TOPUP",
        "msisdn": f"138{random.randrange(10**8):08}",
        "amount_fen": 100 * random.randint(10, 100),
    }
    return json.dumps(sale).encode()


def _headers(outlet: int, key: str) -> dict[str, str]:
    prefix = "b" + f"{outlet:07}".translate(str.maketrans("0123456789", "abcdefghjk"))
    return {
        "Authorization": f"Bearer qd_{prefix}_{outlet:043}",
        "Content-Type": "application/json",
        "Idempotency-Key": key,
    }
