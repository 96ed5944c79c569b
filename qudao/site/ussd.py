"""`qudao ussd`: the links to USSD gateways as a process of its own."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import sys

import click
import uvloop

from qudao.site.ports import Trouble


@click.command()
def ussd() -> None:
    """Bind to the operator's USSD gateways by SMPP, and serve their phones.

    \b
    Which     QUDAO_USSD_LINKS, a list in JSON: see docs/ussd.md
    Try it    qudao smsc --port 2775 --admin-port 2776
              QUDAO_USSD_LINKS='[{"name": "smsc", "host": "127.0.0.1", "port": 2775,
                "system_id": "qudao", "password": "qudao",
                "profile": {"also": {"32": "over"}}}]' qudao ussd

    Says on one line of its output that it works. SIGTERM answers what was taken, and unbinds.
    """
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "qudao.site.settings")
    os.environ.setdefault("QUDAO_STATEMENT_TIMEOUT_S", "60")
    import django

    django.setup()
    from django.core.exceptions import ImproperlyConfigured

    from qudao.fronts.ussd import gateways, links
    from qudao.journeys.seats import Seats, listen

    try:
        wanted = gateways.links()
    except ImproperlyConfigured as error:
        raise Trouble(str(error)) from None
    if not wanted:
        raise Trouble("no gateway is named in QUDAO_USSD_LINKS: see docs/ussd.md.")

    async def serve() -> None:
        stop = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        print(f"ussd: {', '.join(one.name for one in wanted)}", flush=True)
        await links.run(wanted, stop)

    # What there is now stays: the collector need not look at it again and again.
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
    sys.setswitchinterval(0.001)
    notices = listen(Seats())
    notices.start()
    try:
        uvloop.run(serve())
    finally:
        notices.stop()
    sys.exit(0)
