"""Is this database a demo's? The mark keeps sample data and real people apart, both ways.

A marked database serves only with the switch DEMO on; an unmarked one that holds people or
organisations never gets sample data.
"""

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import connection

from schools.models import Organisation, PortalMark, User


class RealData(Exception):
    """This database holds organisations or people that the demo did not make."""


def is_demo() -> bool:
    """Was this database made by `demo_data`? A database without tables was not."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass(%s) IS NOT NULL", [PortalMark._meta.db_table])
        has_tables = cursor.fetchone()[0]
    return has_tables and PortalMark.objects.filter(demo=True).exists()


def refuse_demo_without_switch() -> None:
    """Where serving starts: ImproperlyConfigured for a demo's database without the switch."""
    if not settings.DEMO and is_demo():
        raise ImproperlyConfigured(
            "This database is marked as a demo with fictitious data, and DEMO is off. "
            "Set DEMO=1 to practise, or point DATABASE_URL at the real database."
        )


def refuse_real_data() -> None:
    """Before sample data is made: RealData when somebody else's data is here."""
    if not is_demo() and (Organisation.objects.exists() or User.objects.exists()):
        raise RealData(
            "This database holds organisations or people that the demo did not make. "
            "Sample data goes into an empty database only."
        )


def mark_as_demo() -> None:
    """Say for good that this database is a demo's; RealData when it is not empty."""
    refuse_real_data()
    PortalMark.objects.update_or_create(only=True, defaults={"demo": True})
