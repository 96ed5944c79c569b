"""Orders reach the BOSS and are decided."""

from datetime import UTC, datetime

from django.db import DatabaseError

from qudao.domain.ordering import queries as ordering
from qudao.platform.observability.health import Unwell, check

LONGEST_WAIT_S = 300


@check("dispatch", essential=False)
def dispatch() -> str:
    """Sales go on while orders wait, and are settled afterwards."""
    now = datetime.now(UTC)
    try:
        backlog = ordering.backlog(now)
    except DatabaseError:
        raise Unwell("unknown: the database does not answer") from None
    oldest_s = backlog.oldest_s(now)
    if oldest_s > LONGEST_WAIT_S:
        raise Unwell(f"{backlog.open} orders wait for the BOSS, the oldest for {oldest_s:.0f} s")
    return f"{backlog.open} orders wait for the BOSS"
