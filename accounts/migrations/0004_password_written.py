"""That a password was written is in history; the trigger as `manage.py guards accounts` printed it."""

from pathlib import Path

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0003_guards"),
    ]
    operations = [
        migrations.AddField(
            model_name='user',
            name='password_written_at',
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.RunSQL(Path(__file__).with_suffix(".sql").read_text()),
    ]
