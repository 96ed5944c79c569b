"""Orders that stay open for long are written down, so that they are found when they complete."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("ordering", "0009_claim")]
    operations = [
        migrations.CreateModel(
            name="Overdue",
            fields=[
                ("order", models.UUIDField(primary_key=True, serialize=False)),
                ("period", models.DateField(help_text="of the order")),
                ("home", models.TextField(db_collation="C", help_text="of the order")),
                ("business_date", models.DateField(help_text="of the order")),
                ("noted_at", models.DateTimeField()),
            ],
            options={"db_table": "ordering_overdue"},
        ),
    ]
