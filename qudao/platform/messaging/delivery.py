"""Carry queued messages to the messenger."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models import F

from qudao.platform.messaging.models import OutgoingMessage
from qudao.platform.messaging.ports import MessengerUnavailable, messenger
from qudao.platform.messaging.types import MessageId

MAX_ATTEMPTS: Final = 6
ABANDONED: Final = timedelta(seconds=60)
"""A try that was not concluded in this time died with its process."""


def deliver_now(message: UUID, at: datetime) -> bool:
    """
    Try once to deliver a message; say whether nothing is left to do.

    The messenger is called outside of any transaction. A message that another process is busy
    with is left to it.
    """
    row = _claim(message, at)
    if row is None:
        return True
    mine = OutgoingMessage.objects.filter(id=row.id, state="sending", tried_at=at)
    try:
        messenger().send(MessageId(row.id), recipient=row.recipient, text=row.text)
    except MessengerUnavailable as error:
        problem = str(error)[:200]
        if row.attempts >= MAX_ATTEMPTS:
            mine.update(state="failed", problem=problem, text=None)
            return True
        mine.update(state="queued", problem=problem)
        return False
    mine.update(state="sent", sent_at=at, problem="", text=None)
    return True


def _claim(message: UUID, at: datetime) -> OutgoingMessage | None:
    with transaction.atomic():
        row = OutgoingMessage.objects.select_for_update(skip_locked=True).filter(id=message).first()
        if row is None or row.state not in {"queued", "sending"}:
            return None
        if row.state == "sending" and row.tried_at is not None and row.tried_at > at - ABANDONED:
            return None
        if row.expires_at is not None and row.expires_at <= at:
            OutgoingMessage.objects.filter(id=message).update(state="expired", text=None)
            return None
        OutgoingMessage.objects.filter(id=message).update(
            state="sending", attempts=F("attempts") + 1, tried_at=at
        )
        row.attempts += 1
        return row
