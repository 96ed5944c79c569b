"""The queue knows lines and who holds what; dispatchers say that they are alive and how fast."""

from django.db import migrations, models
from django.db.models import Func, Value

from qudao.platform.tables.sql import run_file

QUEUE = """
CREATE SEQUENCE ordering_dispatch_seq;
ALTER TABLE ordering_dispatch
    ADD COLUMN seq bigint NOT NULL DEFAULT nextval('ordering_dispatch_seq'),
    ADD COLUMN line text COLLATE "C" NOT NULL DEFAULT '',
    ADD COLUMN runner uuid;
ALTER SEQUENCE ordering_dispatch_seq OWNED BY ordering_dispatch.seq;
WITH numbered AS (
    SELECT d.order_id, o.msisdn, row_number() OVER (ORDER BY d.order_id) AS place
    FROM ordering_dispatch d
    JOIN ordering_order o ON o.id = d.order_id AND o.period = d.period AND o.home = d.home
)
UPDATE ordering_dispatch d SET line = n.msisdn, seq = n.place
FROM numbered n WHERE n.order_id = d.order_id;
SELECT setval('ordering_dispatch_seq', (SELECT count(*) + 1 FROM ordering_dispatch));
ALTER TABLE ordering_dispatch ALTER COLUMN line DROP DEFAULT;
DROP INDEX dispatch_next;
CREATE INDEX dispatch_fresh ON ordering_dispatch (seq) WHERE attempts = 0;
CREATE INDEX dispatch_again ON ordering_dispatch (sent, next_at, seq) WHERE attempts > 0;
CREATE INDEX dispatch_line ON ordering_dispatch (line, seq) WHERE line <> '';
"""


class Migration(migrations.Migration):
    dependencies = [("ordering", "0006_kept")]
    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(QUEUE, migrations.RunSQL.noop)],
            state_operations=[
                migrations.AddField(
                    "dispatch",
                    "seq",
                    models.BigIntegerField(
                        db_default=Func(Value("ordering_dispatch_seq"), function="nextval"),
                        help_text="rises with the time at which the order was made",
                    ),
                ),
                migrations.AddField(
                    "dispatch",
                    "line",
                    models.TextField(
                        db_collation="C",
                        help_text="its orders reach the BOSS one after the other; empty: none",
                    ),
                    preserve_default=False,
                ),
                migrations.AddField(
                    "dispatch",
                    "runner",
                    models.UUIDField(null=True, help_text="dispatcher that holds it"),
                ),
                migrations.RemoveIndex("dispatch", "dispatch_next"),
                migrations.AddIndex(
                    "dispatch",
                    models.Index(
                        fields=["seq"], name="dispatch_fresh", condition=models.Q(attempts=0)
                    ),
                ),
                migrations.AddIndex(
                    "dispatch",
                    models.Index(
                        fields=["sent", "next_at", "seq"],
                        name="dispatch_again",
                        condition=models.Q(attempts__gt=0),
                    ),
                ),
                migrations.AddIndex(
                    "dispatch",
                    models.Index(
                        fields=["line", "seq"],
                        name="dispatch_line",
                        condition=~models.Q(line=""),
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            "Runner",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("seen_at", models.DateTimeField(help_text="by the database's clock")),
                ("breaker", models.TextField(help_text="how its breaker to the BOSS stands")),
            ],
            options={"db_table": "ordering_runner"},
        ),
        migrations.CreateModel(
            "Pace",
            fields=[
                (
                    "at",
                    models.DateTimeField(
                        primary_key=True, serialize=False, help_text="its ten seconds begin"
                    ),
                ),
                ("open", models.IntegerField(help_text="orders in the queue at their end")),
                ("unknown", models.IntegerField(help_text="of these, those to be asked for")),
                ("oldest_s", models.IntegerField(help_text="age of the oldest of them")),
                ("completed", models.IntegerField(help_text="orders, in these ten seconds")),
                ("refused", models.IntegerField(help_text="orders, in these ten seconds")),
            ],
            options={"db_table": "ordering_pace"},
        ),
        run_file(__file__, "sell"),
        run_file(__file__, "dispatch"),
    ]
