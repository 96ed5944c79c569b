"""`python -m simulators.acquirer`: run the acquirer until it is told to stop."""

from __future__ import annotations

import argparse
import asyncio
import errno
import json
import os
import signal
import sqlite3
import sys
from pathlib import Path

import msgspec
import uvloop

from simulators.acquirer import admin
from simulators.acquirer.faults import Faults
from simulators.acquirer.server import Acquirer
from simulators.acquirer.signing import Key
from simulators.listener import Listener

KEY, SECRET = "QUDAO_ACQUIRER_KEY", "QUDAO_ACQUIRER_SECRET"


def main(arguments: list[str] | None = None) -> int:
    """Run it; returns the exit status. `arguments` default to the command line's."""
    options = _parser().parse_args(arguments)
    if not os.environ.get(SECRET):
        print(f"${SECRET} is the secret that signs requests: set it.", file=sys.stderr)
        return 2
    try:
        faults = msgspec.json.decode(options.faults.encode(), type=Faults)
    except msgspec.DecodeError as error:
        print(f"--faults: {error}", file=sys.stderr)
        return 2
    try:
        uvloop.run(_serve(options, faults))
    except sqlite3.Error as error:
        print(f"The books in {options.data} cannot be used: {error}.", file=sys.stderr)
        return 1
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            print(f"The acquirer cannot run: {error}.", file=sys.stderr)
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
        prog="qudao acquirer",
        description="A simulator of the acquirer: signed HTTP/JSON, pages of payment, notices."
        f" ${KEY} and ${SECRET} are what both sides know.",
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (%(default)s)")
    parser.add_argument("--port", type=int, default=8072, help="its port, 0: any (%(default)s)")
    parser.add_argument(
        "--admin-port",
        type=int,
        default=None,
        help="port of the back door (/cards, /faults, …), on 127.0.0.1 (--port + 1)",
    )
    parser.add_argument(
        "--data",
        type=Path,
        default=Path(".qudao/acquirer"),
        help="folder of its books (%(default)s)",
    )
    parser.add_argument("--notices", default="", help="address that notices are sent to (none)")
    parser.add_argument(
        "--address", default="", help="where browsers find its pages (where it listens)"
    )
    parser.add_argument(
        "--page-s", type=float, default=900.0, help="time to pay on a page (%(default)s)"
    )
    parser.add_argument(
        "--faults", default="{}", help="faults to start with, as JSON: see docs/acquirer.md"
    )
    return parser


async def _serve(options: argparse.Namespace, faults: Faults) -> None:
    if options.admin_port is None:
        options.admin_port = options.port + 1 if options.port else 0
    acquirer = Acquirer(
        options.data,
        faults,
        options.host,
        options.port,
        key=Key(os.environ.get(KEY, "qudao"), os.environ[SECRET]),
        notices=options.notices,
        page_s=options.page_s,
        address=options.address.rstrip("/"),
    )
    back_door = Listener(admin.application(acquirer), "127.0.0.1", options.admin_port)
    await back_door.open()
    await acquirer.open()
    print(json.dumps({"url": acquirer.listener.url, "admin": back_door.url}), flush=True)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    await stop.wait()
    await back_door.close()
    await acquirer.close()


if __name__ == "__main__":
    sys.exit(main())
