"""Contacts, complaints, desks and appointments, calls for an agent."""

from __future__ import annotations

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import F, Func, Q

from qudao.domain.care.types import MOST_SEATS
from qudao.platform.identity.personal import EncryptedTextField
from qudao.platform.tables.scoped import ScopedManager

WORKED_ON = ("acknowledged", "inProgress")
AT_HAND = ("waiting", "taken")


class TimeRange(Func):
    """A half-open period as PostgreSQL knows it."""

    function = "TSTZRANGE"
    output_field = DateTimeRangeField()


class Interaction(models.Model):
    """
    One contact with somebody. Rows are inserted, by `care_record`, and never changed.

    Partitioned by `period`; the table's primary key is (id, period, home). No foreign keys
    (docs/decisions/0010).
    """

    id = models.UUIDField(primary_key=True)
    period = models.DateField(help_text="month in which it was written down")
    home = models.TextField(db_collation="C", help_text="of the place")
    place = models.ForeignKey(
        "party.Organization",
        models.PROTECT,
        related_name="+",
        db_index=False,
        db_constraint=False,
    )
    actor = models.UUIDField()
    channel = models.TextField(help_text="code of the front")
    direction = models.TextField(help_text="inbound, outbound")
    reason = models.TextField(help_text="a code; may be empty")
    item = models.TextField(help_text="code of the menu's item; may be empty")
    outcome = models.TextField(help_text="a code: done, refused, abandoned, …")
    language = models.TextField()
    msisdn = EncryptedTextField(null=True)
    msisdn_hash = models.BinaryField(max_length=32, null=True)
    order = models.UUIDField(null=True)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField()

    objects = ScopedManager["Interaction"](path="place__path")

    class Meta:
        db_table = "care_interaction"
        constraints = [
            models.CheckConstraint(
                name="interaction_direction", condition=Q(direction__in=["inbound", "outbound"])
            ),
            models.CheckConstraint(
                name="interaction_lasts", condition=Q(ended_at__gte=F("started_at"))
            ),
        ]
        indexes = [
            models.Index(
                fields=["msisdn_hash"],
                name="interaction_msisdn",
                condition=Q(msisdn_hash__isnull=False),
            ),
            BrinIndex(fields=["started_at"], name="interaction_moment", autosummarize=True),
        ]

    def __str__(self) -> str:
        return str(self.id)


class HourlyContacts(models.Model):
    """Sums of a place's contacts by hour, kept by the relay."""

    id = models.BigAutoField(primary_key=True)
    place = models.ForeignKey(
        "party.Organization", models.PROTECT, related_name="+", db_index=False
    )
    business_date = models.DateField()
    hour = models.SmallIntegerField(help_text="of the business date, market time")
    channel = models.TextField()
    item = models.TextField()
    outcome = models.TextField()
    contacts = models.IntegerField(default=0)
    seconds = models.BigIntegerField(default=0, help_text="that they lasted, together")
    orders = models.IntegerField(default=0, help_text="contacts in which something was ordered")

    objects = ScopedManager["HourlyContacts"](path="place__path")

    class Meta:
        db_table = "care_hourly_contacts"
        constraints = [
            models.UniqueConstraint(
                fields=["place", "business_date", "hour", "channel", "item", "outcome"],
                name="hourly_contacts_key",
            )
        ]
        indexes = [models.Index(fields=["business_date"], name="hourly_contacts_date")]


class Complaint(models.Model):
    """What a customer complains about, and who sees to it."""

    id = models.UUIDField(primary_key=True)
    number = models.TextField(unique=True, help_text="digits, the last one checks")
    category = models.TextField()
    place = models.ForeignKey("party.Organization", models.PROTECT, related_name="+")
    channel = models.TextField(help_text="code of the front through which it came")
    language = models.TextField()
    msisdn = EncryptedTextField()
    msisdn_hash = models.BinaryField(max_length=32, db_index=True)
    order = models.UUIDField(null=True)
    state = models.TextField(help_text="acknowledged, inProgress, resolved, closed, cancelled")
    opened_at = models.DateTimeField()
    due_at = models.DateTimeField(help_text="by when it is answered")
    assignee = models.UUIDField(null=True, help_text="who works on it, or answered it")
    taken_at = models.DateTimeField(null=True)
    resolved_at = models.DateTimeField(null=True, help_text="of the last answer")
    closed_at = models.DateTimeField(null=True)
    times_reopened = models.SmallIntegerField(default=0)

    objects = ScopedManager["Complaint"](path="place__path")

    class Meta:
        db_table = "care_complaint"
        constraints = [
            models.CheckConstraint(
                name="complaint_state",
                condition=Q(state="acknowledged", assignee__isnull=True, closed_at__isnull=True)
                | Q(state="inProgress", assignee__isnull=False, closed_at__isnull=True)
                | Q(
                    state="resolved",
                    assignee__isnull=False,
                    resolved_at__isnull=False,
                    closed_at__isnull=True,
                )
                | Q(
                    state="closed",
                    assignee__isnull=False,
                    resolved_at__isnull=False,
                    closed_at__isnull=False,
                )
                | Q(state="cancelled", closed_at__isnull=False),
            )
        ]
        indexes = [
            models.Index(fields=["place", "-opened_at"], name="complaint_place"),
            models.Index(fields=["due_at"], name="complaint_due", condition=Q(state__in=WORKED_ON)),
            models.Index(
                fields=["resolved_at"], name="complaint_silent", condition=Q(state="resolved")
            ),
        ]

    def __str__(self) -> str:
        return self.number


class Note(models.Model):
    """What was said in a complaint."""

    id = models.UUIDField(primary_key=True)
    complaint = models.ForeignKey(Complaint, models.PROTECT, related_name="+")
    kind = models.TextField(help_text="complaint, reopened, remark, answer")
    text = EncryptedTextField()
    at = models.DateTimeField()
    by = models.UUIDField()

    objects = ScopedManager["Note"](path="complaint__place__path")

    class Meta:
        db_table = "care_note"


class Desk(models.Model):
    """How many customers with an appointment an outlet serves at a time; booking queues on it."""

    outlet = models.OneToOneField(
        "party.Organization", models.PROTECT, primary_key=True, related_name="+"
    )
    seats = models.SmallIntegerField(help_text="0: it takes no appointments")
    minutes = models.SmallIntegerField(help_text="length of an appointment")
    changed_at = models.DateTimeField()

    objects = ScopedManager["Desk"](path="outlet__path")

    class Meta:
        db_table = "care_desk"
        constraints = [
            models.CheckConstraint(
                name="desk_seats", condition=Q(seats__gte=0, seats__lte=MOST_SEATS)
            ),
            models.CheckConstraint(
                name="desk_minutes", condition=Q(minutes__gte=10, minutes__lte=240)
            ),
        ]

    def __str__(self) -> str:
        return str(self.outlet_id)


class Appointment(models.Model):
    """A seat at an outlet's desk, for a while."""

    id = models.UUIDField(primary_key=True)
    outlet = models.ForeignKey("party.Organization", models.PROTECT, related_name="+")
    purpose = models.TextField(help_text="code of a business")
    seat = models.SmallIntegerField(help_text="from 1; tells those at the same time apart")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    channel = models.TextField(help_text="code of the front through which it came")
    language = models.TextField()
    msisdn = EncryptedTextField()
    msisdn_hash = models.BinaryField(max_length=32, db_index=True)
    state = models.TextField(help_text="confirmed, completed, cancelled, failed")
    booked_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)

    objects = ScopedManager["Appointment"](path="outlet__path")

    class Meta:
        db_table = "care_appointment"
        constraints = [
            models.CheckConstraint(
                name="appointment_state",
                condition=Q(state="confirmed", settled_at__isnull=True)
                | Q(state__in=["completed", "cancelled", "failed"], settled_at__isnull=False),
            ),
            models.CheckConstraint(
                name="appointment_lasts", condition=Q(ends_at__gt=F("starts_at"), seat__gte=1)
            ),
            models.UniqueConstraint(
                fields=["msisdn_hash", "purpose"],
                condition=Q(state="confirmed"),
                name="appointment_one_open",
            ),
            ExclusionConstraint(
                name="appointment_seat_once",
                expressions=[
                    ("outlet", RangeOperators.EQUAL),
                    ("seat", RangeOperators.EQUAL),
                    (TimeRange("starts_at", "ends_at"), RangeOperators.OVERLAPS),
                ],
                condition=Q(state="confirmed"),
            ),
        ]
        indexes = [
            models.Index(
                fields=["ends_at"], name="appointment_missed", condition=Q(state="confirmed")
            )
        ]

    def __str__(self) -> str:
        return str(self.id)


class AgentRequest(models.Model):
    """Somebody who asked for a person."""

    id = models.UUIDField(primary_key=True)
    place = models.ForeignKey("party.Organization", models.PROTECT, related_name="+")
    channel = models.TextField(help_text="code of the front")
    item = models.TextField(default="", help_text="code of the menu's item that it is about")
    language = models.TextField()
    msisdn = EncryptedTextField(null=True)
    msisdn_hash = models.BinaryField(max_length=32, null=True)
    dialogue = models.UUIDField(null=True, help_text="the conversation that led to it")
    state = models.TextField(help_text="waiting, taken, done, abandoned")
    asked_at = models.DateTimeField()
    taken_by = models.UUIDField(null=True)
    taken_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    outcome = models.TextField(default="", help_text="in the agent's words")

    objects = ScopedManager["AgentRequest"](path="place__path")

    class Meta:
        db_table = "care_agent_request"
        constraints = [
            models.CheckConstraint(
                name="agent_request_state",
                condition=Q(state="waiting", taken_by__isnull=True, ended_at__isnull=True)
                | Q(state="taken", taken_by__isnull=False, ended_at__isnull=True)
                | Q(state="done", taken_by__isnull=False, ended_at__isnull=False)
                | Q(state="abandoned", ended_at__isnull=False),
            ),
            models.UniqueConstraint(
                fields=["msisdn_hash"],
                condition=Q(state__in=AT_HAND),
                name="agent_request_one_open",
            ),
        ]
        indexes = [
            models.Index(
                fields=["asked_at"], name="agent_request_waiting", condition=Q(state="waiting")
            )
        ]

    def __str__(self) -> str:
        return str(self.id)
