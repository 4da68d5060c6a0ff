"""How a shortage is divided is kept, and a job says how it divides (guards as `manage.py guards`
printed them)."""

from pathlib import Path

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('vouchers', '0013_reclaim'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='job',
            name='plan',
            field=models.JSONField(default=dict, editable=False),
        ),
        migrations.CreateModel(
            name='Division',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('rule', models.CharField(choices=[('FIRST_COME', 'wie eerst komt'), ('PROPORTIONAL', 'naar verhouding'), ('BY_NEED', 'naar aantal leerlingen van de school')], max_length=20, verbose_name='verdeelregel')),
                ('minimum', models.PositiveIntegerField(default=0, verbose_name='minstens')),
                ('only_queue', models.BooleanField(default=False)),
                ('asked', models.PositiveIntegerField(verbose_name='wachtten')),
                ('given', models.PositiveIntegerField(verbose_name='kregen een code')),
                ('stock', models.JSONField()),
                ('checksum', models.CharField(max_length=64)),
                ('made_at', models.DateTimeField(editable=False, verbose_name='gemaakt op')),
                ('made_by', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='gemaakt door')),
                ('period', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='divisions', to='vouchers.period')),
            ],
            options={
                'verbose_name': 'verdeling',
                'verbose_name_plural': 'verdelingen',
            },
        ),
        migrations.CreateModel(
            name='DivisionShare',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.PositiveIntegerField()),
                ('asked', models.PositiveIntegerField(verbose_name='wachtten')),
                ('given', models.PositiveIntegerField(verbose_name='kregen een code')),
                ('division', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='shares', to='vouchers.division')),
                ('request', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='shares', to='vouchers.voucherrequest')),
            ],
        ),
        migrations.AddConstraint(
            model_name='division',
            constraint=models.CheckConstraint(condition=models.Q(('given__gt', 0), ('given__lt', models.F('asked'))), name='division_gives_some'),
        ),
        migrations.AddConstraint(
            model_name='divisionshare',
            constraint=models.UniqueConstraint(fields=('division', 'position'), name='division_position'),
        ),
        migrations.AddConstraint(
            model_name='divisionshare',
            constraint=models.UniqueConstraint(fields=('division', 'request'), name='division_request_once'),
        ),
        migrations.AddConstraint(
            model_name='divisionshare',
            constraint=models.CheckConstraint(condition=models.Q(('asked__gt', 0), ('given__lte', models.F('asked'))), name='division_share_in_bounds'),
        ),
        migrations.RunSQL(
            Path(__file__).with_suffix(".sql").read_text(), migrations.RunSQL.noop
        ),
    ]
