"""A web server with pages, and the gateway as a process that reads them."""

from __future__ import annotations

import os
import selectors
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Final
from urllib.parse import parse_qsl, urlsplit

import pytest

START_S: Final = 30

needs_voices: Final = pytest.mark.skipif(
    not (shutil.which("espeak-ng") and shutil.which("sox")),
    reason="Debian's espeak-ng and sox are not installed (tools/debian-packages.sh)",
)


class Request:
    """What the gateway asked."""

    def __init__(self, method: str, target: str, body: str, cookie: str) -> None:
        parts = urlsplit(target)
        self.method, self.path = method, parts.path
        self.fields = dict(parse_qsl(body if method == "POST" else parts.query))
        self.query = dict(parse_qsl(parts.query))
        self.cookie = cookie


Respond = Callable[[Request], bytes]


class Hall:
    """A web server on a free port; pages by path, each from what was asked."""

    def __init__(self, pages: dict[str, bytes | Respond]) -> None:
        self.pages = pages
        self.requests: list[Request] = []
        hall = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _serve(self) -> None:
                length = int(self.headers.get("Content-Length", 0))
                request = Request(
                    self.command,
                    self.path,
                    self.rfile.read(length).decode(),
                    self.headers.get("Cookie", ""),
                )
                hall.requests.append(request)
                page = hall.pages.get(request.path)
                content = page(request) if callable(page) else page or b""
                self.send_response(200 if page is not None else 404)
                self.send_header("Content-Type", "application/voicexml+xml")
                self.send_header("Content-Length", str(len(content)))
                if "caller" in request.query:
                    self.send_header("Set-Cookie", f"call={request.query['caller']}; Path=/")
                self.end_headers()
                self.wfile.write(content)

            do_GET = do_POST = _serve

            def log_message(self, format: str, *args: object) -> None:
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@contextmanager
def hall(pages: dict[str, bytes | Respond]) -> Iterator[Hall]:
    running = Hall(pages)
    try:
        yield running
    finally:
        running.close()


class GatewayProcess:
    """`qudao voice`, listening on `address`."""

    def __init__(self, process: subprocess.Popen[bytes], log: Path, address: str) -> None:
        self.process, self.log = process, log
        self.host, _, port = address.removeprefix("sip:").rpartition(":")
        self.port = int(port)

    def stop(self) -> str:
        """Ask it to end; gives what it logged."""
        if self.process.poll() is None:
            self.process.terminate()
        assert self.process.wait(START_S) == 0, self.logged()
        return self.logged()

    def logged(self) -> str:
        return self.log.read_text(errors="replace")


@contextmanager
def gateway(url: str, folder: Path, *options: str) -> Iterator[GatewayProcess]:
    """The gateway with pages from `url`, until the block ends."""
    log = folder / "voice.log"
    command = [sys.executable, "-m", "qudao.site.cli", "voice", "--vxml", url, "--port", "0"]
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*command, *options],
            env={**os.environ, "QUDAO_LOG_LEVEL": "INFO"},
            stdout=subprocess.PIPE,
            stderr=output,
            stdin=subprocess.DEVNULL,
        )
    assert process.stdout is not None
    try:
        with selectors.DefaultSelector() as selector:
            selector.register(process.stdout, selectors.EVENT_READ)
            assert selector.select(START_S), "the gateway does not start"
        line = process.stdout.readline().decode().strip()
        assert line.startswith("sip:"), log.read_text()
        running = GatewayProcess(process, log, line)
        yield running
        running.stop()
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
        process.stdout.close()
