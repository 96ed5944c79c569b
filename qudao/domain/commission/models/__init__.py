"""Tables of commission policies, their versions, rules, test cases and trials."""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeBoundary
from django.db import models
from django.db.models import F, Func, Q

from qudao.domain.commission.models.payouts import (
    Payout,
    PayoutItem,
    PayoutTerms,
    PointReward,
    Redemption,
    TaxTerms,
)
from qudao.domain.commission.models.settlements import (
    Adjustment,
    Dispute,
    Settlement,
    Statement,
    StatementClerk,
    StatementSum,
)

__all__ = [
    "Adjustment",
    "Dispute",
    "Payout",
    "PayoutItem",
    "PayoutTerms",
    "PointReward",
    "Policy",
    "PolicyCase",
    "PolicyRule",
    "PolicyStep",
    "PolicyVersion",
    "Redemption",
    "Settlement",
    "Statement",
    "StatementClerk",
    "StatementSum",
    "TaxTerms",
    "Trial",
]


class DayRange(Func):
    """A half-open stretch of days as PostgreSQL knows it."""

    function = "DATERANGE"
    output_field = DateRangeField()


class Policy(models.Model):
    """Something that channels are paid for, under one code; its versions say what holds when."""

    id = models.UUIDField(primary_key=True)
    code = models.TextField(unique=True, help_text="such as 4101-2026-003")
    branch = models.ForeignKey(
        "party.Organization",
        models.PROTECT,
        null=True,
        related_name="+",
        help_text="whose policy it is; null: the province's",
    )
    kind = models.TextField(help_text="basic, staged")
    name_zh = models.TextField(help_text="of the newest version")
    name_en = models.TextField()
    created_at = models.DateTimeField()
    created_by = models.UUIDField()

    class Meta:
        db_table = "commission_policy"
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(name="policy_kind", condition=Q(kind__in=["basic", "staged"]))
        ]

    def __str__(self) -> str:
        return self.code


class PolicyVersion(models.Model):
    """What a policy says. It is changed while it is a draft, and never once it was effective."""

    id = models.UUIDField(primary_key=True)
    policy = models.ForeignKey(Policy, models.PROTECT, related_name="versions")
    number = models.IntegerField()
    edition = models.IntegerField(default=1, help_text="how often the draft was saved")
    state = models.TextField(
        help_text="draft, proposed, endorsed, approved, configured, verified, effective, withdrawn"
    )
    state_since = models.DateTimeField()
    valid_from = models.DateField(help_text="as it is wanted")
    valid_until = models.DateField(null=True, help_text="the day after the last; null: for ever")
    budget = models.BigIntegerField(null=True, help_text="most in a month, in fen")
    content: models.JSONField[Any, Any] = models.JSONField(help_text="see rules/document.py")
    configured: models.JSONField[Any, Any] = models.JSONField(
        null=True, help_text="the plans as the support centre has configured them"
    )
    author = models.UUIDField(help_text="who saved it last")
    configured_by = models.UUIDField(null=True)
    effective_from = models.DateField(null=True, help_text="as it was, and is")
    effective_until = models.DateField(null=True, help_text="the day after the last")
    created_at = models.DateTimeField()

    class Meta:
        db_table = "commission_version"
        ordering = ["policy", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["policy", "number"], name="policy_version_number"),
            models.UniqueConstraint(
                fields=["policy"],
                condition=~Q(state__in=["effective", "withdrawn"]),
                name="policy_one_at_work",
            ),
            models.CheckConstraint(
                name="policy_version_state",
                condition=Q(
                    state__in=[
                        "draft",
                        "proposed",
                        "endorsed",
                        "approved",
                        "configured",
                        "verified",
                        "effective",
                        "withdrawn",
                    ]
                ),
            ),
            models.CheckConstraint(
                name="policy_version_days",
                condition=Q(valid_until__isnull=True) | Q(valid_until__gt=F("valid_from")),
            ),
            models.CheckConstraint(
                name="policy_version_budget",
                condition=Q(budget__isnull=True) | Q(budget__gt=0),
            ),
            models.CheckConstraint(
                name="policy_version_effective",
                condition=Q(state="effective", effective_from__isnull=False)
                | Q(state="withdrawn")
                | Q(effective_from__isnull=True),
            ),
            models.CheckConstraint(
                name="policy_version_stretch",
                condition=Q(effective_until__isnull=True)
                | Q(effective_until__gte=F("effective_from")),
            ),
            ExclusionConstraint(
                name="policy_no_two_at_once",
                expressions=[
                    ("policy", "="),
                    (DayRange("effective_from", "effective_until", RangeBoundary()), "&&"),
                ],
                condition=Q(effective_from__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"v{self.number}"


class PolicyRule(models.Model):
    """A scheme with its terms, for some outlets. Its number stands in every line it has made."""

    number = models.AutoField(primary_key=True)
    version = models.ForeignKey(PolicyVersion, models.PROTECT, related_name="rules")
    position = models.IntegerField()
    plan_zh = models.TextField()
    plan_en = models.TextField()
    code = models.TextField(help_text="unique in its version")
    name_zh = models.TextField()
    name_en = models.TextField()
    scheme = models.TextField(help_text="code of a registered scheme")
    terms: models.JSONField[Any, Any] = models.JSONField()
    selector: models.JSONField[Any, Any] = models.JSONField()
    rounding = models.TextField()
    unit = models.TextField(help_text="fen or point")

    class Meta:
        db_table = "commission_rule"
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["version", "code"], name="policy_rule_code"),
            models.CheckConstraint(name="policy_rule_unit", condition=Q(unit__in=["fen", "point"])),
        ]


class PolicyStep(models.Model):
    """One thing that was done with a version: by whom, when, and why."""

    version = models.ForeignKey(PolicyVersion, models.PROTECT, related_name="steps")
    step = models.TextField(help_text="proposed, approved_marketing, rejected_finance, …")
    edition = models.IntegerField()
    at = models.DateTimeField()
    by = models.UUIDField()
    approved_by = models.UUIDField(null=True, help_text="the second person, where one is needed")
    remark = models.TextField(default="", blank=True)

    class Meta:
        db_table = "commission_step"
        ordering = ["id"]
        indexes = [models.Index(fields=["version", "id"], name="commission_step_version")]


class PolicyCase(models.Model):
    """A test case on which a version was verified, with what came out."""

    version = models.ForeignKey(PolicyVersion, models.PROTECT, related_name="cases")
    position = models.IntegerField()
    content: models.JSONField[Any, Any] = models.JSONField(help_text="see rules/cases.py")
    computed: models.JSONField[Any, Any] = models.JSONField()

    class Meta:
        db_table = "commission_case"
        ordering = ["version", "position"]
        constraints = [
            models.UniqueConstraint(fields=["version", "position"], name="policy_case_position")
        ]


class Trial(models.Model):
    """A draft tried out: what it would have cost (`what_if`), how it can be gamed (`red_team`)."""

    id = models.UUIDField(primary_key=True)
    version = models.ForeignKey(PolicyVersion, models.PROTECT, related_name="trials")
    edition = models.IntegerField(help_text="of the version, when it was asked for")
    kind = models.TextField(help_text="what_if, red_team")
    question: models.JSONField[Any, Any] = models.JSONField()
    state = models.TextField(help_text="queued, running, done, failed")
    done = models.IntegerField(default=0)
    total = models.IntegerField(default=0)
    asked_by = models.UUIDField()
    asked_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    fault = models.TextField(default="", blank=True)
    result: models.JSONField[Any, Any] = models.JSONField(null=True)
    outlets = models.BinaryField(null=True, help_text="every outlet, as compressed JSON")

    class Meta:
        db_table = "commission_trial"
        ordering = ["-asked_at"]
        constraints = [
            models.CheckConstraint(
                name="trial_kind", condition=Q(kind__in=["what_if", "red_team"])
            ),
            models.CheckConstraint(
                name="trial_state", condition=Q(state__in=["queued", "running", "done", "failed"])
            ),
        ]
        indexes = [models.Index(fields=["version", "-asked_at"], name="trial_version")]
