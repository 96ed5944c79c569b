"""Documents of moves, and deliveries."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from qudao.domain.stock.models.goods import Item, Unit
from qudao.domain.stock.models.places import place as place_column
from qudao.platform.tables.scoped import ScopedManager


class Movement(models.Model):
    """A document: goods went from one end to another. Inserted, never changed."""

    id = models.UUIDField(primary_key=True)
    kind = models.TextField()
    at = models.DateTimeField()
    business_date = models.DateField()
    actor = models.UUIDField()
    source = place_column(null=True, db_index=False)
    source_end = models.TextField(default="", blank=True)
    target = place_column(null=True, db_index=False)
    target_end = models.TextField(default="", blank=True)
    cause = models.UUIDField(null=True, help_text="the order, or the delivery")
    reason = models.TextField(default="", blank=True)

    objects = ScopedManager["Movement"](path="source__path")

    class Meta:
        db_table = "stock_movement"
        constraints = [
            models.CheckConstraint(
                condition=Q(source__isnull=False, source_end="")
                | Q(source__isnull=True, source_end__in=["supplier", "customer", "found"]),
                name="stock_movement_source",
            ),
            models.CheckConstraint(
                condition=Q(target__isnull=False, target_end="")
                | Q(target__isnull=True, target_end__in=["customer", "scrap", "supplier"]),
                name="stock_movement_target",
            ),
            models.CheckConstraint(
                condition=Q(source__isnull=False) | Q(target__isnull=False),
                name="stock_movement_some_place",
            ),
        ]
        indexes = [
            models.Index(fields=["source", "at"], name="stock_movement_from"),
            models.Index(fields=["target", "at"], name="stock_movement_to"),
            models.Index(fields=["business_date", "kind"], name="stock_movement_day"),
            models.Index(
                fields=["cause"], name="stock_movement_cause", condition=Q(cause__isnull=False)
            ),
        ]


class MovementLine(models.Model):
    """One unit, or so many of an item, of a movement."""

    id = models.BigAutoField(primary_key=True)
    movement = models.ForeignKey(Movement, models.PROTECT, related_name="lines")
    item = models.ForeignKey(Item, models.PROTECT, related_name="+", db_index=False)
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="+", db_index=False)
    quantity = models.BigIntegerField()
    terms = models.TextField()
    value = models.BigIntegerField(help_text="fen; cost that moved in the ledger")
    price = models.BigIntegerField(default=0, help_text="fen; what was paid for it")

    class Meta:
        db_table = "stock_movement_line"
        constraints = [
            models.CheckConstraint(condition=Q(quantity__gt=0), name="stock_line_quantity"),
            models.CheckConstraint(
                condition=Q(unit__isnull=True) | Q(quantity=1), name="stock_line_one_unit"
            ),
        ]
        indexes = [
            models.Index(fields=["unit"], name="stock_line_unit", condition=Q(unit__isnull=False)),
        ]


class Requisition(models.Model):
    """A delivery from one place to another: asked for, sent unasked, or sent back."""

    id = models.UUIDField(primary_key=True)
    kind = models.TextField(help_text="requisition, transfer, return")
    terms = models.TextField(default="consignment")
    state = models.TextField()
    source = place_column()
    target = place_column()
    damaged = models.BooleanField(default=False, help_text="a return of defective goods")
    note = models.TextField(default="", blank=True)
    answer = models.TextField(default="", blank=True)
    asked_at = models.DateTimeField()
    asked_by = models.UUIDField()
    decided_at = models.DateTimeField(null=True)
    decided_by = models.UUIDField(null=True)
    dispatched_at = models.DateTimeField(null=True)
    dispatched_by = models.UUIDField(null=True)
    received_at = models.DateTimeField(null=True)
    received_by = models.UUIDField(null=True)

    objects = ScopedManager["Requisition"](path="target__path")

    class Meta:
        db_table = "stock_requisition"
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    state__in=[
                        "asked",
                        "accepted",
                        "declined",
                        "dispatched",
                        "received",
                        "cancelled",
                    ]
                ),
                name="stock_requisition_state",
            ),
            models.CheckConstraint(
                condition=~Q(source=F("target")), name="stock_requisition_two_ends"
            ),
        ]
        indexes = [models.Index(fields=["state", "asked_at"], name="stock_requisition_state_at")]


class RequisitionLine(models.Model):
    """An item of a delivery."""

    id = models.BigAutoField(primary_key=True)
    requisition = models.ForeignKey(
        Requisition, models.PROTECT, related_name="lines", db_index=False
    )
    item = models.ForeignKey(Item, models.PROTECT, related_name="+", db_index=False)
    asked = models.BigIntegerField(default=0)
    accepted = models.BigIntegerField(default=0)
    dispatched = models.BigIntegerField(default=0)
    received = models.BigIntegerField(default=0)
    missing = models.BigIntegerField(default=0, help_text="not received, and not settled yet")
    price = models.BigIntegerField(help_text="fen; wholesale price of one when it was asked for")
    amount = models.BigIntegerField(
        default=0, help_text="fen; what an outlet had paid for the counted goods it sends back"
    )

    class Meta:
        db_table = "stock_requisition_line"
        constraints = [
            models.UniqueConstraint(
                fields=["requisition", "item"], name="stock_requisition_line_once"
            ),
            models.CheckConstraint(
                condition=Q(
                    asked__gte=0,
                    accepted__gte=0,
                    dispatched__gte=0,
                    received__gte=0,
                    missing__gte=0,
                    received__lte=F("dispatched"),
                    missing__lte=F("dispatched") - F("received"),
                ),
                name="stock_requisition_line_adds_up",
            ),
        ]
