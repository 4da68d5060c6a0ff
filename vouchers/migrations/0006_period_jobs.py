"""A job may be the hand-out of a whole period; what a job is about does not change (its guard as
`manage.py guards` printed it)."""

from pathlib import Path

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('vouchers', '0005_mails'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='job',
            name='period',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='jobs', to='vouchers.period'),
        ),
        migrations.AddField(
            model_name='job',
            name='result',
            field=models.JSONField(default=dict, editable=False),
        ),
        migrations.AlterField(
            model_name='job',
            name='kind',
            field=models.CharField(choices=[('CHECK_FILE', 'bestand nakijken'), ('APPLY_FILE', 'bestand toepassen'), ('HAND_OUT', 'codes uitreiken voor een hele golf')], max_length=20, verbose_name='soort'),
        ),
        migrations.AddConstraint(
            model_name='job',
            constraint=models.UniqueConstraint(condition=models.Q(('state__in', frozenset(['QUEUED', 'RUNNING']))), fields=('kind', 'period'), name='job_once_a_period'),
        ),
        migrations.AddConstraint(
            model_name='job',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('file__isnull', True), ('kind', 'HAND_OUT'), ('period__isnull', False)), models.Q(('file__isnull', False), ('kind__in', ['CHECK_FILE', 'APPLY_FILE']), ('period__isnull', True)), _connector='OR'), name='job_kind_has_its_field'),
        ),
        migrations.RunSQL(
            Path(__file__).with_suffix(".sql").read_text(), migrations.RunSQL.noop
        ),
    ]
