"""
Asks for a menu again and again, as a hall does, and writes down what it was shown.

A program of its own (`python -m tests.invariants.menu_reader heed|ignore`): `heed` listens to
notices and asks at one and the same moment, `ignore` does not listen and asks as time passes. One
line of JSON for each menu: the moment asked for, in microseconds, and the version. Ends when its
input does.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from threading import Event, Thread

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def microseconds(at: datetime) -> int:
    return (at - EPOCH) // timedelta(microseconds=1)


def main(mode: str) -> None:
    import django

    django.setup()

    from qudao.domain.echannel import ports, queries
    from qudao.domain.echannel.types import MenuItem, Pair
    from qudao.journeys.seats import Seats, listen

    class Items:
        def items(self) -> Mapping[str, MenuItem]:
            return {
                "bill": MenuItem(Pair("账单", "Bill")),
                "top_up": MenuItem(Pair("充值", "Top-up")),
            }

    ports._known[:] = [Items()]
    ended = Event()
    Thread(target=lambda: (sys.stdin.read(), ended.set()), daemon=True).start()
    heeds = mode == "heed"
    frozen = datetime.now(UTC)
    if heeds:
        notices = listen(Seats())
        notices.start()
        notices.listening.wait(60)
    while not ended.wait(0.005):
        at = frozen if heeds else datetime.now(UTC)
        menu = queries.menu_of("ussd", "000.41.4101", "", at)
        print(json.dumps([microseconds(at), menu.version]), flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
