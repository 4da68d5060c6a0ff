"""Who signs on through the government (ADR 34): since when, which memberships that gave, and what
the database refuses to keep of it. The triggers are those of `manage.py guards accounts`.
"""

from pathlib import Path

from django.db import migrations, models

NOTHING_KEPT = """
ALTER TABLE socialaccount_socialaccount
    ADD CONSTRAINT socialaccount_nothing_kept CHECK (extra_data = '{}'::jsonb),
    ADD CONSTRAINT socialaccount_once UNIQUE (user_id, provider);
"""


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0011_second_person_guards"),
        ("socialaccount", "0006_alter_socialaccount_extra_data"),
    ]
    operations = [
        migrations.AddField("membership", "by_sign_on", models.BooleanField(default=False, editable=False)),
        migrations.AddField(
            "user", "signs_on_since", models.DateTimeField(blank=True, editable=False, null=True)
        ),
        migrations.RunSQL(NOTHING_KEPT),
        migrations.RunSQL(Path(__file__).with_suffix(".sql").read_text()),
    ]
