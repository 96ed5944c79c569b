from django.db import migrations

from qudao.platform.tables.sql import run_file


class Migration(migrations.Migration):
    dependencies = [
        ("ordering", "0001_initial"),
        ("ledger", "0002_functions"),
        ("commands", "0002_functions"),
        ("wallet", "0001_initial"),
        ("saleschannel", "0001_initial"),
        ("catalog", "0001_initial"),
    ]
    operations = [run_file(__file__, "sell"), run_file(__file__, "dispatch")]
