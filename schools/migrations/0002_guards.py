"""The triggers as `manage.py guards schools` printed them; a test compares them with the database."""

from pathlib import Path

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("schools", "0001_initial"),
        ("history", "0002_guards"),
    ]
    operations = [migrations.RunSQL(Path(__file__).with_suffix(".sql").read_text())]
