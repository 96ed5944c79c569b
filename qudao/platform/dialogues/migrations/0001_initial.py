import qudao.platform.identity.personal
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='Dialogue',
            fields=[
                ('id', models.UUIDField(primary_key=True, serialize=False)),
                ('front', models.TextField()),
                ('caller', models.BinaryField(help_text='keyed hash of who talks', max_length=32, null=True)),
                ('lane', models.TextField(help_text='empty where a caller has one dialogue at a time')),
                ('state', qudao.platform.identity.personal.EncryptedTextField(help_text='JSON of the engine')),
                ('version', models.IntegerField()),
                ('changed_at', models.DateTimeField()),
                ('expires_at', models.DateTimeField()),
            ],
            options={
                'db_table': 'dialogues_dialogue',
                'constraints': [models.UniqueConstraint(fields=('caller', 'front', 'lane'), name='dialogue_of_caller')],
            },
        ),
        # A row is rewritten at every message and lives for minutes: room for the next version in
        # its own page spares the indexes, and what is dead is swept early.
        migrations.RunSQL(
            "ALTER TABLE dialogues_dialogue SET (fillfactor = 60,"
            " autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000)",
            migrations.RunSQL.noop,
        ),
    ]
