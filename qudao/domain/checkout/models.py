"""Customers' payments."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from qudao.platform.identity.personal import EncryptedTextField
from qudao.platform.tables.scoped import ScopedManager


class CustomerPayment(models.Model):
    """A payment of a customer for one sale: what is paid, and how far it has come."""

    id = models.UUIDField(primary_key=True)
    actor = models.UUIDField(help_text="who acts for the customer")
    channel = models.TextField(help_text="front")
    hall = models.ForeignKey("party.Organization", models.PROTECT, related_name="+")
    means = models.TextField(help_text="code of the way of paying")
    amount = models.BigIntegerField(help_text="fen")
    offering = models.TextField(help_text="code of what is sold")
    line = models.TextField(blank=True, help_text="number of the line it is sold to")
    payer = models.TextField(blank=True, help_text="number of the customer's line, if known")
    what = models.TextField(blank=True, help_text="what the customer reads")
    language = models.TextField()
    token = EncryptedTextField(null=True, help_text="what the device gave")
    state = models.TextField()
    unsure = models.BooleanField(default=False, db_default=False)
    tell = models.BooleanField(default=False, db_default=False)
    order = models.UUIDField(null=True, help_text="what was sold")
    reference = models.TextField(default="", db_default="", blank=True)
    url = models.TextField(default="", db_default="", blank=True)
    code = models.TextField(default="", db_default="", blank=True)
    problem = models.TextField(default="", db_default="", blank=True)
    attempts = models.SmallIntegerField(default=0, db_default=0)
    opened_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    next_at = models.DateTimeField(null=True, help_text="when somebody looks at it again")

    objects = ScopedManager["CustomerPayment"](path="hall__path")

    class Meta:
        db_table = "checkout_payment"
        constraints = [
            models.CheckConstraint(name="checkout_amount", condition=Q(amount__gt=0)),
            models.CheckConstraint(
                name="checkout_order",
                condition=Q(order__isnull=True)
                & ~Q(state__in=["sold", "captured", "unpaid", "returning"])
                | Q(order__isnull=False)
                & ~Q(state__in=["opened", "waiting", "authorised", "declined"]),
            ),
            models.CheckConstraint(
                name="checkout_next",
                condition=Q(next_at__isnull=False)
                | Q(
                    state__in=["captured", "declined", "released", "refunded", "owed", "unpaid"],
                    unsure=False,
                ),
            ),
            models.UniqueConstraint(
                fields=["order"], name="checkout_order_once", condition=Q(order__isnull=False)
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_at"], name="checkout_due", condition=Q(next_at__isnull=False)
            ),
            models.Index(
                fields=["changed_at"],
                name="checkout_by_hand",
                condition=Q(state__in=["owed", "unpaid"]),
            ),
            models.Index(fields=["hall", "-opened_at"], name="checkout_hall"),
            models.Index(fields=["payer", "-opened_at"], name="checkout_payer"),
            models.Index(fields=["line", "-opened_at"], name="checkout_line"),
        ]
