"""The platform's processes on the stand: web server, counter, worker, and the BOSS simulator."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Final

from qudao.site.bench import load
from qudao.site.bench.ports import free_port
from qudao.site.bench.stand import tree_cpu
from qudao.site.run import web_command

WORKERS, THREADS = 2, 8
"""Of the web server: what `qudao run` uses."""

REQUESTS_PER_MINUTE: Final = 600_000
"""Of one token. They are counted, as always, but the busiest outlets of a measurement make more
sales than an agent's system ever may."""


@dataclass(frozen=True, slots=True)
class Running:
    """A process of ours that has been started."""

    process: subprocess.Popen[bytes]
    port: int
    log: Path

    def cpu_s(self) -> float:
        """CPU seconds that it and all below it have used."""
        return tree_cpu(self.process.pid)


@contextmanager
def started(
    command: Sequence[str], log: Path, port: int = 0, environment: Mapping[str, str] | None = None
) -> Iterator[Running]:
    """A process on the stand's database, until the block ends."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            env={
                **os.environ,
                "DJANGO_SETTINGS_MODULE": "qudao.site.settings",
                "QUDAO_LOG_LEVEL": "WARNING",
                "QUDAO_API_REQUESTS_PER_MINUTE": str(REQUESTS_PER_MINUTE),
                **(environment or {}),
            },
            stdout=output,
            stderr=output,
        )
    try:
        yield Running(process, port, log)
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextmanager
def web_server(log: Path, workers: int = WORKERS, threads: int = THREADS) -> Iterator[Running]:
    """The web server as `qudao run` starts it; it sells."""
    port = free_port()
    with started(web_command("127.0.0.1", port, workers, threads), log, port) as web:
        wait_until_it_sells(web)
        yield web


@contextmanager
def counter(
    log: Path, workers: int, environment: Mapping[str, str] | None = None
) -> Iterator[Running]:
    """The counter; it sells."""
    port = free_port()
    command = [sys.executable, "-m", "qudao.site.cli", "counter", "--host", "127.0.0.1"]
    command += ["--port", str(port), "--workers", str(workers)]
    with started(command, log, port, environment) as served:
        wait_until_it_sells(served)
        yield served


@contextmanager
def boss(folder: Path, log: Path, customers: int) -> Iterator[Running]:
    """The BOSS simulator, with its books in a folder."""
    port = free_port()
    command = [sys.executable, "-m", "simulators.boss", "--port", str(port)]
    command += ["--admin-port", str(free_port()), "--data", str(folder)]
    command += ["--customers", str(customers)]
    with started(command, log, port) as simulated:
        wait_until_it_listens(simulated)
        yield simulated


@contextmanager
def worker(log: Path, boss_port: int) -> Iterator[Running]:
    """The worker, which brings orders to the BOSS."""
    command = [sys.executable, "-m", "qudao.site.cli", "worker"]
    environment = {"QUDAO_BOSS_URL": f"http://127.0.0.1:{boss_port}"}
    with started(command, log, 0, environment) as working:
        yield working


def wait_until_it_sells(served: Running) -> None:
    """Return when a sale is answered.

    :raises RuntimeError: when it is refused, or the server ends or says nothing for a minute
    """
    random = Random(0)
    middle = load.middle("TOPUP", 1000)
    body = middle.partition("\r\n\r\n")[2] + f"{random.randrange(10**8, 10**9)}" + load.END
    headers = {
        "Authorization": f"Bearer {load.token(1)}",
        "Content-Type": "application/json",
        "Idempotency-Key": f"warm-{time.time_ns():x}",
    }
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and served.process.poll() is None:
        request = urllib.request.Request(
            f"http://127.0.0.1:{served.port}/api/v1/sales", data=body.encode(), headers=headers
        )
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                if answer.status == 201:
                    return
        except urllib.error.HTTPError as error:
            text = error.read().decode(errors="replace")
            raise RuntimeError(f"the sale is answered {error.code}: {text}") from None
        except OSError:
            time.sleep(0.1)  # it is not listening yet
    raise RuntimeError(f"the server does not answer: {_tail(served.log)}")


def wait_until_it_listens(served: Running) -> None:
    """
    Return when a process takes connections.

    :raises RuntimeError: when it ends, or does not listen for two minutes
    """
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and served.process.poll() is None:
        try:
            with socket.create_connection(("127.0.0.1", served.port), timeout=5):
                return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError(f"it does not listen: {_tail(served.log)}")


def _tail(log: Path) -> str:
    return log.read_text(errors="replace")[-800:]
