"""Is this the right database, with the right login and the right keys? Asked of each new connection
of whatever serves, and before a command does anything.

Tested in `local.tests.test_demo_mark`, `local.tests.test_starts` and
`voucherportal.tests.test_statements`.
"""

import logging
import time
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.db import OperationalError, connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created

logger = logging.getLogger(__name__)

WAIT_SECONDS = 1.0
# These make the database, look at it without us, or mend what the checks refuse.
UNCHECKED = frozenset(
    {
        "check_keys",
        "dbshell",
        "guards",
        "makemigrations",
        "migrate",
        "runserver",
        "shell",
        "showmigrations",
        "sqlmigrate",
        "states",
        "test",
    }
)


def check_database() -> None:
    """ImproperlyConfigured for a demo's database without DEMO, a real one with it, a login that
    owns it, one from a dump whose transactions count anew, and keys that do not fit."""
    from history import database_roles, portal_mark

    database_roles.refuse_power()
    portal_mark.refuse_demo_without_switch()
    check_for_command()
    portal_mark.refuse_restored()


def check_for_command() -> None:
    """What a command asks too: ImproperlyConfigured for DEMO on real data, and for keys that do not
    fit."""
    from history import keys, portal_mark
    from vouchers.actions.upkeep.key_proofs import opens

    portal_mark.refuse_real_data_with_switch()
    keys.refuse_other_keys(opens)


def check_connections() -> None:
    """Check the database now, and each new connection before it is used: the database may come
    later than we, or come back as another one.

    Raises ImproperlyConfigured, or OperationalError when nothing answers yet.
    """
    connection_created.connect(_refuse_wrong_database, dispatch_uid="the right database")
    connection.ensure_connection()
    connection.close()  # processes forked after this must not share it


def limit_statements() -> None:
    """For the web: from now on PostgreSQL cancels what a page asks for too long.

    Before the first connection. Not for workers and commands, whose statements may take minutes.
    """
    from django.conf import settings
    from django.db import connections

    options = connections.settings["default"].setdefault("OPTIONS", {})
    limit = f"-c statement_timeout={settings.WEB_STATEMENT_SECONDS * 1000}"
    options["options"] = f"{options.get('options', '')} {limit}".strip()


def check_when_it_comes() -> None:
    """The same, waiting for a database that does not answer yet; for whatever has nothing to do
    without one."""
    said = False
    while True:
        try:
            return check_connections()
        except OperationalError:
            if not said:
                logger.warning("The database does not answer; nothing is done before it does.")
            said = True
            time.sleep(WAIT_SECONDS)


def _refuse_wrong_database(*, sender: Any, connection: BaseDatabaseWrapper, **signal: Any) -> None:
    try:
        check_database()
    except ImproperlyConfigured:
        connection.close()  # else the next query would use it unchecked
        raise
