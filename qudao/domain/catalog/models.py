"""Tables of the catalogue."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateTimeRangeField, RangeBoundary
from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.functions import Coalesce

NOBODY = Value(UUID(int=0), output_field=models.UUIDField())
"""Stands for null where nulls must count as equal."""


class TimeRange(Func):
    """A half-open period as PostgreSQL knows it."""

    function = "TSTZRANGE"
    output_field = DateTimeRangeField()


def _validity() -> TimeRange:
    return TimeRange("valid_from", "valid_until", RangeBoundary())


def _positive_period(table: str) -> models.CheckConstraint:
    return models.CheckConstraint(
        name=f"{table}_period",
        condition=Q(valid_until__isnull=True) | Q(valid_until__gt=F("valid_from")),
    )


class Offering(models.Model):
    """One thing that a business sells; what is true of it is in its versions."""

    id = models.UUIDField(primary_key=True)
    code = models.TextField(unique=True)
    business = models.TextField(help_text="code of the business that sells it")
    created_at = models.DateTimeField()

    class Meta:
        db_table = "catalog_offering"
        ordering = ["business", "code"]

    def __str__(self) -> str:
        return self.code


class OfferingVersion(models.Model):
    """What an offering is and costs during a stretch of time. Only its end may still move."""

    id = models.UUIDField(primary_key=True)
    offering = models.ForeignKey(Offering, models.PROTECT, related_name="+")
    number = models.IntegerField()
    valid_from = models.DateTimeField()
    valid_until = models.DateTimeField(null=True)
    name_zh = models.TextField()
    name_en = models.TextField()
    description_zh = models.TextField(default="", blank=True)
    description_en = models.TextField(default="", blank=True)
    price = models.BigIntegerField(null=True, help_text="fen; null: open amount")
    minimum = models.BigIntegerField(null=True, help_text="smallest open amount, fen")
    maximum = models.BigIntegerField(null=True, help_text="largest open amount, fen")
    step = models.BigIntegerField(default=1, help_text="open amounts are multiples of this, fen")
    chips: ArrayField[Any, Any] = ArrayField(
        models.BigIntegerField(), default=list, help_text="amounts that screens propose, fen"
    )
    boss_product_code = models.TextField(default="", blank=True)
    eligibility: models.JSONField[Any, Any] = models.JSONField(
        default=dict, help_text='{"states": […], "plans": […], "markets": […]}; absent: any'
    )
    attributes: models.JSONField[Any, Any] = models.JSONField(
        default=dict, help_text="for screens: brand, monthly_fee (fen), data_mb, …"
    )

    class Meta:
        db_table = "catalog_offering_version"
        ordering = ["offering", "number"]
        constraints = [
            models.UniqueConstraint(fields=["offering", "number"], name="version_number"),
            _positive_period("version"),
            models.CheckConstraint(
                name="version_price", condition=Q(price__isnull=True) | Q(price__gte=0)
            ),
            models.CheckConstraint(
                name="version_range",
                condition=Q(minimum__isnull=True)
                | Q(maximum__isnull=True)
                | Q(maximum__gte=F("minimum")),
            ),
            models.CheckConstraint(name="version_step", condition=Q(step__gt=0)),
            ExclusionConstraint(
                name="version_no_overlap",
                expressions=[("offering", "="), (_validity(), "&&")],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name_en} v{self.number}"


class WholesaleDiscount(models.Model):
    """What a kind of channel is spared of the face value of a sale."""

    id = models.UUIDField(primary_key=True)
    business = models.TextField()
    offering = models.ForeignKey(
        Offering, models.PROTECT, null=True, related_name="+", help_text="null: the whole business"
    )
    channel_kind = models.ForeignKey("saleschannel.ChannelKind", models.PROTECT, related_name="+")
    rate_ppm = models.IntegerField(help_text="parts per million of the face value")
    valid_from = models.DateTimeField()
    valid_until = models.DateTimeField(null=True)

    class Meta:
        db_table = "catalog_wholesale_discount"
        ordering = ["business", "channel_kind", "valid_from"]
        constraints = [
            models.CheckConstraint(
                name="discount_rate", condition=Q(rate_ppm__range=(0, 1_000_000))
            ),
            _positive_period("discount"),
            ExclusionConstraint(
                name="discount_no_overlap",
                expressions=[
                    ("business", "="),
                    (Coalesce("offering", NOBODY), "="),
                    ("channel_kind", "="),
                    (_validity(), "&&"),
                ],
            ),
        ]


class ShelfEntry(models.Model):
    """Whether an offering is on the shelf of a branch, or of all branches, for a time."""

    id = models.UUIDField(primary_key=True)
    offering = models.ForeignKey(Offering, models.PROTECT, related_name="+")
    branch = models.ForeignKey(
        "party.Organization",
        models.PROTECT,
        null=True,
        related_name="+",
        help_text="null: all branches that have no entry of their own",
    )
    on_shelf = models.BooleanField()
    valid_from = models.DateTimeField()
    valid_until = models.DateTimeField(null=True)

    class Meta:
        db_table = "catalog_shelf_entry"
        ordering = ["offering", "branch", "valid_from"]
        constraints = [
            _positive_period("shelf"),
            ExclusionConstraint(
                name="shelf_no_overlap",
                expressions=[
                    ("offering", "="),
                    (Coalesce("branch", NOBODY), "="),
                    (_validity(), "&&"),
                ],
            ),
        ]


class Fit(models.Model):
    """A cell of the matrix business × kind of channel × market that is not blank."""

    business = models.TextField()
    channel_kind = models.ForeignKey("saleschannel.ChannelKind", models.PROTECT, related_name="+")
    market = models.TextField(help_text="city or rural")
    level = models.TextField(help_text="best, fit, unfit, capable")

    class Meta:
        db_table = "catalog_fit"
        ordering = ["business", "channel_kind", "market"]
        constraints = [
            models.UniqueConstraint(fields=["business", "channel_kind", "market"], name="fit_cell"),
            models.CheckConstraint(name="fit_market", condition=Q(market__in=["city", "rural"])),
            models.CheckConstraint(
                name="fit_level", condition=Q(level__in=["best", "fit", "unfit", "capable"])
            ),
        ]


class Revision(models.Model):
    """The single row whose value every write raises; the statement of a sale compares it."""

    id = models.SmallIntegerField(primary_key=True)
    value = models.BigIntegerField()

    class Meta:
        db_table = "catalog_revision"
        constraints = [models.CheckConstraint(name="revision_single", condition=Q(id=1))]
