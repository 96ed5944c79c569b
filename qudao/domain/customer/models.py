"""Persons, their lines, dossiers and what lies in them."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import F, Q

from qudao.domain.customer.types import MOST_LINES
from qudao.platform.identity.personal import EncryptedTextField
from qudao.platform.tables.scoped import ScopedManager

LIVE = ("pending", "active")


class Customer(models.Model):
    """A person who was identified: a customer, an agent or a guardian."""

    id = models.UUIDField(primary_key=True)
    kind = models.TextField(default="individual", help_text="code: individual")
    document_kind = models.TextField(help_text="code of the document last shown")
    country = models.TextField(
        default="", blank=True, help_text="ISO 3166-1 alpha-3, of a passport"
    )
    document = EncryptedTextField()
    document_hash = models.BinaryField(
        max_length=32, unique=True, help_text="of series, country and what stays with the person"
    )
    name = EncryptedTextField()
    name_hash = models.BinaryField(max_length=32, db_index=True)
    person_hash = models.BinaryField(
        max_length=32, db_index=True, help_text="of name and date of birth"
    )
    birth_date = EncryptedTextField(help_text="YYYY-MM-DD")
    address = EncryptedTextField(null=True)
    phone = EncryptedTextField(null=True)
    phone_hash = models.BinaryField(max_length=32, null=True, db_index=True)
    valid_until = models.DateField(null=True, help_text="last day of the document last shown")
    outlet = models.ForeignKey("party.Organization", models.PROTECT, related_name="+")
    registered_at = models.DateTimeField()
    registered_by = models.UUIDField()
    seen_at = models.DateTimeField(help_text="when the document was last shown")

    objects = ScopedManager["Customer"](path="outlet__path")

    class Meta:
        db_table = "customer_customer"

    def __str__(self) -> str:
        return str(self.id)


class DocumentCount(models.Model):
    """How many live lines a document has: a row that those who open lines queue on."""

    document_hash: models.BinaryField[Any, Any] = models.BinaryField(
        max_length=32, primary_key=True
    )
    lines = models.SmallIntegerField()

    class Meta:
        db_table = "customer_document"
        constraints = [
            models.CheckConstraint(
                name="document_lines", condition=Q(lines__gte=0, lines__lte=MOST_LINES)
            )
        ]


class Dossier(models.Model):
    """What is gathered at the counter: the persons, the pictures, the signature."""

    id = models.UUIDField(primary_key=True)
    outlet = models.ForeignKey("party.Organization", models.PROTECT, related_name="+")
    actor = models.UUIDField(help_text="the account of who opened it")
    purpose = models.TextField(help_text="code of a business")
    customer = models.ForeignKey(Customer, models.PROTECT, null=True, related_name="+")
    agent = models.ForeignKey(Customer, models.PROTECT, null=True, related_name="+", db_index=False)
    guardian = models.ForeignKey(
        Customer, models.PROTECT, null=True, related_name="+", db_index=False
    )
    choices: models.JSONField[Any, Any] = models.JSONField(
        default=dict, help_text="what was chosen so far; nothing personal"
    )
    number = models.TextField(default="", blank=True, help_text="the line that it is about")
    agreement = models.TextField(unique=True, help_text="number of the agreement")
    state = models.TextField(help_text="draft, submitted, completed, failed, abandoned")
    order = models.UUIDField(null=True, unique=True)
    opened_at = models.DateTimeField()
    expires_at = models.DateTimeField(help_text="of a draft")
    submitted_at = models.DateTimeField(null=True)
    settled_at = models.DateTimeField(null=True)

    objects = ScopedManager["Dossier"](path="outlet__path")

    class Meta:
        db_table = "customer_dossier"
        constraints = [
            models.CheckConstraint(
                name="dossier_state",
                condition=Q(state="draft", order__isnull=True, settled_at__isnull=True)
                | Q(state="abandoned", order__isnull=True, settled_at__isnull=False)
                | Q(
                    state="submitted",
                    order__isnull=False,
                    customer__isnull=False,
                    submitted_at__isnull=False,
                    settled_at__isnull=True,
                )
                | Q(
                    state__in=["completed", "failed"],
                    order__isnull=False,
                    customer__isnull=False,
                    submitted_at__isnull=False,
                    settled_at__isnull=False,
                ),
            ),
            models.CheckConstraint(
                name="dossier_persons",
                condition=(
                    Q(agent__isnull=True) | Q(customer__isnull=True) | ~Q(agent=F("customer"))
                )
                & (
                    Q(guardian__isnull=True) | Q(customer__isnull=True) | ~Q(guardian=F("customer"))
                ),
            ),
        ]
        indexes = [
            models.Index(fields=["outlet", "-opened_at"], name="dossier_outlet"),
            models.Index(fields=["expires_at"], name="dossier_draft", condition=Q(state="draft")),
            models.Index(fields=["number"], name="dossier_number", condition=~Q(number="")),
            models.Index(fields=["agent"], name="dossier_agent", condition=Q(agent__isnull=False)),
            models.Index(
                fields=["guardian"], name="dossier_guardian", condition=Q(guardian__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return self.agreement


class Picture(models.Model):
    """A picture in a dossier."""

    id = models.UUIDField(primary_key=True)
    dossier = models.ForeignKey(Dossier, models.PROTECT, related_name="+", db_index=False)
    kind = models.TextField(help_text="code: front, back, portrait, agent_front, …")
    file = models.OneToOneField("vault.VaultFile", models.PROTECT, related_name="+")
    media_type = models.TextField()
    added_at = models.DateTimeField()
    added_by = models.UUIDField()

    class Meta:
        db_table = "customer_picture"
        constraints = [
            models.UniqueConstraint(fields=["dossier", "kind"], name="customer_picture_kind"),
        ]


class Agreement(models.Model):
    """The contract that was signed on the screen."""

    id = models.UUIDField(primary_key=True)
    dossier = models.OneToOneField(Dossier, models.PROTECT, related_name="+")
    contract = models.OneToOneField("vault.VaultFile", models.PROTECT, related_name="+")
    signature = models.OneToOneField("vault.VaultFile", models.PROTECT, related_name="+")
    signed_at = models.DateTimeField()

    class Meta:
        db_table = "customer_agreement"


class Line(models.Model):
    """A line and whose it is."""

    id = models.UUIDField(primary_key=True)
    number = models.TextField()
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="+")
    order = models.UUIDField(null=True, unique=True, help_text="null if it was there before us")
    state = models.TextField(help_text="pending, active, ended")
    opened_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    objects = ScopedManager["Line"](path="customer__outlet__path")

    class Meta:
        db_table = "customer_line"
        constraints = [
            models.UniqueConstraint(
                fields=["number"], condition=Q(state__in=LIVE), name="customer_line_live_number"
            ),
            models.CheckConstraint(
                name="customer_line_state",
                condition=Q(state__in=LIVE, ended_at__isnull=True)
                | Q(state="ended", ended_at__isnull=False),
            ),
        ]
        indexes = [models.Index(fields=["number"], name="customer_line_number")]


class BlacklistEntry(models.Model):
    """A document for which nothing is done for a while, and why."""

    id = models.UUIDField(primary_key=True)
    document_kind = models.TextField()
    document = EncryptedTextField()
    document_hash = models.BinaryField(max_length=32, db_index=True)
    reason = models.TextField()
    since = models.DateField()
    until = models.DateField(null=True, help_text="the last day; null: for good")
    added_at = models.DateTimeField()
    added_by = models.UUIDField()
    lifted_at = models.DateTimeField(null=True)
    lifted_by = models.UUIDField(null=True)
    lift_reason = models.TextField(default="", blank=True)

    class Meta:
        db_table = "customer_blacklist"
        constraints = [
            models.CheckConstraint(
                name="blacklist_period", condition=Q(until__isnull=True) | Q(until__gte=F("since"))
            ),
            models.CheckConstraint(
                name="blacklist_lifted",
                condition=Q(lifted_at__isnull=True, lifted_by__isnull=True, lift_reason="")
                | (Q(lifted_at__isnull=False, lifted_by__isnull=False) & ~Q(lift_reason="")),
            ),
        ]
