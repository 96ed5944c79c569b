"""Times as SMPP writes them (7.1.1): `YYMMDDhhmmsstnnp`."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from simulators.smsc.pdus import Bad, Status


def seconds_until(written: str, now: datetime, wrong: Status) -> float | None:
    """
    How far off an absolute or relative time is; None when there is none.

    :raises Bad: if it is no time, with the status `wrong`.
    """
    if not written:
        return None
    if not re.fullmatch("[0-9]{15}[-+R]", written):
        raise Bad(wrong, f"no time: {written!r}")
    year, month, day, hour, minute, second = (int(written[at : at + 2]) for at in range(0, 12, 2))
    if written[15] == "R":
        days = year * 365 + month * 30 + day
        return timedelta(days=days, hours=hour, minutes=minute, seconds=second).total_seconds()
    try:
        local = datetime(2000 + year, month, day, hour, minute, second, tzinfo=UTC)
    except ValueError:
        raise Bad(wrong, f"no time: {written!r}") from None
    # Quarters of an hour by which the local time is ahead of UTC, or behind it.
    ahead = timedelta(minutes=15 * int(written[13:15])) * (1 if written[15] == "+" else -1)
    return max(0.0, (local - ahead - now).total_seconds())
