"""`ledger_try` looks for what others hold only when there is something."""

from django.db import migrations

from qudao.platform.tables.sql import run_file


class Migration(migrations.Migration):
    dependencies = [("ledger", "0004_carried")]

    operations = [run_file(__file__)]
