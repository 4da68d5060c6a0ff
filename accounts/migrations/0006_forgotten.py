from pathlib import Path

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0005_sessions'),
        ('auth', '0012_alter_user_first_name_max_length'),
        ('schools', '0002_guards'),
    ]

    operations = [
        migrations.AddField(
            model_name='user',
            name='forgotten_at',
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name='user',
            name='forgotten_by',
            field=models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='user',
            name='named_at',
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.AddConstraint(
            model_name='user',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('forgotten_at__isnull', True), ('forgotten_by__isnull', True)), models.Q(('forgotten_at__isnull', False), ('forgotten_by__isnull', False), ('is_active', False)), _connector='OR'), name='user_forgotten_pair'),
        ),
        # As `manage.py guards` prints them.
        migrations.RunSQL(Path(__file__).with_suffix(".sql").read_text()),
    ]
