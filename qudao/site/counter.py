"""`qudao counter`: the counter's processes on one port."""

from __future__ import annotations

import socket

import uvicorn

BACKLOG = 2048


def serve(host: str, port: int, workers: int) -> int:
    """Run the counter until SIGTERM or SIGINT; gives the exit code."""
    from qudao.fronts.counter.app import application
    from qudao.fronts.counter.wire import Protocol

    with _listener(host, port) as listener:
        config = uvicorn.Config(
            application(),
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
            timeout_keep_alive=75,
            timeout_graceful_shutdown=25,
        )
        uvicorn.Server(config).run([listener])
    return 0


def _listener(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    listener.bind((host, port))
    return listener
