"""What lies in the vault."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class VaultFile(models.Model):
    """An encrypted file; its place on the disk follows from its id."""

    id = models.UUIDField(primary_key=True)
    purpose = models.TextField(help_text="code of what it is: `customer.front`, …")
    size = models.IntegerField(help_text="octets, before encryption")
    sha256 = models.BinaryField(max_length=32, help_text="of the content, before encryption")
    key = models.TextField(help_text="name of the key that encrypted it last")
    created_at = models.DateTimeField()

    class Meta:
        db_table = "vault_file"
        constraints = [
            models.CheckConstraint(condition=Q(size__gt=0), name="vault_file_size"),
        ]
        indexes = [models.Index(fields=["key"], name="vault_file_key")]
