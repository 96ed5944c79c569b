"""The tables of the SMS hall; written by `store` alone."""

from __future__ import annotations

from django.db import models

from qudao.platform.identity.personal import EncryptedTextField


class Inbound(models.Model):
    """A message of a phone, or a part of one, that waits for its answer or had it just now."""

    id = models.UUIDField(primary_key=True)
    link = models.TextField()
    digest = models.BinaryField(max_length=32, help_text="keyed hash of what came")
    content = EncryptedTextField(null=True, help_text="erased when it is answered")
    taken_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "sms_inbound"


class Link(models.Model):
    """How a link is, as the process that holds it has said."""

    name = models.TextField(primary_key=True)
    up = models.BooleanField()
    reason = models.TextField(blank=True, help_text="why it is not up")
    waiting = models.IntegerField(help_text="messages without an answer")
    at = models.DateTimeField()

    class Meta:
        db_table = "sms_link"
