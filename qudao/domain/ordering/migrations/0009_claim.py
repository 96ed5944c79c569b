"""Orders are claimed by way of their keys, whatever the statistics say."""

from django.db import migrations

from qudao.platform.tables.sql import run_file


class Migration(migrations.Migration):
    dependencies = [("ordering", "0008_one_month")]
    operations = [run_file(__file__, "dispatch")]
