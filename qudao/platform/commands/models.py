"""The journal, and commands that wait for a second pair of eyes."""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models.expressions import RawSQL


class Xid8Field(models.Field[Any, Any]):
    """A transaction's 64-bit number (PostgreSQL `xid8`): orders the journal by commit."""

    def db_type(self, connection: Any) -> str:
        return "xid8"

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> int | None:
        return None if value is None else int(value)


class JournalEntry(models.Model):
    """
    One command that was done. Rows are inserted and never changed.

    Partitioned by `period`. The table's primary key is (xid, id, period, home): no two rows have
    the same `id` all the same, for it comes from one sequence.
    """

    id = models.BigAutoField(primary_key=True)
    xid = Xid8Field(db_default=RawSQL("pg_current_xact_id()", ()))
    at = models.DateTimeField()
    actor = models.UUIDField()
    approved_by = models.UUIDField(null=True)
    channel = models.TextField()
    command = models.TextField()
    request_key = models.TextField()
    fingerprint = models.BinaryField(max_length=32)
    subject = models.UUIDField(null=True, help_text="the entity whose history this belongs to")
    arguments = models.JSONField()
    answer = models.JSONField(null=True)
    events: models.JSONField[Any, Any] = models.JSONField(
        null=True, help_text="[[event type, facts], …]"
    )
    home = models.TextField(
        default="",
        db_default="",
        db_collation="C",
        help_text="of the outlet it was done at; empty for what is no outlet's",
    )
    period = models.DateField(help_text="first day of the business month")

    class Meta:
        db_table = "commands_journal"
        constraints = [
            models.UniqueConstraint(
                fields=["actor", "request_key", "home", "period"], name="journal_request_key"
            ),
        ]
        indexes = [
            models.Index(
                fields=["subject", "id"],
                name="journal_subject",
                condition=models.Q(subject__isnull=False),
            ),
            BrinIndex(fields=["at", "id"], name="journal_moment", autosummarize=True),
        ]


class ParkedCommand(models.Model):
    """A command that a policy holds back until somebody else has looked at it."""

    id = models.UUIDField(primary_key=True)
    command = models.TextField()
    arguments = models.JSONField()
    reason = models.TextField(help_text="code of the policy's reason")
    maker = models.UUIDField()
    channel = models.TextField()
    paths: ArrayField[Any, Any] = ArrayField(models.TextField(), help_text="the maker's scope")
    parked_at = models.DateTimeField()
    state = models.TextField(help_text="waiting, approved, declined")
    checker = models.UUIDField(null=True)
    decided_at = models.DateTimeField(null=True)
    remark = models.TextField(default="", blank=True)

    class Meta:
        db_table = "commands_parked"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(checker__isnull=True) | ~models.Q(checker=models.F("maker")),
                name="parked_two_people",
            ),
            models.CheckConstraint(
                condition=models.Q(state="waiting", checker__isnull=True)
                | models.Q(state__in=["approved", "declined"], checker__isnull=False),
                name="parked_state",
            ),
        ]
        indexes = [models.Index(fields=["state", "parked_at"], name="parked_waiting")]
