from pathlib import Path

import django.contrib.postgres.indexes
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('schools', '0007_second_factor'),
    ]

    operations = [
        migrations.CreateModel(
            name='HistorySeal',
            fields=[
                ('number', models.BigIntegerField(primary_key=True, serialize=False)),
                ('sealed_at', models.DateTimeField(editable=False)),
                ('until_transaction', models.BigIntegerField(editable=False)),
                ('until_row', models.BigIntegerField(editable=False)),
                ('rows', models.IntegerField(editable=False)),
                ('marks', models.BinaryField()),
                ('key_id', models.CharField(editable=False, max_length=20)),
                ('digest', models.BinaryField()),
            ],
        ),
        migrations.AddIndex(
            model_name='historyevent',
            index=django.contrib.postgres.indexes.BrinIndex(autosummarize=True, fields=['transaction'], name='history_transaction', pages_per_range=32),
        ),
        migrations.RunSQL(Path(__file__).with_suffix('.sql').read_text(), migrations.RunSQL.noop),
    ]
