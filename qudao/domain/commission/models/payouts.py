"""Tables of who is paid how, files for the bank, taxes, and points."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q

from qudao.domain.commission.models.settlements import Settlement, Statement
from qudao.domain.commission.types.settlements import ItemState, Payee, PayoutState, Way
from qudao.platform.identity.personal import EncryptedTextField
from qudao.platform.tables.scoped import ScopedManager


class PayoutTerms(models.Model):
    """Where an outlet wants its commission; without a row it goes to the wallet."""

    outlet = models.OneToOneField(
        "party.Organization", models.PROTECT, primary_key=True, related_name="+"
    )
    way = models.TextField(default=str(Way.WALLET))
    payee = models.TextField(default=str(Payee.INDIVIDUAL))
    account_name = EncryptedTextField()
    account_number = EncryptedTextField()
    bank_code = models.TextField(default="", blank=True)
    changed_at = models.DateTimeField()
    changed_by = models.UUIDField()

    objects = ScopedManager["PayoutTerms"](path="outlet__path")

    class Meta:
        db_table = "commission_payout_terms"
        constraints = [
            models.CheckConstraint(
                condition=Q(way__in=[str(one) for one in Way]), name="payout_terms_way"
            ),
            models.CheckConstraint(
                condition=Q(payee__in=[str(one) for one in Payee]), name="payout_terms_payee"
            ),
        ]


class TaxTerms(models.Model):
    """How a kind of payee is taxed, from a month on."""

    id = models.BigAutoField(primary_key=True)
    payee = models.TextField()
    from_month = models.DateField()
    bands: models.JSONField[Any, Any] = models.JSONField()
    changed_at = models.DateTimeField()
    changed_by = models.UUIDField()

    class Meta:
        db_table = "commission_tax_terms"
        constraints = [
            models.UniqueConstraint(fields=["payee", "from_month"], name="tax_terms_once")
        ]


class Payout(models.Model):
    """A file for the bank: the payable statements of one branch."""

    id = models.UUIDField(primary_key=True)
    number = models.TextField(unique=True)
    settlement = models.ForeignKey(Settlement, models.PROTECT, related_name="+")
    branch = models.ForeignKey("party.Organization", models.PROTECT, related_name="+")
    state = models.TextField(default=str(PayoutState.MADE))
    items = models.BigIntegerField()
    total = models.BigIntegerField(help_text="fen")
    content = EncryptedTextField(help_text="the file as it is sent")
    made_at = models.DateTimeField()
    made_by = models.UUIDField()
    answered_at = models.DateTimeField(null=True)
    answered_by = models.UUIDField(null=True)

    objects = ScopedManager["Payout"](path="branch__path")

    class Meta:
        db_table = "commission_payout"
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=[str(one) for one in PayoutState]), name="payout_state"
            ),
            models.CheckConstraint(condition=Q(total__gt=0, items__gt=0), name="payout_total"),
        ]


class PayoutItem(models.Model):
    """One payment of a file."""

    id = models.BigAutoField(primary_key=True)
    payout = models.ForeignKey(Payout, models.PROTECT, related_name="lines", db_index=False)
    statement = models.ForeignKey(Statement, models.PROTECT, related_name="+")
    reference = models.TextField(unique=True)
    amount = models.BigIntegerField(help_text="fen")
    state = models.TextField(default=str(ItemState.SENT))
    reason = models.TextField(default="", blank=True)

    class Meta:
        db_table = "commission_payout_item"
        constraints = [
            models.UniqueConstraint(fields=["payout", "statement"], name="payout_item_once"),
            models.UniqueConstraint(
                fields=["statement"],
                condition=~Q(state=str(ItemState.REJECTED)),
                name="payout_item_paid_once",
            ),
            models.CheckConstraint(
                condition=Q(state__in=[str(one) for one in ItemState]), name="payout_item_state"
            ),
        ]


class PointReward(models.Model):
    """What clerks can have for points."""

    code = models.TextField(primary_key=True)
    name_zh = models.TextField()
    name_en = models.TextField()
    points = models.BigIntegerField()
    offered = models.BooleanField(default=True)

    class Meta:
        db_table = "commission_reward"
        constraints = [models.CheckConstraint(condition=Q(points__gt=0), name="reward_points")]


class Redemption(models.Model):
    """A clerk has taken a reward for points."""

    id = models.UUIDField(primary_key=True)
    outlet = models.ForeignKey("party.Organization", models.PROTECT, related_name="+")
    clerk = models.UUIDField()
    reward = models.ForeignKey(PointReward, models.PROTECT, related_name="+")
    points = models.BigIntegerField()
    at = models.DateTimeField()
    handed_at = models.DateTimeField(null=True)
    handed_by = models.UUIDField(null=True)

    objects = ScopedManager["Redemption"](path="outlet__path")

    class Meta:
        db_table = "commission_redemption"
        indexes = [models.Index(fields=["clerk", "at"], name="redemption_clerk")]
