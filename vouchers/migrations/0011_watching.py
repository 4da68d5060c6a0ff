"""Alerts and what is kept of watching, with their triggers as `manage.py guards` printed them."""

from pathlib import Path

import django.contrib.postgres.indexes
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('schools', '0005_history_once'),
        ('vouchers', '0010_erasing'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Alert',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('ACTIVE_WITH_NOBODY', 'in gebruik, aan niemand uitgereikt'), ('SEEN_OFTEN', 'dezelfde code vaak bekeken'), ('SEEN_AGAIN', 'codes dag na dag opnieuw bekeken'), ('SEEN_AT_NIGHT', 'codes bekeken in de nacht'), ('SEEN_BY_NEWCOMER', 'codes bekeken door wie er pas bij kwam'), ('SEEN_BY_LEAVER', 'codes bekeken door wie net wegging'), ('LOOKED_UP_OFTEN', 'vaak een onbekende code opgezocht')], max_length=20, verbose_name='soort')),
                ('data', models.JSONField(default=dict, editable=False)),
                ('raised_at', models.DateTimeField(editable=False)),
                ('handled_at', models.DateTimeField(blank=True, editable=False, null=True)),
                ('note', models.CharField(blank=True, max_length=500, verbose_name='wat je deed of vond')),
                ('withdrawn_at', models.DateTimeField(blank=True, editable=False, null=True)),
            ],
            options={
                'verbose_name': 'melding',
                'verbose_name_plural': 'meldingen',
            },
        ),
        migrations.CreateModel(
            name='CodeLookup',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('looked_up_at', models.DateTimeField(editable=False)),
            ],
        ),
        migrations.CreateModel(
            name='Holding',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('held', models.BooleanField(editable=False)),
                ('reason', models.CharField(blank=True, max_length=300, verbose_name='reden')),
                ('done_at', models.DateTimeField(editable=False)),
            ],
        ),
        migrations.CreateModel(
            name='Watch',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('looked_until', models.DateTimeField(editable=False)),
                ('raised', models.PositiveIntegerField(editable=False)),
            ],
        ),
        migrations.AlterField(
            model_name='reveal',
            name='organisation',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='schools.organisation'),
        ),
        migrations.AddIndex(
            model_name='reveal',
            index=models.Index(fields=['organisation', 'revealed_at'], name='reveal_of_organisation'),
        ),
        migrations.AddIndex(
            model_name='reveal',
            index=models.Index(fields=['revealed_to', 'revealed_at'], name='reveal_of_person'),
        ),
        migrations.AddIndex(
            model_name='reveal',
            index=django.contrib.postgres.indexes.BrinIndex(fields=['revealed_at'], name='reveal_moment', pages_per_range=16),
        ),
        migrations.AddField(
            model_name='alert',
            name='about',
            field=models.ForeignKey(db_index=False, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='persoon'),
        ),
        migrations.AddField(
            model_name='alert',
            name='file',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='alerts', to='vouchers.providerfile'),
        ),
        migrations.AddField(
            model_name='alert',
            name='handled_by',
            field=models.ForeignKey(db_index=False, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='alert',
            name='organisation',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='schools.organisation'),
        ),
        migrations.AddField(
            model_name='alert',
            name='request',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='alerts', to='vouchers.voucherrequest'),
        ),
        migrations.AddField(
            model_name='alert',
            name='withdrawn_by',
            field=models.ForeignKey(db_index=False, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='codelookup',
            name='looked_up_by',
            field=models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='codelookup',
            name='provider',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='vouchers.provider'),
        ),
        migrations.AddField(
            model_name='codelookup',
            name='voucher',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='lookups', to='vouchers.voucher'),
        ),
        migrations.AddField(
            model_name='holding',
            name='done_by',
            field=models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='holding',
            name='file',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='vouchers.providerfile'),
        ),
        migrations.AddField(
            model_name='holding',
            name='voucher',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='holdings', to='vouchers.voucher'),
        ),
        migrations.AddIndex(
            model_name='watch',
            index=models.Index(fields=['-looked_until'], name='watch_latest'),
        ),
        migrations.AddIndex(
            model_name='alert',
            index=models.Index(fields=['-raised_at', '-id'], name='alert_latest'),
        ),
        migrations.AddConstraint(
            model_name='alert',
            constraint=models.UniqueConstraint(condition=models.Q(('handled_at', None), ('withdrawn_at', None)), fields=('kind', 'about', 'organisation', 'request', 'file'), name='alert_open_once', nulls_distinct=False),
        ),
        migrations.AddConstraint(
            model_name='alert',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('handled_at__isnull', True), ('handled_by__isnull', True)), models.Q(('handled_at__isnull', False), ('handled_by__isnull', False)), _connector='OR'), name='alert_handled_at_pair'),
        ),
        migrations.AddConstraint(
            model_name='alert',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('withdrawn_at__isnull', True), ('withdrawn_by__isnull', True)), models.Q(('withdrawn_at__isnull', False), ('withdrawn_by__isnull', False)), _connector='OR'), name='alert_withdrawn_at_pair'),
        ),
        migrations.AddConstraint(
            model_name='alert',
            constraint=models.CheckConstraint(condition=models.Q(('handled_at__isnull', True), ('withdrawn_at__isnull', True), _connector='OR'), name='alert_handled_or_withdrawn'),
        ),
        migrations.AddIndex(
            model_name='codelookup',
            index=models.Index(fields=['looked_up_by', '-looked_up_at'], name='lookup_of_person'),
        ),
        migrations.AddConstraint(
            model_name='holding',
            constraint=models.CheckConstraint(condition=models.Q(('file__isnull', False), models.Q(('reason', ''), _negated=True), _connector='OR'), name='holding_says_why'),
        ),
        migrations.RunSQL(
            Path(__file__).with_suffix(".sql").read_text(), migrations.RunSQL.noop
        ),
    ]
