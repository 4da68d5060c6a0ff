from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("vouchers", "0002_guards"),
        ("history", "0003_seals_and_keys"),
    ]
    operations = [
        migrations.AlterField(
            model_name='alert',
            name='kind',
            field=models.CharField(choices=[('ACTIVE_WITH_NOBODY', 'in gebruik, aan niemand uitgereikt'), ('SEEN_OFTEN', 'dezelfde code vaak bekeken'), ('SEEN_AGAIN', 'codes dag na dag opnieuw bekeken'), ('SEEN_AT_NIGHT', 'codes bekeken in de nacht'), ('SEEN_BY_NEWCOMER', 'codes bekeken door wie er pas bij kwam'), ('SEEN_BY_LEAVER', 'codes bekeken door wie net wegging'), ('LOOKED_UP_OFTEN', 'vaak een onbekende code opgezocht'), ('SEAL_BROKEN', 'logboek gewijzigd of zegel vervalst'), ('SEALING_STOPPED', 'logboek wordt niet meer verzegeld')], max_length=20, verbose_name='soort'),
        ),
        migrations.AlterField(
            model_name='keyrotation',
            name='what',
            field=models.CharField(choices=[('CODES', 'Codes'), ('FILES', 'Files'), ('FACTORS', 'Factors')], editable=False, max_length=7),
        ),
    ]
