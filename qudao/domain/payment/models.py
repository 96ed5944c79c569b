"""Tables of drawers, payments and bank statements."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from qudao.platform.identity.personal import EncryptedTextField
from qudao.platform.tables.scoped import ScopedManager


class Drawer(models.Model):
    """A clerk's session at a cash drawer, from its opening to its count at the end."""

    id = models.UUIDField(primary_key=True)
    hall = models.ForeignKey("party.Organization", models.PROTECT, related_name="+")
    clerk = models.UUIDField(help_text="the account of the clerk")
    state = models.TextField(help_text="open or closed")
    opened_at = models.DateTimeField()
    opening_float = models.BigIntegerField(help_text="cash in it at the start, fen")
    closed_at = models.DateTimeField(null=True)
    closed_by = models.UUIDField(null=True)
    expected = models.BigIntegerField(null=True, help_text="at the closing, fen")
    counted = models.BigIntegerField(null=True, help_text="at the closing, fen")
    remark = models.TextField(default="", blank=True)

    objects = ScopedManager["Drawer"](path="hall__path")

    class Meta:
        db_table = "payment_drawer"
        constraints = [
            models.UniqueConstraint(
                fields=["clerk"], condition=Q(state="open"), name="drawer_one_open"
            ),
            models.CheckConstraint(
                name="drawer_state",
                condition=Q(
                    state="open",
                    closed_at__isnull=True,
                    expected__isnull=True,
                    counted__isnull=True,
                )
                | Q(
                    state="closed",
                    closed_at__isnull=False,
                    expected__isnull=False,
                    counted__isnull=False,
                ),
            ),
            models.CheckConstraint(name="drawer_float", condition=Q(opening_float__gte=0)),
            models.CheckConstraint(
                name="drawer_counted", condition=Q(counted__isnull=True) | Q(counted__gte=0)
            ),
            models.CheckConstraint(
                name="drawer_period",
                condition=Q(closed_at__isnull=True) | Q(closed_at__gte=F("opened_at")),
            ),
        ]
        indexes = [models.Index(fields=["hall", "-opened_at"], name="drawer_hall")]


class Count(models.Model):
    """A count of an open drawer."""

    id = models.BigAutoField(primary_key=True)
    drawer = models.ForeignKey(Drawer, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    expected = models.BigIntegerField(help_text="fen")
    counted = models.BigIntegerField(help_text="fen")

    class Meta:
        db_table = "payment_drawer_count"
        constraints = [models.CheckConstraint(name="count_counted", condition=Q(counted__gte=0))]


class BankStatement(models.Model):
    """A file that was imported."""

    id = models.UUIDField(primary_key=True)
    branch = models.ForeignKey("party.Organization", models.PROTECT, related_name="+")
    format = models.TextField()
    file_name = models.TextField()
    account = models.TextField(help_text="the operator's account, as the bank writes it")
    imported_at = models.DateTimeField()
    imported_by = models.UUIDField()
    lines = models.IntegerField()
    total = models.BigIntegerField(help_text="sum of the credits, fen")

    objects = ScopedManager["BankStatement"](path="branch__path")

    class Meta:
        db_table = "payment_statement"
        indexes = [models.Index(fields=["branch", "-imported_at"], name="statement_branch")]


class BankLine(models.Model):
    """A credit on a bank statement."""

    id = models.UUIDField(primary_key=True)
    statement = models.ForeignKey(BankStatement, models.PROTECT, related_name="+")
    branch = models.ForeignKey("party.Organization", models.PROTECT, related_name="+")
    account = models.TextField()
    row = models.IntegerField(help_text="place in the file")
    booked_on = models.DateField()
    amount = models.BigIntegerField(help_text="fen")
    reference = models.TextField(help_text="the bank's own")
    remittance = models.TextField(help_text="what the payer wrote")
    payer = EncryptedTextField()
    state = models.TextField(help_text="waiting, booked, set_aside")
    outlet = models.ForeignKey("party.Organization", models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    decided_by = models.UUIDField(null=True)
    remark = models.TextField(default="", blank=True)

    objects = ScopedManager["BankLine"](path="branch__path")

    class Meta:
        db_table = "payment_statement_line"
        constraints = [
            models.UniqueConstraint(
                fields=["branch", "account", "reference"], name="line_reference"
            ),
            models.CheckConstraint(name="line_amount", condition=Q(amount__gt=0)),
            models.CheckConstraint(
                name="line_state",
                condition=Q(state="waiting", outlet__isnull=True, decided_at__isnull=True)
                | Q(state="booked", outlet__isnull=False, decided_at__isnull=False)
                | Q(state="set_aside", outlet__isnull=True, decided_at__isnull=False),
            ),
        ]
        indexes = [
            models.Index(fields=["statement", "row"], name="line_statement"),
            models.Index(
                fields=["branch", "booked_on"], name="line_waiting", condition=Q(state="waiting")
            ),
        ]


class PaymentReceived(models.Model):
    """An outlet's money, received. Inserted; then only printed, and taken back once."""

    id = models.UUIDField(primary_key=True)
    received_at = models.DateTimeField()
    business_date = models.DateField()
    outlet = models.ForeignKey("party.Organization", models.PROTECT, related_name="+")
    hall = models.ForeignKey("party.Organization", models.PROTECT, null=True, related_name="+")
    drawer = models.ForeignKey(Drawer, models.PROTECT, null=True, related_name="+")
    line = models.OneToOneField(BankLine, models.PROTECT, null=True, related_name="+")
    method = models.TextField(help_text="cash, card, bank_transfer")
    amount = models.BigIntegerField(help_text="fen")
    account = models.ForeignKey("ledger.Account", models.PROTECT, related_name="+", db_index=False)
    reference = models.TextField(default="", blank=True, help_text="card slip, bank reference")
    clerk = models.UUIDField()
    prints = models.SmallIntegerField(
        default=0, db_default=0, help_text="how often its receipt was printed"
    )
    taken_back_at = models.DateTimeField(null=True)
    taken_back_by = models.UUIDField(null=True, help_text="who asked for it")
    taken_back_reason = models.TextField(default="", db_default="", blank=True)

    objects = ScopedManager["PaymentReceived"](path="outlet__path")

    class Meta:
        db_table = "payment_received"
        constraints = [
            models.CheckConstraint(name="received_amount", condition=Q(amount__gt=0)),
            models.CheckConstraint(
                name="received_taken_back",
                condition=Q(
                    taken_back_at__isnull=True, taken_back_by__isnull=True, taken_back_reason=""
                )
                | Q(
                    ~Q(taken_back_reason=""),
                    taken_back_at__isnull=False,
                    taken_back_by__isnull=False,
                    hall__isnull=False,
                ),
            ),
            models.CheckConstraint(
                name="received_from",
                condition=Q(
                    method="cash", hall__isnull=False, drawer__isnull=False, line__isnull=True
                )
                | Q(method="card", hall__isnull=False, drawer__isnull=True, line__isnull=True)
                | Q(
                    method="bank_transfer",
                    hall__isnull=True,
                    drawer__isnull=True,
                    line__isnull=False,
                ),
            ),
        ]
        indexes = [
            models.Index(fields=["outlet", "-received_at"], name="received_outlet"),
            models.Index(fields=["hall", "-received_at"], name="received_hall"),
        ]
