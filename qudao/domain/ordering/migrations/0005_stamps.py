from django.db import migrations

from qudao.platform.tables.sql import run_file


class Migration(migrations.Migration):
    dependencies = [
        ("ordering", "0004_months"),
        ("identity", "0002_stamps"),
        ("saleschannel", "0002_stamps"),
    ]
    operations = [run_file(__file__, "sell")]
