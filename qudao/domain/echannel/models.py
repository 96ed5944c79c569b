"""Tables of the fronts' configuration."""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeBoundary
from django.db import models
from django.db.models import F, Func, Q


class TimeRange(Func):
    """A half-open period as PostgreSQL knows it."""

    function = "TSTZRANGE"
    output_field = DateTimeRangeField()


class Configuration(models.Model):
    """For whom something is configured: a front, a branch or all, a group or everybody."""

    id = models.UUIDField(primary_key=True)
    front = models.TextField(help_text="code of a registered front")
    branch = models.ForeignKey(
        "party.Organization",
        models.PROTECT,
        null=True,
        related_name="+",
        help_text="null: all branches that have nothing of their own",
    )
    group = models.TextField(default="", blank=True, help_text="of customers; empty: everybody")
    off_since = models.DateTimeField(null=True, help_text="switched off; null: it is not")
    off_until = models.DateTimeField(null=True)
    off_zh = models.TextField(default="", blank=True, help_text="said while it is switched off")
    off_en = models.TextField(default="", blank=True)
    created_at = models.DateTimeField()

    class Meta:
        db_table = "echannel_configuration"
        ordering = ["front", "branch__path", "group"]
        constraints = [
            models.UniqueConstraint(
                fields=["front", "branch", "group"],
                nulls_distinct=False,
                name="configuration_scope",
            ),
            models.CheckConstraint(
                name="configuration_off",
                condition=Q(off_until__isnull=True) | Q(off_until__gt=F("off_since")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.front} {self.group}".strip()


class Version(models.Model):
    """What a configuration says. The draft is changed until it is published; then never."""

    id = models.UUIDField(primary_key=True)
    configuration = models.ForeignKey(Configuration, models.PROTECT, related_name="+")
    number = models.IntegerField()
    edition = models.IntegerField(default=1, help_text="how often the draft was saved")
    content: models.JSONField[Any, Any] = models.JSONField(help_text="see rules/document.py")
    created_at = models.DateTimeField()
    created_by = models.UUIDField(help_text="who saved it last")
    frozen_at = models.DateTimeField(null=True, help_text="published first; null: the draft")

    class Meta:
        db_table = "echannel_version"
        ordering = ["configuration", "-number"]
        constraints = [
            models.UniqueConstraint(
                fields=["configuration", "number"], name="echannel_version_number"
            ),
            models.UniqueConstraint(
                fields=["configuration"],
                condition=Q(frozen_at__isnull=True),
                name="echannel_one_draft",
            ),
        ]

    def __str__(self) -> str:
        return f"v{self.number}"


class Publication(models.Model):
    """A version is what customers see, for a time."""

    id = models.UUIDField(primary_key=True)
    configuration = models.ForeignKey(Configuration, models.PROTECT, related_name="+")
    version = models.ForeignKey(Version, models.PROTECT, related_name="+")
    valid_from = models.DateTimeField()
    valid_until = models.DateTimeField(null=True)
    published_at = models.DateTimeField()
    published_by = models.UUIDField()

    class Meta:
        db_table = "echannel_publication"
        ordering = ["configuration", "valid_from"]
        constraints = [
            models.CheckConstraint(
                name="publication_period",
                condition=Q(valid_until__isnull=True) | Q(valid_until__gt=F("valid_from")),
            ),
            ExclusionConstraint(
                name="publication_no_overlap",
                expressions=[
                    ("configuration", "="),
                    (TimeRange("valid_from", "valid_until", RangeBoundary()), "&&"),
                ],
            ),
        ]


class Revision(models.Model):
    """The single row whose value every change of what is shown raises."""

    id = models.SmallIntegerField(primary_key=True)
    value = models.BigIntegerField()

    class Meta:
        db_table = "echannel_revision"
        constraints = [models.CheckConstraint(name="echannel_single", condition=Q(id=1))]
