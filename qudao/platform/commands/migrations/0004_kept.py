from django.db import migrations

from qudao.platform.tables.sql import run_file


class Migration(migrations.Migration):
    dependencies = [("commands", "0003_months")]
    operations = [run_file(__file__, "kept")]
