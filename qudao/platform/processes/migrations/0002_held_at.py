from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("processes", "0001_initial"),
    ]
    operations = [
        migrations.AddField(
            model_name="task",
            name="held_at",
            field=models.TextField(
                db_collation="C",
                default="",
                help_text="the role is held there or above: the path, or a part of it",
            ),
            preserve_default=False,
        ),
        migrations.RunSQL(
            "UPDATE processes_task SET held_at = path", migrations.RunSQL.noop
        ),
    ]
