"""What messaging wants from the outside: somebody who carries short messages."""

from __future__ import annotations

from typing import Protocol, cast

from django.conf import settings
from django.utils.module_loading import import_string

from qudao.platform.messaging.types import MessageId


class MessengerUnavailable(Exception):
    """The message was not taken; it may be tried again."""


class Messenger(Protocol):
    """Carries short messages to mobile phones."""

    def send(self, message: MessageId, *, recipient: str, text: str) -> None:
        """
        Hand one message over. `message` is the same at each try, so that a carrier which
        remembers it can drop the second.

        :raises MessengerUnavailable: if it was not taken.
        """


def messenger() -> Messenger:
    """Return the installation's messenger: the class that the setting `MESSENGER` names."""
    return cast(Messenger, import_string(settings.MESSENGER)())
