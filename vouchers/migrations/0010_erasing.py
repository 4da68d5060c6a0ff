"""What an erased period leaves empty stays empty (guards as `manage.py guards` printed them)."""

from pathlib import Path

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('vouchers', '0009_key_rings'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='job',
            name='job_kind_has_its_field',
        ),
        migrations.RemoveConstraint(
            model_name='pupilline',
            name='line_reference_once',
        ),
        migrations.AddField(
            model_name='period',
            name='erased_at',
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name='period',
            name='erased_by',
            field=models.ForeignKey(db_index=False, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AlterField(
            model_name='job',
            name='kind',
            field=models.CharField(choices=[('CHECK_FILE', 'bestand nakijken'), ('APPLY_FILE', 'bestand toepassen'), ('HAND_OUT', 'codes uitreiken voor een hele golf'), ('ERASE', 'golf wissen')], max_length=20, verbose_name='soort'),
        ),
        migrations.AddConstraint(
            model_name='job',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('file__isnull', True), ('kind__in', ['HAND_OUT', 'ERASE']), ('period__isnull', False)), models.Q(('file__isnull', False), ('kind__in', ['CHECK_FILE', 'APPLY_FILE']), ('period__isnull', True)), _connector='OR'), name='job_kind_has_its_field'),
        ),
        migrations.AddConstraint(
            model_name='period',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('erased_at__isnull', True), ('erased_by__isnull', True)), models.Q(('erased_at__isnull', False), ('erased_by__isnull', False)), _connector='OR'), name='period_erased_at_pair'),
        ),
        migrations.AddConstraint(
            model_name='period',
            constraint=models.CheckConstraint(condition=models.Q(('erased_at__isnull', True), ('closed_at__isnull', False), _connector='OR'), name='period_erased_was_closed'),
        ),
        migrations.AddConstraint(
            model_name='pupilline',
            constraint=models.UniqueConstraint(condition=models.Q(('state__in', frozenset(['ASKED', 'GRANTED'])), models.Q(('reference_key', ''), _negated=True)), fields=('organisation', 'period', 'reference_key'), name='line_reference_once'),
        ),
        migrations.RunSQL(Path(__file__).with_suffix('.sql').read_text(), migrations.RunSQL.noop),
    ]
