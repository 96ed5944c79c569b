from django.db import migrations

from qudao.platform.tables.sql import run_file


class Migration(migrations.Migration):
    dependencies = [
        ("party", "0001_initial"),
        ("identity", "0002_stamps"),
    ]
    operations = [
        run_file(__file__, "stamps"),
    ]
