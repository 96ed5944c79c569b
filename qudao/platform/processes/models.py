"""Instances, their tasks, what happened in them, and what people wrote and attached."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from qudao.platform.processes.types import INSTANCE_STATES, TASK_STATES
from qudao.platform.tables.scoped import ScopedManager


class Version(models.Model):
    """
    A version of a process that was used: what its files held, so that nobody changes them under
    the instances that stand on it. The files themselves are the repository's.
    """

    id = models.BigAutoField(primary_key=True)
    process = models.TextField(help_text="code of the process")
    number = models.IntegerField()
    digest = models.BinaryField(max_length=32, help_text="SHA-256 of names and contents")
    used_at = models.DateTimeField(help_text="when the first instance stood on it")

    class Meta:
        db_table = "processes_version"
        constraints = [
            models.UniqueConstraint(fields=["process", "number"], name="process_version_number")
        ]


class Instance(models.Model):
    """One run of a process."""

    id = models.UUIDField(primary_key=True)
    version = models.ForeignKey(Version, models.PROTECT, related_name="+")
    process = models.TextField(help_text="code of the process")
    subject = models.UUIDField(help_text="what it is about")
    single = models.BooleanField(help_text="no other one of the subject runs at the same time")
    title_zh = models.TextField()
    title_en = models.TextField()
    path = models.TextField(db_collation="C", help_text="of the organization it belongs to")
    state = models.TextField(help_text="running, completed, cancelled")
    started_by = models.UUIDField()
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    ended_by = models.UUIDField(null=True)
    reason = models.TextField(default="", blank=True, help_text="why it was cancelled")
    engine = models.JSONField(help_text="the state of its tokens, without the process itself")
    data = models.JSONField(help_text="what was entered and found so far")
    next_at = models.DateTimeField(null=True, help_text="when the clock has something to do")
    problem = models.TextField(
        default="", blank=True, help_text="code of the refusal that the clock met last"
    )

    objects = ScopedManager["Instance"](path="path")

    class Meta:
        db_table = "processes_instance"
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=INSTANCE_STATES), name="process_instance_state"
            ),
            models.CheckConstraint(
                condition=Q(state="running", ended_at__isnull=True)
                | (~Q(state="running") & Q(ended_at__isnull=False, next_at__isnull=True)),
                name="process_instance_end",
            ),
            models.UniqueConstraint(
                fields=["process", "subject"],
                condition=Q(state="running", single=True),
                name="process_instance_single",
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_at"],
                condition=Q(next_at__isnull=False),
                name="process_instance_next",
            ),
            models.Index(fields=["subject", "started_at"], name="process_instance_subject"),
            models.Index(fields=["state", "-started_at"], name="process_instance_newest"),
        ]

    def __str__(self) -> str:
        return self.title_zh


class Task(models.Model):
    """Something that a person has to do, or has done."""

    id = models.UUIDField(primary_key=True)
    instance = models.ForeignKey(Instance, models.PROTECT, related_name="tasks")
    element = models.TextField(help_text="its id in BPMN")
    role = models.TextField(help_text="code of the role that does it")
    path = models.TextField(db_collation="C", help_text="the instance's")
    held_at = models.TextField(
        db_collation="C", help_text="the role is held there or above: the path, or a part of it"
    )
    state = models.TextField(help_text="open, done, withdrawn")
    claimant = models.UUIDField(null=True, help_text="who has taken it, or was given it")
    created_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)
    remind_at = models.DateTimeField(null=True, help_text="the next time that its people are told")
    reminded_at = models.DateTimeField(null=True, help_text="by a person or the clock, the last")
    escalate_at = models.DateTimeField(null=True)
    escalate_to = models.TextField(default="", blank=True)
    escalated_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)
    done_by = models.UUIDField(null=True)
    data = models.JSONField(null=True, help_text="what was entered")

    objects = ScopedManager["Task"](path="path")

    class Meta:
        db_table = "processes_task"
        constraints = [
            models.CheckConstraint(condition=Q(state__in=TASK_STATES), name="process_task_state"),
            models.CheckConstraint(
                condition=(Q(state="done") & Q(done_at__isnull=False, done_by__isnull=False))
                | (~Q(state="done") & Q(done_at__isnull=True, done_by__isnull=True)),
                name="process_task_done",
            ),
            models.CheckConstraint(
                condition=Q(due_at__isnull=True) | Q(due_at__gte=F("created_at")),
                name="process_task_due",
            ),
        ]
        indexes = [
            models.Index(
                fields=["role", "due_at"], condition=Q(state="open"), name="process_task_worklist"
            ),
            models.Index(
                fields=["claimant"], condition=Q(state="open"), name="process_task_claimed"
            ),
        ]

    def __str__(self) -> str:
        return self.element


class Step(models.Model):
    """Something that happened in an instance. Rows are inserted and never changed."""

    id = models.BigAutoField(primary_key=True)
    instance = models.ForeignKey(Instance, models.PROTECT, related_name="steps")
    kind = models.TextField(
        help_text="started, passed, done, claimed, released, delegated, reminded, escalated, "
        "refused, held, migrated, cancelled, "
        "completed"
    )
    element = models.TextField(default="", blank=True, help_text="id in BPMN, if it was at one")
    actor = models.UUIDField()
    at = models.DateTimeField()
    data = models.JSONField(null=True)

    class Meta:
        db_table = "processes_step"
        indexes = [models.Index(fields=["instance", "id"], name="process_step_instance")]


class Note(models.Model):
    """A comment, or a file with or without one."""

    id = models.BigAutoField(primary_key=True)
    instance = models.ForeignKey(Instance, models.PROTECT, related_name="notes")
    task = models.ForeignKey(Task, models.PROTECT, null=True, related_name="notes")
    field = models.TextField(default="", blank=True, help_text="of the form it came with")
    author = models.UUIDField()
    at = models.DateTimeField()
    text = models.TextField(default="", blank=True)
    file = models.ForeignKey("vault.VaultFile", models.PROTECT, null=True, related_name="+")
    name = models.TextField(default="", blank=True, help_text="of the file")
    media_type = models.TextField(default="", blank=True)

    class Meta:
        db_table = "processes_note"
        constraints = [
            models.CheckConstraint(
                condition=Q(file__isnull=False) | ~Q(text=""), name="process_note_something"
            )
        ]
        indexes = [models.Index(fields=["instance", "id"], name="process_note_instance")]
