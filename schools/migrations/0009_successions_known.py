"""When a merger or split was learned and undone; those that are there were learned when history says
so. The triggers as `manage.py guards schools` printed them."""

from pathlib import Path

import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('schools', '0008_seals'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='succession',
            name='succession_once',
        ),
        migrations.AddField(
            model_name='succession',
            name='goes_on',
            field=models.BooleanField(default=False, editable=False),
        ),
        migrations.AddField(
            model_name='succession',
            name='recorded_at',
            field=models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
        ),
        migrations.AddField(
            model_name='succession',
            name='withdrawn_at',
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.AddConstraint(
            model_name='succession',
            constraint=models.UniqueConstraint(condition=models.Q(('withdrawn_at', None)), fields=('predecessor', 'successor'), name='succession_once'),
        ),
        migrations.RunSQL(
            Path(__file__).with_suffix(".sql").read_text(), migrations.RunSQL.noop
        ),
    ]
