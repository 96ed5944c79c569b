"""Contacts by months and homes, hourly figures, complaints, desks, appointments, who waits."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.contrib.postgres.indexes import BrinIndex
from django.db import migrations, models
from django.db.models import F, Q

from qudao.domain.care.models import TimeRange
from qudao.platform.identity.personal import EncryptedTextField
from qudao.platform.tables.sql import run_file

TABLE = """
CREATE TABLE care_interaction (
    id uuid NOT NULL,
    started_at timestamptz NOT NULL,
    ended_at timestamptz NOT NULL,
    period date NOT NULL,
    place_id uuid NOT NULL,
    actor uuid NOT NULL,
    "order" uuid,
    home text COLLATE "C" NOT NULL,
    channel text NOT NULL,
    direction text NOT NULL,
    reason text NOT NULL,
    item text NOT NULL,
    outcome text NOT NULL,
    language text NOT NULL,
    msisdn bytea,
    msisdn_hash bytea,
    CONSTRAINT interaction_direction CHECK (direction IN ('inbound', 'outbound')),
    CONSTRAINT interaction_lasts CHECK (ended_at >= started_at),
    PRIMARY KEY (id, period, home)
) PARTITION BY RANGE (period);
CREATE TABLE care_interaction_default PARTITION OF care_interaction DEFAULT
WITH (autovacuum_vacuum_insert_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.05);
CREATE INDEX interaction_msisdn ON care_interaction (msisdn_hash) WHERE msisdn_hash IS NOT NULL;
CREATE INDEX interaction_moment ON care_interaction USING brin (started_at)
    WITH (autosummarize = on);
SELECT months_ensure('care_interaction',
    (SELECT min(coalesce(to_date(substring(c.relname FROM '[0-9]{4}_[0-9]{2}$'), 'YYYY_MM'),
                         period_of(now())))
     FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
     WHERE i.inhparent = 'commands_journal'::regclass),
    (period_of(now()) + interval '2 months')::date);
-- Months go and come back in all tables together: those that lie in the archive get an empty one.
DO $$
DECLARE
    month text;
BEGIN
    FOR month IN
        SELECT substring(c.relname FROM '[0-9]{4}_[0-9]{2}$') FROM pg_class c
        JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = 'archive'
        WHERE c.relkind = 'r' AND c.relname ~ '^commands_journal_[0-9]{4}_[0-9]{2}$'
    LOOP
        EXECUTE format('CREATE TABLE archive.%I'
                       ' (LIKE care_interaction INCLUDING DEFAULTS INCLUDING CONSTRAINTS)',
                       'care_interaction_' || month);
    END LOOP;
END $$;
CREATE SEQUENCE care_complaint_number START 1000001;
"""


class Migration(migrations.Migration):
    initial = True
    dependencies = [("party", "0001_initial"), ("commands", "0004_kept")]
    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(TABLE, migrations.RunSQL.noop)],
            state_operations=[
                migrations.CreateModel(
                    "Interaction",
                    fields=[
                        ("id", models.UUIDField(primary_key=True, serialize=False)),
                        (
                            "period",
                            models.DateField(help_text="month in which it was written down"),
                        ),
                        ("home", models.TextField(db_collation="C", help_text="of the place")),
                        (
                            "place",
                            models.ForeignKey(
                                "party.Organization",
                                models.PROTECT,
                                related_name="+",
                                db_index=False,
                                db_constraint=False,
                            ),
                        ),
                        ("actor", models.UUIDField()),
                        ("channel", models.TextField(help_text="code of the front")),
                        ("direction", models.TextField(help_text="inbound, outbound")),
                        ("reason", models.TextField(help_text="a code; may be empty")),
                        (
                            "item",
                            models.TextField(help_text="code of the menu's item; may be empty"),
                        ),
                        (
                            "outcome",
                            models.TextField(help_text="a code: done, refused, abandoned, …"),
                        ),
                        ("language", models.TextField()),
                        ("msisdn", EncryptedTextField(null=True)),
                        ("msisdn_hash", models.BinaryField(max_length=32, null=True)),
                        ("order", models.UUIDField(null=True)),
                        ("started_at", models.DateTimeField()),
                        ("ended_at", models.DateTimeField()),
                    ],
                    options={
                        "db_table": "care_interaction",
                        "constraints": [
                            models.CheckConstraint(
                                name="interaction_direction",
                                condition=Q(direction__in=["inbound", "outbound"]),
                            ),
                            models.CheckConstraint(
                                name="interaction_lasts", condition=Q(ended_at__gte=F("started_at"))
                            ),
                        ],
                        "indexes": [
                            models.Index(
                                fields=["msisdn_hash"],
                                name="interaction_msisdn",
                                condition=Q(msisdn_hash__isnull=False),
                            ),
                            BrinIndex(
                                fields=["started_at"], name="interaction_moment", autosummarize=True
                            ),
                        ],
                    },
                ),
            ],
        ),
        migrations.CreateModel(
            "HourlyContacts",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "place",
                    models.ForeignKey(
                        "party.Organization", models.PROTECT, related_name="+", db_index=False
                    ),
                ),
                ("business_date", models.DateField()),
                ("hour", models.SmallIntegerField(help_text="of the business date, market time")),
                ("channel", models.TextField()),
                ("item", models.TextField()),
                ("outcome", models.TextField()),
                ("contacts", models.IntegerField(default=0)),
                (
                    "seconds",
                    models.BigIntegerField(default=0, help_text="that they lasted, together"),
                ),
                (
                    "orders",
                    models.IntegerField(
                        default=0, help_text="contacts in which something was ordered"
                    ),
                ),
            ],
            options={
                "db_table": "care_hourly_contacts",
                "constraints": [
                    models.UniqueConstraint(
                        fields=["place", "business_date", "hour", "channel", "item", "outcome"],
                        name="hourly_contacts_key",
                    )
                ],
                "indexes": [models.Index(fields=["business_date"], name="hourly_contacts_date")],
            },
        ),
        migrations.CreateModel(
            "Complaint",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("number", models.TextField(unique=True, help_text="digits, the last one checks")),
                ("category", models.TextField()),
                (
                    "place",
                    models.ForeignKey("party.Organization", models.PROTECT, related_name="+"),
                ),
                ("channel", models.TextField(help_text="code of the front through which it came")),
                ("language", models.TextField()),
                ("msisdn", EncryptedTextField()),
                ("msisdn_hash", models.BinaryField(max_length=32, db_index=True)),
                ("order", models.UUIDField(null=True)),
                (
                    "state",
                    models.TextField(
                        help_text="acknowledged, inProgress, resolved, closed, cancelled"
                    ),
                ),
                ("opened_at", models.DateTimeField()),
                ("due_at", models.DateTimeField(help_text="by when it is answered")),
                (
                    "assignee",
                    models.UUIDField(null=True, help_text="who works on it, or answered it"),
                ),
                ("taken_at", models.DateTimeField(null=True)),
                ("resolved_at", models.DateTimeField(null=True, help_text="of the last answer")),
                ("closed_at", models.DateTimeField(null=True)),
                ("times_reopened", models.SmallIntegerField(default=0)),
            ],
            options={
                "db_table": "care_complaint",
                "constraints": [
                    models.CheckConstraint(
                        name="complaint_state",
                        condition=Q(
                            state="acknowledged", assignee__isnull=True, closed_at__isnull=True
                        )
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
                ],
                "indexes": [
                    models.Index(fields=["place", "-opened_at"], name="complaint_place"),
                    models.Index(
                        fields=["due_at"],
                        name="complaint_due",
                        condition=Q(state__in=("acknowledged", "inProgress")),
                    ),
                    models.Index(
                        fields=["resolved_at"],
                        name="complaint_silent",
                        condition=Q(state="resolved"),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            "Note",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                (
                    "complaint",
                    models.ForeignKey("care.complaint", models.PROTECT, related_name="+"),
                ),
                ("kind", models.TextField(help_text="complaint, reopened, remark, answer")),
                ("text", EncryptedTextField()),
                ("at", models.DateTimeField()),
                ("by", models.UUIDField()),
            ],
            options={
                "db_table": "care_note",
            },
        ),
        migrations.CreateModel(
            "Desk",
            fields=[
                (
                    "outlet",
                    models.OneToOneField(
                        "party.Organization",
                        models.PROTECT,
                        primary_key=True,
                        serialize=False,
                        related_name="+",
                    ),
                ),
                ("seats", models.SmallIntegerField(help_text="0: it takes no appointments")),
                ("minutes", models.SmallIntegerField(help_text="length of an appointment")),
                ("changed_at", models.DateTimeField()),
            ],
            options={
                "db_table": "care_desk",
                "constraints": [
                    models.CheckConstraint(
                        name="desk_seats", condition=Q(seats__gte=0, seats__lte=50)
                    ),
                    models.CheckConstraint(
                        name="desk_minutes", condition=Q(minutes__gte=10, minutes__lte=240)
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            "Appointment",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                (
                    "outlet",
                    models.ForeignKey("party.Organization", models.PROTECT, related_name="+"),
                ),
                ("purpose", models.TextField(help_text="code of a business")),
                (
                    "seat",
                    models.SmallIntegerField(
                        help_text="from 1; tells those at the same time apart"
                    ),
                ),
                ("starts_at", models.DateTimeField()),
                ("ends_at", models.DateTimeField()),
                ("channel", models.TextField(help_text="code of the front through which it came")),
                ("language", models.TextField()),
                ("msisdn", EncryptedTextField()),
                ("msisdn_hash", models.BinaryField(max_length=32, db_index=True)),
                ("state", models.TextField(help_text="confirmed, completed, cancelled, failed")),
                ("booked_at", models.DateTimeField()),
                ("settled_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "care_appointment",
                "constraints": [
                    models.CheckConstraint(
                        name="appointment_state",
                        condition=Q(state="confirmed", settled_at__isnull=True)
                        | Q(
                            state__in=["completed", "cancelled", "failed"], settled_at__isnull=False
                        ),
                    ),
                    models.CheckConstraint(
                        name="appointment_lasts",
                        condition=Q(ends_at__gt=F("starts_at"), seat__gte=1),
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
                ],
                "indexes": [
                    models.Index(
                        fields=["ends_at"],
                        name="appointment_missed",
                        condition=Q(state="confirmed"),
                    )
                ],
            },
        ),
        migrations.CreateModel(
            "AgentRequest",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                (
                    "place",
                    models.ForeignKey("party.Organization", models.PROTECT, related_name="+"),
                ),
                ("channel", models.TextField(help_text="code of the front")),
                (
                    "item",
                    models.TextField(
                        default="", help_text="code of the menu's item that it is about"
                    ),
                ),
                ("language", models.TextField()),
                ("msisdn", EncryptedTextField(null=True)),
                ("msisdn_hash", models.BinaryField(max_length=32, null=True)),
                (
                    "dialogue",
                    models.UUIDField(null=True, help_text="the conversation that led to it"),
                ),
                ("state", models.TextField(help_text="waiting, taken, done, abandoned")),
                ("asked_at", models.DateTimeField()),
                ("taken_by", models.UUIDField(null=True)),
                ("taken_at", models.DateTimeField(null=True)),
                ("ended_at", models.DateTimeField(null=True)),
                ("outcome", models.TextField(default="", help_text="in the agent's words")),
            ],
            options={
                "db_table": "care_agent_request",
                "constraints": [
                    models.CheckConstraint(
                        name="agent_request_state",
                        condition=Q(state="waiting", taken_by__isnull=True, ended_at__isnull=True)
                        | Q(state="taken", taken_by__isnull=False, ended_at__isnull=True)
                        | Q(state="done", taken_by__isnull=False, ended_at__isnull=False)
                        | Q(state="abandoned", ended_at__isnull=False),
                    ),
                    models.UniqueConstraint(
                        fields=["msisdn_hash"],
                        condition=Q(state__in=("waiting", "taken")),
                        name="agent_request_one_open",
                    ),
                ],
                "indexes": [
                    models.Index(
                        fields=["asked_at"],
                        name="agent_request_waiting",
                        condition=Q(state="waiting"),
                    )
                ],
            },
        ),
        run_file(__file__, "record"),
    ]
