"""Tables of settlements, their statements, and what is disputed and corrected."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import F, Q

from qudao.domain.commission.types.settlements import (
    DisputeState,
    Running,
    SettlementState,
    Source,
    StatementState,
    Way,
)
from qudao.kernel.scope import Scope
from qudao.platform.tables.scoped import ScopedManager


class Settlement(models.Model):
    """A month's commission of a province, from draft to closed."""

    id = models.UUIDField(primary_key=True)
    province = models.ForeignKey(
        "party.Organization", models.PROTECT, related_name="+", db_index=False
    )
    month = models.DateField(help_text="first day")
    state = models.TextField(default=str(SettlementState.DRAFT))
    running = models.TextField(default="", blank=True, help_text="what a worker is doing")
    done = models.BigIntegerField(default=0)
    total = models.BigIntegerField(default=0)
    problem = models.TextField(default="", blank=True, help_text="why the worker gave up")
    versions = models.TextField(
        default="", blank=True, help_text="of the lines in the lake, pinned"
    )
    inputs = models.TextField(default="", blank=True, help_text="what was read, pinned")
    edition = models.IntegerField(default=0, help_text="of the statements that count")
    making = models.IntegerField(default=0, help_text="edition of those made last, or being made")
    making_versions = models.TextField(default="", blank=True, help_text="of what is being made")
    making_inputs = models.TextField(default="", blank=True, help_text="of what is being made")
    making_lines = models.BigIntegerField(default=0, help_text="of what is being made")
    made_to = models.IntegerField(
        default=0, help_text="outlets up to this number have their statements of what is being made"
    )
    statements = models.BigIntegerField(default=0)
    lines = models.BigIntegerField(default=0)
    earned = models.BigIntegerField(default=0, help_text="fen")
    adjusted = models.BigIntegerField(default=0, help_text="fen")
    brought = models.BigIntegerField(default=0, help_text="fen; owed from the month before")
    tax = models.BigIntegerField(default=0, help_text="fen")
    net = models.BigIntegerField(default=0, help_text="fen")
    carried = models.BigIntegerField(default=0, help_text="fen; owed into the next month")
    points = models.BigIntegerField(default=0)
    findings: models.JSONField[Any, Any] = models.JSONField(default=list, blank=True)
    made_at = models.DateTimeField()
    made_by = models.UUIDField()
    computed_at = models.DateTimeField(null=True)
    computed_by = models.UUIDField(null=True)
    checked_at = models.DateTimeField(null=True)
    checked_by = models.UUIDField(null=True)
    approved_at = models.DateTimeField(null=True)
    approved_by = models.UUIDField(null=True)
    posted_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    remark = models.TextField(default="", blank=True, help_text="why it was sent back")

    objects = ScopedManager["Settlement"](path="province__path")

    class Meta:
        db_table = "commission_settlement"
        constraints = [
            models.UniqueConstraint(fields=["province", "month"], name="settlement_once"),
            models.CheckConstraint(
                condition=Q(state__in=[str(one) for one in SettlementState]),
                name="settlement_state",
            ),
            models.CheckConstraint(
                condition=Q(running__in=[str(one) for one in Running]), name="settlement_running"
            ),
            models.CheckConstraint(
                condition=Q(
                    net=F("brought") + F("earned") + F("adjusted") - F("tax") - F("carried")
                ),
                name="settlement_adds_up",
            ),
        ]


_CURRENT = Q(edition=F("settlement__edition"))


class StatementManager(ScopedManager["Statement"]):
    """Those of the edition that counts: what is being made, or was replaced, nobody sees."""

    def within(self, scope: Scope) -> models.QuerySet[Statement]:
        return super().within(scope).filter(_CURRENT)

    def unscoped(self, reason: str) -> models.QuerySet[Statement]:
        return super().unscoped(reason).filter(_CURRENT)


class Statement(models.Model):
    """What an outlet has earned in a month."""

    id = models.UUIDField(primary_key=True)
    settlement = models.ForeignKey(Settlement, models.PROTECT, related_name="+", db_index=False)
    outlet = models.ForeignKey(
        "party.Organization", models.PROTECT, related_name="+", db_index=False
    )
    branch = models.ForeignKey(
        "party.Organization", models.PROTECT, related_name="+", db_index=False
    )
    number = models.IntegerField(help_text="of the outlet, in the lake")
    edition = models.IntegerField(
        default=0, help_text="the settlement's edition that it belongs to: one counts at a time"
    )
    brought = models.BigIntegerField(default=0, help_text="fen")
    earned = models.BigIntegerField(default=0, help_text="fen")
    adjusted = models.BigIntegerField(default=0, help_text="fen")
    tax = models.BigIntegerField(default=0, help_text="fen")
    net = models.BigIntegerField(default=0, help_text="fen")
    carried = models.BigIntegerField(default=0, help_text="fen")
    points = models.BigIntegerField(default=0)
    lines = models.BigIntegerField(default=0)
    way = models.TextField(help_text="wallet or bank")
    payee = models.TextField(help_text="company or individual")
    state = models.TextField(default=str(StatementState.OPEN))

    objects = StatementManager(path="outlet__path")

    class Meta:
        db_table = "commission_statement"
        constraints = [
            models.UniqueConstraint(
                fields=["outlet", "settlement", "edition"], name="statement_once"
            ),
            models.CheckConstraint(
                condition=Q(
                    net=F("brought") + F("earned") + F("adjusted") - F("tax") - F("carried")
                ),
                name="statement_adds_up",
            ),
            models.CheckConstraint(
                condition=Q(net__gte=0, tax__gte=0, carried__lte=0, brought__lte=0),
                name="statement_signs",
            ),
            models.CheckConstraint(
                condition=Q(way__in=[str(one) for one in Way]), name="statement_way"
            ),
            models.CheckConstraint(
                condition=Q(state__in=[str(one) for one in StatementState]),
                name="statement_state",
            ),
        ]
        indexes = [
            models.Index(fields=["settlement", "state", "id"], name="statement_waiting"),
            models.Index(fields=["settlement", "branch"], name="statement_of_branch"),
        ]


class StatementSum(models.Model):
    """One rule's part of a statement."""

    id = models.BigAutoField(primary_key=True)
    statement = models.ForeignKey(Statement, models.CASCADE, related_name="sums", db_index=False)
    branch = models.TextField(db_collation="C", help_text="of the lines: where the outlet was")
    rule = models.IntegerField()
    unit = models.TextField(help_text="fen or point")
    lines = models.BigIntegerField()
    base = models.BigIntegerField()
    amount = models.BigIntegerField()

    class Meta:
        db_table = "commission_statement_sum"
        constraints = [
            models.UniqueConstraint(
                fields=["statement", "branch", "rule"], name="statement_sum_once"
            )
        ]


class StatementClerk(models.Model):
    """One clerk's part of a statement."""

    id = models.BigAutoField(primary_key=True)
    statement = models.ForeignKey(Statement, models.CASCADE, related_name="clerks", db_index=False)
    clerk = models.UUIDField(null=True, help_text="the account; none where nobody is known")
    lines = models.BigIntegerField()
    amount = models.BigIntegerField(help_text="fen")
    points = models.BigIntegerField()
    posted = models.BooleanField(default=False, help_text="the points are the clerk's")

    class Meta:
        db_table = "commission_statement_clerk"
        constraints = [
            models.UniqueConstraint(
                fields=["statement", "clerk"], name="statement_clerk_once", nulls_distinct=False
            )
        ]
        indexes = [models.Index(fields=["clerk"], name="statement_clerk_of")]


class Dispute(models.Model):
    """An agent says that a line is wrong."""

    id = models.UUIDField(primary_key=True)
    statement = models.ForeignKey(Statement, models.PROTECT, related_name="+", db_index=False)
    outlet = models.ForeignKey("party.Organization", models.PROTECT, related_name="+")
    rule = models.IntegerField()
    fact = models.BigIntegerField()
    slice = models.SmallIntegerField(default=0)
    amount = models.BigIntegerField(help_text="fen, of the line")
    claim = models.TextField()
    state = models.TextField(default=str(DisputeState.OPEN))
    due_on = models.DateField()
    opened_at = models.DateTimeField()
    opened_by = models.UUIDField()
    answered_at = models.DateTimeField(null=True)
    answered_by = models.UUIDField(null=True)
    answer = models.TextField(default="", blank=True)
    correction = models.BigIntegerField(default=0, help_text="fen")

    objects = ScopedManager["Dispute"](path="outlet__path")

    class Meta:
        db_table = "commission_dispute"
        constraints = [
            models.UniqueConstraint(
                fields=["statement", "rule", "fact", "slice"],
                condition=Q(state=str(DisputeState.OPEN)),
                name="dispute_one_open",
            ),
            models.CheckConstraint(
                condition=Q(state__in=[str(one) for one in DisputeState]), name="dispute_state"
            ),
            models.CheckConstraint(
                condition=Q(state=str(DisputeState.ACCEPTED)) | Q(correction=0),
                name="dispute_correction",
            ),
        ]
        indexes = [models.Index(fields=["state", "due_on"], name="dispute_due")]


class Adjustment(models.Model):
    """A correction of a settled month. It counts in a later one, and names what it corrects."""

    id = models.UUIDField(primary_key=True)
    outlet = models.ForeignKey("party.Organization", models.PROTECT, related_name="+")
    month = models.DateField(help_text="in which it counts")
    corrects = models.DateField(help_text="the month that it corrects")
    rule = models.IntegerField(default=0, help_text="0: no rule of its own")
    fact = models.BigIntegerField(default=0, help_text="0: no transaction of its own")
    amount = models.BigIntegerField(help_text="fen")
    reason = models.TextField()
    source = models.TextField(help_text="dispute or hand")
    dispute = models.OneToOneField(Dispute, models.PROTECT, null=True, related_name="+")
    made_at = models.DateTimeField()
    made_by = models.UUIDField()

    objects = ScopedManager["Adjustment"](path="outlet__path")

    class Meta:
        db_table = "commission_adjustment"
        constraints = [
            models.CheckConstraint(condition=Q(month__gt=F("corrects")), name="adjustment_later"),
            models.CheckConstraint(condition=~Q(amount=0), name="adjustment_amount"),
            models.CheckConstraint(
                condition=Q(source__in=[str(one) for one in Source]), name="adjustment_source"
            ),
        ]
        indexes = [models.Index(fields=["month", "outlet"], name="adjustment_month")]
