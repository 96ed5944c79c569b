"""Orders that completed late before anybody wrote them down while they were open."""

from django.db import migrations

NOTE = """
INSERT INTO ordering_overdue ("order", period, home, business_date, noted_at)
SELECT id, period, home, business_date, now() FROM ordering_order
WHERE business_date < (settled_at AT TIME ZONE 'Asia/Shanghai')::date - 30
ON CONFLICT ("order") DO NOTHING
"""


class Migration(migrations.Migration):
    dependencies = [("ordering", "0010_overdue")]
    operations = [migrations.RunSQL(NOTE, migrations.RunSQL.noop)]
