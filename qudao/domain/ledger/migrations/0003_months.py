"""Accounts get a home; postings go by months, and what is there moves into partitions."""

import django.db.models.deletion
from django.contrib.postgres.indexes import BrinIndex
from django.db import migrations, models

from qudao.platform.tables.sql import run_file

HOMES = """
ALTER TABLE ledger_account ADD home text COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE ledger_balance ADD home text COLLATE "C" NOT NULL DEFAULT '';

UPDATE ledger_account a SET home = b.code
FROM party_organization o
CROSS JOIN LATERAL (
    SELECT above.code FROM party_organization above
    WHERE above.kind IN ('branch', 'province')
      AND (o.path = above.path OR starts_with(o.path, above.path || '.'))
    ORDER BY length(above.path) DESC LIMIT 1
) b
WHERE o.id = a.owner;
UPDATE ledger_balance b SET home = a.home FROM ledger_account a WHERE a.id = b.account_id;

-- Foreign keys of packages above go with the old key: they set their own again.
ALTER TABLE ledger_balance DROP CONSTRAINT ledger_balance_pkey CASCADE;
ALTER TABLE ledger_balance ADD PRIMARY KEY (account_id, home);
"""

CONVERT = """
ALTER TABLE ledger_posting RENAME TO ledger_posting_before;

CREATE TABLE ledger_posting (
    id bigint NOT NULL,
    at timestamptz NOT NULL,
    business_date date NOT NULL,
    period date NOT NULL,
    amount bigint NOT NULL,
    source_balance bigint,
    target_balance bigint,
    resolves_id bigint,
    source_id uuid NOT NULL,
    target_id uuid NOT NULL,
    cause uuid NOT NULL,
    home text COLLATE "C" NOT NULL,
    phase text NOT NULL,
    kind text NOT NULL,
    CONSTRAINT posting_amount CHECK (amount >= 0),
    CONSTRAINT posting_two_accounts CHECK (NOT (source_id = target_id)),
    CONSTRAINT posting_phase CHECK (
        phase IN ('single', 'pending') AND resolves_id IS NULL
        OR phase IN ('post', 'void', 'reverse') AND resolves_id IS NOT NULL)
) PARTITION BY RANGE (period);
CREATE TABLE ledger_posting_default PARTITION OF ledger_posting DEFAULT
WITH (fillfactor = 100, autovacuum_vacuum_insert_scale_factor = 0.05,
      autovacuum_analyze_scale_factor = 0.05);
SELECT months_ensure('ledger_posting',
    coalesce((SELECT min(business_date) FROM ledger_posting_before), period_of(now())),
    (period_of(now()) + interval '2 months')::date);

-- What resolves a posting lies where that one lies: in the month, and at the home, of the first.
WITH RECURSIVE chain AS (
    SELECT id, id AS first FROM ledger_posting_before WHERE resolves_id IS NULL
    UNION ALL
    SELECT p.id, c.first FROM ledger_posting_before p JOIN chain c ON p.resolves_id = c.id
)
INSERT INTO ledger_posting
    (id, at, business_date, period, amount, source_balance, target_balance, resolves_id,
     source_id, target_id, cause, home, phase, kind)
SELECT p.id, p.at, p.business_date, date_trunc('month', f.business_date)::date, p.amount,
       p.source_balance, p.target_balance, p.resolves_id, p.source_id, p.target_id, p.cause,
       CASE WHEN t.limited AND NOT s.limited THEN t.home ELSE s.home END, p.phase, p.kind
FROM chain c
JOIN ledger_posting_before p ON p.id = c.id
JOIN ledger_posting_before f ON f.id = c.first
JOIN ledger_account s ON s.id = f.source_id
JOIN ledger_account t ON t.id = f.target_id
ORDER BY p.id;

CREATE SEQUENCE ledger_posting_ids;
SELECT setval('ledger_posting_ids', coalesce(max(id), 0) + 1, false) FROM ledger_posting_before;
DROP TABLE ledger_posting_before CASCADE;
ALTER SEQUENCE ledger_posting_ids RENAME TO ledger_posting_id_seq;
ALTER SEQUENCE ledger_posting_id_seq OWNED BY ledger_posting.id;
ALTER TABLE ledger_posting ALTER id SET DEFAULT nextval('ledger_posting_id_seq');

ALTER TABLE ledger_posting ADD PRIMARY KEY (id, period, home);
CREATE UNIQUE INDEX posting_resolved_once ON ledger_posting (resolves_id, period, home)
    WHERE resolves_id IS NOT NULL;
CREATE INDEX posting_cause ON ledger_posting (cause) WHERE phase = 'single';
CREATE INDEX posting_source ON ledger_posting (source_id, id) WHERE source_balance IS NOT NULL;
CREATE INDEX posting_target ON ledger_posting (target_id, id) WHERE target_balance IS NOT NULL;
CREATE INDEX posting_date ON ledger_posting USING brin (business_date) WITH (autosummarize = on);
SELECT months_analyze('ledger_posting');
"""



def home() -> models.TextField[str, str]:
    return models.TextField(
        db_collation="C",
        db_default="",
        default="",
        help_text="where its postings are filed: its owner's branch when it was opened",
    )


class Migration(migrations.Migration):
    dependencies = [
        ("ledger", "0002_functions"),
        ("commands", "0003_months"),
        ("party", "0001_initial"),
    ]
    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(HOMES, migrations.RunSQL.noop),
                migrations.RunSQL(CONVERT, migrations.RunSQL.noop),
            ],
            state_operations=[
                migrations.AddField("account", "home", home()),
                migrations.AddField("accountbalance", "home", home()),
                migrations.AddField(
                    "posting",
                    "home",
                    models.TextField(
                        db_collation="C", help_text="of the account with a limit that it moved"
                    ),
                    preserve_default=False,
                ),
                migrations.AddField(
                    "posting",
                    "period",
                    models.DateField(help_text="month of the sale, or of the posting itself"),
                    preserve_default=False,
                ),
                *(
                    migrations.AlterField(
                        "posting",
                        name,
                        models.ForeignKey(
                            to,
                            django.db.models.deletion.PROTECT,
                            null=name == "resolves",
                            db_constraint=False,
                            db_index=False,
                            related_name="+",
                        ),
                    )
                    for name, to in (
                        ("resolves", "ledger.posting"),
                        ("source", "ledger.account"),
                        ("target", "ledger.account"),
                    )
                ),
                migrations.RemoveConstraint("posting", "posting_resolved_once"),
                migrations.AddConstraint(
                    "posting",
                    models.UniqueConstraint(
                        fields=("resolves", "period", "home"),
                        name="posting_resolved_once",
                        condition=models.Q(resolves__isnull=False),
                    ),
                ),
                migrations.RemoveIndex("posting", "posting_cause"),
                migrations.AddIndex(
                    "posting",
                    models.Index(
                        fields=["cause"], name="posting_cause", condition=models.Q(phase="single")
                    ),
                ),
                migrations.AddIndex(
                    "posting",
                    BrinIndex(fields=["business_date"], name="posting_date", autosummarize=True),
                ),
            ],
        ),
        run_file(__file__),
    ]
