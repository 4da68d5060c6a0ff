"""Codes that nobody has seen go back by themselves: the rule of a period, the announcements and the
school holidays, with their triggers as `manage.py guards` printed them."""

from pathlib import Path

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('vouchers', '0012_life'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='ReclaimNotice',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('handed_out_before', models.DateTimeField(editable=False)),
                ('announced_at', models.DateTimeField(editable=False)),
                ('due_on', models.DateField(editable=False, verbose_name='terug op')),
                ('keep_days', models.PositiveSmallIntegerField(editable=False)),
                ('kept_at', models.DateTimeField(blank=True, editable=False, null=True)),
                ('kept_until', models.DateField(editable=False, null=True)),
                ('ended_at', models.DateTimeField(blank=True, editable=False, null=True)),
                ('taken', models.PositiveIntegerField(editable=False, null=True)),
                ('withdrawn_at', models.DateTimeField(blank=True, editable=False, null=True)),
            ],
            options={
                'verbose_name': 'aankondiging van terugnemen',
                'verbose_name_plural': 'aankondigingen van terugnemen',
            },
        ),
        migrations.CreateModel(
            name='SchoolHoliday',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('AUTUMN', 'herfstvakantie'), ('CHRISTMAS', 'kerstvakantie'), ('CROCUS', 'krokusvakantie'), ('EASTER', 'paasvakantie'), ('SUMMER', 'zomervakantie'), ('OTHER', 'andere vrije dagen')], max_length=10, verbose_name='vakantie')),
                ('starts_on', models.DateField(verbose_name='eerste dag')),
                ('ends_on', models.DateField(verbose_name='laatste dag')),
                ('added_at', models.DateTimeField(editable=False)),
                ('withdrawn_at', models.DateTimeField(blank=True, editable=False, null=True)),
            ],
            options={
                'verbose_name': 'schoolvakantie',
                'verbose_name_plural': 'schoolvakanties',
            },
        ),
        migrations.AddField(
            model_name='period',
            name='reclaim_after_days',
            field=models.PositiveSmallIntegerField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name='period',
            name='reclaim_set_at',
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name='period',
            name='reclaim_set_by',
            field=models.ForeignKey(db_index=False, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AlterField(
            model_name='mail',
            name='kind',
            field=models.CharField(choices=[('RECEIVED', 'aanvraag ontvangen'), ('RETURNED', 'vraag aan de aanvrager'), ('DECIDED', 'beslissing'), ('DECISION_UNDONE', 'beslissing ingetrokken'), ('CODES_READY', 'codes klaar'), ('REMINDER', 'herinnering'), ('RENEWED', 'verlengd'), ('NOT_RENEWED', 'niet verlengd'), ('RECLAIM_NOTICE', 'aankondiging dat we codes terugnemen'), ('RECLAIMED', 'codes teruggenomen')], max_length=20, verbose_name='soort'),
        ),
        migrations.AddConstraint(
            model_name='period',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('reclaim_after_days__isnull', True), ('reclaim_set_at__isnull', True), ('reclaim_set_by__isnull', True)), models.Q(('reclaim_after_days__isnull', False), ('reclaim_set_at__isnull', False), ('reclaim_set_by__isnull', False)), _connector='OR'), name='period_reclaim_set_at_pair'),
        ),
        migrations.AddConstraint(
            model_name='period',
            constraint=models.CheckConstraint(condition=models.Q(('reclaim_after_days', None), ('reclaim_after_days__range', (7, 365)), _connector='OR'), name='period_reclaim_after_days'),
        ),
        migrations.AddField(
            model_name='reclaimnotice',
            name='announced_by',
            field=models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='reclaimnotice',
            name='ended_by',
            field=models.ForeignKey(db_index=False, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='reclaimnotice',
            name='kept_by',
            field=models.ForeignKey(db_index=False, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='reclaimnotice',
            name='request',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='reclaim_notices', to='vouchers.voucherrequest'),
        ),
        migrations.AddField(
            model_name='reclaimnotice',
            name='withdrawn_by',
            field=models.ForeignKey(db_index=False, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='schoolholiday',
            name='added_by',
            field=models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='schoolholiday',
            name='withdrawn_by',
            field=models.ForeignKey(db_index=False, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddIndex(
            model_name='reclaimnotice',
            index=models.Index(condition=models.Q(('ended_at', None), ('kept_at', None), ('withdrawn_at', None)), fields=['due_on', 'id'], name='reclaimnotice_due'),
        ),
        migrations.AddConstraint(
            model_name='reclaimnotice',
            constraint=models.UniqueConstraint(condition=models.Q(('ended_at', None), ('kept_at', None), ('withdrawn_at', None)), fields=('request',), name='reclaimnotice_one_open'),
        ),
        migrations.AddConstraint(
            model_name='reclaimnotice',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('kept_at__isnull', True), ('kept_by__isnull', True), ('kept_until__isnull', True)), models.Q(('kept_at__isnull', False), ('kept_by__isnull', False), ('kept_until__isnull', False)), _connector='OR'), name='reclaimnotice_kept_at_pair'),
        ),
        migrations.AddConstraint(
            model_name='reclaimnotice',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('ended_at__isnull', True), ('ended_by__isnull', True), ('taken__isnull', True)), models.Q(('ended_at__isnull', False), ('ended_by__isnull', False), ('taken__isnull', False)), _connector='OR'), name='reclaimnotice_ended_at_pair'),
        ),
        migrations.AddConstraint(
            model_name='reclaimnotice',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('withdrawn_at__isnull', True), ('withdrawn_by__isnull', True)), models.Q(('withdrawn_at__isnull', False), ('withdrawn_by__isnull', False)), _connector='OR'), name='reclaimnotice_withdrawn_at_pair'),
        ),
        migrations.AddConstraint(
            model_name='reclaimnotice',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('ended_at', None), ('kept_at', None)), models.Q(('kept_at', None), ('withdrawn_at', None)), models.Q(('ended_at', None), ('withdrawn_at', None)), _connector='OR'), name='reclaimnotice_ends_once'),
        ),
        migrations.AddConstraint(
            model_name='schoolholiday',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('withdrawn_at__isnull', True), ('withdrawn_by__isnull', True)), models.Q(('withdrawn_at__isnull', False), ('withdrawn_by__isnull', False)), _connector='OR'), name='schoolholiday_withdrawn_at_pair'),
        ),
        migrations.AddConstraint(
            model_name='schoolholiday',
            constraint=models.CheckConstraint(condition=models.Q(('ends_on__gte', models.F('starts_on'))), name='schoolholiday_in_order'),
        ),
        migrations.RunSQL(
            Path(__file__).with_suffix(".sql").read_text(), migrations.RunSQL.noop
        ),
    ]
