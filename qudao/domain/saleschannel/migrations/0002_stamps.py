from django.db import migrations, models

from qudao.platform.tables.sql import run_file


class Migration(migrations.Migration):
    dependencies = [
        ("saleschannel", "0001_initial"),
        ("party", "0002_stamps"),
    ]
    operations = [
        migrations.AddField(
            model_name="outlet",
            name="stamp",
            field=models.BigIntegerField(
                default=0,
                editable=False,
                help_text="grows with every change of what a sale looks at",
            ),
        ),
        run_file(__file__, "stamps"),
    ]
