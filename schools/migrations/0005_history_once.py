"""A changed row is turned into JSON once: the function as `manage.py guards schools` prints it."""

from pathlib import Path

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("schools", "0004_register_import")]
    operations = [
        migrations.RunSQL(
            Path(__file__).with_suffix(".sql").read_text(), migrations.RunSQL.noop
        )
    ]
