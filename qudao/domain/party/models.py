"""Organizations, individuals, memberships."""

from __future__ import annotations

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeBoundary, RangeOperators
from django.db import models
from django.db.models import F, Func, Q

from qudao.platform.identity.models import User
from qudao.platform.identity.personal import EncryptedTextField
from qudao.platform.tables.scoped import ScopedManager


class TimeRange(Func):
    """A half-open period as PostgreSQL knows it."""

    function = "TSTZRANGE"
    output_field = DateTimeRangeField()


class Organization(models.Model):
    """A node of the operator's tree, down to the outlet."""

    id = models.UUIDField(primary_key=True)
    kind = models.TextField(help_text="group, province, branch, county or outlet")
    code = models.TextField(unique=True, help_text="unique in the whole platform; no dots")
    name_zh = models.TextField()
    name_en = models.TextField()
    parent = models.ForeignKey("self", models.PROTECT, null=True, related_name="+")
    path = models.TextField(unique=True, help_text="codes from the group down, joined by dots")
    division_code = models.TextField(
        default="", blank=True, help_text="administrative division, GB/T 2260; may be empty"
    )
    created_at = models.DateTimeField()

    objects = ScopedManager["Organization"](path="path")

    class Meta:
        db_table = "party_organization"
        constraints = [
            models.CheckConstraint(
                condition=Q(code__regex=r"^[A-Z0-9][A-Z0-9-]{0,31}$"), name="organization_code"
            ),
            models.CheckConstraint(
                condition=Q(path=F("code"), parent__isnull=True, kind="group")
                | (Q(parent__isnull=False) & ~Q(kind="group")),
                name="organization_root",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["group", "province", "branch", "county", "outlet"]),
                name="organization_kind",
            ),
        ]
        indexes = [
            models.Index(
                fields=["path"], opclasses=["text_pattern_ops"], name="organization_subtree"
            ),
            models.Index(fields=["kind", "code"], name="organization_kind_code"),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name_zh}"


class Individual(models.Model):
    """A natural person; what is known of them is encrypted and found by keyed hashes."""

    id = models.UUIDField(primary_key=True)
    organization = models.ForeignKey(
        Organization, models.PROTECT, related_name="+", help_text="where they were registered"
    )
    name = EncryptedTextField()
    name_hash = models.BinaryField(max_length=32, db_index=True)
    document = EncryptedTextField(null=True)
    document_hash = models.BinaryField(max_length=32, null=True, unique=True)
    address = EncryptedTextField(null=True)
    phone = EncryptedTextField(null=True)
    phone_hash = models.BinaryField(max_length=32, null=True, db_index=True)
    created_at = models.DateTimeField()

    objects = ScopedManager["Individual"](path="organization__path")

    class Meta:
        db_table = "party_individual"

    def __str__(self) -> str:
        return str(self.id)


class Membership(models.Model):
    """Somebody acts at an organization in a role, for a period: a clerk, a manager, an owner."""

    id = models.UUIDField(primary_key=True)
    user = models.ForeignKey(User, models.PROTECT, related_name="+")
    individual = models.ForeignKey(Individual, models.PROTECT, null=True, related_name="+")
    organization = models.ForeignKey(Organization, models.PROTECT, related_name="+")
    role = models.TextField(help_text="code of a declared role")
    employee_number = models.TextField(default="", blank=True)
    state = models.TextField(default="active", help_text="active or suspended")
    state_reason = models.TextField(default="", blank=True)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, help_text="the first moment it no longer holds")

    objects = ScopedManager["Membership"](path="organization__path")

    class Meta:
        db_table = "party_membership"
        constraints = [
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) | Q(ended_at__gte=F("started_at")),
                name="membership_period",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["active", "suspended"]), name="membership_state"
            ),
            ExclusionConstraint(
                name="membership_no_overlap",
                expressions=[
                    ("user", RangeOperators.EQUAL),
                    ("organization", RangeOperators.EQUAL),
                    ("role", RangeOperators.EQUAL),
                    (
                        TimeRange("started_at", "ended_at", RangeBoundary()),
                        RangeOperators.OVERLAPS,
                    ),
                ],
            ),
        ]
        indexes = [
            models.Index(fields=["user", "started_at"], name="membership_user"),
            models.Index(fields=["organization", "role"], name="membership_organization"),
        ]

    def __str__(self) -> str:
        return f"{self.role} {self.id}"
