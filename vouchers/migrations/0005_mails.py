"""Mails, with their triggers as `manage.py guards` printed them."""

from pathlib import Path

import django.db.models.deletion
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('schools', '0003_language'),
        ('vouchers', '0004_lists'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Mail',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('RECEIVED', 'aanvraag ontvangen'), ('RETURNED', 'vraag aan de aanvrager'), ('DECIDED', 'beslissing'), ('DECISION_UNDONE', 'beslissing ingetrokken'), ('CODES_READY', 'codes klaar'), ('REMINDER', 'herinnering'), ('RENEWED', 'verlengd'), ('NOT_RENEWED', 'niet verlengd')], max_length=20, verbose_name='soort')),
                ('address', models.EmailField(max_length=254, verbose_name='adres')),
                ('handed_out_on', models.DateField(null=True, verbose_name='codes van')),
                ('weeks', models.PositiveSmallIntegerField(null=True, verbose_name='weken')),
                ('subject', models.CharField(max_length=200, verbose_name='onderwerp')),
                ('body', models.TextField(verbose_name='tekst')),
                ('message', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('state', models.CharField(choices=[('QUEUED', 'wacht'), ('SENT', 'verstuurd'), ('FAILED', 'niet vertrokken'), ('DROPPED', 'niet meer nodig')], default='QUEUED', max_length=10, verbose_name='staat')),
                ('attempts', models.PositiveSmallIntegerField(default=0, verbose_name='pogingen')),
                ('error', models.CharField(blank=True, max_length=500, verbose_name='fout')),
                ('created_at', models.DateTimeField(editable=False)),
                ('next_attempt_at', models.DateTimeField(editable=False)),
                ('sent_at', models.DateTimeField(blank=True, editable=False, null=True)),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='schools.organisation', verbose_name='organisatie')),
                ('recipient', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='aan')),
                ('request', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='mails', to='vouchers.voucherrequest', verbose_name='aanvraag')),
            ],
            options={
                'verbose_name': 'mail',
                'verbose_name_plural': 'mails',
                'indexes': [models.Index(condition=models.Q(('state', 'QUEUED')), fields=['next_attempt_at', 'id'], name='mail_queue'), models.Index(fields=['-created_at', '-id'], name='mail_latest')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('kind', 'REMINDER')), fields=('request', 'handed_out_on', 'weeks', 'recipient'), name='mail_reminds_once'), models.UniqueConstraint(condition=models.Q(('kind', 'REMINDER'), _negated=True), fields=('kind', 'organisation', 'request', 'created_at', 'recipient'), name='mail_tells_once', nulls_distinct=False), models.CheckConstraint(condition=models.Q(models.Q(('handed_out_on__isnull', False), ('kind', 'REMINDER'), ('request__isnull', False), ('weeks__isnull', False)), models.Q(models.Q(('kind', 'REMINDER'), _negated=True), ('handed_out_on__isnull', True), ('weeks__isnull', True)), _connector='OR'), name='mail_reminder_says_of_what'), models.CheckConstraint(condition=models.Q(models.Q(('sent_at__isnull', False), ('state', 'SENT')), models.Q(models.Q(('state', 'SENT'), _negated=True), ('sent_at__isnull', True)), _connector='OR'), name='mail_sent_has_moment')],
            },
        ),
        migrations.RunSQL(
            Path(__file__).with_suffix(".sql").read_text(), migrations.RunSQL.noop
        ),
    ]
