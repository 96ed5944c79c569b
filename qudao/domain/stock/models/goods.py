"""Articles, and what there is of them."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from qudao.domain.stock.models.places import place as place_column
from qudao.platform.identity.personal import EncryptedTextField
from qudao.platform.tables.scoped import ScopedManager

UNIT_STATES = (
    "in_stock",
    "in_transit",
    "held",
    "sold",
    "used",
    "defective",
    "missing",
    "expired",
    "written_off",
)


class Item(models.Model):
    """What can lie on a shelf: an article. Shared by the whole province."""

    code = models.TextField(primary_key=True)
    kind = models.TextField(help_text="sim, recharge_card, handset, kit, gift, accessory")
    name_zh = models.TextField()
    name_en = models.TextField()
    serialised = models.BooleanField(help_text="each piece has a serial")
    price = models.BigIntegerField(help_text="fen; for a customer")
    wholesale = models.BigIntegerField(help_text="fen; for an outlet that buys")
    offering = models.TextField(default="", blank=True, help_text="offering that sells it")
    active = models.BooleanField(default=True)
    created_at = models.DateTimeField()

    class Meta:
        db_table = "stock_item"
        constraints = [
            models.CheckConstraint(
                condition=Q(code__regex=r"^[A-Z0-9][A-Z0-9-]{0,31}$"), name="stock_item_code"
            ),
            models.CheckConstraint(
                condition=Q(price__gte=0, wholesale__gte=0), name="stock_item_prices"
            ),
        ]

    def __str__(self) -> str:
        return self.code


class Unit(models.Model):
    """A piece with a serial: in one place, in one state."""

    id = models.UUIDField(primary_key=True)
    item = models.ForeignKey(Item, models.PROTECT, related_name="+", db_index=False)
    kind = models.TextField(help_text="of the item")
    serial = models.TextField(help_text="ICCID, IMEI, serial of a card")
    imsi = models.TextField(default="", blank=True)
    number = models.TextField(default="", blank=True, help_text="packed with a SIM card")
    pin = EncryptedTextField(null=True)
    pin_hash = models.BinaryField(max_length=32, null=True)
    pin_shown_at = models.DateTimeField(null=True)
    place = place_column(db_index=False)
    state = models.TextField()
    terms = models.TextField(default="consignment", help_text="consignment or purchase")
    cost = models.BigIntegerField(help_text="fen; what the operator paid")
    paid = models.BigIntegerField(null=True, help_text="fen; what the outlet paid that owns it")
    price = models.BigIntegerField(null=True, help_text="fen; what its order asks for it")
    expires_on = models.DateField(null=True, help_text="the last day of use")
    batch = models.TextField(default="", blank=True)
    cause = models.UUIDField(null=True, help_text="the order that holds it or sold it")
    used_by = models.UUIDField(null=True, help_text="the order that used the card")
    document = models.UUIDField(
        null=True, help_text="the delivery it is on its way by, or was lost"
    )
    damaged = models.BooleanField(default=False, help_text="goes on as defective on arrival")
    moved_at = models.DateTimeField(help_text="since when it is at its place")

    objects = ScopedManager["Unit"](path="place__path")

    class Meta:
        db_table = "stock_unit"
        constraints = [
            models.UniqueConstraint(fields=["kind", "serial"], name="stock_unit_serial"),
            models.UniqueConstraint(
                fields=["pin_hash"], name="stock_unit_pin", condition=Q(pin_hash__isnull=False)
            ),
            models.UniqueConstraint(
                fields=["number"],
                name="stock_unit_number",
                condition=~Q(number="") & Q(state__in=["in_stock", "in_transit", "held"]),
            ),
            models.CheckConstraint(condition=Q(state__in=UNIT_STATES), name="stock_unit_state"),
            models.CheckConstraint(
                condition=Q(terms__in=["consignment", "purchase"]), name="stock_unit_terms"
            ),
            models.CheckConstraint(condition=Q(cost__gte=0), name="stock_unit_cost"),
            models.CheckConstraint(
                condition=Q(pin__isnull=True, pin_hash__isnull=True)
                | Q(pin__isnull=False, pin_hash__isnull=False),
                name="stock_unit_pin_hash",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["held", "sold", "used"]) | Q(cause__isnull=False),
                name="stock_unit_cause",
            ),
            models.CheckConstraint(
                condition=~Q(state="in_transit") | Q(document__isnull=False),
                name="stock_unit_document",
            ),
        ]
        indexes = [
            models.Index(fields=["place", "item", "state"], name="stock_unit_place"),
            models.Index(
                fields=["cause"], name="stock_unit_by_cause", condition=Q(cause__isnull=False)
            ),
            models.Index(
                fields=["used_by"], name="stock_unit_by_use", condition=Q(used_by__isnull=False)
            ),
            models.Index(
                fields=["document"],
                name="stock_unit_by_document",
                condition=Q(document__isnull=False),
            ),
            models.Index(
                fields=["expires_on"],
                name="stock_unit_expiry",
                condition=Q(state="in_stock", expires_on__isnull=False),
            ),
            models.Index(fields=["batch"], name="stock_unit_batch", condition=~Q(batch="")),
        ]

    def __str__(self) -> str:
        return self.serial


class Quantity(models.Model):
    """How much there is of goods without serials: a count for each state."""

    id = models.BigAutoField(primary_key=True)
    item = models.ForeignKey(Item, models.PROTECT, related_name="+", db_index=False)
    place = place_column()
    terms = models.TextField(default="consignment")
    in_stock = models.BigIntegerField(default=0)
    in_transit = models.BigIntegerField(default=0)
    held = models.BigIntegerField(default=0)
    defective = models.BigIntegerField(default=0)
    missing = models.BigIntegerField(default=0)
    value = models.BigIntegerField(default=0, help_text="fen; cost of all of it together")
    paid = models.BigIntegerField(default=0, help_text="fen; what the outlet paid for all of it")
    moved_at = models.DateTimeField()

    objects = ScopedManager["Quantity"](path="place__path")

    class Meta:
        db_table = "stock_quantity"
        constraints = [
            models.UniqueConstraint(fields=["item", "place", "terms"], name="stock_quantity_once"),
            models.CheckConstraint(
                condition=Q(
                    in_stock__gte=0,
                    in_transit__gte=0,
                    held__gte=0,
                    defective__gte=0,
                    missing__gte=0,
                    value__gte=0,
                    paid__gte=0,
                ),
                name="stock_quantity_not_negative",
            ),
        ]


class Hold(models.Model):
    """Goods without serials that an order holds, until it is decided."""

    id = models.BigAutoField(primary_key=True)
    order = models.UUIDField(help_text="the order")
    item = models.ForeignKey(Item, models.PROTECT, related_name="+", db_index=False)
    place = place_column(db_index=False)
    terms = models.TextField()
    quantity = models.BigIntegerField()
    price = models.BigIntegerField(help_text="fen; what the order asks for one")

    objects = ScopedManager["Hold"](path="place__path")

    class Meta:
        db_table = "stock_hold"
        constraints = [
            models.UniqueConstraint(
                fields=["order", "item", "place", "terms"], name="stock_hold_once"
            ),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="stock_hold_quantity"),
        ]
