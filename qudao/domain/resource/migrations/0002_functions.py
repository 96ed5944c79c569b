from django.db import migrations

from qudao.platform.tables.sql import run_file


class Migration(migrations.Migration):
    dependencies = [
        ("resource", "0001_initial"),
        ("commands", "0002_functions"),
        ("party", "0001_initial"),
        ("saleschannel", "0001_initial"),
    ]
    operations = [run_file(__file__), run_file(__file__, "search")]
