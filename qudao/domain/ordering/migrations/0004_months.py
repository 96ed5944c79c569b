"""Orders get a home and go by months; what is there moves into partitions."""

from typing import Any

import django.db.models.deletion
from django.contrib.postgres.indexes import BrinIndex
from django.db import migrations, models
from django.db.models import F, Q

from qudao.platform.tables.sql import run_file

CONVERT = """
ALTER TABLE ordering_dispatch RENAME TO ordering_dispatch_before;
ALTER TABLE ordering_order RENAME TO ordering_order_before;

CREATE TABLE ordering_order (
    id uuid NOT NULL,
    ordered_at timestamptz NOT NULL,
    settled_at timestamptz,
    amount bigint NOT NULL,
    debit bigint NOT NULL,
    hold_id bigint,
    post_id bigint,
    business_date date NOT NULL,
    period date NOT NULL,
    attempts smallint NOT NULL DEFAULT 0,
    prints smallint NOT NULL DEFAULT 0,
    outlet_id uuid NOT NULL,
    version_id uuid NOT NULL,
    actor uuid NOT NULL,
    reverses_id uuid,
    reversing uuid,
    home text COLLATE "C" NOT NULL,
    state text NOT NULL,
    channel text NOT NULL,
    business text NOT NULL,
    msisdn text NOT NULL,
    boss_reference text NOT NULL DEFAULT '',
    refusal_code text NOT NULL DEFAULT '',
    refusal_reason text NOT NULL DEFAULT '',
    problem text NOT NULL DEFAULT '',
    reversal_reason text NOT NULL DEFAULT '',
    details jsonb,
    CONSTRAINT order_amount CHECK (amount >= 0),
    CONSTRAINT order_debit CHECK (debit >= 0 AND debit <= amount),
    CONSTRAINT order_hold_or_reverses CHECK ((hold_id IS NULL) <> (reverses_id IS NULL)),
    CONSTRAINT order_reversing CHECK (
        reversing IS NULL OR reversing = reverses_id AND state <> 'failed'),
    CONSTRAINT order_settled CHECK (
        CASE WHEN state IN ('acknowledged', 'inProgress', 'pending') THEN settled_at IS NULL
             ELSE state IN ('completed', 'failed', 'cancelled', 'assessingCancellation')
                  AND settled_at IS NOT NULL END)
) PARTITION BY RANGE (period);
-- Open orders change state twice without touching an index: leave room on the page.
CREATE TABLE ordering_order_default PARTITION OF ordering_order DEFAULT
WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05,
      autovacuum_analyze_scale_factor = 0.05);
SELECT months_ensure('ordering_order',
    coalesce((SELECT min(business_date) FROM ordering_order_before), period_of(now())),
    (period_of(now()) + interval '2 months')::date);

INSERT INTO ordering_order
    (id, ordered_at, settled_at, amount, debit, hold_id, post_id, business_date, period, attempts,
     prints, outlet_id, version_id, actor, reverses_id, reversing, home, state, channel, business,
     msisdn, boss_reference, refusal_code, refusal_reason, problem, reversal_reason, details)
SELECT o.id, o.ordered_at, o.settled_at, o.amount, o.debit, o.hold_id, o.post_id, o.business_date,
       date_trunc('month', o.business_date)::date, o.attempts, o.prints, o.outlet_id, o.version_id,
       o.actor, o.reverses_id, CASE WHEN o.state <> 'failed' THEN o.reverses_id END, w.home,
       o.state, o.channel, o.business, o.msisdn, o.boss_reference, o.refusal_code,
       o.refusal_reason, o.problem, o.reversal_reason, o.details
FROM ordering_order_before o JOIN wallet_wallet w ON w.outlet_id = o.outlet_id
ORDER BY o.id;

CREATE TABLE ordering_dispatch (
    order_id uuid NOT NULL,
    next_at timestamptz NOT NULL,
    period date NOT NULL,
    attempts smallint NOT NULL DEFAULT 0,
    sent boolean NOT NULL DEFAULT false,
    home text COLLATE "C" NOT NULL
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.01);
INSERT INTO ordering_dispatch (order_id, next_at, period, attempts, sent, home)
SELECT d.order_id, d.next_at, o.period, d.attempts, d.sent, o.home
FROM ordering_dispatch_before d JOIN ordering_order o ON o.id = d.order_id;

DROP TABLE ordering_dispatch_before;
DROP TABLE ordering_order_before;

ALTER TABLE ordering_order ADD PRIMARY KEY (id, period, home);
CREATE UNIQUE INDEX order_reversed_once ON ordering_order (reversing, period, home)
    WHERE reversing IS NOT NULL;
CREATE INDEX order_reverses ON ordering_order (reverses_id) WHERE reverses_id IS NOT NULL;
CREATE INDEX order_outlet ON ordering_order (outlet_id, ordered_at DESC);
CREATE INDEX order_msisdn ON ordering_order (msisdn);
CREATE INDEX order_date ON ordering_order USING brin (business_date) WITH (autosummarize = on);
ALTER TABLE ordering_dispatch ADD PRIMARY KEY (order_id, period, home);
CREATE INDEX dispatch_next ON ordering_dispatch (next_at);
SELECT months_analyze('ordering_order');
ANALYZE ordering_dispatch;
"""


def free(to: str, **more: Any) -> models.Field[Any, Any]:
    """A foreign key that the tables do not have."""
    return models.ForeignKey(
        to,
        django.db.models.deletion.PROTECT,
        db_constraint=False,
        db_index=False,
        related_name="+",
        **more,
    )


class Migration(migrations.Migration):
    dependencies = [
        ("ordering", "0003_details"),
        ("commands", "0003_months"),
        ("ledger", "0003_months"),
        ("wallet", "0002_home"),
    ]
    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(CONVERT, migrations.RunSQL.noop)],
            state_operations=[
                migrations.AddField(
                    "order",
                    "period",
                    models.DateField(help_text="month of the sale, also of its reversals"),
                    preserve_default=False,
                ),
                migrations.AddField(
                    "order",
                    "home",
                    models.TextField(db_collation="C", help_text="of the outlet's wallet"),
                    preserve_default=False,
                ),
                migrations.AddField(
                    "order",
                    "reversing",
                    models.UUIDField(
                        null=True,
                        help_text="the same, but for a reversal that the BOSS has refused",
                    ),
                ),
                migrations.AlterField("order", "outlet", free("party.organization")),
                migrations.AlterField("order", "version", free("catalog.offeringversion")),
                migrations.AlterField(
                    "order",
                    "hold",
                    free(
                        "ledger.posting",
                        null=True,
                        help_text="the pending posting that paid for it",
                    ),
                ),
                migrations.AlterField(
                    "order",
                    "post",
                    free("ledger.posting", null=True, help_text="the posting that resolved it"),
                ),
                migrations.AlterField("order", "reverses", free("ordering.order", null=True)),
                migrations.AlterField(
                    "dispatch",
                    "order",
                    models.OneToOneField(
                        "ordering.order",
                        django.db.models.deletion.PROTECT,
                        db_constraint=False,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                    ),
                ),
                migrations.AddField(
                    "dispatch",
                    "period",
                    models.DateField(help_text="of the order"),
                    preserve_default=False,
                ),
                migrations.AddField(
                    "dispatch",
                    "home",
                    models.TextField(db_collation="C", help_text="of the order"),
                    preserve_default=False,
                ),
                migrations.RemoveConstraint("order", "order_reversed_once"),
                migrations.AddConstraint(
                    "order",
                    models.UniqueConstraint(
                        fields=("reversing", "period", "home"),
                        condition=Q(reversing__isnull=False),
                        name="order_reversed_once",
                    ),
                ),
                migrations.AddConstraint(
                    "order",
                    models.CheckConstraint(
                        condition=Q(reversing__isnull=True)
                        | Q(reversing=F("reverses")) & ~Q(state="failed"),
                        name="order_reversing",
                    ),
                ),
                migrations.AddIndex(
                    "order",
                    models.Index(
                        fields=["reverses"],
                        name="order_reverses",
                        condition=Q(reverses__isnull=False),
                    ),
                ),
                migrations.AddIndex(
                    "order",
                    BrinIndex(fields=["business_date"], name="order_date", autosummarize=True),
                ),
            ],
        ),
        run_file(__file__, "sell"),
        run_file(__file__, "dispatch"),
    ]
