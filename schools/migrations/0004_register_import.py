from pathlib import Path

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('schools', '0003_language'),
    ]

    operations = [
        migrations.CreateModel(
            name='RegisterImport',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('what', models.CharField(choices=[('SCHOOLS', 'scholen'), ('LOCAL', "gemeenten en OCMW's"), ('PUPILS', 'leerlingenaantallen')], max_length=8, verbose_name='wat')),
                ('school_year', models.CharField(blank=True, max_length=9, verbose_name='schooljaar')),
                ('file_name', models.CharField(max_length=200, verbose_name='bestand')),
                ('imported_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='ingelezen op')),
                ('rows', models.PositiveIntegerField(verbose_name='rijen')),
                ('created', models.PositiveIntegerField(verbose_name='nieuw')),
                ('changed', models.PositiveIntegerField(verbose_name='gewijzigd')),
                ('closed', models.PositiveIntegerField(verbose_name='gesloten')),
                ('unchanged', models.PositiveIntegerField(verbose_name='ongewijzigd')),
                ('refused', models.PositiveIntegerField(verbose_name='geweigerd')),
                ('imported_by', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.RunSQL(Path(__file__).with_suffix('.sql').read_text(), migrations.RunSQL.noop),
    ]
