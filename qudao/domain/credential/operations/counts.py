"""What is counted for a while: wrong tries of an address, codes to a line and of an address."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from django.db import connection

from qudao.domain.credential.models import Tally
from qudao.domain.credential.types import NotALine, Outcome, Verdict, Way
from qudao.kernel.numbers import valid_msisdn
from qudao.platform.identity.personal import blind_index

HOUR: Final = timedelta(hours=1)
DAY: Final = timedelta(days=1)
WRONG_FROM_ADDRESS: Final = "wrong_from_address"
CODES_FROM_ADDRESS: Final = "codes_from_address"
CODES_TO_LINE: Final = "codes_to_line"


def _demand_line(number: str) -> None:
    """
    :raises NotALine: if it is no mobile number.
    """
    if not valid_msisdn(number):
        raise NotALine(number)


def _count(what: str, of: str, at: datetime, window: timedelta) -> tuple[int, datetime]:
    """Count once more; return how often in this window, and when it ends."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO credential_tally AS tally (what, key, since, count)
            VALUES (%(what)s, %(key)s, %(at)s, 1)
            ON CONFLICT (what, key) DO UPDATE SET
                count = CASE WHEN tally.since <= %(before)s THEN 1 ELSE tally.count + 1 END,
                since = CASE WHEN tally.since <= %(before)s THEN excluded.since ELSE tally.since END
            RETURNING count, since
            """,
            {"what": what, "key": _key(what, of), "at": at, "before": at - window},
        )
        count, since = cursor.fetchone()
    return int(count), since + window


def _throttled(way: Way, address: str, at: datetime, most: int) -> Verdict | None:
    """
    Say that too many wrong tries came from an address; None if not.

    Looked at without a lock, so that right tries behind one address do not queue: tries that are
    under way at the same moment are let through, their line counts them exactly.
    """
    if not address:
        return None
    found = Tally.objects.filter(
        what=WRONG_FROM_ADDRESS,
        key=_key(WRONG_FROM_ADDRESS, address),
        since__gt=at - HOUR,
        count__gte=most,
    ).first()
    if found is None:
        return None
    return Verdict(Outcome.THROTTLED, way, until=found.since + HOUR)


def _count_wrong(address: str, at: datetime) -> None:
    if address:
        _count(WRONG_FROM_ADDRESS, address, at, HOUR)


def _key(what: str, of: str) -> bytes:
    return blind_index(of, f"credential_tally.{what}")
