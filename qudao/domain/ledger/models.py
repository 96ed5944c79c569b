"""Accounts, balances, postings."""

from __future__ import annotations

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import F, Q


class Account(models.Model):
    """Something that holds an asset."""

    id = models.UUIDField(primary_key=True)
    asset = models.TextField(default="CNY")
    kind = models.TextField()
    owner = models.UUIDField(null=True, help_text="organization that the account belongs to")
    limited = models.BooleanField(help_text="has a balance row that may not fall below its floor")
    opened_at = models.DateTimeField()
    home = models.TextField(
        default="",
        db_default="",
        db_collation="C",
        help_text="where its postings are filed: its owner's branch when it was opened",
    )

    class Meta:
        db_table = "ledger_account"
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "kind", "asset"], name="account_owner_kind", nulls_distinct=False
            ),
        ]


class AccountBalance(models.Model):
    """
    What a limited account holds. The hottest row of the system: small, and updated in place
    (fillfactor 50 leaves room for it on its page). The table's primary key is (account, home).
    """

    account = models.OneToOneField(
        Account, models.PROTECT, primary_key=True, related_name="+", db_index=False
    )
    balance = models.BigIntegerField(default=0, help_text="fen")
    floor = models.BigIntegerField(default=0, help_text="fen; minus the credit limit")
    frozen = models.BooleanField(default=False)
    day = models.DateField(help_text="business date that day_out counts")
    day_out = models.BigIntegerField(default=0, help_text="fen that left on `day`")
    home = models.TextField(
        default="",
        db_default="",
        db_collation="C",
        help_text="where its postings are filed: its owner's branch when it was opened",
    )

    class Meta:
        db_table = "ledger_balance"
        constraints = [
            models.CheckConstraint(condition=Q(balance__gte=F("floor")), name="balance_floor"),
            models.CheckConstraint(condition=Q(floor__lte=0), name="balance_floor_sign"),
        ]


class Posting(models.Model):
    """
    A movement from one account to another. Inserted, never changed.

    Partitioned by `period`; the table's primary key is (id, period, home). What resolves a posting
    has its period and its home, so that each is resolved once. No foreign keys: the audit looks for
    what they would have refused (docs/decisions/0010).
    """

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField()
    business_date = models.DateField()
    period = models.DateField(help_text="month of the sale, or of the posting itself")
    source = models.ForeignKey(
        Account, models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    target = models.ForeignKey(
        Account, models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    amount = models.BigIntegerField(help_text="fen (or the asset's smallest unit)")
    phase = models.TextField()
    resolves = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
        db_constraint=False,
    )
    kind = models.TextField(help_text="business, pay_in, adjustment, …")
    cause = models.UUIDField(help_text="the order, payment or closing it was for")
    source_balance = models.BigIntegerField(null=True, help_text="after it, if limited")
    target_balance = models.BigIntegerField(null=True, help_text="after it, if limited")
    home = models.TextField(db_collation="C", help_text="of the account with a limit that it moved")

    class Meta:
        db_table = "ledger_posting"
        constraints = [
            models.CheckConstraint(condition=Q(amount__gte=0), name="posting_amount"),
            models.CheckConstraint(condition=~Q(source=F("target")), name="posting_two_accounts"),
            models.CheckConstraint(
                condition=Q(phase__in=["single", "pending"], resolves__isnull=True)
                | Q(phase__in=["post", "void", "reverse"], resolves__isnull=False),
                name="posting_phase",
            ),
            models.UniqueConstraint(
                fields=["resolves", "period", "home"],
                name="posting_resolved_once",
                condition=Q(resolves__isnull=False),
            ),
        ]
        indexes = [
            models.Index(fields=["cause"], name="posting_cause", condition=Q(phase="single")),
            models.Index(
                fields=["source", "id"],
                name="posting_source",
                condition=Q(source_balance__isnull=False),
            ),
            models.Index(
                fields=["target", "id"],
                name="posting_target",
                condition=Q(target_balance__isnull=False),
            ),
            BrinIndex(fields=["business_date"], name="posting_date", autosummarize=True),
        ]


class Squash(models.Model):
    """The net of an unlimited account's postings up to one of them: so that sums stay short."""

    account = models.OneToOneField(Account, models.PROTECT, primary_key=True, related_name="+")
    upto = models.BigIntegerField(help_text="last posting that is counted in")
    balance = models.BigIntegerField()

    class Meta:
        db_table = "ledger_squash"


class Carried(models.Model):
    """
    What accounts hold of months whose postings are in the archive: a sum for each, and singly
    what was posted among postings that stayed (see `ledger_carry`).
    """

    pk = models.CompositePrimaryKey("period", "home", "account", "posting")
    period = models.DateField(help_text="the month")
    home = models.TextField(db_collation="C")
    account = models.UUIDField()
    posting = models.BigIntegerField(help_text="last one that is counted in")
    at = models.DateTimeField()
    business_date = models.DateField()
    amount = models.BigIntegerField(help_text="fen into the account; negative out of it")
    balance = models.BigIntegerField(null=True, help_text="after it; a sum has none")
    kind = models.TextField()
    phase = models.TextField()
    cause = models.UUIDField()

    class Meta:
        db_table = "ledger_carried"
        indexes = [models.Index(fields=["account", "posting"], name="carried_account")]
