"""Rows say which fingerprint key made them, so that it can rotate; rotations leave a trace (ADR 18)."""

from pathlib import Path

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

# What is there was made with the only key there was: id 1 in the ring (voucherportal.localenv).
THE_ONLY_KEY = "1"


class Migration(migrations.Migration):

    dependencies = [
        ('vouchers', '0008_application_role'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='voucher',
            name='fingerprint_key_id',
            field=models.CharField(default=THE_ONLY_KEY, editable=False, max_length=20),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name='providerfile',
            name='digest_key_id',
            field=models.CharField(default=THE_ONLY_KEY, editable=False, max_length=20),
            preserve_default=False,
        ),
        migrations.CreateModel(
            name='KeyRotation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('what', models.CharField(choices=[('CODES', 'Codes'), ('FILES', 'Files')], editable=False, max_length=5)),
                ('number', models.PositiveIntegerField(editable=False)),
                ('seal_from', models.CharField(editable=False, max_length=20)),
                ('seal_to', models.CharField(editable=False, max_length=20)),
                ('fingerprint_from', models.CharField(editable=False, max_length=20)),
                ('fingerprint_to', models.CharField(editable=False, max_length=20)),
                ('rotated_at', models.DateTimeField(editable=False)),
                ('rotated_by', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.RunSQL(
            Path(__file__).with_suffix(".sql").read_text(), migrations.RunSQL.noop
        ),
    ]
