"""Tables of orders, of what must still be sent, and of the hourly figures."""

from __future__ import annotations

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import F, Func, Q, Value

from qudao.platform.tables.scoped import ScopedManager

FINAL_STATES = ["completed", "failed", "cancelled"]


class Order(models.Model):
    """
    One thing sold to one line, or the reversal of one.

    Partitioned by `period`; the table's primary key is (id, period, home). No foreign keys: the
    audit looks for what they would have refused (docs/decisions/0010).
    """

    id = models.UUIDField(primary_key=True)
    period = models.DateField(help_text="month of the sale, also of its reversals")
    home = models.TextField(db_collation="C", help_text="of the outlet's wallet")
    outlet = models.ForeignKey(
        "party.Organization",
        models.PROTECT,
        related_name="+",
        db_index=False,
        db_constraint=False,
    )
    actor = models.UUIDField(help_text="user who sold it")
    channel = models.TextField()
    business = models.TextField()
    version = models.ForeignKey(
        "catalog.OfferingVersion",
        models.PROTECT,
        related_name="+",
        db_index=False,
        db_constraint=False,
    )
    msisdn = models.TextField()
    amount = models.BigIntegerField(help_text="face value, fen")
    debit = models.BigIntegerField(help_text="what the wallet paid, fen")
    state = models.TextField()
    ordered_at = models.DateTimeField()
    business_date = models.DateField()
    hold = models.ForeignKey(
        "ledger.Posting",
        models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
        db_constraint=False,
        help_text="the pending posting that paid for it",
    )
    settled_at = models.DateTimeField(null=True)
    post = models.ForeignKey(
        "ledger.Posting",
        models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
        db_constraint=False,
        help_text="the posting that resolved it",
    )
    boss_reference = models.TextField(default="", db_default="")
    refusal_code = models.TextField(default="", db_default="")
    refusal_reason = models.TextField(default="", db_default="")
    attempts = models.SmallIntegerField(default=0, db_default=0)
    problem = models.TextField(default="", db_default="")
    reverses = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
        db_constraint=False,
    )
    # An index that names the state would be touched by each change of it, of every order.
    reversing = models.UUIDField(
        null=True, help_text="the same, but for a reversal that the BOSS has refused"
    )
    reversal_reason = models.TextField(default="", db_default="")
    prints = models.SmallIntegerField(default=0, db_default=0)
    details = models.JSONField(
        null=True, help_text="its parts and customer, where it is more than a product for a line"
    )

    objects = ScopedManager["Order"](path="outlet__path")

    class Meta:
        db_table = "ordering_order"
        constraints = [
            models.CheckConstraint(condition=Q(amount__gte=0), name="order_amount"),
            models.CheckConstraint(
                condition=Q(debit__gte=0, debit__lte=F("amount")), name="order_debit"
            ),
            models.CheckConstraint(
                condition=Q(hold__isnull=True) ^ Q(reverses__isnull=True),
                name="order_hold_or_reverses",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["completed", "failed", "cancelled"])
                & Q(settled_at__isnull=False)
                | Q(state="assessingCancellation", settled_at__isnull=False)
                | Q(state__in=["acknowledged", "inProgress", "pending"], settled_at__isnull=True),
                name="order_settled",
            ),
            models.UniqueConstraint(
                fields=["reversing", "period", "home"],
                condition=Q(reversing__isnull=False),
                name="order_reversed_once",
            ),
            models.CheckConstraint(
                condition=Q(reversing__isnull=True)
                | Q(reversing=F("reverses")) & ~Q(state="failed"),
                name="order_reversing",
            ),
        ]
        indexes = [
            models.Index(fields=["outlet", "-ordered_at"], name="order_outlet"),
            models.Index(fields=["msisdn"], name="order_msisdn"),
            models.Index(
                fields=["reverses"],
                name="order_reverses",
                condition=Q(reverses__isnull=False),
            ),
            BrinIndex(fields=["business_date"], name="order_date", autosummarize=True),
        ]


class Dispatch(models.Model):
    """
    An order that the BOSS still owes an answer for: the queue of the dispatcher.

    Small rows in a table of their own, so that claiming one does not touch the order's indexes.
    The table's primary key is (order, period, home).
    """

    order = models.OneToOneField(
        Order, models.PROTECT, primary_key=True, related_name="+", db_constraint=False
    )
    period = models.DateField(help_text="of the order")
    home = models.TextField(db_collation="C", help_text="of the order")
    seq = models.BigIntegerField(
        db_default=Func(Value("ordering_dispatch_seq"), function="nextval"),
        help_text="rises with the time at which the order was made",
    )
    line = models.TextField(
        db_collation="C",
        help_text="its orders reach the BOSS one after the other; empty: none",
    )
    next_at = models.DateTimeField(help_text="not to be touched before: due time or lease")
    sent = models.BooleanField(
        default=False, db_default=False, help_text="may have reached the BOSS: ask, do not send"
    )
    attempts = models.SmallIntegerField(default=0, db_default=0)
    runner = models.UUIDField(null=True, help_text="dispatcher that holds it")

    class Meta:
        db_table = "ordering_dispatch"
        indexes = [
            models.Index(fields=["seq"], name="dispatch_fresh", condition=Q(attempts=0)),
            models.Index(
                fields=["sent", "next_at", "seq"],
                name="dispatch_again",
                condition=Q(attempts__gt=0),
            ),
            models.Index(fields=["line", "seq"], name="dispatch_line", condition=~Q(line="")),
        ]


class Overdue(models.Model):
    """An order that was open for weeks: when it completes, it is looked for by its id."""

    order = models.UUIDField(primary_key=True)
    period = models.DateField(help_text="of the order")
    home = models.TextField(db_collation="C", help_text="of the order")
    business_date = models.DateField(help_text="of the order")
    noted_at = models.DateTimeField()

    class Meta:
        db_table = "ordering_overdue"


class Runner(models.Model):
    """A dispatcher that was alive a moment ago."""

    id = models.UUIDField(primary_key=True)
    seen_at = models.DateTimeField(help_text="by the database's clock")
    breaker = models.TextField(help_text="how its breaker to the BOSS stands")

    class Meta:
        db_table = "ordering_runner"


class Pace(models.Model):
    """Ten seconds of the dispatchers' work, kept for a day."""

    at = models.DateTimeField(primary_key=True, help_text="its ten seconds begin")
    open = models.IntegerField(help_text="orders in the queue at their end")
    unknown = models.IntegerField(help_text="of these, those to be asked for")
    oldest_s = models.IntegerField(help_text="age of the oldest of them")
    completed = models.IntegerField(help_text="orders, in these ten seconds")
    refused = models.IntegerField(help_text="orders, in these ten seconds")

    class Meta:
        db_table = "ordering_pace"


class HourlySales(models.Model):
    """Sums of an outlet's sales by hour, kept by the relay: what dashboards and reports read."""

    id = models.BigAutoField(primary_key=True)
    outlet = models.ForeignKey(
        "party.Organization", models.PROTECT, related_name="+", db_index=False
    )
    business_date = models.DateField()
    hour = models.SmallIntegerField(help_text="of the business date, market time")
    business = models.TextField()
    channel = models.TextField()
    taken = models.IntegerField(default=0)
    taken_amount = models.BigIntegerField(default=0, help_text="fen, face value")
    completed = models.IntegerField(default=0, help_text="completed and not reversed")
    completed_amount = models.BigIntegerField(default=0, help_text="fen, face value")
    debited = models.BigIntegerField(default=0, help_text="fen, of the completed")
    failed = models.IntegerField(default=0)
    reversed = models.IntegerField(default=0)

    objects = ScopedManager["HourlySales"](path="outlet__path")

    class Meta:
        db_table = "ordering_hourly_sales"
        constraints = [
            models.UniqueConstraint(
                fields=["outlet", "business_date", "hour", "business", "channel"],
                name="hourly_sales_key",
            )
        ]
        indexes = [models.Index(fields=["business_date"], name="hourly_sales_date")]
