"""`qudao sms`: the SMS hall's links to short-message centres, as a process of its own."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import sys

import click

from qudao.site.counter import DATABASE_PATIENCE
from qudao.site.ports import Trouble

COMMAND = [sys.executable, "-m", "qudao.site.cli", "sms"]


@click.command()
def sms() -> None:
    """Answer the short messages of customers, over the links that QUDAO_SMS_LINKS names.

    \b
    Try it    qudao smsc
              QUDAO_SMS_LINKS='[{"protocol": "smpp", "name": "centre", "host": "127.0.0.1",
              "system_id": "qudao", "password": "qudao", "number": "10086"}]' qudao sms

    Says on a line of its output which link is connected. SIGTERM answers what was taken, and ends.
    QUDAO_SMS_ANSWERERS processes beside it compute the answers, as many as there are cores, four at
    most; with 0, threads do.
    """
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "qudao.site.settings")
    os.environ.setdefault("QUDAO_STATEMENT_TIMEOUT_S", "60")
    django.setup()
    import uvloop
    from django.conf import settings

    from qudao.fronts.sms.answerers import Here, answerers
    from qudao.platform.shortmessages.config import read_links

    options = settings.DATABASES["default"]["OPTIONS"]
    for name, value in DATABASE_PATIENCE.items():
        options.setdefault(name, value)
    try:
        links = read_links(settings.SMS_LINKS)
    except ValueError as error:
        raise Trouble(f"QUDAO_SMS_LINKS cannot be read ({error}): see docs/sms.md.") from None
    if not links:
        raise Trouble("no link is configured: set QUDAO_SMS_LINKS (docs/sms.md).")

    async def serve() -> None:
        from qudao.fronts.sms import process

        stop = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        own = others or [Here(), Here()]
        await process.serve(
            links, stop, own, up=lambda name: print(f"connected: {name}", flush=True)
        )

    # What there is now stays: the collector need not look at it again and again.
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
    sys.setswitchinterval(0.001)
    others = answerers(settings.SMS_ANSWERERS)
    try:
        uvloop.run(serve())
    except ValueError as error:
        raise Trouble(f"QUDAO_SMS_LINKS cannot be used: {error}.") from None
