from django.db import migrations

from qudao.platform.tables.sql import run_file


class Migration(migrations.Migration):
    dependencies = [
        ("wallet", "0002_home"),
        ("identity", "0002_stamps"),
        ("party", "0002_stamps"),
        ("saleschannel", "0002_stamps"),
    ]
    operations = [run_file(__file__, "waiting")]
