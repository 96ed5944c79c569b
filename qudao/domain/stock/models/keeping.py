"""Counts, thresholds and files."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q

from qudao.domain.stock.models.goods import Item, Unit
from qudao.domain.stock.models.places import place as place_column
from qudao.platform.identity.personal import EncryptedTextField
from qudao.platform.tables.scoped import ScopedManager


class Count(models.Model):
    """Somebody counts what lies at a place."""

    id = models.UUIDField(primary_key=True)
    place = place_column()
    item = models.ForeignKey(Item, models.PROTECT, null=True, related_name="+", db_index=False)
    state = models.TextField()
    opened_at = models.DateTimeField()
    opened_by = models.UUIDField()
    closed_at = models.DateTimeField(null=True)
    closed_by = models.UUIDField(null=True)

    objects = ScopedManager["Count"](path="place__path")

    class Meta:
        db_table = "stock_count"
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["open", "closed", "cancelled"]), name="stock_count_state"
            ),
            models.UniqueConstraint(
                fields=["place"], condition=Q(state="open"), name="stock_count_one_open"
            ),
        ]


class CountLine(models.Model):
    """What was counted: a serial, or how many of an item."""

    id = models.BigAutoField(primary_key=True)
    count = models.ForeignKey(Count, models.PROTECT, related_name="lines", db_index=False)
    item = models.ForeignKey(Item, models.PROTECT, related_name="+", db_index=False)
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="+", db_index=False)
    serial = models.TextField(default="", blank=True)
    expected = models.BigIntegerField(default=0)
    counted = models.BigIntegerField(default=0)
    finding = models.TextField(default="", blank=True, help_text="set when the count is closed")

    class Meta:
        db_table = "stock_count_line"
        constraints = [
            models.UniqueConstraint(
                fields=["count", "item", "serial"], name="stock_count_line_once"
            ),
        ]


class Threshold(models.Model):
    """A place should not have less of an item than this."""

    id = models.BigAutoField(primary_key=True)
    place = place_column(db_index=False)
    item = models.ForeignKey(Item, models.PROTECT, related_name="+", db_index=False)
    low = models.BigIntegerField()

    objects = ScopedManager["Threshold"](path="place__path")

    class Meta:
        db_table = "stock_threshold"
        constraints = [
            models.UniqueConstraint(fields=["place", "item"], name="stock_threshold_once"),
            models.CheckConstraint(condition=Q(low__gt=0), name="stock_threshold_low"),
        ]


class Bulk(models.Model):
    """A file of goods or numbers on its way in: looked through, then loaded whole."""

    id = models.UUIDField(primary_key=True)
    kind = models.TextField(help_text="code of a registered kind of file")
    place = place_column()
    terms: models.JSONField[Any, Any] = models.JSONField(
        default=dict, help_text="what holds for rows that do not say it"
    )
    file_name = models.TextField()
    content = EncryptedTextField(null=True, help_text="the file, until it is loaded or discarded")
    state = models.TextField()
    total = models.BigIntegerField(default=0)
    done = models.BigIntegerField(default=0)
    bad = models.BigIntegerField(default=0)
    counts: models.JSONField[Any, Any] = models.JSONField(default=dict)
    columns: models.JSONField[Any, Any] = models.JSONField(default=list)
    first: models.JSONField[Any, Any] = models.JSONField(default=list)
    at = models.DateTimeField()
    by = models.UUIDField()
    checked_at = models.DateTimeField(null=True)
    loaded_at = models.DateTimeField(null=True)
    loaded_by = models.UUIDField(null=True)

    objects = ScopedManager["Bulk"](path="place__path")

    class Meta:
        db_table = "stock_bulk"
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    state__in=[
                        "checking",
                        "refused",
                        "checked",
                        "loading",
                        "loaded",
                        "discarded",
                    ]
                ),
                name="stock_bulk_state",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["loaded", "discarded"]) | Q(content__isnull=True),
                name="stock_bulk_content",
            ),
        ]


class BulkFault(models.Model):
    """What is wrong with one row of a file."""

    id = models.BigAutoField(primary_key=True)
    bulk = models.ForeignKey(Bulk, models.PROTECT, related_name="+")
    row = models.IntegerField(help_text="0: the file itself")
    column = models.TextField(default="", blank=True)
    problem = models.TextField()
    detail = models.TextField(default="", blank=True)

    class Meta:
        db_table = "stock_bulk_fault"
