"""`qudao bench calls`: how many telephone calls the voice gateway carries at a time."""

from __future__ import annotations

import csv
import json
import math
import os
import shutil
import struct
import subprocess
import sys
import tempfile
import wave
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, Final

import click

from qudao.site.bench.ports import free_port
from qudao.site.bench.stand import tree_cpu
from qudao.site.ports import Trouble

SCENARIO: Final = Path(__file__).with_name("calls.xml")
RTP_PORTS: Final = (20_000, 28_000)
START_S: Final = 4
"""Within so many seconds all calls come."""
PATIENCE_S: Final = 60
PAGE: Final = b"""<?xml version="1.0"?>
<vxml version="2.1" xmlns="http://www.w3.org/2001/vxml">
<form><block><audio src="tone.wav"/><disconnect/></block></form></vxml>
"""


@click.command()
@click.option("--calls", default=300, show_default=True, type=click.IntRange(1, 4_000))
@click.option("--seconds", default=8, show_default=True, type=click.IntRange(1, 600))
@click.option("--json", "file", type=click.Path(dir_okay=False, path_type=Path))
def calls(calls: int, seconds: int, file: Path | None) -> None:
    """Telephone calls at a time through the voice gateway: each hears SECONDS of sound.

    SIPp makes the calls, all within four seconds, so that they are there at once; the gateway
    fetches a page, plays a recording to each as RTP, and hangs up. How long a call waits to be
    answered is measured, and the gateway's processor time. Needs Debian's package sip-tester.
    """
    if shutil.which("sipp") is None:
        raise Trouble("SIPp makes the calls: install Debian's package sip-tester.")
    with tempfile.TemporaryDirectory(prefix="qudao-bench-") as folder, ExitStack() as opened:
        root = Path(folder)
        url = opened.enter_context(_pages())
        _tone(root / "recordings" / "tone.wav", START_S + seconds)
        gateway, port = opened.enter_context(_gateway(url, root, calls))
        before = tree_cpu(gateway.pid)
        took_ms, failed = _called(port, root, calls, PATIENCE_S + seconds)
        used_s = tree_cpu(gateway.pid) - before
    if not took_ms:
        raise Trouble("no call was answered: see what SIPp says (docs/voice.md).")
    took_ms.sort()
    heard_s = len(took_ms) * (START_S + seconds)
    report: dict[str, Any] = {
        "calls": calls,
        "answered": len(took_ms),
        "failed": failed,
        "p50_ms": took_ms[(len(took_ms) - 1) // 2],
        "p99_ms": took_ms[int((len(took_ms) - 1) * 0.99)],
        "cpu_ms_per_call_s": round(used_s * 1e3 / heard_s, 2),
        "load": [round(one, 2) for one in os.getloadavg()],
        "cores": os.cpu_count(),
    }
    click.echo(
        f"{report['answered']} calls at a time, {failed} failed; answered after"
        f" {report['p50_ms']:.0f} ms (p99 {report['p99_ms']:.0f} ms);"
        f" {report['cpu_ms_per_call_s']:.2f} ms of processor for a second of a call"
    )
    if file is not None:
        file.write_text(json.dumps(report, indent=2) + "\n", "utf-8")
        click.echo(f"Written to {file}")


def _called(port: int, folder: Path, calls: int, patience_s: int) -> tuple[list[float], int]:
    """Make the calls; return how long each waited to be answered, and how many failed."""
    shutil.copy(SCENARIO, folder)  # it writes its figures beside its scenario
    command = ["sipp", f"127.0.0.1:{port}", "-sf", SCENARIO.name, "-s", "1", "-i", "127.0.0.1"]
    command += ["-p", str(free_port()), "-mp", "30000", "-nostdin", "-trace_rtt", "-rtt_freq", "1"]
    command += ["-m", str(calls), "-l", str(calls), "-r", str(max(1, calls // START_S))]
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, timeout=patience_s, check=False
    )
    if done.returncode not in (0, 1):  # 1: a call has failed
        raise Trouble(f"SIPp has ended with {done.returncode}: {done.stderr[-300:]}")
    took_ms: list[float] = []
    for found in folder.glob("*_rtt.csv"):
        with found.open(encoding="utf-8") as lines:
            rows = csv.reader(lines, delimiter=";")
            next(rows, None)
            took_ms += [float(row[1]) for row in rows if len(row) > 1]
    return took_ms, calls - len(took_ms)


@contextmanager
def _pages() -> Iterator[str]:
    """The web server from which the gateway fetches its page."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "application/voicexml+xml")
            self.send_header("Content-Length", str(len(PAGE)))
            self.end_headers()
            self.wfile.write(PAGE)

        def log_message(self, format: str, *args: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/page"
    finally:
        server.shutdown()
        server.server_close()


def _tone(path: Path, seconds: int) -> None:
    """A recording of 440 Hz."""
    path.parent.mkdir()
    rate = 8_000
    with wave.open(str(path), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(rate)
        values = (int(8_000 * math.sin(2 * math.pi * 440 * n / rate)) for n in range(rate))
        sound.writeframes(struct.pack(f"<{rate}h", *values) * seconds)


@contextmanager
def _gateway(url: str, folder: Path, calls: int) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    first, last = RTP_PORTS
    command = [sys.executable, "-m", "qudao.site.cli", "voice", "--vxml", url, "--port", "0"]
    command += ["--recordings", str(folder / "recordings"), "--calls", str(calls)]
    command += ["--rtp-ports", f"{first}-{last}"]
    with (folder / "voice.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log)
    assert process.stdout is not None
    try:
        said = process.stdout.readline().decode().strip()
        if not said.startswith("sip:"):
            raise Trouble(
                "the gateway does not start: " + (folder / "voice.log").read_text()[-300:]
            )
        yield process, int(said.rpartition(":")[2])
    finally:
        process.terminate()
        process.wait(PATIENCE_S)
        process.stdout.close()
