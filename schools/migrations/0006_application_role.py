"""History is written with the rights of its owner, and by triggers only (ADR 17)."""

from pathlib import Path

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("schools", "0005_history_once")]

    operations = [
        migrations.RunSQL(
            Path(__file__).with_suffix(".sql").read_text(), migrations.RunSQL.noop
        )
    ]
