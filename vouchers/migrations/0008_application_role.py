"""What triggers count is written with the rights of its owner, and by triggers only (ADR 17)."""

from pathlib import Path

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("schools", "0006_application_role"),
        ("vouchers", "0007_bulk_references"),
    ]

    operations = [
        migrations.AlterField(
            model_name="requestcount",
            name="request",
            field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name="counts", serialize=False, to="vouchers.voucherrequest"),
        ),
        migrations.RunSQL(
            Path(__file__).with_suffix(".sql").read_text(), migrations.RunSQL.noop
        ),
    ]
