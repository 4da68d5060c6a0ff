"""The triggers of the new tables, as `manage.py guards accounts` printed them; a test compares them
with the database."""

from pathlib import Path

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("accounts", "0010_second_person")]
    operations = [migrations.RunSQL(Path(__file__).with_suffix(".sql").read_text())]
