from django.db import migrations

from qudao.platform.tables.sql import run_file


class Migration(migrations.Migration):
    dependencies = [
        ("echannel", "0001_initial"),
    ]
    operations = [
        run_file(__file__, "notices"),
        run_file(__file__, "frozen"),
    ]
