"""The outbox of messages."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from qudao.platform.identity.personal import EncryptedTextField


class OutgoingMessage(models.Model):
    """A message on its way to a person."""

    id = models.UUIDField(primary_key=True)
    kind = models.TextField(help_text="what it is about: `sign_in_code`, …")
    recipient = EncryptedTextField(help_text="mobile number")
    recipient_hash = models.BinaryField(max_length=32, db_index=True)
    text = EncryptedTextField(null=True, help_text="erased when nobody needs it any more")
    state = models.TextField(default="queued", help_text="queued, sending, sent, failed, expired")
    attempts = models.SmallIntegerField(default=0)
    problem = models.TextField(default="", blank=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)
    tried_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "messaging_outgoing_message"
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["queued", "sending", "sent", "failed", "expired"]),
                name="outgoing_message_state",
            ),
            models.CheckConstraint(
                condition=Q(text__isnull=False) | ~Q(state__in=["queued", "sending"]),
                name="outgoing_message_text",
            ),
        ]
        indexes = [
            models.Index(
                fields=["created_at"],
                condition=Q(state__in=["queued", "sending"]),
                name="outgoing_message_open",
            )
        ]
