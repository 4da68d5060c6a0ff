"""When and by whom somebody's second factor was reset, and the history of second factors."""

from pathlib import Path

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [
        ("schools", "0006_application_role"),
        ("mfa", "0003_authenticator_type_uniq"),
    ]
    operations = [
        migrations.AddField(
            model_name="user",
            name="second_factor_reset_at",
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name="user",
            name="second_factor_reset_by",
            field=models.ForeignKey(
                blank=True, editable=False, null=True,
                on_delete=django.db.models.deletion.PROTECT, related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddConstraint(
            model_name="user",
            constraint=models.CheckConstraint(
                condition=Q(second_factor_reset_at__isnull=True, second_factor_reset_by__isnull=True)
                | Q(second_factor_reset_at__isnull=False, second_factor_reset_by__isnull=False),
                name="user_second_factor_reset_pair",
            ),
        ),
        migrations.RunSQL(
            Path(__file__).with_suffix(".sql").read_text(), migrations.RunSQL.noop
        ),
    ]
