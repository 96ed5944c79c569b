"""`ledger_post` moves an amount in one statement."""

from django.db import migrations

from qudao.platform.tables.sql import run_file


class Migration(migrations.Migration):
    dependencies = [("ledger", "0005_try")]

    operations = [run_file(__file__)]
