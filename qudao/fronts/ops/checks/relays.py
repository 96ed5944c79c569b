"""Events reach those who react to them."""

from datetime import UTC, datetime

from django.db import DatabaseError

from qudao.platform.events import relay
from qudao.platform.observability.health import Unwell, check

LONGEST_LAG_S = 60


@check("relays", essential=False)
def relays() -> str:
    try:
        lags = relay.lag(datetime.now(UTC))
    except DatabaseError:
        raise Unwell("unknown: the database does not answer") from None
    name, worst = max(lags.items(), key=lambda item: item[1], default=("", 0.0))
    if worst > LONGEST_LAG_S:
        raise Unwell(f"{name} is {worst:.0f} s behind")
    return f"{len(lags)} relays, at most {worst:.0f} s behind"
