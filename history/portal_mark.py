"""Is this database a demo's? One flagged as such is served only with the switch DEMO on, and with
that switch nothing else is served.

Tested in `local.tests.test_demo_mark`.
"""

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from django.db.models import Model

from history.models import HistoryEvent, HistorySeal, PortalMark


def is_demo() -> bool:
    """Whether `demo_data` made this database; a database without tables was not made by it."""
    return has_table(PortalMark) and PortalMark.objects.filter(demo=True).exists()


def has_table(model: type[Model]) -> bool:
    """Whether `migrate` has come that far here."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass(%s) IS NOT NULL", [model._meta.db_table])
        return bool(cursor.fetchone()[0])


def refuse_demo_without_switch() -> None:
    """At the start of serving: ImproperlyConfigured for a demo's database without the switch."""
    if not settings.DEMO and is_demo():
        raise ImproperlyConfigured(
            "This database is marked as a demo with fictitious data, and DEMO is off. "
            "Set DEMO=1 to practise, or point DATABASE_URL at the real database."
        )


def refuse_real_data_with_switch() -> None:
    """ImproperlyConfigured where DEMO is on and somebody worked here: whatever is in a database,
    its history is not empty, so that a demo's pages never show mails and codes of real people."""
    if settings.DEMO and has_table(PortalMark) and not is_demo() and HistoryEvent.objects.exists():
        raise ImproperlyConfigured(
            "DEMO is on, and this database holds data that the demo did not make. Take DEMO out of "
            "the settings, or point DATABASE_URL at an empty database."
        )


def refuse_restored() -> None:
    """At the start of serving: ImproperlyConfigured for a database from a dump, in which history
    could not be sealed on, and what is written now would count as slipped in between."""
    if not has_table(HistorySeal):
        return
    last = HistorySeal.objects.order_by("-number").values_list("until_transaction", flat=True)[:1]
    with connection.cursor() as cursor:
        cursor.execute("SELECT txid_snapshot_xmin(txid_current_snapshot())")
        counted = int(cursor.fetchone()[0])
    if last and last[0] > counted:
        raise ImproperlyConfigured(
            f"This database was restored from a dump: its transactions count from {counted}, and"
            f" history is sealed up to {last[0]}. Nothing is served before PostgreSQL counts on"
            " from there (docs/operations.md, After a restore)."
        )
