"""Tables of numbers: pools, segments, the numbers themselves, patterns, grades and their prices."""

from __future__ import annotations

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeBoundary, RangeOperators
from django.db import models
from django.db.models import F, Func, Q
from django.db.models.expressions import RawSQL

from qudao.platform.tables.scoped import ScopedManager


class TimeRange(Func):
    """A half-open period as PostgreSQL knows it."""

    function = "TSTZRANGE"
    output_field = DateTimeRangeField()


class Pool(models.Model):
    """The numbers of a branch. Its key is small because every number carries it."""

    id = models.SmallAutoField(primary_key=True)
    branch = models.OneToOneField("party.Organization", models.PROTECT, related_name="+")
    area_code = models.TextField(help_text="telephone area code; empty when not known")

    objects = ScopedManager["Pool"](path="branch__path")

    class Meta:
        db_table = "resource_pool"


class Segment(models.Model):
    """Seven digits that begin ten thousand numbers."""

    prefix = models.IntegerField(primary_key=True, help_text="seven digits")
    pool = models.ForeignKey(Pool, models.PROTECT, related_name="+")
    hlr = models.TextField(help_text="home location register that serves the numbers")
    loaded_at = models.DateTimeField()
    whole = models.BooleanField(help_text="all ten thousand numbers were loaded")
    graded = models.TextField(help_text="fingerprint of the rules that its numbers were graded by")

    objects = ScopedManager["Segment"](path="pool__branch__path")

    class Meta:
        db_table = "resource_segment"
        constraints = [
            models.CheckConstraint(
                condition=Q(prefix__range=(1_300_000, 1_999_999)), name="segment_prefix"
            )
        ]


class Grade(models.Model):
    """What numbers are sold as; their prices are in `GradePrice`."""

    code = models.TextField(primary_key=True)
    name_zh = models.TextField()
    name_en = models.TextField()
    position = models.SmallIntegerField(help_text="place in lists, the best first")

    class Meta:
        db_table = "resource_grade"
        ordering = ["position", "code"]

    def __str__(self) -> str:
        return self.code


class Pattern(models.Model):
    """What was decided about a rule of the registry. Its key is small: every number carries it."""

    id = models.SmallAutoField(primary_key=True)
    code = models.TextField(unique=True)
    grade = models.ForeignKey(Grade, models.PROTECT, related_name="+")
    enabled = models.BooleanField(
        help_text="off: its numbers cost what plain ones do, and belong to it no more when graded"
    )

    class Meta:
        db_table = "resource_pattern"

    def __str__(self) -> str:
        return self.code


class GradePrice(models.Model):
    """What a grade costs, in one branch or in all that have no price of their own."""

    id = models.UUIDField(primary_key=True)
    grade = models.ForeignKey(Grade, models.PROTECT, related_name="+")
    branch = models.ForeignKey(
        "party.Organization", models.PROTECT, null=True, related_name="+", db_index=False
    )
    price = models.BigIntegerField(help_text="prepayment, fen")
    monthly_floor = models.BigIntegerField(help_text="least monthly spending, fen")
    valid_from = models.DateTimeField()
    valid_until = models.DateTimeField(null=True)

    class Meta:
        db_table = "resource_grade_price"
        constraints = [
            models.CheckConstraint(
                condition=Q(price__gte=0, monthly_floor__gte=0), name="grade_price_amounts"
            ),
            models.CheckConstraint(
                condition=Q(valid_until__isnull=True) | Q(valid_until__gt=F("valid_from")),
                name="grade_price_period",
            ),
            ExclusionConstraint(
                name="grade_price_of_branch",
                expressions=[
                    ("grade", RangeOperators.EQUAL),
                    ("branch", RangeOperators.EQUAL),
                    (
                        TimeRange("valid_from", "valid_until", RangeBoundary()),
                        RangeOperators.OVERLAPS,
                    ),
                ],
            ),
            ExclusionConstraint(
                name="grade_price_of_all",
                expressions=[
                    ("grade", RangeOperators.EQUAL),
                    (
                        TimeRange("valid_from", "valid_until", RangeBoundary()),
                        RangeOperators.OVERLAPS,
                    ),
                ],
                condition=Q(branch__isnull=True),
            ),
        ]


class Number(models.Model):
    """
    A telephone number, in one state, with at most one holder.

    There are tens of millions: no price, no name, no text but the state. The indexes that find
    free ones are in `sql/search.sql`.
    """

    number = models.BigIntegerField(primary_key=True)
    pool = models.ForeignKey(Pool, models.PROTECT, related_name="+", db_index=False)
    pattern = models.ForeignKey(Pattern, models.PROTECT, related_name="+", db_index=False)
    tail = models.GeneratedField(
        expression=RawSQL("reverse(right(number::text, 8))::integer", ()),
        output_field=models.IntegerField(),
        db_persist=True,
        help_text="the last eight digits, backwards: a suffix is a range of it",
    )
    has4 = models.GeneratedField(
        expression=RawSQL("strpos(number::text, '4') > 0", ()),
        output_field=models.BooleanField(),
        db_persist=True,
    )
    packed = models.BooleanField(
        default=False, db_default=False, help_text="belongs to a SIM in a pack that is for sale"
    )
    state = models.TextField(default="free", db_default="free")
    holder = models.ForeignKey(
        "party.Organization",
        models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
        help_text="outlet that has it on hold",
    )
    hold = models.UUIDField(null=True)
    until = models.DateTimeField(null=True, help_text="when it returns to the pool")
    cause = models.UUIDField(null=True, help_text="the order that it belongs to")
    changed_at = models.DateTimeField()

    objects = ScopedManager["Number"](path="pool__branch__path")

    class Meta:
        db_table = "resource_number"
        constraints = [
            models.CheckConstraint(
                condition=Q(number__range=(13_000_000_000, 19_999_999_999)), name="number_range"
            ),
            # What each state must say, and must not.
            models.CheckConstraint(
                condition=Q(
                    state="reserved",
                    holder__isnull=False,
                    hold__isnull=False,
                    until__isnull=False,
                    cause__isnull=True,
                    packed=False,
                )
                | Q(
                    state="paid",
                    holder__isnull=False,
                    hold__isnull=False,
                    until__isnull=False,
                    cause__isnull=False,
                    packed=False,
                )
                | Q(
                    state="bound",
                    holder__isnull=False,
                    hold__isnull=False,
                    until__isnull=True,
                    cause__isnull=False,
                    packed=False,
                )
                | Q(state="bound", hold__isnull=True, until__isnull=True, packed=True)
                | Q(
                    state="active",
                    holder__isnull=True,
                    hold__isnull=True,
                    until__isnull=True,
                    packed=False,
                )
                | Q(
                    state__in=["free", "cancelled"],
                    holder__isnull=True,
                    hold__isnull=True,
                    until__isnull=True,
                    cause__isnull=True,
                    packed=False,
                )
                | Q(
                    state="resting",
                    holder__isnull=True,
                    hold__isnull=True,
                    until__isnull=False,
                    cause__isnull=True,
                    packed=False,
                ),
                name="number_state",
            ),
            models.UniqueConstraint(
                fields=["hold"], condition=Q(hold__isnull=False), name="number_hold"
            ),
        ]
        indexes = [
            models.Index(
                fields=["holder", "until"],
                condition=Q(holder__isnull=False),
                name="number_holder",
            ),
            models.Index(fields=["until"], condition=Q(until__isnull=False), name="number_until"),
            models.Index(
                fields=["cause"],
                condition=Q(state__in=["paid", "bound"], cause__isnull=False),
                name="number_cause",
            ),
            models.Index(
                fields=["changed_at"], condition=Q(state="cancelled"), name="number_cancelled"
            ),
        ]


class Change(models.Model):
    """A step of a number's life. Rows are inserted and never changed."""

    id = models.BigAutoField(primary_key=True)
    number = models.BigIntegerField()
    at = models.DateTimeField()
    was = models.TextField(help_text="state before; empty for a number that is new")
    state = models.TextField()
    holder = models.UUIDField(null=True)
    cause = models.UUIDField(null=True)
    actor = models.UUIDField()
    command = models.TextField()

    class Meta:
        db_table = "resource_change"
        indexes = [models.Index(fields=["number", "id"], name="change_number")]


class Figure(models.Model):
    """How many numbers there are of each sort, counted from time to time."""

    id = models.BigAutoField(primary_key=True)
    pool = models.ForeignKey(Pool, models.PROTECT, related_name="+", db_index=False)
    state = models.TextField()
    pattern = models.ForeignKey(Pattern, models.PROTECT, related_name="+", db_index=False)
    count = models.IntegerField()
    counted_at = models.DateTimeField()

    objects = ScopedManager["Figure"](path="pool__branch__path")

    class Meta:
        db_table = "resource_figure"
        constraints = [
            models.UniqueConstraint(fields=["pool", "state", "pattern"], name="figure_key")
        ]
