from django.db import migrations, models

from qudao.platform.tables.sql import run_file


class Migration(migrations.Migration):
    dependencies = [
        ("identity", "0001_initial"),
    ]
    operations = [
        migrations.AddField(
            model_name="user",
            name="stamp",
            field=models.BigIntegerField(
                default=0,
                editable=False,
                help_text="grows with every change of what the account may do",
            ),
        ),
        run_file(__file__, "stamps"),
    ]
