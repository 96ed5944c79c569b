"""The table of running dialogues."""

from __future__ import annotations

from django.db import models

from qudao.platform.identity.personal import EncryptedTextField


class Dialogue(models.Model):
    """A running conversation; written by `store` alone."""

    id = models.UUIDField(primary_key=True)
    front = models.TextField()
    caller = models.BinaryField(null=True, max_length=32, help_text="keyed hash of who talks")
    lane = models.TextField(help_text="empty where a caller has one dialogue at a time")
    state = EncryptedTextField(help_text="JSON of the engine")
    version = models.IntegerField()
    changed_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    class Meta:
        db_table = "dialogues_dialogue"
        constraints = [
            # Callers that are not known (NULL) are all different.
            models.UniqueConstraint(fields=["caller", "front", "lane"], name="dialogue_of_caller"),
        ]
