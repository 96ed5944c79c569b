"""An order that is settled is looked for in its own month alone."""

from django.db import migrations

from qudao.platform.tables.sql import run_file


class Migration(migrations.Migration):
    dependencies = [("ordering", "0007_lines")]
    operations = [run_file(__file__, "dispatch")]
