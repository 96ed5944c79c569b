"""The journal by months: what is there moves into partitions."""

import django.db.models.expressions
from django.contrib.postgres.indexes import BrinIndex
from django.db import migrations, models

import qudao.platform.commands.models
from qudao.platform.tables.sql import run_file

CONVERT = """
ALTER TABLE commands_journal RENAME TO commands_journal_before;

CREATE TABLE commands_journal (
    id bigint NOT NULL,
    xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
    at timestamptz NOT NULL,
    period date NOT NULL,
    actor uuid NOT NULL,
    approved_by uuid,
    subject uuid,
    home text COLLATE "C" NOT NULL DEFAULT '',
    channel text NOT NULL,
    command text NOT NULL,
    request_key text NOT NULL,
    fingerprint bytea NOT NULL,
    arguments jsonb NOT NULL,
    answer jsonb,
    events jsonb
) PARTITION BY RANGE (period);
CREATE TABLE commands_journal_default PARTITION OF commands_journal DEFAULT
WITH (fillfactor = 100, autovacuum_vacuum_insert_scale_factor = 0.05,
      autovacuum_analyze_scale_factor = 0.05);
SELECT months_ensure('commands_journal',
    coalesce((SELECT period_of(min(at)) FROM commands_journal_before), period_of(now())),
    (period_of(now()) + interval '2 months')::date);

INSERT INTO commands_journal
    (id, xid, at, period, actor, approved_by, subject, channel, command, request_key, fingerprint,
     arguments, answer, events)
SELECT id, xid, at, period_of(at), actor, approved_by, subject, channel, command, request_key,
       fingerprint, arguments, answer, events
FROM commands_journal_before ORDER BY id;

CREATE SEQUENCE commands_journal_ids;
SELECT setval('commands_journal_ids', coalesce(max(id), 0) + 1, false) FROM commands_journal_before;
DROP TABLE commands_journal_before CASCADE;
ALTER SEQUENCE commands_journal_ids RENAME TO commands_journal_id_seq;
ALTER SEQUENCE commands_journal_id_seq OWNED BY commands_journal.id;
ALTER TABLE commands_journal ALTER id SET DEFAULT nextval('commands_journal_id_seq');

-- The key is the order in which the relay reads.
ALTER TABLE commands_journal ADD PRIMARY KEY (xid, id, period, home);
ALTER TABLE commands_journal ADD CONSTRAINT journal_request_key
    UNIQUE (actor, request_key, home, period);
CREATE INDEX journal_subject ON commands_journal (subject, id) WHERE subject IS NOT NULL;
CREATE INDEX journal_moment ON commands_journal USING brin (at, id) WITH (autosummarize = on);
SELECT months_analyze('commands_journal');
"""


class Migration(migrations.Migration):
    dependencies = [("commands", "0002_functions")]
    operations = [
        run_file(__file__, "months"),
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(CONVERT, migrations.RunSQL.noop)],
            state_operations=[
                migrations.RemoveConstraint("journalentry", "journal_request_key"),
                migrations.RemoveIndex("journalentry", "journal_commit_order"),
                migrations.RemoveIndex("journalentry", "journal_at"),
                migrations.AddField(
                    "journalentry",
                    "home",
                    models.TextField(
                        db_collation="C",
                        db_default="",
                        default="",
                        help_text="of the outlet it was done at; empty for what is no outlet's",
                    ),
                ),
                migrations.AddField(
                    "journalentry",
                    "period",
                    models.DateField(help_text="first day of the business month"),
                    preserve_default=False,
                ),
                migrations.AddConstraint(
                    "journalentry",
                    models.UniqueConstraint(
                        fields=("actor", "request_key", "home", "period"),
                        name="journal_request_key",
                    ),
                ),
                migrations.AddIndex(
                    "journalentry", BrinIndex(fields=["at", "id"], name="journal_moment", autosummarize=True)
                ),
            ],
        ),
        run_file(__file__),
    ]
