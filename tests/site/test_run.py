"""`qudao run` as a person meets it: a whole start, kills, a second start, and troubles."""

from __future__ import annotations

import json
import os
import queue
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from qudao.site.bench.ports import free_port
from qudao.site.processes import processes_in

PARTS = {"postgres", "simulators.boss", "cli worker", "granian", "cli counter"}
HALLS = {"simulators.smsc", "simulators.acquirer", "simulators.kiosk", "cli sms", "cli ussd"}
STARTED: list[subprocess.Popen[str]] = []


@pytest.fixture
def data() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="qudao-run-"))
    folder.chmod(0o711)
    yield folder
    while STARTED:  # what a failed test left running
        left = STARTED.pop()
        left.kill()
        left.wait()
    cluster = (folder / "postgres").resolve() / "cluster"
    until(lambda: not list(processes_in(cluster)))
    shutil.rmtree(folder)


class Run:
    """A running `qudao run`, and what it has said."""

    def __init__(
        self, data: Path, *options: str, halls: int | None = None, **environment: str
    ) -> None:
        self.web, self.boss = free_port(2), free_port(2)  # and the counter's, the faults'
        options = (*options, *(["--no-halls"] if halls is None else ["--halls-port", f"{halls}"]))
        base = {k: v for k, v in os.environ.items() if k not in {"DATABASE_URL", "QUDAO_BOSS_URL"}}
        self.process = subprocess.Popen(
            [
                *(sys.executable, "-m", "qudao.site.cli", "run", "--no-demo"),
                *("--port", str(self.web), "--boss-port", str(self.boss), *options),
            ],
            env={**base, "QUDAO_DATA": str(data), **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        STARTED.append(self.process)
        self.said: list[str] = []
        self._lines: queue.Queue[str | None] = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._lines.put(line.rstrip("\n"))
        self._lines.put(None)

    def until_it_says(self, text: str, within_s: float = 180) -> str:
        deadline = time.monotonic() + within_s
        while True:
            line = self._lines.get(timeout=max(0.0, deadline - time.monotonic()))
            assert line is not None, "\n".join(self.said)
            self.said.append(line)
            if text in line:
                return line

    def get(self, path: str, port: int | None = None) -> tuple[int, str]:
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(f"http://127.0.0.1:{port or self.web}{path}", timeout=5) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except OSError:
            return 0, ""

    def children(self) -> dict[str, int]:
        found = {}
        for entry in Path("/proc").glob("[0-9]*"):
            try:
                status = (entry / "status").read_text()
                command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            except OSError:
                continue
            if re.search(rf"^PPid:\t{self.process.pid}$", status, re.MULTILINE):
                for name in PARTS | HALLS:
                    if name in command:
                        found[name] = int(entry.name)
        return found

    def stop(self) -> float:
        began = time.monotonic()
        self.process.send_signal(signal.SIGINT)
        assert self.process.wait(60) == 0
        return time.monotonic() - began


def until(condition: Callable[[], bool], within_s: float = 120) -> None:
    deadline = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


@pytest.mark.crash
@pytest.mark.skipif(sys.platform != "linux", reason="looks at processes through /proc")
def test_it_runs_survives_kills_and_finds_its_data_again(data: Path) -> None:
    run = Run(data)
    run.until_it_says("Qudao runs")
    run.until_it_says("Ctrl-C ends everything")
    until(lambda: json.loads(run.get("/health")[1])["status"] == "ok")
    before = run.children()
    assert set(before) == PARTS
    for name, said in (
        ("granian", "web server was ended by SIGKILL"),
        ("cli counter", "counter was ended by SIGKILL"),
        ("cli worker", "worker was ended by SIGKILL"),
        ("simulators.boss", "BOSS simulator was ended by SIGKILL"),
        ("postgres", "database was ended by SIGKILL"),
    ):
        os.kill(before[name], signal.SIGKILL)
        run.until_it_says(said)
    until(lambda: run.get("/health")[0] == 200)
    until(lambda: json.loads(run.get("/health")[1])["status"] == "ok")
    until(lambda: run.get("/ready", run.web + 1)[0] == 200)
    after = run.children()
    assert set(after) == set(before)
    assert not set(after.values()) & set(before.values())
    secret = (data / "secret").read_text()
    took_s = run.stop()
    assert took_s < 30
    assert run.get("/health") == (0, "")

    # The supervisor itself is killed: everything else ends, and the next start is an ordinary one.
    second = Run(data)
    second.until_it_says("Qudao runs")
    assert "making a database cluster" not in "\n".join(second.said)
    assert (data / "secret").read_text() == secret
    children = second.children()
    second.process.kill()
    second.process.wait()
    until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in children.values()))
    row = free_port(7)
    third = Run(data, halls=row)
    third.until_it_says("USSD")
    third.until_it_says("Ctrl-C ends everything")
    until(lambda: set(third.children()) >= PARTS | HALLS)
    # Nobody has opened the hall: what needs no outlet is there all the same.
    until(lambda: "您想办理什么业务？" in dialled(row + 3))
    third.stop()


def dialled(centre: int) -> str:
    """What a phone shows that dials *100#; empty while nobody is bound."""
    request = urllib.request.Request(
        f"http://127.0.0.1:{centre}/mobile/13900000001/ussd?wait=5",
        json.dumps({"dial": "*100#"}).encode(),
        method="POST",
    )
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=30) as answer:
            return str(json.load(answer)["text"])
    except OSError:
        return ""


def trouble(data: Path, *options: str, **environment: str) -> str:
    run = Run(data, *options, **environment)
    assert run.process.wait(60) == 1
    run.until_it_says("Qudao cannot start: ")
    assert len([line for line in run.said if "cannot start" in line]) == 1
    assert "Traceback" not in "\n".join(run.said)
    return run.said[-1]


def test_a_port_in_use_is_told(data: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        said = trouble(data, "--port", str(port))
    assert f"port {port} on 127.0.0.1 is not free" in said
    assert "choose another port with --port" in said
    assert not (data / "postgres").exists(), "nothing was begun"


def test_an_absent_server_is_told(data: Path) -> None:
    port = free_port()
    said = trouble(data, DATABASE_URL=f"postgresql://qudao@127.0.0.1:{port}/qudao")
    assert "the database of DATABASE_URL does not answer" in said


def test_a_data_folder_that_cannot_be_made_is_told(data: Path) -> None:
    (data / "file").write_text("")
    said = trouble(data / "file" / "folder")
    assert "the data folder cannot be made" in said
    assert "choose another with QUDAO_DATA" in said


def test_a_second_run_on_the_same_data_is_told(data: Path) -> None:
    first = subprocess.Popen(
        [sys.executable, "-m", "qudao.site.cli", "postgres", "serve"],
        env={**os.environ, "QUDAO_DATA": str(data)},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert first.stdout is not None
    while "database ready" not in first.stdout.readline():
        assert first.poll() is None
    assert f"Qudao already runs on this data (process {first.pid})" in trouble(data)
    first.terminate()
    first.wait(60)


@pytest.mark.crash
def test_a_step_is_repeated_when_the_database_was_killed_meanwhile(data: Path) -> None:
    run = Run(data)
    run.until_it_says("Tables: applying migrations")
    log = data / "log" / "migrate.log"
    until(lambda: log.exists() and "Applying" in log.read_text())
    os.kill(run.children()["postgres"], signal.SIGKILL)
    run.until_it_says("once more: the database was started again meanwhile")
    run.until_it_says("Qudao runs")
    run.stop()
