from django.db import migrations


class Migration(migrations.Migration):
    """Counters and the cache of the web fronts: not logged, since losing them harms nobody."""

    initial = True
    dependencies = []
    operations = [
        migrations.RunSQL(
            """
            CREATE UNLOGGED TABLE web_rate (
                name text NOT NULL,
                key text NOT NULL,
                minute bigint NOT NULL,
                count integer NOT NULL,
                PRIMARY KEY (name, key)
            ) WITH (fillfactor = 50);
            CREATE UNLOGGED TABLE web_cache (
                cache_key varchar(255) NOT NULL PRIMARY KEY,
                value text NOT NULL,
                expires timestamp with time zone NOT NULL
            );
            CREATE INDEX web_cache_expires ON web_cache (expires);
            """,
            "DROP TABLE web_rate; DROP TABLE web_cache;",
        )
    ]
