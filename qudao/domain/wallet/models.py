"""Tables of wallets and their closings."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from qudao.platform.tables.scoped import ScopedManager


class Wallet(models.Model):
    """Whose account it is, and where its money goes: what a sale must know in one row."""

    outlet = models.OneToOneField(
        "party.Organization", models.PROTECT, primary_key=True, related_name="+"
    )
    # The foreign key is (account, home): the balance's key.
    account = models.OneToOneField(
        "ledger.AccountBalance", models.PROTECT, related_name="+", db_constraint=False
    )
    home = models.TextField(db_collation="C", help_text="branch where it was opened; never changes")
    in_flight = models.ForeignKey(
        "ledger.Account", models.PROTECT, related_name="+", db_index=False
    )
    collected = models.ForeignKey(
        "ledger.Account", models.PROTECT, related_name="+", db_index=False
    )
    low_balance = models.BigIntegerField(help_text="fen; warn when less is available")
    opened_at = models.DateTimeField()

    objects = ScopedManager["Wallet"](path="outlet__path")

    class Meta:
        db_table = "wallet_wallet"
        constraints = [
            models.CheckConstraint(condition=Q(low_balance__gte=0), name="wallet_low_balance")
        ]


class DailyClosing(models.Model):
    """What a wallet did on one business day. Written once, after the day."""

    id = models.BigAutoField(primary_key=True)
    outlet = models.ForeignKey(
        "party.Organization", models.PROTECT, related_name="+", db_index=False
    )
    business_date = models.DateField()
    opening = models.BigIntegerField(help_text="fen")
    paid_in = models.BigIntegerField(help_text="fen")
    sold = models.BigIntegerField(help_text="fen")
    returned = models.BigIntegerField(help_text="fen")
    adjusted = models.BigIntegerField(help_text="fen")
    closing = models.BigIntegerField(help_text="fen")
    lines = models.IntegerField()
    closed_at = models.DateTimeField()

    objects = ScopedManager["DailyClosing"](path="outlet__path")

    class Meta:
        db_table = "wallet_closing"
        constraints = [
            models.UniqueConstraint(fields=["outlet", "business_date"], name="closing_once"),
            models.CheckConstraint(
                condition=Q(
                    closing=F("opening") + F("paid_in") - F("sold") + F("returned") + F("adjusted")
                ),
                name="closing_adds_up",
            ),
        ]
