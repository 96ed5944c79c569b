"""What accounts hold of months that were detached."""

from django.db import migrations, models

from qudao.platform.tables.sql import run_file


class Migration(migrations.Migration):
    dependencies = [("ledger", "0003_months")]

    operations = [
        migrations.CreateModel(
            name="Carried",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "period",
                        "home",
                        "account",
                        "posting",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("period", models.DateField(help_text="the month")),
                ("home", models.TextField(db_collation="C")),
                ("account", models.UUIDField()),
                ("posting", models.BigIntegerField(help_text="last one that is counted in")),
                ("at", models.DateTimeField()),
                ("business_date", models.DateField()),
                (
                    "amount",
                    models.BigIntegerField(help_text="fen into the account; negative out of it"),
                ),
                (
                    "balance",
                    models.BigIntegerField(help_text="after it; a sum has none", null=True),
                ),
                ("kind", models.TextField()),
                ("phase", models.TextField()),
                ("cause", models.UUIDField()),
            ],
            options={
                "db_table": "ledger_carried",
                "indexes": [models.Index(fields=["account", "posting"], name="carried_account")],
            },
        ),
        run_file(__file__, "carry"),
    ]
