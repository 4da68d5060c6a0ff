"""Is this database a demo's? One flagged as such is served only with the switch DEMO on.

Tested in `local.tests.test_demo_mark`.
"""

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import connection

from history.models import PortalMark


def is_demo() -> bool:
    """Whether `demo_data` made this database; a database without tables was not made by it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass(%s) IS NOT NULL", [PortalMark._meta.db_table])
        has_tables = cursor.fetchone()[0]
    return has_tables and PortalMark.objects.filter(demo=True).exists()


def refuse_demo_without_switch() -> None:
    """At the start of serving: ImproperlyConfigured for a demo's database without the switch."""
    if not settings.DEMO and is_demo():
        raise ImproperlyConfigured(
            "This database is marked as a demo with fictitious data, and DEMO is off. "
            "Set DEMO=1 to practise, or point DATABASE_URL at the real database."
        )
