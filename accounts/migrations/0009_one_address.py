"""An account has one address, that of its row. Extra addresses in allauth's table, and the
confirmations that wait for them, go; history keeps what they were."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("accounts", "0008_guards_of_the_door")]
    operations = [
        migrations.RunSQL(
            "DELETE FROM account_emailconfirmation; DELETE FROM account_emailaddress;",
            migrations.RunSQL.noop,
        )
    ]
