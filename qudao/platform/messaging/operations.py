"""Send messages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from qudao.kernel.ids import new_id
from qudao.kernel.personal import Personal, Secret
from qudao.kernel.refusals import Kind, Refusal
from qudao.platform.commands.command import command, record_subject
from qudao.platform.commands.context import Context
from qudao.platform.identity.personal import blind_index
from qudao.platform.messaging.models import OutgoingMessage
from qudao.platform.messaging.tasks import deliver
from qudao.platform.messaging.types import MessageId

MAX_LENGTH: Final = 500
LONGEST_LIFETIME_S: Final = 30 * 24 * 3600


@dataclass(eq=False)
class TextNotSendable(Refusal, kind=Kind.INVALID):
    """A message has some text, and not too much of it."""

    longest: int


@dataclass(eq=False)
class LifetimeOutOfRange(Refusal, kind=Kind.INVALID):
    """A message is worth delivering for some seconds, and not for ever."""

    longest_s: int


@command("messaging.send")
def send(
    ctx: Context, *, recipient: Personal, kind: str, text: Secret, lifetime_s: int | None = None
) -> MessageId:
    """
    Queue a short message; a job of the same transaction delivers it.

    After `lifetime_s` seconds it is no longer worth delivering. The text is erased when the
    message is done with.

    :raises TextNotSendable: if it is empty or too long.
    :raises LifetimeOutOfRange: if it is not positive, or longer than a month.
    """
    number, body = str.__str__(recipient), str.__str__(text)
    if not 0 < len(body) <= MAX_LENGTH:
        raise TextNotSendable(MAX_LENGTH)
    if lifetime_s is not None and not 0 < lifetime_s <= LONGEST_LIFETIME_S:
        raise LifetimeOutOfRange(LONGEST_LIFETIME_S)
    row = OutgoingMessage.objects.create(
        id=new_id(ctx.at),
        kind=kind,
        recipient=number,
        recipient_hash=blind_index(number, "messaging_outgoing_message.recipient"),
        text=body,
        created_at=ctx.at,
        expires_at=None if lifetime_s is None else ctx.at + timedelta(seconds=lifetime_s),
    )
    record_subject(row.id)
    deliver.defer(message=str(row.id))
    return MessageId(row.id)
