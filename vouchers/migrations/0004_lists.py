"""What pages would have to count among a million rows is counted by triggers (ADR 12); indexes."""

from pathlib import Path

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

COUNTED_SO_FAR = """
INSERT INTO vouchers_pooltally (pool_id, state, number)
SELECT pool_id, state, count(*) FROM vouchers_voucher GROUP BY pool_id, state;
SELECT portal_count_pupils(ARRAY(
    SELECT DISTINCT request_id FROM vouchers_pupilline WHERE state = 'GRANTED'));
"""


class Migration(migrations.Migration):

    dependencies = [
        ('schools', '0003_language'),
        ('vouchers', '0003_exports'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='PoolTally',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', models.CharField(choices=[('AVAILABLE', 'beschikbaar'), ('OUT', 'uitgereikt'), ('HELD', 'vastgehouden'), ('VOID', 'ongeldig')], editable=False, max_length=10)),
                ('number', models.IntegerField(editable=False)),
            ],
        ),
        migrations.CreateModel(
            name='RequestCount',
            fields=[
                ('request', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='counts', serialize=False, to='vouchers.voucherrequest')),
                ('granted', models.PositiveIntegerField(editable=False)),
                ('waiting', models.PositiveIntegerField(editable=False)),
            ],
        ),
        migrations.AddIndex(
            model_name='providerfilerow',
            index=models.Index(condition=models.Q(('at_apply', True)), fields=['file', 'line'], name='file_row_at_apply'),
        ),
        migrations.AddIndex(
            model_name='pupilline',
            index=models.Index(fields=['province', 'request'], name='line_province'),
        ),
        migrations.AddIndex(
            model_name='pupilline',
            index=models.Index(fields=['education_type', 'request'], name='line_education_type'),
        ),
        migrations.AddIndex(
            model_name='renewal',
            index=models.Index(condition=models.Q(('state__in', frozenset(['ASKED', 'PASSED', 'SENT']))), fields=['state', 'asked_at', 'id'], name='renewal_queue'),
        ),
        migrations.AddIndex(
            model_name='voucherrequest',
            index=models.Index(fields=['period', 'state'], name='request_period_state'),
        ),
        migrations.AddField(
            model_name='pooltally',
            name='pool',
            field=models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='tallies', to='vouchers.pool'),
        ),
        migrations.AddIndex(
            model_name='requestcount',
            index=models.Index(condition=models.Q(('waiting__gt', 0)), fields=['waiting'], name='request_waits'),
        ),
        migrations.AddIndex(
            model_name='pooltally',
            index=models.Index(fields=['pool', 'state'], include=('number',), name='pool_tally_of_state'),
        ),
        migrations.RunSQL(
            Path(__file__).with_suffix(".sql").read_text(), migrations.RunSQL.noop
        ),
        migrations.RunSQL(COUNTED_SO_FAR, migrations.RunSQL.noop),
    ]
