"""The life of a code: given or not after all, asked replacements, code files undone; what guards them
(as `manage.py guards` printed it)."""

from pathlib import Path

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('vouchers', '0011_watching'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='GivenWithdrawal',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('given_at', models.DateTimeField(editable=False)),
                ('withdrawn_at', models.DateTimeField(editable=False)),
            ],
        ),
        migrations.CreateModel(
            name='ReplacementAsk',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('reason', models.CharField(choices=[('FAULTY', 'werkt niet'), ('LOST', 'verloren'), ('RETURNED', 'teruggegeven'), ('WITHDRAWN', 'ingetrokken door de provider'), ('UNDONE', 'bestand ongedaan gemaakt')], max_length=10, verbose_name='wat is er mis')),
                ('asked_at', models.DateTimeField(editable=False)),
                ('refused_at', models.DateTimeField(blank=True, editable=False, null=True)),
                ('refusal', models.CharField(blank=True, max_length=500, verbose_name='waarom niet')),
            ],
            options={
                'verbose_name': 'gevraagde vervanging',
                'verbose_name_plural': 'gevraagde vervangingen',
            },
        ),
        migrations.RemoveConstraint(
            model_name='voucher',
            name='voucher_code_once',
        ),
        migrations.AlterField(
            model_name='voucher',
            name='void_reason',
            field=models.CharField(blank=True, choices=[('FAULTY', 'werkt niet'), ('LOST', 'verloren'), ('RETURNED', 'teruggegeven'), ('WITHDRAWN', 'ingetrokken door de provider'), ('UNDONE', 'bestand ongedaan gemaakt')], max_length=10),
        ),
        migrations.AddIndex(
            model_name='handout',
            index=models.Index(condition=models.Q(('ended_at__isnull', False), ('revealed_at__isnull', False)), fields=['voucher'], name='handout_seen_and_ended'),
        ),
        migrations.AddConstraint(
            model_name='voucher',
            constraint=models.UniqueConstraint(condition=models.Q(('void_reason', 'UNDONE'), _negated=True), fields=('provider', 'fingerprint'), name='voucher_code_once'),
        ),
        migrations.AddField(
            model_name='givenwithdrawal',
            name='given_by',
            field=models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='givenwithdrawal',
            name='hand_out',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='not_given', to='vouchers.handout'),
        ),
        migrations.AddField(
            model_name='givenwithdrawal',
            name='withdrawn_by',
            field=models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='replacementask',
            name='asked_by',
            field=models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='replacementask',
            name='hand_out',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='asks', to='vouchers.handout'),
        ),
        migrations.AddField(
            model_name='replacementask',
            name='refused_by',
            field=models.ForeignKey(db_index=False, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddConstraint(
            model_name='replacementask',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('refused_at__isnull', True), ('refused_by__isnull', True)), models.Q(('refused_at__isnull', False), ('refused_by__isnull', False)), _connector='OR'), name='replacement_ask_refused_at_pair'),
        ),
        migrations.AddConstraint(
            model_name='replacementask',
            constraint=models.UniqueConstraint(condition=models.Q(('refused_at__isnull', True)), fields=('hand_out',), name='ask_open_once'),
        ),
        migrations.RunSQL(
            Path(__file__).with_suffix(".sql").read_text(), migrations.RunSQL.noop
        ),
    ]
