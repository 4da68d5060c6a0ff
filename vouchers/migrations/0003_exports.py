"""The trace of exports; its triggers as `manage.py guards` printed them."""

from pathlib import Path

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("vouchers", "0002_guards"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = [
        migrations.CreateModel(
            name="Export",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=300, verbose_name="bestand")),
                ("format", models.CharField(choices=[("csv", "CSV"), ("xlsx", "XLSX")], max_length=4, verbose_name="soort")),
                ("asked", models.TextField(verbose_name="gevraagd")),
                ("address", models.TextField(verbose_name="adres")),
                ("rows", models.PositiveIntegerField(verbose_name="rijen")),
                ("sha256", models.CharField(max_length=64, verbose_name="controlegetal")),
                ("made_at", models.DateTimeField(editable=False, verbose_name="gemaakt op")),
                ("made_by", models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL, verbose_name="gemaakt door")),
            ],
            options={
                "verbose_name": "export",
                "verbose_name_plural": "exports",
                "constraints": [models.CheckConstraint(condition=models.Q(("sha256__regex", "^[0-9a-f]{64}$")), name="export_hash_form")],
            },
        ),
        migrations.RunSQL(
            Path(__file__).with_suffix(".sql").read_text(), migrations.RunSQL.noop
        ),
    ]
