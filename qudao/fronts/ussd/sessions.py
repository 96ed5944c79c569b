"""
Sessions of gateways that call over HTTP: how much of what the phone typed is known.

Such a gateway sends all that was typed in the session each time, joined by `*`. What is new is
what stands behind what was known; of that only the length is kept, for it may hold a password.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db import connection

from qudao.platform.identity.personal import blind_index

LASTS: Final = timedelta(seconds=180)

_SEEN: Final = """
WITH known AS (SELECT length FROM ussd_session WHERE key = %(key)s AND at > %(since)s)
INSERT INTO ussd_session AS s (key, length, at) VALUES (%(key)s, %(length)s, %(at)s)
    ON CONFLICT (key) DO UPDATE SET length = excluded.length, at = excluded.at
RETURNING (SELECT length FROM known)
"""


@dataclass(frozen=True, slots=True)
class Typed:
    """What is new in a session."""

    text: str
    begins: bool
    id: str
    """The same when the same request comes again."""


def typed(gateway: str, session: str, msisdn: str, whole: str, at: datetime) -> Typed:
    """Return what is new of all that was typed in a session, and know it from now on."""
    key = blind_index(f"{gateway} {session} {msisdn}", "ussd_session.key").hex()[:32]
    values: dict[str, str | int | datetime] = {
        "key": key,
        "length": len(whole),
        "at": at,
        "since": at - LASTS,
    }
    with connection.cursor() as cursor:
        cursor.execute(_SEEN, values)
        known: int | None = cursor.fetchone()[0]
    id = f"{key[:16]}:{len(whole)}"
    if known is None:
        # The code itself is not among it: of `*100*2*50#` it is `2*50`.
        return Typed(f"*0*{whole}#" if whole else "*0#", True, id)
    return Typed(last(whole, known), False, id)


def last(whole: str, known: int) -> str:
    """Return what was typed last, of which so many characters were known before."""
    if known == 0:
        return whole
    if 0 < known < len(whole) and whole[known] == "*":
        return whole[known + 1 :]
    # The same once more, or something else than the session: what stands behind the last star.
    return "*" if whole == "*" or whole.endswith("**") else whole.rpartition("*")[2]


def forget(at: datetime) -> int:
    """Drop sessions that are over; return how many."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM ussd_session WHERE at < %s", [at - 2 * LASTS])
        return int(cursor.rowcount)
