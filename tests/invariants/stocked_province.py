"""
Puts the small province, with numbers and goods, into the installation of QUDAO_DATA.

A program of its own (`python -m tests.invariants.stocked_province CLIENTS`), because a process may
use one database only. It prints what each client needs, as one line of JSON.
"""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime

import django

EACH = 60
"""SIM cards, recharge cards and handsets of a client."""
PAID_IN_FEN = 9_000_000_00


def main(clients: int) -> None:
    django.setup()
    from qudao.domain.resource import operations as resource
    from qudao.domain.resource import queries as numbers
    from qudao.domain.resource.types import NumberSearch
    from qudao.kernel.money import Money
    from tests import province as small
    from tests import stocked

    now = datetime.now(UTC)
    small.NOON = now  # what is built begins some weeks before it
    province = small.build()
    province.pay_in(province.agent, Money(PAID_IN_FEN), at=now)
    resource.load_reference(province.system(now))
    branch = province.organizations["4101"]
    resource.load_numbers(
        province.system(now),
        branch=branch,
        numbers=[f"{stocked.PREFIX}{n:04d}" for n in range(5000, 5400)],
    )
    found = numbers.search(
        province.system(now),
        outlet=province.agent,
        search=NumberSearch(grade="ordinary"),
        limit=150,
    )
    wants = []
    for _ in range(clients):
        shelf = stocked.shelve(province, province.agent, each=EACH, at=now)
        wants.append(
            {
                "user": str(province.people["clerk"].user),
                "outlet": str(province.agent),
                "path": province.paths[province.agent],
                "numbers": [one.number for one in found.items],
                "sims": shelf.sims,
                "cards": shelf.cards,
                "handsets": shelf.handsets,
                "people": [stocked.resident_id() for _ in range(8)],
            }
        )
    print(json.dumps(wants))


if __name__ == "__main__":
    main(int(sys.argv[1]))
