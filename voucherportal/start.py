"""What is checked where serving starts, but not for management commands: is this the right
database?

Tested in `local.tests.test_demo_mark`, `history.tests.test_database_roles` and
`voucherportal.tests.test_statements`.
"""


def check_database() -> None:
    """ImproperlyConfigured when the database is a demo's and DEMO is off, or our login owns it.

    Call it after setup().
    """
    from django.db import connection

    from history.database_roles import refuse_power
    from history.portal_mark import refuse_demo_without_switch

    refuse_power()
    refuse_demo_without_switch()
    connection.close()  # processes forked after this must not share it


def limit_statements() -> None:
    """For the web: from now on PostgreSQL cancels what a page asks for too long.

    Before the first connection. Not for workers and commands, whose statements may take minutes.
    """
    from django.conf import settings
    from django.db import connections

    options = connections.settings["default"]["OPTIONS"]
    limit = f"-c statement_timeout={settings.WEB_STATEMENT_SECONDS * 1000}"
    options["options"] = f"{options.get('options', '')} {limit}".strip()
