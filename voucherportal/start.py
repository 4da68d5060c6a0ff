"""What is checked where serving starts, but not for management commands: is this the right
database?

Tested in `local.tests.test_demo_mark` and `history.tests.test_database_roles`.
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
