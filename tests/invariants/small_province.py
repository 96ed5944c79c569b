"""
Puts the small province of the tests into the installation of QUDAO_DATA.

A program of its own (`python -m tests.invariants.small_province`), because this process may use
one database only. It prints what clients need, as one line of JSON.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime

import django

TILLS = {"clerk": "agent", "owner": "agent", "farclerk": "far", "teller": "hall"}
"""User name → the outlet at which it sells."""

PAID_IN_FEN = 1_000_000_00


def main() -> None:
    django.setup()
    from qudao.kernel.money import Money
    from qudao.platform.identity import operations as identity
    from tests import province as small

    now = datetime.now(UTC)
    small.NOON = now  # what is built begins some weeks before it
    province = small.build()
    for outlet in (province.agent, province.far, province.hall):
        province.pay_in(outlet, Money(PAID_IN_FEN), at=now)
    tills = []
    for name, where in TILLS.items():
        issued = identity.issue_token(
            province.system(now), user=province.people[name].user, name="till"
        )
        outlet = getattr(province, where)
        tills.append({"token": str.__str__(issued.secret), "outlet": str(outlet)})
    print(json.dumps(tills))


if __name__ == "__main__":
    main()
