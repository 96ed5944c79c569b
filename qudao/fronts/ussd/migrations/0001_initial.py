from django.db import migrations


class Migration(migrations.Migration):
    """Sessions over HTTP: not logged, since losing them costs a phone one more dial."""

    initial = True
    dependencies = []
    operations = [
        migrations.RunSQL(
            """
            CREATE UNLOGGED TABLE ussd_session (
                key text NOT NULL PRIMARY KEY,
                length integer NOT NULL,
                at timestamp with time zone NOT NULL
            ) WITH (fillfactor = 50);
            """,
            "DROP TABLE ussd_session;",
        )
    ]
