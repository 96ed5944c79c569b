"""Service passwords, one-time codes, what was counted, and the rules in force."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q


class LineCredential(models.Model):
    """
    A line's service password and its wrong tries.

    There is a row for a line without a password once somebody has tried one: so it locks as any.
    """

    id = models.UUIDField(primary_key=True)
    msisdn = models.TextField(unique=True)
    password = models.TextField(default="", blank=True, help_text="hash; empty if there is none")
    set_at = models.DateTimeField(null=True)
    set_by = models.TextField(default="", blank=True, help_text="code, old_password, counter")
    wrong = models.SmallIntegerField(default=0, help_text="tries, one after the other")
    wrong_at = models.DateTimeField(null=True)
    locked_until = models.DateTimeField(null=True)

    class Meta:
        db_table = "credential_line"
        constraints = [
            models.CheckConstraint(
                name="credential_password",
                condition=Q(password="", set_at__isnull=True, set_by="")
                | (~Q(password="") & Q(set_at__isnull=False) & ~Q(set_by="")),
            ),
            models.CheckConstraint(
                name="credential_wrong",
                condition=Q(wrong=0, wrong_at__isnull=True, locked_until__isnull=True)
                | Q(wrong__gt=0, wrong_at__isnull=False),
            ),
        ]
        indexes = [
            models.Index(
                fields=["locked_until"],
                name="credential_locked",
                condition=Q(locked_until__isnull=False),
            ),
            models.Index(fields=["wrong_at"], name="credential_tried", condition=Q(password="")),
        ]

    def __str__(self) -> str:
        return self.msisdn


class OneTimeCode(models.Model):
    """The last code that was sent to a line for a purpose."""

    id = models.UUIDField(primary_key=True)
    msisdn = models.TextField()
    purpose = models.TextField(help_text="login, money, data, reset")
    code_hash: models.BinaryField[Any, Any] = models.BinaryField(
        max_length=32, help_text="keyed, of id and code"
    )
    tries = models.SmallIntegerField(default=0)
    sent_at = models.DateTimeField()
    expires_at = models.DateTimeField(db_index=True)
    used_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "credential_code"
        constraints = [
            models.UniqueConstraint(fields=["msisdn", "purpose"], name="credential_code_line"),
        ]


class Tally(models.Model):
    """How often something happened since a moment: wrong tries and codes of an address, …"""

    what = models.TextField(help_text="wrong_from_address, codes_from_address, codes_to_line")
    key: models.BinaryField[Any, Any] = models.BinaryField(
        max_length=32, help_text="keyed hash of the address or number"
    )
    since = models.DateTimeField(db_index=True)
    count = models.IntegerField()

    class Meta:
        db_table = "credential_tally"
        constraints = [
            models.UniqueConstraint(fields=["what", "key"], name="credential_tally_key"),
        ]


class PolicyVersion(models.Model):
    """The rules as somebody set them; the newest are in force."""

    id = models.UUIDField(primary_key=True)
    rules: models.JSONField[Any, Any] = models.JSONField()
    set_at = models.DateTimeField(db_index=True)
    set_by = models.UUIDField(help_text="account")
    reason = models.TextField()

    class Meta:
        db_table = "credential_policy"
