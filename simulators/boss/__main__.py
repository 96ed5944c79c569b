"""`python -m simulators.boss`: run the BOSS simulator until it is told to stop."""

from __future__ import annotations

import argparse
import asyncio
import errno
import json
import signal
import sqlite3
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import uvloop

from simulators.boss import admin, extract, store
from simulators.boss.faults import Faults
from simulators.boss.lines import LINES_PER_DOCUMENT
from simulators.boss.orders import business_day
from simulators.boss.server import MOST_IN_BATCH, Boss
from simulators.listener import Listener


def main(arguments: list[str] | None = None) -> int:
    """Run it; returns the exit status. `arguments` default to the command line's."""
    given = sys.argv[1:] if arguments is None else arguments
    if given[:1] == ["extract"]:
        return extract.main(given[1:])
    options = _parser().parse_args(given)
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
            print(f"The BOSS simulator cannot run: {error}.", file=sys.stderr)
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
        prog="qudao boss",
        description="A simulator of the operator's BOSS: TM Forum v4 JSON over HTTP.",
        epilog="qudao boss extract --help: a month of its lines as files for the lake.",
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (%(default)s)")
    parser.add_argument("--port", type=int, default=8070, help="its port, 0: any (%(default)s)")
    parser.add_argument(
        "--admin-port",
        type=int,
        default=None,
        help="port of the back door (/faults, /audit, …), on 127.0.0.1 (--port + 1)",
    )
    parser.add_argument(
        "--data", type=Path, default=Path(".qudao/boss"), help="folder of its books (%(default)s)"
    )
    parser.add_argument("--customers", type=int, default=20_000, help="how many (%(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="that they grow from (%(default)s)")
    parser.add_argument("--token", default="", help="bearer token to demand (none)")
    parser.add_argument(
        "--lines-per-document",
        type=int,
        default=LINES_PER_DOCUMENT,
        help="how many lines may be opened on one document (%(default)s)",
    )
    parser.add_argument(
        "--batch",
        type=int,
        default=MOST_IN_BATCH,
        help="most orders in one request, 0: it takes no batches (%(default)s)",
    )
    parser.add_argument(
        "--faults", default="{}", help="faults to start with, as JSON: see docs/boss.md"
    )
    return parser


async def _serve(options: argparse.Namespace, faults: Faults) -> None:
    if options.admin_port is None:
        options.admin_port = options.port + 1 if options.port else 0
    path = store.books(options.data)
    today = business_day(datetime.fromtimestamp(time.time(), UTC))
    store.prepare(path, options.seed, options.customers, today)
    boss = Boss(
        path,
        faults,
        options.host,
        options.port,
        options.token,
        options.lines_per_document,
        options.batch,
    )
    back_door = Listener(admin.application(boss), "127.0.0.1", options.admin_port)
    await back_door.open()
    await boss.listener.open()
    await boss.switch(faults)
    print(json.dumps({"url": boss.listener.url, "admin": back_door.url}), flush=True)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    await stop.wait()
    await back_door.close()
    await boss.close()


if __name__ == "__main__":
    sys.exit(main())
