from django.db import migrations, models

from qudao.platform.tables.sql import run_file


class Migration(migrations.Migration):
    dependencies = [("ordering", "0002_functions")]
    operations = [
        migrations.AddField(
            model_name="order",
            name="details",
            field=models.JSONField(
                null=True,
                help_text="its parts and customer, where it is more than a product for a line",
            ),
        ),
        run_file(__file__, "sell"),
    ]
