from django.db import migrations

from qudao.platform.tables.sql import run_file


class Migration(migrations.Migration):
    dependencies = [("ordering", "0005_stamps"), ("commands", "0004_kept")]
    operations = [run_file(__file__, "sell"), run_file(__file__, "kept")]
