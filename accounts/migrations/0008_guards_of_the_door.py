"""The triggers as `manage.py guards accounts` printed them; a test compares them with the database."""

from pathlib import Path

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0007_sign_ins"),
        ("account", "0009_emailaddress_unique_primary_email"),
        ("history", "0002_guards"),
        ("mfa", "0003_authenticator_type_uniq"),
    ]
    operations = [migrations.RunSQL(Path(__file__).with_suffix(".sql").read_text())]
