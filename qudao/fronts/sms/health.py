"""How the links are, for `/health` and `/metrics`: as their processes have said."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

from django.conf import settings
from django.db import DatabaseError

from qudao.fronts.sms import store
from qudao.platform.observability.health import Unwell, check
from qudao.platform.observability.metrics import reading
from qudao.platform.shortmessages.config import read_links

SILENT: Final = timedelta(seconds=30)
"""A process that lives says how its links are more often."""


@check("sms", essential=False)
def sms() -> str:
    """Without its links the SMS hall answers nobody; the others do."""
    try:
        names = [link.name for link in read_links(settings.SMS_LINKS)]
    except ValueError as error:
        raise Unwell(f"QUDAO_SMS_LINKS cannot be read: {error}") from None
    if not names:
        return "no link is configured"
    try:
        known = store.states()
    except DatabaseError:
        raise Unwell("unknown: the database does not answer") from None
    now = datetime.now(UTC)
    for name in names:
        state, at = known.get(name, (None, now))
        if state is None or at < now - SILENT:
            raise Unwell(f"{name}: no process holds it (`qudao sms`)")
        if not state.up:
            raise Unwell(f"{name}: not connected: {state.reason}")
    return f"{len(names)} links, {sum(known[name][0].waiting for name in names)} messages wait"


@reading("qudao_sms_link_up", "Whether a link to a short-message centre is connected.", ["link"])
def links() -> Mapping[tuple[str, ...], float]:
    now = datetime.now(UTC)
    return {
        (name,): float(state.up and at >= now - SILENT)
        for name, (state, at) in store.states().items()
    }
