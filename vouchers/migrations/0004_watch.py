from pathlib import Path

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0006_forgotten'),
        ('schools', '0002_guards'),
        ('vouchers', '0003_seal_alerts'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='ListRead',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('rows', models.PositiveIntegerField(editable=False)),
                ('found', models.PositiveIntegerField(editable=False)),
                ('unknown', models.PositiveIntegerField(editable=False)),
                ('refused', models.BooleanField(editable=False)),
                ('read_at', models.DateTimeField(editable=False)),
            ],
        ),
        migrations.RemoveConstraint(
            model_name='alert',
            name='alert_open_once',
        ),
        migrations.RemoveConstraint(
            model_name='mail',
            name='mail_tells_once',
        ),
        migrations.AddField(
            model_name='alert',
            name='provider',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='vouchers.provider'),
        ),
        migrations.AddField(
            model_name='mail',
            name='alert',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='mails', to='vouchers.alert', verbose_name='melding'),
        ),
        migrations.AlterField(
            model_name='alert',
            name='kind',
            field=models.CharField(choices=[('ACTIVE_WITH_NOBODY', 'in gebruik, aan niemand uitgereikt'), ('SEEN_OFTEN', 'dezelfde code vaak bekeken'), ('SEEN_AGAIN', 'codes dag na dag opnieuw bekeken'), ('SEEN_AT_NIGHT', 'codes bekeken in de nacht'), ('SEEN_BY_NEWCOMER', 'codes bekeken door wie er pas bij kwam'), ('SEEN_BY_LEAVER', 'codes bekeken door wie net wegging'), ('SEEN_BY_ADMITTED', 'codes bekeken door wie het ministerie toeliet'), ('MANY_ORGANISATIONS', 'veel organisaties bij dezelfde persoon'), ('INVITED_OFTEN', 'veel uitnodigingen in korte tijd'), ('LOOKED_UP_OFTEN', 'vaak een onbekende code opgezocht'), ('START_PAGE_CHANGED', 'startpagina van een provider veranderd'), ('SEAL_BROKEN', 'logboek gewijzigd of zegel vervalst'), ('SEALING_STOPPED', 'logboek wordt niet meer verzegeld')], max_length=20, verbose_name='soort'),
        ),
        migrations.AlterField(
            model_name='mail',
            name='kind',
            field=models.CharField(choices=[('RECEIVED', 'aanvraag ontvangen'), ('RETURNED', 'vraag aan de aanvrager'), ('DECIDED', 'beslissing'), ('DECISION_UNDONE', 'beslissing ingetrokken'), ('CODES_READY', 'codes klaar'), ('REMINDER', 'herinnering'), ('RENEWED', 'verlengd'), ('NOT_RENEWED', 'niet verlengd'), ('RECLAIM_NOTICE', 'aankondiging dat we codes terugnemen'), ('RECLAIMED', 'codes teruggenomen'), ('ALERT', 'nieuwe melding')], max_length=20, verbose_name='soort'),
        ),
        migrations.AlterField(
            model_name='mail',
            name='organisation',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='schools.organisation', verbose_name='organisatie'),
        ),
        migrations.AddConstraint(
            model_name='alert',
            constraint=models.UniqueConstraint(condition=models.Q(('handled_at', None), ('withdrawn_at', None)), fields=('kind', 'about', 'organisation', 'request', 'file', 'provider'), name='alert_open_once', nulls_distinct=False),
        ),
        migrations.AddConstraint(
            model_name='mail',
            constraint=models.UniqueConstraint(condition=models.Q(('kind__in', ['REMINDER', 'ALERT']), _negated=True), fields=('kind', 'organisation', 'request', 'created_at', 'recipient'), name='mail_tells_once', nulls_distinct=False),
        ),
        migrations.AddConstraint(
            model_name='mail',
            constraint=models.UniqueConstraint(fields=('alert', 'recipient'), name='mail_tells_once_of_an_alert'),
        ),
        migrations.AddConstraint(
            model_name='mail',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('alert__isnull', False), ('kind', 'ALERT'), ('organisation__isnull', True)), models.Q(models.Q(('kind', 'ALERT'), _negated=True), ('alert__isnull', True), ('organisation__isnull', False)), _connector='OR'), name='mail_is_about_something'),
        ),
        migrations.AddField(
            model_name='listread',
            name='provider',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='vouchers.provider'),
        ),
        migrations.AddField(
            model_name='listread',
            name='read_by',
            field=models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddIndex(
            model_name='listread',
            index=models.Index(fields=['read_by', '-read_at'], name='list_read_of_person'),
        ),
        # As `manage.py guards` prints them.
        migrations.RunSQL(Path(__file__).with_suffix(".sql").read_text()),
    ]
