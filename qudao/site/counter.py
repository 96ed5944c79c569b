"""
`qudao counter`: the counter's processes, all on one port.

With more than one, the kernel shares new connections out among them (SO_REUSEPORT), and this
process only watches over them. They know nothing of each other: the database keeps them apart.
"""

from __future__ import annotations

import gc
import os
import resource
import signal
import socket
import sys
import time

from qudao.site.ports import check_port
from qudao.site.supervision import Child, Supervisor

BACKLOG = 2048
FILES = 65536
STOP_S = 10.0
"""How long what was taken in may take to be answered at the end."""
DATABASE_PATIENCE = {
    "connect_timeout": 5,
    # A server that has vanished without a word is noticed within seconds.
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
}


def serve(host: str, port: int, workers: int, *, among_others: bool = False) -> int:
    """
    Run the counter until SIGTERM or SIGINT; gives the exit code.

    :raises Trouble: if the port is not free
    """
    if not among_others:
        check_port(host, port, "--port")
    if workers > 1:
        return _watch(host, port, workers)
    _run(host, port)
    return 0


def command(host: str, port: int, workers: int = 1) -> list[str]:
    """The command line of the counter."""
    line = [sys.executable, "-m", "qudao.site.cli", "counter", "--host", host]
    return [*line, "--port", str(port), "--workers", str(workers)]


def _watch(host: str, port: int, workers: int) -> int:
    def say(text: str) -> None:
        print(f"{time.strftime('%H:%M:%S')}  {text}", file=sys.stderr, flush=True)

    supervisor = Supervisor(say)
    line = [*command(host, port), "--among-others"]
    children = [
        Child(f"counter {place + 1}", line, os.environ, None, STOP_S + 5)
        for place in range(workers)
    ]
    with supervisor.signals():
        for child in children:
            supervisor.add(child)
        while not supervisor.stopping:
            supervisor.tick()
        for child in children:
            child.ask_to_stop()  # all at once: each answers what it has taken
    return 0


def _run(host: str, port: int) -> None:
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "qudao.site.settings")
    os.environ.setdefault("QUDAO_STATEMENT_TIMEOUT_S", "60")
    django.setup()
    import uvicorn
    from django.conf import settings

    from qudao.fronts.counter.app import application
    from qudao.fronts.counter.wire import Protocol

    options = settings.DATABASES["default"]["OPTIONS"]
    for name, value in DATABASE_PATIENCE.items():
        options.setdefault(name, value)
    # Each connection is a file.
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = FILES if hard == resource.RLIM_INFINITY else min(FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
    with _listener(host, port) as listener:
        config = uvicorn.Config(
            application(STOP_S),
            loop="uvloop",
            http=Protocol,
            ws="none",
            lifespan="on",
            access_log=False,
            log_config=None,
            server_header=False,
            date_header=False,
            proxy_headers=False,
            backlog=BACKLOG,
            timeout_graceful_shutdown=int(STOP_S),
        )
        # uvicorn raises the signal that ended it once more, for whoever had a handler before.
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: None)
        # What there is now stays: the collector need not look at it again and again.
        gc.collect()
        gc.freeze()
        gc.set_threshold(50_000, 20, 50)
        # A batch that has come back must not wait for its turn while the loop reads requests.
        sys.setswitchinterval(0.001)
        uvicorn.Server(config).run([listener])


def _listener(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    listener.bind((host, port))
    return listener
