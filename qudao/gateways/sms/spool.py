"""
The carrier of a machine under development: messages become files that `qudao messages` shows.

Whoever can read the folder can sign in as anybody, so the folder belongs to its owner alone, and
an installation that is reached under other names than this machine's refuses to use it, unless
`QUDAO_SMS_SPOOL=1` says that it is meant.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings

from qudao.platform.messaging.ports import MessengerUnavailable
from qudao.platform.messaging.types import MessageId


@dataclass(frozen=True, slots=True)
class SpooledMessage:
    """A message that somebody would have got."""

    at: datetime
    recipient: str
    text: str


class SpoolMessenger:
    """Writes each message into a file of mode 0600 in the folder `SMS_SPOOL`."""

    def __init__(self) -> None:
        self._folder = Path(settings.SMS_SPOOL)

    def send(self, message: MessageId, *, recipient: str, text: str) -> None:
        if not settings.SMS_SPOOL_ALLOWED:
            raise MessengerUnavailable(
                "no SMS carrier is configured; the development spool is for this machine only"
                " (QUDAO_SMS_SPOOL=1 allows it nevertheless)"
            )
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            note = {"at": datetime.now(UTC).isoformat(), "to": recipient, "text": text}
            draft = self._folder / f".{message}"
            descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                json.dump(note, file, ensure_ascii=False)
            draft.replace(self._folder / f"{message}.json")
        except OSError as error:
            raise MessengerUnavailable(f"the spool cannot be written: {error.strerror}") from error


def spooled(folder: Path) -> list[SpooledMessage]:
    """Return what lies in the spool, oldest first."""
    found = []
    for file in folder.glob("*.json"):
        note = json.loads(file.read_text("utf-8"))
        found.append(SpooledMessage(datetime.fromisoformat(note["at"]), note["to"], note["text"]))
    return sorted(found, key=lambda message: message.at)
