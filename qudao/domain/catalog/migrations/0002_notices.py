from django.db import migrations

from qudao.platform.tables.sql import run_file


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0001_initial"),
    ]
    operations = [
        run_file(__file__, "notices"),
    ]
