"""`python -m simulators.kiosk`: run the devices until they are told to stop."""

from __future__ import annotations

import argparse
import asyncio
import errno
import json
import os
import signal
import sys
from pathlib import Path

import uvloop

from simulators.kiosk import admin
from simulators.kiosk.books import Books
from simulators.kiosk.host import Host
from simulators.listener import Listener

TOKEN = "QUDAO_KIOSK_DEVICES_TOKEN"


def main(arguments: list[str] | None = None) -> int:
    """Run it; returns the exit status. `arguments` default to the command line's."""
    options = _parser().parse_args(arguments)
    try:
        uvloop.run(_serve(options))
    except (OSError, ValueError) as error:
        if getattr(error, "errno", None) != errno.EADDRINUSE:
            print(f"The kiosks' devices cannot run: {error}.", file=sys.stderr)
            return 1
        print(
            f"Port {options.port} or {options.admin_port} is in use:"
            " end what uses it, or choose others with --port and --admin-port.",
            file=sys.stderr,
        )
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="qudao kiosk devices",
        description="A simulator of the devices in kiosks: notes, cards, documents, slips.",
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (%(default)s)")
    parser.add_argument("--port", type=int, default=8095, help="its port, 0: any (%(default)s)")
    parser.add_argument(
        "--admin-port",
        type=int,
        default=None,
        help="port of the back door and its page, on 127.0.0.1 (--port + 1)",
    )
    parser.add_argument(
        "--data",
        type=Path,
        default=Path(".qudao/kiosk"),
        help="folder of what they hold (%(default)s)",
    )
    parser.add_argument(
        "--token",
        default=os.environ.get(TOKEN, ""),
        help=f"bearer token to demand (${TOKEN}, or none)",
    )
    parser.add_argument(
        "--patience-s",
        type=float,
        default=120.0,
        help="notes that nobody asks for so long are given back (%(default)s)",
    )
    return parser


async def _serve(options: argparse.Namespace) -> None:
    if options.admin_port is None:
        options.admin_port = options.port + 1 if options.port else 0
    books = Books(options.data)
    host = Host(books, options.host, options.port, options.token, options.patience_s)
    host.recover()
    back_door = Listener(admin.application(host), "127.0.0.1", options.admin_port)
    await back_door.open()
    await host.listener.open()
    watching = asyncio.create_task(host.watch())
    print(json.dumps({"url": host.listener.url, "admin": back_door.url}), flush=True)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    await stop.wait()
    watching.cancel()
    await back_door.close()
    await host.close()


if __name__ == "__main__":
    sys.exit(main())
