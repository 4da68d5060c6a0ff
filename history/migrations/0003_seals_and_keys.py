"""A seal has to follow the one before it, and the answers of keys; the triggers as `manage.py guards
history` printed them."""

from pathlib import Path

import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("history", "0002_guards"),
    ]
    operations = [
        migrations.CreateModel(
            name='KeyCheck',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('ring', models.CharField(editable=False, max_length=20)),
                ('key_id', models.CharField(editable=False, max_length=20)),
                ('answer', models.BinaryField()),
                ('first_seen_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('ring', 'key_id'), name='key_check_once')],
            },
        ),
        migrations.RunSQL(Path(__file__).with_suffix(".sql").read_text()),
    ]
