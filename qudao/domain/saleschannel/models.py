"""Tables of channel kinds and outlets."""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Func, Q, Value

from qudao.platform.tables.scoped import ScopedManager


class ChannelKind(models.Model):
    """A kind of channel. Reference data, with the positioning matrix in quarters (0 to 4)."""

    code = models.TextField(primary_key=True)
    name_zh = models.TextField()
    name_en = models.TextField()
    ownership = models.TextField(help_text="own, social, electronic, direct, internet")
    image = models.SmallIntegerField(help_text="emphasis on image, in quarters")
    experience = models.SmallIntegerField(help_text="emphasis on experience, in quarters")
    sales = models.SmallIntegerField(help_text="emphasis on sales, in quarters")
    service = models.SmallIntegerField(help_text="emphasis on service, in quarters")
    position = models.SmallIntegerField(default=0, help_text="place in lists")

    class Meta:
        db_table = "saleschannel_kind"
        ordering = ["position", "code"]
        constraints = [
            models.CheckConstraint(
                name=f"saleschannel_kind_{name}", condition=Q(**{f"{name}__range": (0, 4)})
            )
            for name in ("image", "experience", "sales", "service")
        ]

    def __str__(self) -> str:
        return self.code


class Outlet(models.Model):
    """
    A place that sells: the part of an organization of kind `outlet` that is about selling.

    The statement that posts a sale joins this table, so what it must know are plain columns:
    `organization_id`, `kind_id`, `market`, `state`, `businesses`, `sale_limit`, `day_limit`,
    `contract_from`, `contract_until`. It compares `stamp` with the one that it was priced with;
    triggers (`sql/stamps.sql`) make that grow.
    """

    organization = models.OneToOneField(
        "party.Organization", models.PROTECT, primary_key=True, related_name="+"
    )
    kind = models.ForeignKey(ChannelKind, models.PROTECT, related_name="+")
    node_code = models.TextField(unique=True)
    market = models.TextField(help_text="city or rural")
    address = models.TextField()
    longitude = models.DecimalField(max_digits=9, decimal_places=6, null=True)
    latitude = models.DecimalField(max_digits=9, decimal_places=6, null=True)
    star = models.SmallIntegerField(null=True, help_text="1 to 5")
    tier = models.SmallIntegerField(
        default=1, db_default=1, help_text="the agent's tier, 1 to 4: some commission goes by it"
    )
    number = models.IntegerField(
        unique=True,
        editable=False,
        db_default=Func(Value("saleschannel_outlet_number"), function="nextval"),
        help_text="what the lake calls it; given by the database, never changed",
    )
    owner = models.ForeignKey("party.Individual", models.PROTECT, null=True, related_name="+")
    contract_number = models.TextField(default="", blank=True)
    contract_from = models.DateTimeField(null=True)
    contract_until = models.DateTimeField(null=True)
    deposit = models.BigIntegerField(default=0, help_text="held while the contract runs, in fen")
    state = models.TextField(help_text="draft, active, suspended, closed")
    state_reason = models.TextField(default="", blank=True)
    state_since = models.DateTimeField()
    opening_hours: models.JSONField[Any, Any] = models.JSONField(
        default=dict, help_text='{"mon": [["08:30", "18:00"]], …}'
    )
    hours_enforced = models.BooleanField(default=False, help_text="refuse sales while shut")
    businesses: ArrayField[Any, Any] = ArrayField(
        models.TextField(), null=True, help_text="allowed businesses; null: all"
    )
    sale_limit = models.BigIntegerField(null=True, help_text="largest single sale, in fen")
    day_limit = models.BigIntegerField(null=True, help_text="most in one day, in fen")
    stamp = models.BigIntegerField(
        default=0, editable=False, help_text="grows with every change of what a sale looks at"
    )

    objects = ScopedManager["Outlet"](path="organization__path")

    class Meta:
        db_table = "saleschannel_outlet"
        constraints = [
            models.CheckConstraint(
                name="outlet_node_code", condition=Q(node_code__regex=r"^[0-9]{12}$")
            ),
            models.CheckConstraint(name="outlet_market", condition=Q(market__in=["city", "rural"])),
            models.CheckConstraint(
                name="outlet_state",
                condition=Q(state__in=["draft", "active", "suspended", "closed"]),
            ),
            models.CheckConstraint(
                name="outlet_star", condition=Q(star__isnull=True) | Q(star__range=(1, 5))
            ),
            models.CheckConstraint(name="outlet_tier", condition=Q(tier__range=(1, 4))),
            models.CheckConstraint(
                name="outlet_contract",
                condition=Q(contract_from__isnull=True, contract_until__isnull=True)
                | Q(contract_from__isnull=False, contract_until__isnull=True)
                | Q(contract_until__gt=F("contract_from")),
            ),
            models.CheckConstraint(name="outlet_deposit", condition=Q(deposit__gte=0)),
            models.CheckConstraint(
                name="outlet_sale_limit",
                condition=Q(sale_limit__isnull=True) | Q(sale_limit__gt=0),
            ),
            models.CheckConstraint(
                name="outlet_day_limit", condition=Q(day_limit__isnull=True) | Q(day_limit__gt=0)
            ),
            models.CheckConstraint(
                name="outlet_place",
                condition=Q(longitude__isnull=True, latitude__isnull=True)
                | Q(longitude__range=(-180, 180), latitude__range=(-90, 90)),
            ),
        ]
        indexes = [
            models.Index(fields=["kind", "state"], name="outlet_kind_state"),
            models.Index(fields=["contract_until"], name="outlet_contract_until"),
        ]

    def __str__(self) -> str:
        return self.node_code


class Survey(models.Model):
    """An on-site check: somebody went there, looked, and took photographs."""

    id = models.UUIDField(primary_key=True)
    outlet = models.ForeignKey(Outlet, models.PROTECT, related_name="+", db_index=False)
    purpose = models.TextField(help_text="entry, change, exit")
    passed = models.BooleanField()
    longitude = models.DecimalField(max_digits=9, decimal_places=6)
    latitude = models.DecimalField(max_digits=9, decimal_places=6)
    accuracy_m = models.IntegerField(null=True, help_text="as the device said")
    distance_m = models.IntegerField(null=True, help_text="from the outlet's place at that time")
    remarks = models.TextField(blank=True)
    surveyed_at = models.DateTimeField()
    surveyed_by = models.UUIDField()

    objects = ScopedManager["Survey"](path="outlet__organization__path")

    class Meta:
        db_table = "saleschannel_survey"
        constraints = [
            models.CheckConstraint(
                name="survey_purpose", condition=Q(purpose__in=["entry", "change", "exit"])
            ),
            models.CheckConstraint(
                name="survey_place",
                condition=Q(longitude__range=(-180, 180), latitude__range=(-90, 90)),
            ),
            models.CheckConstraint(
                name="survey_metres",
                condition=(Q(accuracy_m__isnull=True) | Q(accuracy_m__gte=0))
                & (Q(distance_m__isnull=True) | Q(distance_m__gte=0)),
            ),
            models.CheckConstraint(name="survey_reason", condition=Q(passed=True) | ~Q(remarks="")),
        ]
        indexes = [models.Index(fields=["outlet", "-surveyed_at"], name="survey_outlet")]


class Photograph(models.Model):
    """A photograph of an on-site check, in the vault."""

    id = models.UUIDField(primary_key=True)
    survey = models.ForeignKey(Survey, models.PROTECT, related_name="photographs", db_index=False)
    position = models.SmallIntegerField()
    file = models.OneToOneField("vault.VaultFile", models.PROTECT, related_name="+")
    media_type = models.TextField()

    class Meta:
        db_table = "saleschannel_photograph"
        constraints = [
            models.UniqueConstraint(fields=["survey", "position"], name="photograph_position"),
        ]


class Stretch(models.Model):
    """
    Days on which an outlet had the same attributes: what it was when they were last noted that day.

    `operations.note_attributes` keeps it. Commission of a day goes by what the outlet was on it.
    """

    id = models.BigAutoField(primary_key=True)
    outlet = models.ForeignKey(Outlet, models.PROTECT, related_name="+", db_index=False)
    from_day = models.DateField()
    until_day = models.DateField(null=True, help_text="the first day on which it was so no more")
    branch = models.TextField(help_text="division code of the branch, such as 4101")
    district = models.TextField(help_text="division code of the county or district")
    kind = models.TextField()
    ownership = models.TextField()
    market = models.TextField()
    star = models.SmallIntegerField(help_text="1 to 5; 0: none")
    tier = models.SmallIntegerField()
    state = models.TextField()

    class Meta:
        db_table = "saleschannel_stretch"
        constraints = [
            models.UniqueConstraint(fields=["outlet", "from_day"], name="stretch_begins"),
            models.UniqueConstraint(
                fields=["outlet"], condition=Q(until_day__isnull=True), name="stretch_open"
            ),
            models.CheckConstraint(
                condition=Q(until_day__isnull=True) | Q(until_day__gt=F("from_day")),
                name="stretch_days",
            ),
        ]
        indexes = [models.Index(fields=["branch", "from_day"], name="stretch_branch")]
